// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nltest_msg - requests written byte by byte, so that they can be wrong, and
 * answers taken apart. No netlink library would do either.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/serval.h>
#include "nltest.h"

unsigned int n_tests, n_failed;

void ok(bool good, const char *name)
{
	n_tests++;
	n_failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", n_tests, name);
	fflush(stdout);
}

void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- messages --- */

struct msg m;
uint16_t family;

void start(uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *g = NLMSG_DATA(&m.h);

	memset(&m, 0, 1024);
	m.h.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m.h.nlmsg_type = type;
	m.h.nlmsg_flags = NLM_F_REQUEST | flags;
	g->cmd = cmd;
	g->version = SERVAL_GENL_VERSION;
}

void req(uint8_t cmd)
{
	start(family, cmd, NLM_F_ACK);
}

void dump(uint8_t cmd)
{
	start(family, cmd, NLM_F_DUMP);
}

/* An attribute; returns its place in the message */
uint32_t put(uint16_t type, const void *data, uint16_t len)
{
	uint32_t at = m.h.nlmsg_len;
	struct nlattr *a = (void *)(m.b + at);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memset(m.b + at + NLA_HDRLEN, 0, NLA_ALIGN(len));
	if (len)
		memcpy(m.b + at + NLA_HDRLEN, data, len);
	m.h.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(len);
	return at;
}

uint32_t put8(uint16_t type, uint8_t v) { return put(type, &v, sizeof(v)); }
uint32_t put16(uint16_t type, uint16_t v) { return put(type, &v, sizeof(v)); }
uint32_t put32(uint16_t type, uint32_t v) { return put(type, &v, sizeof(v)); }

uint32_t nest(uint16_t type)
{
	return put(type | NLA_F_NESTED, NULL, 0);
}

void nest_end(uint32_t at)
{
	((struct nlattr *)(m.b + at))->nla_len = m.h.nlmsg_len - at;
}

/* A serviceID whose first four bytes are n, the rest is zero */
uint32_t put_sid(uint32_t n)
{
	struct service_id sid = { 0 };

	sid.s_sid32[0] = htonl(n);
	return put(SERVAL_A_RULE_SERVICE, &sid, sizeof(sid));
}

uint32_t put_nexthop(uint32_t addr)
{
	uint32_t at = nest(SERVAL_A_RULE_NEXTHOP);

	put32(SERVAL_A_NEXTHOP_ADDR, htonl(addr));
	nest_end(at);
	return at;
}

/* The usual prefix, 32 bits, and a type */
void put_rule(uint32_t n, uint8_t type)
{
	put_sid(n);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	put8(SERVAL_A_RULE_TYPE, type);
}

void forward(uint8_t cmd, uint32_t n)
{
	req(cmd);
	put_rule(n, SERVAL_TYPE_FORWARD);
}

/* --- conversation --- */

int open_nl(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	struct timeval limit = { .tv_sec = 10 };
	int one = 1;

	if (fd < 0)
		die("netlink socket");
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt");
	/* a socket without a port hears no event */
	if (bind(fd, (void *)&any, sizeof(any)))
		die("bind");
	return fd;
}

static void parse_end(struct nlmsghdr *h, struct answer *a)
{
	bool done = h->nlmsg_type == NLMSG_DONE;
	size_t skip = done ? sizeof(int) : sizeof(struct nlmsgerr);
	char *p = (char *)NLMSG_DATA(h) + skip, *end = (char *)h + h->nlmsg_len;

	a->err = -*(int *)NLMSG_DATA(h);
	while (end - p >= NLA_HDRLEN) {
		struct nlattr *at = (void *)p;
		void *data = p + NLA_HDRLEN;

		switch (at->nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			snprintf(a->text, sizeof(a->text), "%s", (char *)data);
			break;
		case NLMSGERR_ATTR_OFFS:
			a->offset = *(uint32_t *)data;
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			a->missing = *(uint32_t *)data;
			break;
		}
		p += NLA_ALIGN(at->nla_len);
	}
}

