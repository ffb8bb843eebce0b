// SPDX-License-Identifier: MIT
/*
 * ctl_facts - counters, and facts about the module, from netlink messages.
 */
#include <stdio.h>
#include "ctl_priv.h"

struct counter_walk {
	svctl_counter_fn fn;
	void *arg;
};

/* A string attribute, cut off if @to is too short, "" if it is not there */
static void get_string(const struct nlattr *attr, char *to, size_t room)
{
	snprintf(to, room, "%.*s", attr ? nla_len(attr) : 0, attr ? (char *)nla_data(attr) : "");
}

static int stats_message(struct nlattr **tb, const struct nlattr *head, int len, void *arg)
{
	struct nlattr *counter[SERVAL_A_COUNTER_MAX + 1];
	struct counter_walk *walk = arg;
	const struct nlattr *attr;
	char name[64];
	int stop = 0;

	for (attr = head; nla_ok(attr, len) && !stop; attr = nla_next(attr, &len)) {
		if (nla_type(attr) != SERVAL_A_STATS_COUNTER)
			continue;
		if (nla_parse(counter, SERVAL_A_COUNTER_MAX, nla_data(attr), nla_len(attr),
			      NULL) < 0)
			return -EPROTO;
		get_string(counter[SERVAL_A_COUNTER_NAME], name, sizeof(name));
		stop = walk->fn(name, svctl_get_uint(counter[SERVAL_A_COUNTER_VALUE]), walk->arg);
	}
	return stop;
}

int svctl_stats(struct svctl *ctl, svctl_counter_fn fn, void *arg)
{
	struct counter_walk walk = { fn, arg };

	return svctl_exchange(ctl, svctl_request(ctl, SERVAL_CMD_STATS_GET, 0, 0),
			      SERVAL_A_STATS_MAX, stats_message, &walk);
}

static int info_message(struct nlattr **attr, const struct nlattr *head, int len, void *arg)
{
	struct svctl_info *info = arg;

	get_string(attr[SERVAL_A_INFO_MODULE_VERSION], info->version, sizeof(info->version));
	info->family = svctl_get_uint(attr[SERVAL_A_INFO_FAMILY]);
	info->max_rules = svctl_get_uint(attr[SERVAL_A_INFO_MAX_RULES]);
	info->max_targets = svctl_get_uint(attr[SERVAL_A_INFO_MAX_TARGETS]);
	info->ip_protocol = svctl_get_uint(attr[SERVAL_A_INFO_IP_PROTOCOL]);
	info->sal_version = svctl_get_uint(attr[SERVAL_A_INFO_SAL_VERSION]);
	return 0;
}

int svctl_info(struct svctl *ctl, struct svctl_info *info)
{
	memset(info, 0, sizeof(*info));
	return svctl_exchange(ctl, svctl_request(ctl, SERVAL_CMD_INFO_GET, 0, 0),
			      SERVAL_A_INFO_MAX, info_message, info);
}
