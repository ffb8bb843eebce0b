// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nltest_flow - what netlink shows of sockets and flows, and to whom, and the
 * events they cause: one service and its clients within one namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/serval.h>
#include "nltest.h"

#define NAME	0x51000000	/* first word of the service's name */

static int listener;

static struct sockaddr_sv name_of(uint32_t word)
{
	struct sockaddr_sv sv = { .sv_family = socket_family };

	sv.sv_srvid.s_sid32[0] = htonl(word);
	return sv;
}

static void lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("lo");
	close(fd);
}

/* A client's socket */
static int dial(void)
{
	struct sockaddr_sv sv = name_of(NAME);
	int fd = socket(socket_family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	if (connect(fd, (void *)&sv, sizeof(sv)))
		die("connect");
	return fd;
}

static uint64_t attr64(struct nlmsghdr *h, uint16_t type)
{
	struct nlattr *a = attr(h, type);
	uint64_t v = 0;

	if (a)
		memcpy(&v, payload(a), sizeof(v));
	return v;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

/* --- rules of sockets --- */

struct rules_seen {
	unsigned int n;
	uint32_t type[4];
	bool	listening;	/* the first rule's socket is our listener, and is said to listen */
};

static void see_socket_rule(struct nlmsghdr *h, void *arg)
{
	struct nlattr *nested = attr(h, SERVAL_A_RULE_SOCKET), *a;
	struct rules_seen *s = arg;
	uint64_t inode = 0;
	bool flag = false;
	char *p, *end;

	if (s->n < 4)
		s->type[s->n] = attr32(h, SERVAL_A_RULE_TYPE);
	if (s->n++ || !nested)
		return;
	end = (char *)nested + nested->nla_len;
	for (p = payload(nested); end - p >= NLA_HDRLEN; p += NLA_ALIGN(a->nla_len)) {
		a = (void *)p;
		if ((a->nla_type & NLA_TYPE_MASK) == SERVAL_A_SOCKET_INODE)
			memcpy(&inode, payload(a), sizeof(inode));
		if ((a->nla_type & NLA_TYPE_MASK) == SERVAL_A_SOCKET_LISTENING)
			flag = true;
	}
	s->listening = flag && inode && inode == inode_of(listener);
}

static struct rules_seen rules_of_name(bool match)
{
	struct rules_seen s = { 0 };
	int fd = open_nl();

	dump(SERVAL_CMD_RULE_GET);
	put_sid(NAME);
	if (match)
		put(SERVAL_A_RULE_MATCH, NULL, 0);
	else
		put16(SERVAL_A_RULE_PREFIX_BITS, 256);
	ask_on(fd, see_socket_rule, &s);
	close(fd);
	return s;
}

static void test_bound(int events)
{
	struct sockaddr_sv sv = name_of(NAME);
	struct event_seen e;
	struct rules_seen s;

	listener = socket(socket_family, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (void *)&sv, sizeof(sv)))
		die("bind");
	e = next_event(events);
	ok(e.cmd == SERVAL_CMD_SERVICE_BOUND &&
	   attr32(&e.m.h, SERVAL_A_SERVICE_PREFIX_BITS) == 256 &&
	   attr32(&e.m.h, SERVAL_A_SERVICE_PROTOCOL) == SERVAL_PROTO_TCP &&
	   attr32(&e.m.h, SERVAL_A_SERVICE_UID) == 0 &&
	   attr32(&e.m.h, SERVAL_A_SERVICE_PID) == (uint32_t)getpid() &&
	   attr64(&e.m.h, SERVAL_A_SERVICE_INODE) == inode_of(listener), "bind() is an event");

	if (listen(listener, 16))
		die("listen");
	e = next_event(events);
	ok(e.cmd == SERVAL_CMD_SERVICE_LISTENING, "and so is listen()");

	s = rules_of_name(false);
	ok(s.n == 1 && s.type[0] == SERVAL_TYPE_DEMUX && s.listening, "the socket is shown as a rule");

	req(SERVAL_CMD_RULE_DEL);
	put_sid(NAME);
	put16(SERVAL_A_RULE_PREFIX_BITS, 256);
	fails(ENOENT, "which cannot be deleted");

	req(SERVAL_CMD_RULE_ADD);
	put_sid(NAME);
	put16(SERVAL_A_RULE_PREFIX_BITS, 256);
	put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_FORWARD);
	put_nexthop(0x0a000001);
	good("next hops beside the socket");
	next_event(events);
	s = rules_of_name(false);
	ok(s.n == 2 && s.type[0] == SERVAL_TYPE_DEMUX && s.type[1] == SERVAL_TYPE_FORWARD &&
	   s.listening, "are shown as a second rule");
	s = rules_of_name(true);
	ok(s.n >= 1 && s.type[0] == SERVAL_TYPE_DEMUX, "and a lookup meets the socket first");
}

