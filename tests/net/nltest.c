// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nltest - asks the module's netlink interface for what it must refuse, and
 * reads back what it must do. Prints TAP; exit status 1 if a test failed.
 *
 * Works in a network namespace of its own;
 * needs CAP_SYS_ADMIN for that, and to become another user.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/serval.h>
#include "nltest.h"

struct rule_seen {
	unsigned int n;
	unsigned int nexthops;	/* of the last one */
	uint32_t targets;
	uint32_t type;
	uint32_t bits;
	uint32_t first_word;	/* of its serviceID */
	bool	ordered;
};

static void see_rule(struct nlmsghdr *h, void *arg)
{
	struct rule_seen *s = arg;
	uint32_t word = 0;

	if (attr(h, SERVAL_A_RULE_SERVICE))
		memcpy(&word, payload(attr(h, SERVAL_A_RULE_SERVICE)), sizeof(word));
	word = ntohl(word);
	if (s->n && word <= s->first_word)
		s->ordered = false;
	s->n++;
	s->first_word = word;
	s->nexthops = count_attr(h, SERVAL_A_RULE_NEXTHOP);
	s->targets = attr32(h, SERVAL_A_RULE_TARGETS);
	s->type = attr32(h, SERVAL_A_RULE_TYPE);
	s->bits = attr32(h, SERVAL_A_RULE_PREFIX_BITS);
}

/* Sends the dump request under construction */
static struct rule_seen see_rules(struct answer *a)
{
	struct rule_seen s = { .ordered = true };
	int fd = open_nl();

	*a = ask_on(fd, see_rule, &s);
	close(fd);
	return s;
}

static unsigned int count_rules(void)
{
	struct answer a;
	struct rule_seen s;

	dump(SERVAL_CMD_RULE_GET);
	s = see_rules(&a);
	return a.err ? ~0U : s.n;
}

/* --- the family --- */

uint32_t groups[4];
static const char *const group_names[4] = { SERVAL_MCGRP_SERVICE, SERVAL_MCGRP_FLOW,
					    SERVAL_MCGRP_MIGRATE, SERVAL_MCGRP_DROP };

static void see_group(struct nlattr *group)
{
	char *p = payload(group), *end = (char *)group + group->nla_len;
	const char *name = "";
	uint32_t id = 0;
	int i;

	while (end - p >= NLA_HDRLEN) {
		struct nlattr *a = (void *)p;

		if ((a->nla_type & NLA_TYPE_MASK) == CTRL_ATTR_MCAST_GRP_NAME)
			name = payload(a);
		if ((a->nla_type & NLA_TYPE_MASK) == CTRL_ATTR_MCAST_GRP_ID)
			id = *(uint32_t *)payload(a);
		p += NLA_ALIGN(a->nla_len);
	}
	for (i = 0; i < 4; i++)
		if (!strcmp(name, group_names[i]))
			groups[i] = id;
}

static void see_family(struct nlmsghdr *h, void *arg)
{
	struct nlattr *list = attr(h, CTRL_ATTR_MCAST_GROUPS);
	char *p, *end;

	family = attr32(h, CTRL_ATTR_FAMILY_ID);
	if (!list)
		return;
	end = (char *)list + list->nla_len;
	for (p = payload(list); end - p >= NLA_HDRLEN;
	     p += NLA_ALIGN(((struct nlattr *)p)->nla_len))
		see_group((void *)p);
}

static void find_family(void)
{
	int fd = open_nl();
	struct answer a;

	start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	put(CTRL_ATTR_FAMILY_NAME, SERVAL_GENL_NAME, sizeof(SERVAL_GENL_NAME));
	a = ask_on(fd, see_family, NULL);
	close(fd);
	check(a, !a.err && family && groups[0] && groups[1] && groups[2] && groups[3],
	      "the family is there, with its four groups");
	if (!family) {
		puts("Bail out! no generic netlink family 'serval': is the module loaded?");
		exit(1);
	}
}

/* --- tests --- */

