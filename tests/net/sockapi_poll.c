// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_poll - what poll, select and epoll say, bit by bit and edge by edge.
 */
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "sockapi.h"

static void poll__states(void)
{
	struct linger now = { .l_onoff = 1 };
	struct addr a = fresh();
	struct pair p;
	int l;

	CHECK(poll_bits(stream()), POLLOUT | POLLHUP);
	p = pair();
	CHECK(poll_bits(p.c), POLLOUT);
	CHECK(poll_bits(p.s), POLLOUT);
	/* One side ended, then both. */
	CHECK_ERR(shutdown(p.c, SHUT_WR), 0);
	CHECK(poll_until(p.s, 0x2005), 0x2005);
	CHECK(poll_bits(p.c), POLLOUT);
	CHECK_ERR(shutdown(p.s, SHUT_WR), 0);
	CHECK(poll_until(p.s, 0x2015), 0x2015);
	CHECK(poll_until(p.c, 0x2015), 0x2015);
	/* Reset. */
	p = pair();
	CHECK_ERR(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(p.c);
	CHECK(poll_until(p.s, 0x201d), 0x201d);
	/* Listener: empty, one waiting, shut down. */
	l = listener(&a, 1);
	CHECK(poll_bits(l), 0);
	CHECK_ERR(connect_to(&a), 0);
	CHECK(poll_until(l, POLLIN), POLLIN);
	CHECK_ERR(accept(l, NULL, NULL), 0);
	CHECK(poll_bits(l), 0);
	CHECK_ERR(shutdown(l, SHUT_RDWR), 0);
	CHECK(poll_bits(l), POLLOUT | POLLHUP);
}

static void poll__select(void)
{
	struct timeval zero = { 0 };
	struct pair p = pair();
	fd_set r, w;

	CHECK(send(p.c, "x", 1, 0), 1);
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(p.s, &r);
	FD_SET(p.c, &r);
	FD_SET(p.c, &w);
	CHECK(select(p.s + 1 > p.c + 1 ? p.s + 1 : p.c + 1, &r, &w, NULL, &zero), 2);
	CHECK(!!FD_ISSET(p.s, &r), 1);
	CHECK(!!FD_ISSET(p.c, &r), 0);
	CHECK(!!FD_ISSET(p.c, &w), 1);
}

/* Bits of the next edge within @ms, 0 if there is none. */
static int edge(int ep, int ms)
{
	struct epoll_event ev;

	return epoll_wait(ep, &ev, 1, ms) == 1 ? (int)ev.events : 0;
}

static int edge_set(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
	int ep = epoll_create1(0);

	CHECK_ERR(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), 0);
	return ep;
}

static void epoll__edges(void)
{
	struct pair p = pair();
	int ep = edge_set(p.s);
	char byte;

	CHECK(edge(ep, 1000), EPOLLOUT);
	CHECK(edge(ep, 20), 0);
	CHECK(send(p.c, "x", 1, 0), 1);
	CHECK(edge(ep, 1000), EPOLLIN | EPOLLOUT);
	CHECK(edge(ep, 20), 0);				/* unread, but told */
	CHECK(send(p.c, "y", 1, 0), 1);
	CHECK(edge(ep, 1000), EPOLLIN | EPOLLOUT);	/* something new */
	CHECK(recv(p.s, &byte, 1, 0), 1);
	CHECK(recv(p.s, &byte, 1, 0), 1);
	CHECK(edge(ep, 20), 0);
	close(p.c);
	CHECK(edge(ep, 1000), 0x2005);
	CHECK(edge(ep, 20), 0);
}

/* An edge for each message, none missed: a program that sleeps on one hangs. */
static void epoll__no_edge_missed(void)
{
	struct pair p = pair();
	int ep = edge_set(p.s), missed = 0;
	char buf[16];

	CHECK_ERR(fcntl(p.s, F_SETFL, O_NONBLOCK), 0);
	edge(ep, 1000);
	if (!fork()) {
		char byte;

		for (int i = 0; i < 2000; i++)
			if (send(p.c, "x", 1, 0) != 1 || recv(p.c, &byte, 1, 0) != 1)
				_exit(1);
		_exit(0);
	}
	close(p.c);
	for (int i = 0; i < 2000; i++) {
		while (recv(p.s, buf, sizeof(buf), 0) < 0 && errno == EAGAIN)
			if (!edge(ep, 3000) && ++missed > 3)
				i = 2000;
		if (send(p.s, "y", 1, MSG_NOSIGNAL) != 1)
			break;
	}
	CHECK(missed, 0);
	CHECK(poll_until(p.s, 0x2005), 0x2005);
}

/* EPOLLOUT comes as an edge when a full socket has room again, and only then. */
static void epoll__room(void)
{
	static char buf[1 << 16];
	struct pair p = pair();
	int ep = edge_set(p.c);
	ssize_t n;

	CHECK_ERR(fcntl(p.c, F_SETFL, O_NONBLOCK), 0);
	CHECK_ERR(fcntl(p.s, F_SETFL, O_NONBLOCK), 0);
	CHECK(edge(ep, 1000), EPOLLOUT);
	do {
		while (send(p.c, buf, sizeof(buf), 0) > 0)
			;
		sleep_ms(20);		/* what is on the way arrives and makes room */
	} while (poll_bits(p.c) & POLLOUT);
	edge(ep, 0);
	CHECK(edge(ep, 50), 0);
	for (int idle = 0; idle < 50;) {
		n = recv(p.s, buf, sizeof(buf), 0);
		if (n < 0) {
			idle++;
			sleep_ms(2);
		}
	}
	CHECK(edge(ep, 1000), EPOLLOUT);
}

/* An accepted socket tells of what came before it was added. */
static void epoll__late(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), c = connect_to(&a), lep, s;

	lep = edge_set(l);
	CHECK(edge(lep, 1000), EPOLLIN);
	s = accept(l, NULL, NULL);
	CHECK(send(c, "x", 1, 0), 1);
	CHECK(poll_until(s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK(edge(edge_set(s), 1000), EPOLLIN | EPOLLOUT);
	CHECK_ERR(connect_to(&a), 0);
	CHECK(edge(lep, 1000), EPOLLIN);
}

const struct test tests_poll[] = {
	{ "poll__states", poll__states, ON_BOTH },
	{ "poll__select", poll__select, ON_BOTH },
	{ "epoll__edges", epoll__edges, ON_BOTH },
	{ "epoll__no_edge_missed", epoll__no_edge_missed, ON_BOTH },
	{ "epoll__room", epoll__room, ON_BOTH },
	{ "epoll__late", epoll__late, ON_BOTH },
	{ NULL },
};