/* --- flows --- */

struct flows_seen {
	unsigned int n, with_ids, connected, tcp;
	uint32_t id;		/* of the last, in network order */
	uint32_t uid;
	bool	has_inode;	/* one of them is the socket with this inode */
	uint64_t inode;
};

static void see_flow(struct nlmsghdr *h, void *arg)
{
	struct flows_seen *s = arg;

	s->n++;
	s->id = attr32(h, SERVAL_A_FLOW_LOCAL_FLOWID);
	s->uid = attr32(h, SERVAL_A_FLOW_UID);
	s->with_ids += s->id && attr32(h, SERVAL_A_FLOW_PEER_FLOWID);
	s->connected += attr32(h, SERVAL_A_FLOW_STATE) == SV_FLOW_CONNECTED;
	s->tcp += attr32(h, SERVAL_A_FLOW_PROTOCOL) == SERVAL_PROTO_TCP;
	s->has_inode |= s->inode && attr64(h, SERVAL_A_FLOW_INODE) == s->inode;
}

static struct flows_seen flows(uint64_t inode)
{
	struct flows_seen s = { .inode = inode };
	int fd = open_nl();

	dump(SERVAL_CMD_FLOW_GET);
	ask_on(fd, see_flow, &s);
	close(fd);
	return s;
}

static uint32_t roots_flow;	/* an id, in network order */

static void test_users_flows(void)
{
	int fd = dial();
	struct flows_seen s = flows(inode_of(fd));

	ok(s.n == 1 && s.has_inode && s.uid == NOBODY, "a user sees his own flow and no other");
	req(SERVAL_CMD_FLOW_GET);
	put32(SERVAL_A_FLOW_LOCAL_FLOWID, roots_flow);
	fails(ENOENT, "and not another's by its id");
	req(SERVAL_CMD_FLOW_GET);
	put32(SERVAL_A_FLOW_LOCAL_FLOWID, s.id);
	good("but his own");
	close(fd);
}

static void test_flows(void)
{
	struct flows_seen all, one = { 0 };
	int events = open_nl(), client, server, byte = 0, i, fd;
	struct event_seen e[2];
	struct answer a;

	if (join(events, groups[1]))
		die("join");
	client = dial();
	server = accept(listener, NULL, NULL);
	if (server < 0)
		die("accept");
	for (i = 0; i < 2; i++)
		e[i] = next_event(events);
	ok(e[0].cmd == SERVAL_CMD_FLOW_CONNECTED && e[1].cmd == SERVAL_CMD_FLOW_CONNECTED &&
	   attr32(&e[1].m.h, SERVAL_A_FLOW_EVENT_SEQ) ==
	   attr32(&e[0].m.h, SERVAL_A_FLOW_EVENT_SEQ) + 1, "either end of a connection is an event");

	all = flows(inode_of(client));
	ok(all.n == 2 && all.with_ids == 2 && all.connected == 2 && all.tcp == 2 && all.has_inode,
	   "and is shown as a flow");
	roots_flow = all.id;

	req(SERVAL_CMD_FLOW_GET);
	put32(SERVAL_A_FLOW_LOCAL_FLOWID, all.id);
	fd = open_nl();
	a = ask_on(fd, see_flow, &one);
	close(fd);
	check(a, !a.err && one.n == 1 && one.id == all.id, "and found by its id");

	as_nobody(test_users_flows);
	/* the other user's connection: its events are not what follows is about */
	close(accept(listener, NULL, NULL));

	close(client);
	if (read(server, &byte, 1))
		die("end of file expected");
	close(server);
	for (i = 0; i < 16; i++) {
		e[0] = next_event(events);
		if (e[0].cmd == SERVAL_CMD_FLOW_CLOSED &&
		    attr32(&e[0].m.h, SERVAL_A_FLOW_LOCAL_FLOWID) == roots_flow)
			break;
		if (!e[0].n)
			break;
	}
	ok(e[0].n && i < 16, "its end is an event");
	close(events);
}

void test_sockets(void)
{
	int events = open_nl();
	struct event_seen e;

	lo_up();
	if (join(events, groups[0]))
		die("join");
	test_bound(events);
	test_flows();

	close(listener);
	do
		e = next_event(events);
	while (e.n && e.cmd != SERVAL_CMD_SERVICE_CLOSED);
	ok(e.n == 1 && attr32(&e.m.h, SERVAL_A_SERVICE_PREFIX_BITS) == 256 &&
	   attr32(&e.m.h, SERVAL_A_SERVICE_PID) == (uint32_t)getpid(), "close() frees the name");
	close(events);
}
