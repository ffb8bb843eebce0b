/* SPDX-License-Identifier: GPL-2.0-only */
/* Made by scripts/genl-gen from include/uapi/linux/serval.yaml; do not edit. */
#ifndef SERVAL_GENL_POLICY_H
#define SERVAL_GENL_POLICY_H

#include <net/genetlink.h>
#include <uapi/linux/serval_genl.h>

enum {
	SERVAL_NL_MCGRP_SERVICE,
	SERVAL_NL_MCGRP_FLOW,
	SERVAL_NL_MCGRP_MIGRATE,
	SERVAL_NL_MCGRP_DROP,
	SERVAL_NL_N_MCGRPS
};

#define SERVAL_NL_N_OPS	8

int serval_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int serval_nl_rule_replace_doit(struct sk_buff *skb, struct genl_info *info);
int serval_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int serval_nl_rule_flush_doit(struct sk_buff *skb, struct genl_info *info);
int serval_nl_rule_get_start(struct netlink_callback *cb);
int serval_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int serval_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int serval_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int serval_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int serval_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);

extern const struct nla_policy serval_nl_rule_get_policy[SERVAL_A_RULE_MATCH + 1];
extern const struct nla_policy serval_nl_flow_get_policy[SERVAL_A_FLOW_LOCAL_FLOWID + 1];
extern const struct genl_ops serval_nl_ops[SERVAL_NL_N_OPS];
extern const struct genl_multicast_group serval_nl_mcgrps[SERVAL_NL_N_MCGRPS];

#endif
