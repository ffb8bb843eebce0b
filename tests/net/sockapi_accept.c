// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_accept - accept(), the queue behind it, and its end.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sockapi.h"

static void nonblock(int fd)
{
	CHECK_ERR(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void accept__none(void)
{
	struct addr a = fresh();
	struct pair p = pair();
	int l = listener(&a, 1);

	CHECK_ERR(accept(stream(), NULL, NULL), EINVAL);
	CHECK_ERR(accept(p.c, NULL, NULL), EINVAL);
	nonblock(l);
	CHECK_ERR(accept(l, NULL, NULL), EAGAIN);
	CHECK_ERR(accept4(l, NULL, NULL, 0x40), EINVAL);
}

static void accept__flags(void)
{
	struct addr a = fresh();
	int l = listener(&a, 4), s;

	for (int i = 0; i < 3; i++)
		CHECK_ERR(connect_to(&a), 0);
	nonblock(l);
	CHECK(poll_until(l, POLLIN), POLLIN);
	s = accept(l, NULL, NULL);
	CHECK(fcntl(s, F_GETFL) & O_NONBLOCK, 0);	/* not inherited */
	CHECK(fcntl(s, F_GETFD), 0);
	CHECK(poll_until(l, POLLIN), POLLIN);
	s = accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	CHECK(fcntl(s, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK(fcntl(s, F_GETFD), FD_CLOEXEC);
}

static void accept__address(void)
{
	struct addr a = fresh(), from = { .len = sizeof(from.sv) }, peer = from;
	int l = listener(&a, 1), c = connect_to(&a), s;
	socklen_t negative = (socklen_t)-1;

	s = accept(l, &from.sa, &from.len);
	CHECK(s >= 0, 1);
	CHECK(from.len, a.len);
	CHECK_ERR(getpeername(s, &peer.sa, &peer.len), 0);
	CHECK(memcmp(&from.sa, &peer.sa, a.len), 0);
	CHECK(c >= 0, 1);
	CHECK_ERR(connect_to(&a), 0);
	CHECK_ERR(accept(l, &from.sa, &negative), EINVAL);
}

static void *shut(void *arg)
{
	sleep_ms(100);
	CHECK_ERR(shutdown(*(int *)arg, SHUT_RDWR), 0);
	return NULL;
}

static void accept__shut_listener(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1);
	pthread_t t;

	CHECK(pthread_create(&t, NULL, shut, &l), 0);
	CHECK_ERR(accept(l, NULL, NULL), EINVAL);
	pthread_join(t, NULL);
	CHECK(poll_bits(l), POLLOUT | POLLHUP);
	/* The name is still its own: nobody listens there, but somebody is there. */
	CHECK_ERR(connect_to(&a), ECONNREFUSED);
	/* It can listen again. */
	CHECK_ERR(listen(l, 1), 0);
	CHECK_ERR(connect_to(&a), 0);
}

/* A connection that was reset while it waited is still handed out. */
static void accept__reset_before(void)
{
	struct linger now = { .l_onoff = 1 };
	struct addr a = fresh();
	int l = listener(&a, 1), c = connect_to(&a), s;
	char byte;

	CHECK_ERR(setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(c);
	sleep_ms(50);
	s = accept(l, NULL, NULL);
	CHECK(s >= 0, 1);
	CHECK_ERR(recv(s, &byte, 1, 0), ECONNRESET);
}

/* Data and the end may be there before accept() is called. */
static void accept__early_data(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), c = connect_to(&a), s;
	char buf[8];

	CHECK(send(c, "early", 5, 0), 5);
	close(c);
	sleep_ms(50);
	s = accept(l, NULL, NULL);
	CHECK(recv(s, buf, sizeof(buf), 0), 5);
	CHECK(memcmp(buf, "early", 5), 0);
	CHECK(recv(s, buf, sizeof(buf), 0), 0);
}

/* Out of descriptors: the connection waits until there are some. */
static void accept__emfile(void)
{
	struct addr a = fresh();
	struct rlimit lim;
	int l = listener(&a, 1), c = connect_to(&a), s;

	CHECK_ERR(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = (rlim_t)c + 1;
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &lim), 0);
	CHECK_ERR(accept(l, NULL, NULL), EMFILE);
	lim.rlim_cur = lim.rlim_max;
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &lim), 0);
	CHECK(poll_until(l, POLLIN), POLLIN);
	s = accept(l, NULL, NULL);
	CHECK(send(c, "x", 1, 0), 1);
	CHECK(poll_until(s, POLLIN | POLLOUT), POLLIN | POLLOUT);
}

