// SPDX-License-Identifier: GPL-2.0-only
/* Made by scripts/genl-gen from include/uapi/linux/serval.yaml; do not edit. */
#include "genl_policy.h"

static const struct nla_policy serval_nl_nexthop_request_policy[SERVAL_A_NEXTHOP_WEIGHT + 1] = {
	[SERVAL_A_NEXTHOP_ADDR] = { .type = NLA_U32 },
	[SERVAL_A_NEXTHOP_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[SERVAL_A_NEXTHOP_PRIORITY] = { .type = NLA_U16 },
	[SERVAL_A_NEXTHOP_WEIGHT] = { .type = NLA_U16 },
};

/* For commands that take no attribute at all */
static const struct nla_policy serval_nl_none_policy[2] = {
	[1] = { .type = NLA_REJECT },
};

static const struct nla_policy serval_nl_rule_add_policy[SERVAL_A_RULE_NEXTHOP + 1] = {
	[SERVAL_A_RULE_SERVICE] = NLA_POLICY_EXACT_LEN(32),
	[SERVAL_A_RULE_PREFIX_BITS] = NLA_POLICY_MAX(NLA_U16, 256),
	[SERVAL_A_RULE_TYPE] = NLA_POLICY_RANGE(NLA_U8, 1, 4),
	[SERVAL_A_RULE_NEXTHOP] = NLA_POLICY_NESTED(serval_nl_nexthop_request_policy),
};

static const struct nla_policy serval_nl_rule_replace_policy[SERVAL_A_RULE_NEXTHOP + 1] = {
	[SERVAL_A_RULE_SERVICE] = NLA_POLICY_EXACT_LEN(32),
	[SERVAL_A_RULE_PREFIX_BITS] = NLA_POLICY_MAX(NLA_U16, 256),
	[SERVAL_A_RULE_TYPE] = NLA_POLICY_RANGE(NLA_U8, 1, 4),
	[SERVAL_A_RULE_NEXTHOP] = NLA_POLICY_NESTED(serval_nl_nexthop_request_policy),
};

static const struct nla_policy serval_nl_rule_del_policy[SERVAL_A_RULE_NEXTHOP + 1] = {
	[SERVAL_A_RULE_SERVICE] = NLA_POLICY_EXACT_LEN(32),
	[SERVAL_A_RULE_PREFIX_BITS] = NLA_POLICY_MAX(NLA_U16, 256),
	[SERVAL_A_RULE_NEXTHOP] = NLA_POLICY_NESTED(serval_nl_nexthop_request_policy),
};

const struct nla_policy serval_nl_rule_get_policy[SERVAL_A_RULE_MATCH + 1] = {
	[SERVAL_A_RULE_SERVICE] = NLA_POLICY_EXACT_LEN(32),
	[SERVAL_A_RULE_PREFIX_BITS] = NLA_POLICY_MAX(NLA_U16, 256),
	[SERVAL_A_RULE_MATCH] = { .type = NLA_FLAG },
};

const struct nla_policy serval_nl_flow_get_policy[SERVAL_A_FLOW_LOCAL_FLOWID + 1] = {
	[SERVAL_A_FLOW_LOCAL_FLOWID] = { .type = NLA_U32 },
};

const struct genl_ops serval_nl_ops[SERVAL_NL_N_OPS] = {
	{
		.cmd		= SERVAL_CMD_RULE_ADD,
		.doit		= serval_nl_rule_add_doit,
		.policy		= serval_nl_rule_add_policy,
		.maxattr	= SERVAL_A_RULE_NEXTHOP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SERVAL_CMD_RULE_REPLACE,
		.doit		= serval_nl_rule_replace_doit,
		.policy		= serval_nl_rule_replace_policy,
		.maxattr	= SERVAL_A_RULE_NEXTHOP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SERVAL_CMD_RULE_DEL,
		.doit		= serval_nl_rule_del_doit,
		.policy		= serval_nl_rule_del_policy,
		.maxattr	= SERVAL_A_RULE_NEXTHOP,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SERVAL_CMD_RULE_FLUSH,
		.doit		= serval_nl_rule_flush_doit,
		.policy		= serval_nl_none_policy,
		.maxattr	= ARRAY_SIZE(serval_nl_none_policy) - 1,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= SERVAL_CMD_RULE_GET,
		.start		= serval_nl_rule_get_start,
		.dumpit		= serval_nl_rule_get_dumpit,
		.policy		= serval_nl_rule_get_policy,
		.maxattr	= SERVAL_A_RULE_MATCH,
	},
	{
		.cmd		= SERVAL_CMD_FLOW_GET,
		.doit		= serval_nl_flow_get_doit,
		.dumpit		= serval_nl_flow_get_dumpit,
		.policy		= serval_nl_flow_get_policy,
		.maxattr	= SERVAL_A_FLOW_LOCAL_FLOWID,
	},
	{
		.cmd		= SERVAL_CMD_STATS_GET,
		.doit		= serval_nl_stats_get_doit,
		.policy		= serval_nl_none_policy,
		.maxattr	= ARRAY_SIZE(serval_nl_none_policy) - 1,
	},
	{
		.cmd		= SERVAL_CMD_INFO_GET,
		.doit		= serval_nl_info_get_doit,
		.policy		= serval_nl_none_policy,
		.maxattr	= ARRAY_SIZE(serval_nl_none_policy) - 1,
	},
};

const struct genl_multicast_group serval_nl_mcgrps[SERVAL_NL_N_MCGRPS] = {
	[SERVAL_NL_MCGRP_SERVICE] = { .name = "service", .flags = GENL_MCAST_CAP_NET_ADMIN },
	[SERVAL_NL_MCGRP_FLOW] = { .name = "flow", .flags = GENL_MCAST_CAP_NET_ADMIN },
	[SERVAL_NL_MCGRP_MIGRATE] = { .name = "migrate", .flags = GENL_MCAST_CAP_NET_ADMIN },
	[SERVAL_NL_MCGRP_DROP] = { .name = "drop", .flags = GENL_MCAST_CAP_NET_ADMIN },
};