static void test_rules(void)
{
	struct rule_seen s;
	struct answer a;
	uint32_t at;
	int i;

	forward(SERVAL_CMD_RULE_ADD, 0x11000000);
	put_nexthop(0x0a000001);
	good("rule-add");

	forward(SERVAL_CMD_RULE_ADD, 0x11000000);
	put_nexthop(0x0a000001);
	a = ask();
	check(a, a.err == EEXIST && a.text[0], "rule-add of a target that is there");

	forward(SERVAL_CMD_RULE_ADD, 0x11000000);
	put_nexthop(0x0a000002);
	put_nexthop(0x0a000001);
	a = ask();
	check(a, a.err == EEXIST && a.text[0], "rule-add of one new target and one that is there");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(0x11000000, SERVAL_TYPE_DROP);
	a = ask();
	check(a, a.err == EEXIST && a.text[0], "rule-add of another type");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(0x11000000);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	s = see_rules(&a);
	check(a, !a.err && s.n == 1 && s.nexthops == 1 && s.targets == 1 && s.bits == 32 &&
	      s.type == SERVAL_TYPE_FORWARD, "refused requests changed nothing");

	forward(SERVAL_CMD_RULE_ADD, 0x11000000);
	put_nexthop(0x0a000002);
	put_nexthop(0x0a000003);
	good("rule-add of two more targets");

	req(SERVAL_CMD_RULE_DEL);
	put_sid(0x11000000);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	put_nexthop(0x0a000009);
	a = ask();
	check(a, a.err == ENOENT && a.text[0], "rule-del of a target that is not there");

	req(SERVAL_CMD_RULE_DEL);
	put_sid(0x11000000);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	put_nexthop(0x0a000001);
	good("rule-del of one target");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(0x11223344);
	put(SERVAL_A_RULE_MATCH, NULL, 0);
	bad(ENOENT, "no rule matches", 0, "match outside the prefix");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(0x11000000);
	put(SERVAL_A_RULE_MATCH, NULL, 0);
	s = see_rules(&a);
	check(a, !a.err && s.n == 1 && s.nexthops == 2 && s.bits == 32, "match inside the prefix");

	/* prefixes whose predecessors differ: the first, 0 and 1 as the last bit, full length */
	for (i = 0; i < 4; i++) {
		static const uint32_t word[] = { 0, 0x10000000, 0x11000000, 0xffffffff };
		static const uint16_t bits[] = { 0, 5, 8, 32 };

		req(SERVAL_CMD_RULE_ADD);
		put_sid(word[i]);
		put16(SERVAL_A_RULE_PREFIX_BITS, bits[i]);
		put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
		a = ask();
		if (!a.err) {
			dump(SERVAL_CMD_RULE_GET);
			put_sid(word[i]);
			put16(SERVAL_A_RULE_PREFIX_BITS, bits[i]);
			s = see_rules(&a);
		}
		check(a, !a.err && s.n == 1 && s.first_word == word[i] && s.bits == bits[i] &&
		      s.type == SERVAL_TYPE_DROP, "a prefix is found among its neighbours");
	}

	forward(SERVAL_CMD_RULE_REPLACE, 0x11000000);
	for (i = 0; i < 256; i++)
		put_nexthop(0x0a010000 + i);
	good("rule-replace by 256 targets");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(0x11000000);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	s = see_rules(&a);
	check(a, !a.err && s.n == 1 && s.nexthops == 256 && s.targets == 256, "all 256 are shown");

	forward(SERVAL_CMD_RULE_ADD, 0x11000000);
	put_nexthop(0x0a020000);
	a = ask();
	check(a, a.err == E2BIG && a.text[0], "one target more");

	forward(SERVAL_CMD_RULE_REPLACE, 0x11000000);
	for (i = 0; i < 257; i++)
		at = put_nexthop(0x0a010000 + i);
	bad(E2BIG, "too many targets", at, "rule-replace by 257 targets");

	req(SERVAL_CMD_RULE_REPLACE);
	put_rule(0x11000000, SERVAL_TYPE_DELAY);
	good("rule-replace by another type");

	ok(count_rules() == 5, "five rules in all");
	req(SERVAL_CMD_RULE_FLUSH);
	good("rule-flush");
	ok(count_rules() == 0, "and none is left");
}