static void accept__backlog(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), fd[6], up = 0, before;

	for (int i = 0; i < 6; i++) {
		fd[i] = stream();
		nonblock(fd[i]);
		CHECK(connect(fd[i], &a.sa, a.len) == 0 || errno == EINPROGRESS, 1);
	}
	sleep_ms(100);
	for (int i = 0; i < 6; i++)
		up += !!(poll_bits(fd[i]) & POLLOUT);
	CHECK(up, 2);
	/* The others are not refused: they get in as room comes. */
	nonblock(l);
	before = up;
	for (int i = 0; i < 800 && up == before; i++) {
		accept(l, NULL, NULL);
		sleep_ms(5);
		up = 0;
		for (int j = 0; j < 6; j++)
			up += !!(poll_bits(fd[j]) & POLLOUT);
	}
	CHECK(up > before, 1);
}

static void accept__close_listener(void)
{
	struct addr a = fresh();
	int l = listener(&a, 4), c[3];
	char byte;

	for (int i = 0; i < 3; i++)
		c[i] = connect_to(&a);
	close(l);
	CHECK_ERR(connect_to(&a), serval ? EHOSTUNREACH : ECONNREFUSED);
	for (int i = 0; i < 3; i++) {
		CHECK(poll_until(c[i], 0x201d), 0x201d);
		CHECK_ERR(recv(c[i], &byte, 1, 0), ECONNRESET);
	}
}

/* Those already accepted do not notice that the listener goes. */
static void accept__survives_listener(void)
{
	struct pair p = pair();		/* closes its listener */
	char buf[4];

	CHECK(send(p.c, "ping", 4, 0), 4);
	CHECK(recv(p.s, buf, 4, MSG_WAITALL), 4);
	CHECK(send(p.s, "pong", 4, 0), 4);
	CHECK(recv(p.c, buf, 4, MSG_WAITALL), 4);
	CHECK(memcmp(buf, "pong", 4), 0);
}

/* Options set on the listener are those of its connections. */
static void accept__inherits(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), s;

	CHECK_ERR(set_int(l, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
	CHECK_ERR(set_int(l, IPPROTO_TCP, 1 /* TCP_NODELAY */, 1), 0);
	CHECK_ERR(set_int(l, SOL_SOCKET, SO_RCVBUF, 40000), 0);
	CHECK_ERR(connect_to(&a), 0);
	s = accept(l, NULL, NULL);
	CHECK(get_int(s, SOL_SOCKET, SO_KEEPALIVE), 1);
	CHECK(get_int(s, IPPROTO_TCP, 1), 1);
	CHECK(get_int(s, SOL_SOCKET, SO_RCVBUF), 80000);
	CHECK(get_int(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
}

const struct test tests_accept[] = {
	{ "accept__none", accept__none, ON_BOTH },
	{ "accept__flags", accept__flags, ON_BOTH },
	{ "accept__address", accept__address, ON_BOTH },
	{ "accept__shut_listener", accept__shut_listener, ON_BOTH },
	{ "accept__reset_before", accept__reset_before, ON_BOTH },
	{ "accept__early_data", accept__early_data, ON_BOTH },
	{ "accept__emfile", accept__emfile, ON_BOTH },
	{ "accept__backlog", accept__backlog, ON_BOTH },
	{ "accept__close_listener", accept__close_listener, ON_BOTH },
	{ "accept__survives_listener", accept__survives_listener, ON_BOTH },
	{ "accept__inherits", accept__inherits, ON_BOTH },
	{ NULL },
};
