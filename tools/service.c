// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service - changing rules: from the words of a command to the module, and to
 * a file of commands and back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

static enum serval_type rule_type(const struct gram_match *match)
{
	if (gram_has(match, "delay"))
		return SERVAL_TYPE_DELAY;
	if (gram_has(match, "drop"))
		return SERVAL_TYPE_DROP;
	return SERVAL_TYPE_FORWARD;
}

/*
 * The next hops among the words: an address begins one, the original's form
 * has it without "via".
 *
 * Return: an array of @n to be freed; NULL after a message
 */
static struct svctl_nexthop *nexthops(const struct gram_match *match, unsigned int *n)
{
	struct svctl_nexthop *all = calloc(match->n + 1, sizeof(*all));
	struct svctl_nexthop *nh = all;
	const struct gram_token *token;
	unsigned int i;

	*n = 0;
	if (!all) {
		tool_refused("rule", -ENOMEM, NULL);
		return NULL;
	}
	for (i = 0; i < match->n; i++) {
		token = &match->token[i];
		if (!token->symbol)
			continue;
		if (strcmp(token->symbol, "ADDR") == 0) {
			nh = &all[(*n)++];
			nh->addr = tool_addr(token->text);
			nh->priority = 1;
			nh->weight = 1;
		} else if (strcmp(token->symbol, "IFACE") == 0) {
			nh->ifindex = tool_ifindex(token->text);
			if (!nh->ifindex) {
				free(all);
				return NULL;
			}
		} else if (strcmp(token->symbol, "P") == 0) {
			nh->priority = tool_accepted_number(token->text);
		} else if (strcmp(token->symbol, "W") == 0) {
			nh->weight = tool_accepted_number(token->text);
		}
	}
	return all;
}

static int change(const struct gram_match *match, const char *verb,
		  int (*fn)(struct svctl *ctl, const struct svctl_rule *rule))
{
	struct svctl_rule rule = { .type = rule_type(match) };
	const char *text = gram_text(match, "SID", 0);
	struct svctl *ctl = tool_ctl();
	struct svctl_nexthop *nh;
	char what[SHOW_SID_LEN];
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	tool_sid(text, &rule.sid, &rule.bits);
	nh = nexthops(match, &rule.n_nexthops);
	if (!nh)
		return TOOL_REFUSED;
	rule.nexthop = nh;
	/* before the event that this causes reaches a monitor */
	name_learn(text);
	err = fn(ctl, &rule);
	free(nh);
	if (!err)
		return TOOL_OK;
	snprintf(what, sizeof(what), "service %s %s", verb, text);
	return tool_refused(what, err, svctl_error(ctl));
}

int service_add(const struct gram_match *match)
{
	return change(match, "add", svctl_rule_add);
}

int service_replace(const struct gram_match *match)
{
	return change(match, "replace", svctl_rule_replace);
}

int service_del(const struct gram_match *match)
{
	const char *text = gram_text(match, "SID", 0);
	struct svctl *ctl = tool_ctl();
	struct svctl_nexthop *nh;
	struct service_id sid;
	char what[SHOW_SID_LEN];
	unsigned int bits, n;
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	tool_sid(text, &sid, &bits);
	nh = nexthops(match, &n);
	if (!nh)
		return TOOL_REFUSED;
	err = svctl_rule_del(ctl, &sid, bits, n ? nh : NULL);
	free(nh);
	if (!err)
		return TOOL_OK;
	snprintf(what, sizeof(what), "service del %s", text);
	return tool_refused(what, err, svctl_error(ctl));
}

int service_flush(const struct gram_match *match)
{
	struct svctl *ctl = tool_ctl();
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	err = svctl_rule_flush(ctl);
	return err ? tool_refused("service flush", err, svctl_error(ctl)) : TOOL_OK;
}

static int save_rule(const struct svctl_rule *rule, void *arg)
{
	char text[SERVAL_ADDRSTRLEN], addr[INET_ADDRSTRLEN], iface[IF_NAMESIZE];
	const struct svctl_nexthop *nh;
	unsigned int *incomplete = arg;
	unsigned int i;

	if (rule->type == SERVAL_TYPE_DEMUX)
		return 0;
	if (rule->n_targets > rule->n_nexthops)
		++*incomplete;
	sv_sid_format(&rule->sid, rule->bits, SV_SID_EXACT, text, sizeof(text));
	printf("service replace %s %s", text, show_rule_type(rule->type));
	for (i = 0; i < rule->n_nexthops; i++) {
		nh = &rule->nexthop[i];
		printf(" via %s", inet_ntop(AF_INET, &nh->addr, addr, sizeof(addr)));
		if (nh->ifindex)
			printf(" dev %s", show_iface(nh->ifindex, iface));
		printf(" priority %u weight %u", nh->priority, nh->weight);
	}
	putchar('\n');
	return 0;
}

int service_save(const struct gram_match *match)
{
	struct svctl *ctl = tool_ctl();
	unsigned int incomplete = 0;
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	printf("# serval service restore reads this\n");
	err = svctl_rule_dump(ctl, save_rule, &incomplete);
	if (err < 0)
		return tool_refused("service save", err, svctl_error(ctl));
	if (err > 0)
		return tool_refused("service save", -EAGAIN, "rules changed meanwhile, save again");
	if (incomplete)
		return tool_refused("service save", -EMSGSIZE, "a rule has too many targets");
	return TOOL_OK;
}

int service_restore(const struct gram_match *match)
{
	return tool_batch(stdin, "stdin", "service");
}
