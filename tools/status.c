// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status - is the stack there, and do its parts fit together?
 */
#include <errno.h>
#include <string.h>
#include "tool.h"

struct counts {
	unsigned int rules;
	unsigned int services;
	unsigned int flows;
};

static int count_rule(const struct svctl_rule *rule, void *arg)
{
	struct counts *counts = arg;

	if (rule->type == SERVAL_TYPE_DEMUX)
		counts->services++;
	else
		counts->rules++;
	return 0;
}

static int count_flow(const struct sv_flow_info *flow, void *arg)
{
	struct counts *counts = arg;

	counts->flows++;
	return 0;
}

static void status_json(const struct svctl_info *info, const struct counts *counts,
			const char *problem)
{
	struct json_object *to = json_object_new_object();
	struct list list;

	list_begin(&list);
	json_add_bool(to, "ok", !problem);
	if (problem)
		json_add_string(to, "problem", problem);
	json_add_string(to, "tool_version", SERVAL_VERSION);
	json_add_bool(to, "loaded", info);
	if (info) {
		json_add_string(to, "module_version", info->version);
		json_add_uint(to, "family", info->family);
		json_add_uint(to, "ip_protocol", info->ip_protocol);
		json_add_uint(to, "sal_version", info->sal_version);
		json_add_uint(to, "rules", counts->rules);
		json_add_uint(to, "services", counts->services);
		json_add_uint(to, "flows", counts->flows);
	}
	list_add(&list, to);
	list_end(&list);
}

static void status_text(const struct svctl_info *info, const struct counts *counts,
			const char *problem)
{
	printf("tool     version %s\n", SERVAL_VERSION);
	if (info) {
		printf("module   version %s, family %u, IP protocol %u, SAL version %u\n",
		       info->version, info->family, info->ip_protocol, info->sal_version);
		printf("table    %u rules, %u local services, %u flows\n", counts->rules,
		       counts->services, counts->flows);
	}
	printf("%s%s%s\n", show_bold(), problem ? problem : "ok", show_plain());
}

int status_show(const struct gram_match *match)
{
	struct counts counts = { 0 };
	const char *problem = NULL;
	struct svctl_info info;
	struct svctl *ctl;
	int err;

	err = svctl_open(&ctl);
	if (err && err != -EAFNOSUPPORT)
		return tool_refused("netlink", err, NULL);
	if (err)
		problem = "the module serval.ko is not loaded, try: modprobe serval";
	else
		err = svctl_info(ctl, &info);
	if (!problem && err < 0) {
		tool_refused("status", err, svctl_error(ctl));
		svctl_close(ctl);
		return TOOL_REFUSED;
	}
	if (!problem && strcmp(info.version, SERVAL_VERSION) != 0)
		problem = "module and tool are of different versions";
	if (ctl) {
		svctl_rule_dump(ctl, count_rule, &counts);
		svctl_flow_dump(ctl, count_flow, &counts);
	}
	if (opt.json)
		status_json(ctl ? &info : NULL, &counts, problem);
	else
		status_text(ctl ? &info : NULL, &counts, problem);
	svctl_close(ctl);
	return problem ? TOOL_DEGRADED : TOOL_OK;
}
