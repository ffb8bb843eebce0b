// SPDX-License-Identifier: GPL-2.0-only
/*
 * main - loading and unloading the module.
 *
 * The kernel refuses to unload while a socket is open: each holds the module.
 * What does not (closing entries, rules, bound namespaces) is flushed.
 */
#define pr_fmt(fmt) "serval: " fmt

#include <linux/in.h>
#include <linux/module.h>
#include <linux/net.h>
#include "af_serval.h"
#include "closing.h"
#include "genl.h"
#include "net.h"
#include "offload.h"
#include "sal_input.h"
#include "serval.h"
#include "stream.h"
#include <uapi/linux/serval_sal.h>

int serval_family __ro_after_init = SERVAL_FAMILY_DEFAULT;
module_param_named(family, serval_family, int, 0444);
MODULE_PARM_DESC(family, "socket family number (default 28)");

int serval_protocol __ro_after_init = IPPROTO_SERVAL;
module_param_named(protocol, serval_protocol, int, 0444);
MODULE_PARM_DESC(protocol, "IP protocol number (default 144)");

static int __init check_parameters(void)
{
	if (serval_family <= 0 || serval_family >= AF_MAX) {
		pr_err("family=%d: a number from 1 to %d is needed\n", serval_family, AF_MAX - 1);
		return -EINVAL;
	}
	if (serval_protocol <= 0 || serval_protocol > 255) {
		pr_err("protocol=%d: a number from 1 to 255 is needed\n", serval_protocol);
		return -EINVAL;
	}
	return 0;
}

static int __init serval_init(void)
{
	int err;

	err = check_parameters();
	if (err)
		return err;
	err = serval_closing_init();
	if (err)
		return err;
	err = serval_stream_init();
	if (err)
		goto closing;
	err = serval_net_register();
	if (err)
		goto stream;
	err = serval_offload_init();
	if (err) {
		pr_err("IP protocol %d is taken, see the parameter protocol\n", serval_protocol);
		goto net;
	}
	err = serval_input_init();
	if (err) {
		pr_err("IP protocol %d is taken, see the parameter protocol\n", serval_protocol);
		goto offload;
	}
	err = serval_genl_init();
	if (err)
		goto input;
	err = serval_af_init();
	if (err) {
		pr_err("socket family %d is taken, see the parameter family\n", serval_family);
		goto genl;
	}
	return 0;
genl:
	serval_genl_exit();
input:
	serval_input_exit();
offload:
	serval_offload_exit();
net:
	serval_net_unregister();
stream:
	serval_stream_exit();
closing:
	serval_closing_exit();
	return err;
}

/*
 * Unreachable first: no new socket, command or packet (each step waits for
 * those inside). Then each namespace flushes its tables; last, what RCU still
 * holds must be gone before the caches are.
 */
static void __exit serval_exit(void)
{
	serval_af_exit();
	serval_genl_exit();
	serval_input_exit();
	serval_offload_exit();
	serval_net_unregister();
	synchronize_rcu();	/* timers that lost against finish() */
	rcu_barrier();
	serval_stream_exit();
	serval_closing_exit();
}

module_init(serval_init);
module_exit(serval_exit);

MODULE_DESCRIPTION("Serval: sockets that connect to services");
MODULE_LICENSE("GPL");
MODULE_VERSION(SERVAL_VERSION);
MODULE_ALIAS_NETPROTO(SERVAL_FAMILY_DEFAULT);
