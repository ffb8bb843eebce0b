// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svserve - the server of the traffic tests: answers every connection of
 * svload (xfer.h) until it is told to end, and says what it saw.
 *
 * Prints "ready" when connections are accepted, and at TERM one line
 * "accepted N served N failed N open N".
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common.h"
#include "xfer.h"

#define ECHO_BUF	16384
#define EVENTS		128

/**
 * struct conn - one accepted connection
 * @asked: the request is complete
 * @rx_done: everything came, and the end of it where that was asked for
 * @tx_done: everything is sent; what is left is the client's close
 * @events: what epoll was asked for
 * @echo: of @echo_len bytes, @echo_off are sent back
 */
struct conn {
	int		fd;
	bool		asked, rx_done, tx_done;
	uint32_t	flags, events;
	struct half	rx, tx;
	uint8_t		*echo;
	size_t		echo_len, echo_off;
};

static struct {
	int		epoll, listener, signals;
	const char	*label;
	uint64_t	accepted, served, failed, open;
} srv;

static void conn_end(struct conn *c, int err)
{
	if (err) {
		srv.failed++;
		fprintf(stderr, "svserve: connection failed: %s\n", strerror(-err));
	} else {
		srv.served++;
	}
	srv.open--;
	close(c->fd);
	free(c->echo);
	free(c);
}

static void conn_watch(struct conn *c)
{
	struct epoll_event ev = { .data.ptr = c };

	if (c->echo)
		ev.events = c->echo_off < c->echo_len ? EPOLLOUT : EPOLLIN;
	else if (!c->asked)
		ev.events = EPOLLIN;
	else
		ev.events = (!c->rx_done || c->tx_done ? EPOLLIN : 0) |
			    (c->tx_done || (c->tx.ctrl_held && c->tx.off == c->tx.len) ?
			     0 : EPOLLOUT);
	if (ev.events == c->events)
		return;
	c->events = ev.events;
	if (epoll_ctl(srv.epoll, EPOLL_CTL_MOD, c->fd, &ev))
		die("epoll_ctl");
}