static void test_dump(void)
{
	enum { RULES = 1000 };
	struct answer a = { .missing = -1 };
	struct rule_seen s = { .ordered = true };
	int fd = open_nl(), i, failed = 0;

	for (i = 0; i < RULES; i++) {
		forward(SERVAL_CMD_RULE_ADD, i * 7919U + 1);
		put_nexthop(0x0a000001);
		failed += ask_on(fd, NULL, NULL).err != 0;
	}
	ok(!failed, "1,000 rules are added");

	dump(SERVAL_CMD_RULE_GET);
	a = ask_on(fd, see_rule, &s);
	check(a, !a.err && s.n == RULES && s.ordered && !a.interrupted,
	      "a dump shows each once, in order, undisturbed");

	/* a rule comes while a dump is under way: the rest carries NLM_F_DUMP_INTR */
	s = (struct rule_seen) { .ordered = true };
	a = (struct answer) { .missing = -1 };
	dump(SERVAL_CMD_RULE_GET);
	send_msg(fd);
	if (!receive(fd, &a, see_rule, &s)) {
		req(SERVAL_CMD_RULE_ADD);
		put_rule(0xfffffffe, SERVAL_TYPE_DROP);
		good("a rule is added during a dump");
		while (!receive(fd, &a, see_rule, &s))
			;
	}
	check(a, !a.err && s.n == RULES + 1 && s.ordered && a.interrupted,
	      "and the dump says that it was interrupted");

	req(SERVAL_CMD_RULE_FLUSH);
	good("rule-flush of 1,001 rules");
	close(fd);
}

static void see_event(struct nlmsghdr *h, void *arg)
{
	struct event_seen *e = arg;

	e->n++;
	memcpy(&e->m, h, h->nlmsg_len < sizeof(e->m) ? h->nlmsg_len : sizeof(e->m));
	e->cmd = ((struct genlmsghdr *)NLMSG_DATA(h))->cmd;
	e->seq = attr32(h, SERVAL_A_RULE_EVENT_SEQ);
	e->bits = attr32(h, SERVAL_A_RULE_PREFIX_BITS);
	e->type = attr32(h, SERVAL_A_RULE_TYPE);
}

struct event_seen next_event(int fd)
{
	struct event_seen e = { 0 };
	struct answer a = { 0 };

	receive(fd, &a, see_event, &e);
	if (!e.n)
		printf("# no event: %s\n", a.text);
	return e;
}

int join(int fd, uint32_t group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ?
	       errno : 0;
}

static void test_events(void)
{
	struct event_seen e, first;
	int fd = open_nl(), i, failed = 0;

	for (i = 0; i < 4; i++)
		failed += join(fd, groups[i]) != 0;
	ok(!failed, "root joins all groups");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(5, SERVAL_TYPE_DROP);
	good("rule-add with a listener");
	first = next_event(fd);
	ok(first.n == 1 && first.cmd == SERVAL_CMD_RULE_NEW && first.bits == 32 &&
	   first.type == SERVAL_TYPE_DROP, "the listener hears rule-new");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(5, SERVAL_TYPE_DROP);
	ask();
	req(SERVAL_CMD_RULE_DEL);
	put_sid(5);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	good("rule-del with a listener");
	e = next_event(fd);
	ok(e.n == 1 && e.cmd == SERVAL_CMD_RULE_GONE && e.type == SERVAL_TYPE_DROP &&
	   e.seq == first.seq + 1, "then rule-gone with the next number, nothing for a refused request");

	req(SERVAL_CMD_RULE_FLUSH);
	good("rule-flush with a listener");
	e = next_event(fd);
	ok(e.n == 1 && e.cmd == SERVAL_CMD_RULE_GONE && !e.type && !e.bits &&
	   e.seq == first.seq + 2, "then rule-gone of no type");
	close(fd);
}

int socket_family;

struct facts {
	unsigned int counters;
	uint32_t protocol, sal, rules, targets;
	bool	version;
};

