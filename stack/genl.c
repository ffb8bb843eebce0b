// SPDX-License-Identifier: GPL-2.0-only
/*
 * genl - the generic netlink family: its registration, what all commands
 * share, and the commands that only report facts and counters.
 *
 * Permissions and the checks of single attributes are in the generated
 * tables; the commands of rules and flows have files of their own.
 */
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include "genl.h"
#include "genl_policy.h"
#include "mib.h"
#include "serval.h"
#include "service_table.h"

/* Highest version of the protocol that is offered to a peer (PROTOCOL.md 1.6) */
#define SAL_VERSION_MAX	2

struct genl_family serval_genl_family __ro_after_init = {
	.name		= SERVAL_GENL_NAME,
	.version	= SERVAL_GENL_VERSION,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= serval_nl_ops,
	.n_ops		= ARRAY_SIZE(serval_nl_ops),
	.mcgrps		= serval_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(serval_nl_mcgrps),
};

/* The numbers of our groups are only valid while the family is registered */
static bool registered;

int serval_genl_once(const struct nlattr *head, int len, u32 repeatable,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *a;
	u32 seen = 0;
	int rem;

	nla_for_each_attr(a, head, len, rem) {
		int type = nla_type(a);

		if (type > 31)
			continue;
		if (seen & BIT(type) & ~repeatable) {
			NL_SET_ERR_MSG_ATTR(extack, a, "attribute given twice");
			return -EINVAL;
		}
		seen |= BIT(type);
	}
	return 0;
}

bool serval_genl_listening(struct net *net, unsigned int group)
{
	return READ_ONCE(registered) && genl_has_listeners(&serval_genl_family, net, group);
}

static int put_counter(struct sk_buff *skb, const char *name, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, SERVAL_A_STATS_COUNTER);

	if (!nest || nla_put_string(skb, SERVAL_A_COUNTER_NAME, name) ||
	    nla_put_u64_64bit(skb, SERVAL_A_COUNTER_VALUE, value, SERVAL_A_COUNTER_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static size_t stats_size(void)
{
	size_t size = nla_total_size(sizeof(SERVAL_VERSION));
	int i;

	for (i = 0; i < SERVAL_MIB_MAX; i++)
		size += nla_total_size(nla_total_size(strlen(serval_mib_name(i)) + 1) +
				       nla_total_size_64bit(sizeof(u64)));
	return size;
}

/** serval_nl_stats_get_doit() - SERVAL_CMD_STATS_GET */
int serval_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sk_buff *msg;
	void *hdr;
	int i;

	msg = genlmsg_new(stats_size(), GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	hdr = genlmsg_put_reply(msg, info, &serval_genl_family, 0, SERVAL_CMD_STATS_GET);
	if (!hdr || nla_put_string(msg, SERVAL_A_STATS_MODULE_VERSION, SERVAL_VERSION))
		goto too_small;
	for (i = 0; i < SERVAL_MIB_MAX; i++)
		if (put_counter(msg, serval_mib_name(i), serval_mib_read(net, i)))
			goto too_small;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);

too_small:
	nlmsg_free(msg);
	return -EMSGSIZE;
}

/** serval_nl_info_get_doit() - SERVAL_CMD_INFO_GET */
int serval_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	hdr = genlmsg_put_reply(msg, info, &serval_genl_family, 0, SERVAL_CMD_INFO_GET);
	if (!hdr || nla_put_string(msg, SERVAL_A_INFO_MODULE_VERSION, SERVAL_VERSION) ||
	    nla_put_u32(msg, SERVAL_A_INFO_FAMILY, serval_family) ||
	    nla_put_u8(msg, SERVAL_A_INFO_IP_PROTOCOL, serval_protocol) ||
	    nla_put_u8(msg, SERVAL_A_INFO_SAL_VERSION, SAL_VERSION_MAX) ||
	    nla_put_u32(msg, SERVAL_A_INFO_MAX_RULES, SERVAL_RULES_MAX) ||
	    nla_put_u32(msg, SERVAL_A_INFO_MAX_TARGETS, SERVAL_TARGETS_MAX)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int serval_genl_init(void)
{
	int err;

	err = genl_register_family(&serval_genl_family);
	if (!err)
		WRITE_ONCE(registered, true);
	return err;
}

void serval_genl_exit(void)
{
	WRITE_ONCE(registered, false);
	/* events that saw the family are sent before its group numbers are given away */
	synchronize_net();
	genl_unregister_family(&serval_genl_family);
}

MODULE_ALIAS_GENL_FAMILY(SERVAL_GENL_NAME);