static void conn_accept(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct conn *c;
	int fd;

	while ((fd = accept4(srv.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		c = calloc(1, sizeof(*c));
		if (!c)
			die("calloc");
		c->fd = fd;
		c->rx.ctrl_len = sizeof(struct xfer_req);
		c->rx.ctrl_first = true;
		c->events = ev.events;
		ev.data.ptr = c;
		if (epoll_ctl(srv.epoll, EPOLL_CTL_ADD, fd, &ev))
			die("epoll_ctl");
		srv.accepted++;
		srv.open++;
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		die("accept");
}

/* The request is complete: -EPROTO if it is none of ours. */
static int conn_start(struct conn *c)
{
	struct xfer_req req = c->rx.ctrl.req;

	if (req.magic != XFER_MAGIC)
		return -EPROTO;
	c->asked = true;
	c->flags = req.flags;
	if (req.flags & XF_ECHO) {
		c->echo = malloc(ECHO_BUF);
		if (!c->echo)
			die("malloc");
		return 0;
	}
	half_start(&c->rx, req.up, req.seed, req.flags & XF_SHA);
	half_start(&c->tx, req.down, ~req.seed, req.flags & XF_SHA);
	c->tx.ctrl_len = sizeof(struct xfer_reply);
	c->tx.ctrl_held = true;
	return 0;
}

static int echo_step(struct conn *c)
{
	ssize_t n;

	if (c->echo_off == c->echo_len) {
		n = recv(c->fd, c->echo, ECHO_BUF, 0);
		if (n < 0)
			return errno == EAGAIN ? HALF_AGAIN : -errno;
		if (!n)
			return HALF_EOF;
		c->echo_len = (size_t)n;
		c->echo_off = 0;
	}
	n = send(c->fd, c->echo + c->echo_off, c->echo_len - c->echo_off, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN ? HALF_AGAIN : -errno;
	c->echo_off += (size_t)n;
	return HALF_AGAIN;
}

static void reply_release(struct conn *c)
{
	struct xfer_reply *r = &c->tx.ctrl.reply;

	memset(r, 0, sizeof(*r));
	r->magic = XFER_MAGIC;
	r->good = c->rx.good;
	snprintf(r->label, sizeof(r->label), "%s", srv.label);
	if (c->flags & XF_SHA) {
		SHA256Final(r->sha_got, &c->rx.sha);
		SHA256Final(r->sha_sent, &c->tx.sha);
	}
	c->tx.ctrl_held = false;
}

/* The client said it would end its side (or, at the end, has nothing more to send). */
static int expect_eof(int fd)
{
	uint8_t byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	if (n > 0)
		return -EPROTO;
	if (n < 0)
		return errno == EAGAIN ? HALF_AGAIN : -errno;
	return HALF_DONE;
}

/* Return: HALF_AGAIN to be called again, HALF_DONE at the end, negative errno */
static int conn_step(struct conn *c)
{
	int ret;

	if (!c->asked) {
		ret = half_recv(c->fd, &c->rx);
		if (ret == HALF_EOF)
			return c->rx.ctrl_off ? -EPIPE : HALF_DONE;
		if (ret != HALF_DONE)
			return ret;
		ret = conn_start(c);
		if (ret)
			return ret;
	}
	if (c->flags & XF_ECHO) {
		ret = echo_step(c);
		return ret == HALF_EOF ? HALF_DONE : ret;
	}
	if (!c->rx_done) {
		ret = half_recv(c->fd, &c->rx);
		if (ret == HALF_EOF)
			return -EPIPE;
		if (ret == HALF_DONE && c->flags & XF_FIN_FIRST)
			ret = expect_eof(c->fd);
		if (ret < 0)
			return ret;
		c->rx_done = ret == HALF_DONE;
	}
	if (!c->tx_done) {
		ret = half_send(c->fd, &c->tx);
		if (ret == HALF_AGAIN && c->rx_done && c->tx.ctrl_held && c->tx.off == c->tx.len) {
			reply_release(c);
			ret = half_send(c->fd, &c->tx);
		}
		if (ret != HALF_DONE)
			return ret;
		c->tx_done = true;
	}
	if (c->flags & (XF_SERVER_CLOSES | XF_FIN_FIRST))
		return HALF_DONE;
	return expect_eof(c->fd);
}

static void conn_event(struct conn *c)
{
	int ret = conn_step(c);

	if (ret == HALF_AGAIN)
		conn_watch(c);
	else
		conn_end(c, ret < 0 ? ret : 0);
}

static void start(const char *text, int backlog)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct addr addr;
	sigset_t set;
	int one = 1;

	addr_parse(text, &addr);
	raise_nofile();
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		die("sigprocmask");
	srv.signals = signalfd(-1, &set, SFD_CLOEXEC);
	srv.epoll = epoll_create1(EPOLL_CLOEXEC);
	srv.listener = socket(addr.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (srv.listener < 0)
		die("socket");
	if (setsockopt(srv.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("setsockopt");
	if (bind(srv.listener, &addr.sa, addr.len))
		die("bind %s", text);
	if (listen(srv.listener, backlog))
		die("listen");
	ev.data.ptr = &srv.listener;
	if (epoll_ctl(srv.epoll, EPOLL_CTL_ADD, srv.listener, &ev))
		die("epoll_ctl");
	ev.data.ptr = &srv.signals;
	if (epoll_ctl(srv.epoll, EPOLL_CTL_ADD, srv.signals, &ev))
		die("epoll_ctl");
	puts("ready");
	fflush(stdout);
}

static bool serve(void)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(srv.epoll, ev, EVENTS, -1);

	if (n < 0)
		die("epoll_wait");
	for (int i = 0; i < n; i++) {
		if (ev[i].data.ptr == &srv.signals)
			return false;
		if (ev[i].data.ptr == &srv.listener)
			conn_accept();
		else
			conn_event(ev[i].data.ptr);
	}
	return true;
}

int main(int argc, char **argv)
{
	int backlog = 1024;
	int opt;

	srv.label = "";
	while ((opt = getopt(argc, argv, "b:l:")) != -1) {
		switch (opt) {
		case 'b':
			backlog = (int)number(optarg, 0, 65535);
			break;
		case 'l':
			srv.label = optarg;
			break;
		default:
			goto usage;
		}
	}
	if (optind + 1 != argc)
		goto usage;
	start(argv[optind], backlog);
	while (serve())
		;
	printf("accepted %llu served %llu failed %llu open %llu\n",
	       (unsigned long long)srv.accepted, (unsigned long long)srv.served,
	       (unsigned long long)srv.failed, (unsigned long long)srv.open);
	return srv.failed ? 1 : 0;
usage:
	fprintf(stderr, "usage: svserve [-b BACKLOG] [-l LABEL] { tcp:IP:PORT | serval:0xHEX[/BITS] }\n");
	return 2;
}
