/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockapi - what a user of BSD sockets may expect of a stream, one test for
 * each promise. The same tests run over TCP, which shows that the promise is
 * kept by what users know, and over Serval.
 *
 * A test is a function; it runs in a process of its own, CHECKs, and returns.
 */
#ifndef TESTS_NET_SOCKAPI_H
#define TESTS_NET_SOCKAPI_H

#include <errno.h>
#include <stdbool.h>

#include "common.h"

/* test.on */
enum { ON_TCP = 1, ON_SERVAL = 2, ON_BOTH = 3 };

struct test {
	const char	*name;
	void		(*run)(void);
	int		on;
};

/* Terminated by a test without a name. */
extern const struct test tests_bind[], tests_connect[], tests_accept[], tests_data[],
			 tests_poll[], tests_close[], tests_option[];

/* The run is over Serval, not over TCP. */
extern bool serval;

/* Leave the test as skipped, and say why. */
void skip(const char *why) __attribute__((noreturn));

void check_at(const char *file, int line, const char *what, long got, long want);
void check_errno_at(const char *file, int line, const char *what, long got, int want);

/* The value of @got is @want. Tests go on after a failed check. */
#define CHECK(got, want) check_at(__FILE__, __LINE__, #got, (long)(got), (long)(want))

/* @call returns -1 with errno @want; @want 0: it succeeds. */
#define CHECK_ERR(call, want) \
	(errno = 0, check_errno_at(__FILE__, __LINE__, #call, (long)(call), want))

/* An address nobody uses, the right size for both families. */
struct addr fresh(void);

/* A serviceID from the environment (a scenario made a rule for it), or skip(). */
struct addr addr_env(const char *name);

int stream(void);			/* a new stream socket */
int listener(const struct addr *at, int backlog);
int connect_to(const struct addr *to);	/* a connected socket, or -1 with errno */
int wait_connected(int fd);		/* SO_ERROR once a non-blocking connect is decided */

struct pair { int c, s; };
struct pair pair(void);			/* a client and its accepted socket */

int get_int(int fd, int level, int option);
int set_int(int fd, int level, int option, int value);

/* What poll() says now, with every bit asked for. */
int poll_bits(int fd);

/* Poll until it says @want or two seconds pass; returns what it said last. */
int poll_until(int fd, int want);

/* Sleep, for the other side of a connection to act. */
void sleep_ms(unsigned int ms);

#endif