/* Receives one datagram; true if it held the end of the answer */
bool receive(int fd, struct answer *a, on_msg fn, void *arg)
{
	static struct msg r;
	ssize_t got = recv(fd, &r, sizeof(r), 0);
	struct nlmsghdr *h = &r.h;

	if (got < 0) {
		a->err = errno;
		snprintf(a->text, sizeof(a->text), "recv: %s", strerror(errno));
		return true;
	}
	for (; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
		if (h->nlmsg_flags & NLM_F_DUMP_INTR)
			a->interrupted = true;
		if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
			parse_end(h, a);
			return true;
		}
		a->n++;
		if (fn)
			fn(h, arg);
	}
	return false;
}

void send_msg(int fd)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };

	if (sendto(fd, &m, m.h.nlmsg_len, 0, (void *)&to, sizeof(to)) < 0)
		die("send");
}

struct answer ask_on(int fd, on_msg fn, void *arg)
{
	struct answer a = { .missing = -1 };

	send_msg(fd);
	while (!receive(fd, &a, fn, arg))
		;
	return a;
}

struct answer ask(void)
{
	int fd = open_nl();
	struct answer a = ask_on(fd, NULL, NULL);

	close(fd);
	return a;
}

/* --- expectations --- */

static void report(const struct answer *a)
{
	printf("# errno %d (%s), text '%s', offset %u, missing %d\n", a->err, strerror(a->err),
	       a->text, a->offset, a->missing);
}

void check(struct answer a, bool good, const char *name)
{
	ok(good, name);
	if (!good)
		report(&a);
}

/* The end of a dump has room for the text of an error, and on 6.1 for nothing more */
static bool is_dump(void)
{
	return (m.h.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/* The request fails with this errno, this text in the extack, this attribute to blame */
void bad(int err, const char *text, uint32_t offset, const char *name)
{
	bool dumped = is_dump();
	struct answer a = ask();

	check(a, a.err == err && a.text[0] && strstr(a.text, text) &&
	      (a.offset == offset || (dumped && !a.offset)), name);
}

/* It fails because an attribute is missing; @text and the attribute's type say which */
void lacks(int type, const char *text, const char *name)
{
	bool dumped = is_dump();
	struct answer a = ask();

	check(a, a.err == EINVAL && !strcmp(a.text, text) &&
	      (a.missing == type || (dumped && a.missing < 0)), name);
}

void good(const char *name)
{
	struct answer a = ask();

	check(a, !a.err, name);
}

void fails(int err, const char *name)
{
	struct answer a = ask();

	check(a, a.err == err, name);
}

/* --- reading answers --- */

struct nlattr *attr(struct nlmsghdr *h, uint16_t type)
{
	char *p = (char *)NLMSG_DATA(h) + GENL_HDRLEN, *end = (char *)h + h->nlmsg_len;

	while (end - p >= NLA_HDRLEN) {
		struct nlattr *a = (void *)p;

		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		p += NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

unsigned int count_attr(struct nlmsghdr *h, uint16_t type)
{
	char *p = (char *)NLMSG_DATA(h) + GENL_HDRLEN, *end = (char *)h + h->nlmsg_len;
	unsigned int n = 0;

	while (end - p >= NLA_HDRLEN) {
		struct nlattr *a = (void *)p;

		n += (a->nla_type & NLA_TYPE_MASK) == type;
		p += NLA_ALIGN(a->nla_len);
	}
	return n;
}

void *payload(struct nlattr *a)
{
	return (char *)a + NLA_HDRLEN;
}

uint32_t attr32(struct nlmsghdr *h, uint16_t type)
{
	struct nlattr *a = attr(h, type);
	uint32_t v = 0;

	if (a)
		memcpy(&v, payload(a), a->nla_len - NLA_HDRLEN < 4 ? a->nla_len - NLA_HDRLEN : 4);
	return v;
}
