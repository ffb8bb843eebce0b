// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service_show - showing rules, and explaining what a name would lead to.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include "tool.h"

/* Which rules are wanted, and how they are shown */
struct view {
	struct list list;
	const struct gram_match *match;
	bool share;		/* explain: how much of what comes each target gets */
	bool incomplete;	/* not all targets fitted into the kernel's message */
	unsigned int shown;
};

/* Weights that take part: those of the highest priority that has any */
static uint64_t usable_weight(const struct svctl_rule *rule, uint16_t *priority)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < rule->n_nexthops; i++) {
		if (!rule->nexthop[i].weight)
			continue;
		if (!sum || rule->nexthop[i].priority > *priority) {
			*priority = rule->nexthop[i].priority;
			sum = 0;
		}
		if (rule->nexthop[i].priority == *priority)
			sum += rule->nexthop[i].weight;
	}
	return sum;
}

static double share_of(const struct svctl_rule *rule, const struct svctl_nexthop *nh)
{
	uint16_t priority = 0;
	uint64_t sum = usable_weight(rule, &priority);

	return sum && nh->priority == priority ? (double)nh->weight / sum : 0;
}

static bool is_wanted(const struct gram_match *match, const struct svctl_rule *rule)
{
	const char *type = gram_after(match, "type");
	const char *via = gram_text(match, "ADDR", 0);
	struct in_addr addr;
	unsigned int i;

	if (type && strcmp(type, show_rule_type(rule->type)) != 0)
		return false;
	if (!via)
		return true;
	addr = tool_addr(via);
	for (i = 0; i < rule->n_nexthops; i++)
		if (rule->nexthop[i].addr.s_addr == addr.s_addr)
			return true;
	return false;
}

static struct json_object *nexthop_json(const struct view *view, const struct svctl_rule *rule,
					const struct svctl_nexthop *nh)
{
	struct json_object *to = json_object_new_object();
	char iface[IF_NAMESIZE];

	json_add_addr(to, "via", nh->addr.s_addr);
	if (nh->ifindex)
		json_add_string(to, "dev", show_iface(nh->ifindex, iface));
	json_add_uint(to, "priority", nh->priority);
	json_add_uint(to, "weight", nh->weight);
	json_add_uint(to, "hits", nh->hits);
	if (view->share)
		json_object_object_add(to, "share", json_object_new_double(share_of(rule, nh)));
	return to;
}

static struct json_object *socket_json(const struct svctl_socket *sock)
{
	struct json_object *to = json_object_new_object();
	int pid = proc_pid(sock->inode, 0);

	json_add_string(to, "socket", show_protocol(sock->protocol));
	json_add_bool(to, "listening", sock->listening);
	if (pid)
		json_add_uint(to, "pid", pid);
	json_add_uint(to, "uid", sock->uid);
	json_add_uint(to, "inode", sock->inode);
	json_add_uint(to, "hits", sock->hits);
	return to;
}

static void rule_json(struct view *view, const struct svctl_rule *rule)
{
	struct json_object *to = json_object_new_object();
	struct json_object *targets = json_object_new_array();
	unsigned int i;

	json_add_sid(to, &rule->sid, rule->bits);
	json_add_string(to, "action", show_rule_type(rule->type));
	json_add_uint(to, "hits", rule->hits);
	json_add_uint(to, "n_targets", rule->n_targets);
	for (i = 0; i < rule->n_nexthops; i++)
		json_object_array_add(targets, nexthop_json(view, rule, &rule->nexthop[i]));
	for (i = 0; i < rule->n_sockets; i++)
		json_object_array_add(targets, socket_json(&rule->socket[i]));
	json_object_object_add(to, "targets", targets);
	list_add(&view->list, to);
}

static const char *share_text(const struct view *view, const struct svctl_rule *rule,
			      const struct svctl_nexthop *nh, char *buf, size_t len)
{
	if (!view->share)
		return "";
	snprintf(buf, len, "  %5.1f%%", 100 * share_of(rule, nh));
	return buf;
}

static void nexthop_line(const struct view *view, const struct svctl_rule *rule, unsigned int i)
{
	const struct svctl_nexthop *nh = &rule->nexthop[i];
	char addr[INET_ADDRSTRLEN], iface[IF_NAMESIZE], share[16];

	printf("%-15s %-8s %5u %6u %10llu%s\n", inet_ntop(AF_INET, &nh->addr, addr, sizeof(addr)),
	       show_iface(nh->ifindex, iface), nh->priority, nh->weight,
	       (unsigned long long)nh->hits, share_text(view, rule, nh, share, sizeof(share)));
}