static void see_info(struct nlmsghdr *h, void *arg)
{
	struct facts *f = arg;

	f->version = attr(h, SERVAL_A_INFO_MODULE_VERSION);
	f->protocol = attr32(h, SERVAL_A_INFO_IP_PROTOCOL);
	f->sal = attr32(h, SERVAL_A_INFO_SAL_VERSION);
	f->rules = attr32(h, SERVAL_A_INFO_MAX_RULES);
	f->targets = attr32(h, SERVAL_A_INFO_MAX_TARGETS);
	socket_family = attr32(h, SERVAL_A_INFO_FAMILY);
}

static void see_stats(struct nlmsghdr *h, void *arg)
{
	struct facts *f = arg;

	f->version = attr(h, SERVAL_A_STATS_MODULE_VERSION);
	f->counters = count_attr(h, SERVAL_A_STATS_COUNTER);
}

static void test_facts(void)
{
	struct facts f = { 0 };
	struct answer a;
	int fd = open_nl();

	req(SERVAL_CMD_INFO_GET);
	a = ask_on(fd, see_info, &f);
	check(a, !a.err && f.version && socket_family && f.protocol && f.sal == 2 && f.rules &&
	      f.targets == 256, "info-get");
	req(SERVAL_CMD_STATS_GET);
	a = ask_on(fd, see_stats, &f);
	check(a, !a.err && f.version && f.counters > 40, "stats-get");
	close(fd);
}

void as_nobody(void (*tests)(void))
{
	unsigned int counts[2] = { 0 };
	int fds[2], status;
	pid_t pid;

	if (pipe(fds))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
			die("setuid");
		tests();
		counts[0] = n_tests;
		counts[1] = n_failed;
		_exit(write(fds[1], counts, sizeof(counts)) != sizeof(counts));
	}
	close(fds[1]);
	if (read(fds[0], counts, sizeof(counts)) != sizeof(counts))
		die("child");
	close(fds[0]);
	n_tests = counts[0];
	n_failed = counts[1];
	waitpid(pid, &status, 0);
}

static void test_unprivileged(void)
{
	int fd, i, refused = 0;
	struct answer a;

	req(SERVAL_CMD_RULE_ADD);
	put_rule(6, SERVAL_TYPE_DROP);
	fails(EPERM, "rule-add by a user");
	req(SERVAL_CMD_RULE_REPLACE);
	put_rule(6, SERVAL_TYPE_DROP);
	fails(EPERM, "rule-replace by a user");
	req(SERVAL_CMD_RULE_DEL);
	put_sid(6);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	fails(EPERM, "rule-del by a user");
	req(SERVAL_CMD_RULE_FLUSH);
	fails(EPERM, "rule-flush by a user");

	for (i = 0; i < 4; i++) {
		fd = open_nl();
		refused += join(fd, groups[i]) == EPERM;
		close(fd);
	}
	ok(refused == 4, "no group lets a user in");

	ok(count_rules() == 1, "a user may read the rules");
	dump(SERVAL_CMD_FLOW_GET);
	a = ask();
	check(a, !a.err && !a.n, "and the flows, of which none is his");
	req(SERVAL_CMD_STATS_GET);
	good("and the counters");
}

/* In a namespace of his own a user is its administrator, and sees nothing of ours */
static void test_own_namespace(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		ok(true, "a user's own namespace # SKIP unshare refused");
		return;
	}
	ok(count_rules() == 0, "a user's own namespace is empty");
	req(SERVAL_CMD_RULE_ADD);
	put_rule(7, SERVAL_TYPE_DROP);
	good("there the user adds a rule");
	ok(count_rules() == 1, "and reads it");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWNET))
		die("unshare (run as root)");
	puts("TAP version 13");
	find_family();
	ok(count_rules() == 0, "a new namespace has no rules");
	test_refusals();
	ok(count_rules() == 0, "refused requests left no rule");
	test_rules();
	test_dump();
	test_events();
	test_facts();

	req(SERVAL_CMD_RULE_ADD);
	put_rule(0x42000000, SERVAL_TYPE_DROP);
	good("rule-add for the tests of another user");
	as_nobody(test_unprivileged);
	as_nobody(test_own_namespace);
	ok(count_rules() == 1, "our rule is still the only one");
	test_sockets();

	printf("1..%u\n", n_tests);
	return n_failed != 0;
}
