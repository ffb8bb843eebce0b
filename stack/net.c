// SPDX-License-Identifier: GPL-2.0-only
/*
 * net - a namespace's share of every room, set up and torn down in order.
 *
 * Who can still be running when a namespace goes, or the module: no socket
 * (each holds both), so no request either; no netlink command. Packets can,
 * until a grace period has passed after the hook was taken away: that lies
 * between the two acts. Timers of closing entries can, and are stopped.
 */
#include <net/net_namespace.h>
#include "flow_table.h"
#include "mib.h"
#include "net.h"
#include "proc.h"
#include "sal_input.h"
#include "serval.h"
#include "service_table.h"
#include "synkey.h"
#include "sysctl.h"

unsigned int serval_net_id __ro_after_init;

static int __net_init net_init(struct net *net)
{
	int err;

	err = serval_mib_net_init(net);
	if (err)
		return err;
	err = serval_sysctl_net_init(net);
	if (err)
		goto mib;
	err = serval_flow_net_init(net);
	if (err)
		goto sysctl;
	err = serval_syn_net_init(net);
	if (err)
		goto flow;
	err = serval_service_net_init(net);
	if (err)
		goto syn;
	err = serval_proc_net_init(net);
	if (err)
		goto service;
	err = serval_input_net_init(net);
	if (err)
		goto proc;
	return 0;
proc:
	serval_proc_net_exit(net);
service:
	serval_service_net_exit(net);
syn:
	serval_syn_net_exit(net);
flow:
	serval_flow_net_exit(net);
sysctl:
	serval_sysctl_net_exit(net);
mib:
	serval_mib_net_exit(net);
	return err;
}

static void __net_exit net_pre_exit(struct net *net)
{
	serval_input_net_exit(net);
}

static void __net_exit net_exit(struct net *net)
{
	serval_proc_net_exit(net);
	serval_service_net_exit(net);
	serval_flow_net_exit(net);
	serval_syn_net_exit(net);
	serval_sysctl_net_exit(net);
	serval_mib_net_exit(net);
}

static struct pernet_operations ops = {
	.init		= net_init,
	.pre_exit	= net_pre_exit,
	.exit		= net_exit,
	.id		= &serval_net_id,
	.size		= sizeof(struct serval_net),
};

int __init serval_net_register(void)
{
	return register_pernet_subsys(&ops);
}

void serval_net_unregister(void)
{
	unregister_pernet_subsys(&ops);
}
