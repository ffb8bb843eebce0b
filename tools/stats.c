// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stats - showing counters. What they mean is in serval(7).
 */
#include <string.h>
#include "tool.h"

/* Counters of packets thrown away, and of nothing else */
static const char * const drops[] = {
	"InTruncated", "InBadShl", "InCsumErrors", "InBadProtocol", "InExtLength", "InExtDuplicate",
	"InExtCount", "InExtUnknown", "InBadFlags", "InBadFlowid", "InTransportErrors",
	"InTcpFlags", "InNotForUs", "NoFlow", "ServiceMiss", "ServiceDrop", "ListenOverflows",
	"RequestOverflows", "RstLimited", "RstBad", "BadNonce", "BadPeerFlow", "BadAckno",
	"OldVerno", "BadState", "BadVersion", "BadAddress", "BacklogDrops", "OutNoRoutes",
	"NoMemory", NULL
};

struct view {
	struct list list;
	const struct gram_match *match;
	bool drops;
	bool all;
	unsigned int n_asked;	/* COUNTER words */
	unsigned int n_found;
};

static bool is_drop(const char *name)
{
	unsigned int i;

	for (i = 0; drops[i]; i++)
		if (strcmp(drops[i], name) == 0)
			return true;
	return false;
}

static bool is_asked(const struct view *view, const char *name)
{
	const char *asked;
	unsigned int i;

	for (i = 0; (asked = gram_text(view->match, "COUNTER", i)); i++)
		if (strcmp(asked, name) == 0)
			return true;
	return false;
}

static int show_counter(const char *name, uint64_t value, void *arg)
{
	struct json_object *to;
	struct view *view = arg;

	if (view->n_asked) {
		if (!is_asked(view, name))
			return 0;
		view->n_found++;
	} else if ((view->drops && !is_drop(name)) || (!value && !view->all)) {
		return 0;
	}
	if (!opt.json) {
		printf("%-24s %llu\n", name, (unsigned long long)value);
		return 0;
	}
	to = json_object_new_object();
	json_add_string(to, "name", name);
	json_add_uint(to, "value", value);
	list_add(&view->list, to);
	return 0;
}

static int show(const struct gram_match *match, bool only_drops)
{
	struct view view = { .match = match, .drops = only_drops };
	struct svctl *ctl = tool_ctl();
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	view.all = gram_has(match, "all");
	while (gram_text(match, "COUNTER", view.n_asked))
		view.n_asked++;
	list_begin(&view.list);
	err = svctl_stats(ctl, show_counter, &view);
	list_end(&view.list);
	if (err < 0)
		return tool_refused("stats", err, svctl_error(ctl));
	if (view.n_found < view.n_asked)
		return tool_usage("%u of %u counters exist; serval stats show all has their names",
				  view.n_found, view.n_asked);
	return TOOL_OK;
}

int stats_show(const struct gram_match *match)
{
	return show(match, false);
}

int stats_drops(const struct gram_match *match)
{
	return show(match, true);
}