static void socket_line(const struct svctl_socket *sock)
{
	int pid = proc_pid(sock->inode, 0);
	char holder[32] = "socket";

	if (pid)
		snprintf(holder, sizeof(holder), "pid %d", pid);
	printf("%-15s %-8s %5s %6s %10llu  %s", holder, "-", "-", "-",
	       (unsigned long long)sock->hits, sock->listening ? "listening" : "bound");
	if (opt.details)
		printf(" %s uid %u inode %llu", show_protocol(sock->protocol), sock->uid,
		       (unsigned long long)sock->inode);
	putchar('\n');
}

/* What stands left of the targets: the rule itself, or an arrow under it */
static void line_head(const struct svctl_rule *rule, bool first)
{
	char text[SHOW_SID_LEN];

	if (first || opt.oneline)
		printf("%s%-30s%s %-8s ", show_bold(), show_sid(&rule->sid, rule->bits, text),
		       show_plain(), show_rule_type(rule->type));
	else
		printf("%36s -> ", "");
}

static void rule_lines(struct view *view, const struct svctl_rule *rule)
{
	char hex[SERVAL_ADDRSTRLEN];
	unsigned int i;

	if (!view->shown && !opt.oneline)
		printf("%-30s %-8s %-15s %-8s %5s %6s %10s%s\n", "SERVICE", "ACTION", "TARGET", "DEV",
		       "PRIO", "WEIGHT", "HITS", view->share ? "   SHARE" : "");
	for (i = 0; i < rule->n_nexthops; i++) {
		line_head(rule, !i);
		nexthop_line(view, rule, i);
	}
	for (i = 0; i < rule->n_sockets; i++) {
		line_head(rule, !i);
		socket_line(&rule->socket[i]);
	}
	if (!rule->n_nexthops && !rule->n_sockets) {
		line_head(rule, true);
		printf("%-15s %-8s %5s %6s %10llu\n", "-", "-", "-", "-",
		       (unsigned long long)rule->hits);
	}
	if (opt.details || opt.statistics) {
		sv_sid_format(&rule->sid, rule->bits, SV_SID_EXACT, hex, sizeof(hex));
		printf("        %s, %u targets, %llu hits in all\n", hex, rule->n_targets,
		       (unsigned long long)rule->hits);
	}
}

static void rule_brief(const struct svctl_rule *rule)
{
	char text[SHOW_SID_LEN];

	printf("%-30s %-8s %u\n", show_sid(&rule->sid, rule->bits, text),
	       show_rule_type(rule->type), rule->n_targets);
}

static int show_rule(const struct svctl_rule *rule, void *arg)
{
	struct view *view = arg;

	if (!view->share && !is_wanted(view->match, rule))
		return 0;
	if (rule->n_targets > rule->n_nexthops + rule->n_sockets)
		view->incomplete = true;
	if (opt.json)
		rule_json(view, rule);
	else if (opt.brief)
		rule_brief(rule);
	else
		rule_lines(view, rule);
	view->shown++;
	return 0;
}

int service_show(const struct gram_match *match)
{
	const char *text = gram_text(match, "SID", 0);
	struct view view = { .match = match };
	struct svctl *ctl = tool_ctl();
	struct service_id sid;
	unsigned int bits;
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	list_begin(&view.list);
	if (text) {
		tool_sid(text, &sid, &bits);
		err = svctl_rule_get(ctl, &sid, bits, show_rule, &view);
	} else {
		err = svctl_rule_dump(ctl, show_rule, &view);
	}
	list_end(&view.list);
	/* to have nothing to show is no failure */
	if (err < 0 && err != -ENOENT)
		return tool_refused("service show", err, svctl_error(ctl));
	if (err > 0)
		fprintf(stderr, "serval: rules changed while they were read\n");
	if (view.incomplete)
		fprintf(stderr, "serval: of some rules not all targets are shown\n");
	return TOOL_OK;
}

int service_get(const struct gram_match *match)
{
	const char *text = gram_text(match, "SID", 0);
	struct view view = { .match = match, .share = true };
	char hex[SERVAL_ADDRSTRLEN];
	struct service_id sid;
	struct svctl *ctl;
	unsigned int bits;
	int err;

	tool_sid(text, &sid, &bits);
	if (bits != SERVICE_ID_MAX_PREFIX_BITS)
		return tool_usage("service get %s: a prefix is looked up in no table, give a full serviceID",
				  text);
	ctl = tool_ctl();
	if (!ctl)
		return TOOL_REFUSED;
	sv_sid_format(&sid, bits, SV_SID_FULL, hex, sizeof(hex));
	if (!opt.json && !opt.brief && !opt.oneline)
		printf("%s is %s\n", text, hex);
	list_begin(&view.list);
	err = svctl_rule_match(ctl, &sid, show_rule, &view);
	list_end(&view.list);
	if (err == -ENOENT)
		return tool_refused(text, -EHOSTUNREACH, "no rule matches");
	return err < 0 ? tool_refused("service get", err, svctl_error(ctl)) : TOOL_OK;
}
