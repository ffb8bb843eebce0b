/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nltest - the parts that its files share */
#ifndef NLTEST_H
#define NLTEST_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <linux/serval_genl.h>

extern unsigned int n_tests, n_failed;

void ok(bool good, const char *name);
void die(const char *what);

/* --- requests: one at a time is built, in m --- */

struct msg {
	union {
		struct nlmsghdr h;
		char	b[65536];
	};
};

extern struct msg m;
extern uint16_t family;

void start(uint16_t type, uint8_t cmd, uint16_t flags);
void req(uint8_t cmd);
void dump(uint8_t cmd);

/* Attributes; each returns its place in the message */
uint32_t put(uint16_t type, const void *data, uint16_t len);
uint32_t put8(uint16_t type, uint8_t v);
uint32_t put16(uint16_t type, uint16_t v);
uint32_t put32(uint16_t type, uint32_t v);
uint32_t nest(uint16_t type);
void nest_end(uint32_t at);
uint32_t put_sid(uint32_t n);		/* its first four bytes are n, the rest is zero */
uint32_t put_nexthop(uint32_t addr);
void put_rule(uint32_t n, uint8_t type);	/* the first 32 bits of n */
void forward(uint8_t cmd, uint32_t n);	/* a request with a forward rule, nexthops to follow */

/* --- conversation --- */

struct answer {
	int	err;		/* positive errno */
	char	text[128];
	uint32_t offset;	/* of the attribute to blame, 0 if none is named */
	int	missing;	/* type of the attribute that is missing, -1 if none is named */
	unsigned int n;		/* messages before the end */
	bool	interrupted;
};

typedef void (*on_msg)(struct nlmsghdr *h, void *arg);

int open_nl(void);
void send_msg(int fd);
bool receive(int fd, struct answer *a, on_msg fn, void *arg);
struct answer ask_on(int fd, on_msg fn, void *arg);
struct answer ask(void);

/* --- expectations of the request in m --- */

void check(struct answer a, bool good, const char *name);
void bad(int err, const char *text, uint32_t offset, const char *name);
void lacks(int type, const char *text, const char *name);
void good(const char *name);
void fails(int err, const char *name);

/* --- answers --- */

struct nlattr *attr(struct nlmsghdr *h, uint16_t type);
unsigned int count_attr(struct nlmsghdr *h, uint16_t type);
void *payload(struct nlattr *a);
uint32_t attr32(struct nlmsghdr *h, uint16_t type);

/* --- events and users (nltest.c) --- */

struct event_seen {
	unsigned int n;		/* messages in the datagram; 0: none came, and all else is 0 */
	uint8_t cmd;
	uint32_t seq, bits, type;	/* of an event of the service group */
	union {
		struct nlmsghdr h;	/* the event */
		char	b[1024];
	} m;
};

extern uint32_t groups[4];	/* service, flow, migrate, drop */
extern int socket_family;	/* AF_SERVAL, as the module says */

int join(int fd, uint32_t group);
struct event_seen next_event(int fd);

#define NOBODY	65534

/* Runs the tests as another user in a child, whose results count as ours */
void as_nobody(void (*tests)(void));

/* --- the other files --- */

void test_refusals(void);	/* nltest_bad.c */
void test_sockets(void);	/* nltest_flow.c */

#endif
