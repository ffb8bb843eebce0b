// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svload - the client of the traffic tests: many checked connections to an
 * svserve from one process, and what became of each.
 *
 * It decides when to connect and counts; the bytes are xfer's. A process
 * start costs more than a connection in the test machine, hence one program.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common.h"
#include "xfer.h"

#define EVENTS		128
#define LABELS		16
#define ERRORS		134

enum state { CONNECTING, HELD, TALKING, ENDING };

struct conn {
	int		fd;
	enum state	state;
	uint64_t	started;
	uint32_t	events;
	bool		tx_done, rx_done, fin_sent;
	uint64_t	rounds;		/* echo: still to go */
	struct half	rx, tx;
};

static struct {
	struct addr	addr;
	uint64_t	total, parallel, up, down, rounds, size;
	uint64_t	pace_us, run_us, limit_us;
	uint32_t	flags;
	bool		hold, verbose;
} opt = { .total = 1, .parallel = 1, .size = 64, .limit_us = 120 * 1000000ull };

static struct {
	int		epoll;
	bool		released;	/* all are open: those held may talk */
	uint64_t	t0, started, ok, failed, open, established;
	uint64_t	errors[ERRORS];
	uint32_t	*connect_us;
	size_t		connects, connects_room;
	struct {
		char		name[XFER_LABEL];
		uint64_t	count, first_us, last_us;
	} label[LABELS];
} run;

static void count_label(const char *name)
{
	uint64_t now = now_us() - run.t0;
	int i;

	for (i = 0; i < LABELS && run.label[i].count; i++)
		if (!strncmp(run.label[i].name, name, XFER_LABEL))
			break;
	if (i == LABELS) {
		fprintf(stderr, "svload: more than %d labels\n", LABELS);
		exit(1);
	}
	if (!run.label[i].count++) {
		snprintf(run.label[i].name, XFER_LABEL, "%s", name);
		run.label[i].first_us = now;
	}
	run.label[i].last_us = now;
}

static void count_connect(uint64_t us)
{
	if (run.connects == run.connects_room) {
		run.connects_room = run.connects_room ? 2 * run.connects_room : 1024;
		run.connect_us = realloc(run.connect_us,
					 run.connects_room * sizeof(*run.connect_us));
		if (!run.connect_us)
			die("realloc");
	}
	run.connect_us[run.connects++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

/* @err 0 is success; @label only then */
static void conn_end(struct conn *c, int err, const char *label)
{
	if (err) {
		run.failed++;
		run.errors[-err < ERRORS ? -err : ERRORS - 1]++;
	} else {
		run.ok++;
		count_label(label);
	}
	if (opt.verbose) {
		printf("%llu %llu %s\n", (unsigned long long)(now_us() - run.t0) / 1000,
		       (unsigned long long)(now_us() - c->started) / 1000,
		       err ? strerrorname_np(-err) : label);
		fflush(stdout);
	}
	run.open--;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

static void conn_talk(struct conn *c)
{
	struct xfer_req *req = &c->tx.ctrl.req;
	uint64_t seed = run.started * 2654435761u + (uint64_t)c->fd;

	c->state = TALKING;
	req->magic = XFER_MAGIC;
	req->flags = opt.flags;
	req->up = opt.up;
	req->down = opt.down;
	req->seed = seed;
	c->tx.ctrl_len = sizeof(*req);
	c->tx.ctrl_first = true;
	if (opt.flags & XF_ECHO) {
		c->rounds = opt.rounds;
		half_start(&c->tx, opt.size, c->rounds, false);
		half_start(&c->rx, opt.size, c->rounds, false);
		return;
	}
	half_start(&c->tx, opt.up, seed, opt.flags & XF_SHA);
	half_start(&c->rx, opt.down, ~seed, opt.flags & XF_SHA);
	c->rx.ctrl_len = sizeof(struct xfer_reply);
}

static int connected(struct conn *c)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	if (err)
		return -err;
	count_connect(now_us() - c->started);
	run.established++;
	c->state = HELD;
	return 0;
}

/* -EBADMSG: bytes differ from what was sent */
static int verdict(struct conn *c)
{
	const struct xfer_reply *r = &c->rx.ctrl.reply;
	uint8_t got[SHA256_DIGEST_LENGTH], sent[SHA256_DIGEST_LENGTH];

	if (r->magic != XFER_MAGIC || r->good != opt.up || c->rx.good != opt.down)
		return -EBADMSG;
	if (!(opt.flags & XF_SHA))
		return 0;
	SHA256Final(got, &c->rx.sha);
	SHA256Final(sent, &c->tx.sha);
	return memcmp(got, r->sha_sent, sizeof(got)) || memcmp(sent, r->sha_got, sizeof(sent)) ?
	       -EBADMSG : 0;
}

static int echo_step(struct conn *c)
{
	int ret;

	for (;;) {
		ret = half_send(c->fd, &c->tx);
		if (ret != HALF_DONE)
			return ret;
		ret = half_recv(c->fd, &c->rx);
		if (ret == HALF_EOF)
			return -EPIPE;
		if (ret != HALF_DONE)
			return ret;
		if (c->rx.good != opt.size)
			return -EBADMSG;
		if (!--c->rounds)
			return HALF_DONE;
		half_start(&c->tx, opt.size, c->rounds, false);
		half_start(&c->rx, opt.size, c->rounds, false);
	}
}

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

static int talk_step(struct conn *c)
{
	int ret;

	if (!c->tx_done) {
		ret = half_send(c->fd, &c->tx);
		if (ret < 0)
			return ret;
		c->tx_done = ret == HALF_DONE;
		if (c->tx_done && opt.flags & XF_FIN_FIRST && shutdown(c->fd, SHUT_WR))
			return -errno;
	}
	ret = half_recv(c->fd, &c->rx);
	if (ret == HALF_EOF)
		return -EPIPE;
	if (ret != HALF_DONE)
		return ret;
	return c->tx_done ? HALF_DONE : -EPROTO;
}

static int conn_step(struct conn *c)
{
	int ret;

	if (c->state == CONNECTING) {
		ret = connected(c);
		if (ret)
			return ret;
	}
	if (c->state == HELD) {
		if (opt.hold && !run.released)
			return HALF_AGAIN;
		conn_talk(c);
	}
	if (c->state == TALKING) {
		ret = opt.flags & XF_ECHO ? echo_step(c) : talk_step(c);
		if (ret != HALF_DONE)
			return ret;
		c->state = ENDING;
	}
	if (opt.flags & (XF_SERVER_CLOSES | XF_FIN_FIRST)) {
		ret = expect_eof(c->fd);
		if (ret != HALF_DONE)
			return ret;
	}
	return opt.flags & XF_ECHO ? HALF_DONE : verdict(c) ? : HALF_DONE;
}

static uint32_t wanted(const struct conn *c)
{
	bool sent = opt.flags & XF_ECHO ?
		    c->tx.ctrl_off == c->tx.ctrl_len && c->tx.off == c->tx.len : c->tx_done;

	switch (c->state) {
	case CONNECTING:
		return EPOLLOUT;
	case HELD:
		return 0;
	case TALKING:
		return EPOLLIN | (sent ? 0 : EPOLLOUT);
	case ENDING:
		break;
	}
	return EPOLLIN;
}

static void conn_event(struct conn *c)
{
	struct epoll_event ev = { .data.ptr = c };
	int ret = conn_step(c);

	if (ret != HALF_AGAIN) {
		conn_end(c, ret < 0 ? ret : 0,
			 opt.flags & XF_ECHO ? "echo" : c->rx.ctrl.reply.label);
		return;
	}
	ev.events = wanted(c);
	if (ev.events == c->events)
		return;
	c->events = ev.events;
	if (epoll_ctl(run.epoll, EPOLL_CTL_MOD, c->fd, &ev))
		die("epoll_ctl");
}

static void conn_new(struct conn **held)
{
	struct epoll_event ev = { .events = EPOLLOUT };
	struct conn *c = calloc(1, sizeof(*c));
	int one = 1;

	if (!c)
		die("calloc");
	c->started = now_us();
	c->events = ev.events;
	c->fd = socket(opt.addr.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		die("socket");
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("TCP_NODELAY");
	run.started++;
	run.open++;
	if (connect(c->fd, &opt.addr.sa, opt.addr.len) && errno != EINPROGRESS) {
		conn_end(c, -errno, "");
		return;
	}
	ev.data.ptr = c;
	if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, c->fd, &ev))
		die("epoll_ctl");
	if (held)
		held[run.started - 1] = c;
}

static bool more_to_start(void)
{
	return opt.run_us ? now_us() - run.t0 < opt.run_us : run.started < opt.total;
}

static bool may_start(void)
{
	return more_to_start() && run.open < opt.parallel &&
	       now_us() - run.t0 >= run.started * opt.pace_us;
}

static void load(void)
{
	struct conn **held = opt.hold ? calloc(opt.total, sizeof(*held)) : NULL;
	struct epoll_event ev[EVENTS];

	while (run.open || more_to_start()) {
		int wait = opt.pace_us && more_to_start() ? 1 : 100;
		int n;

		if (now_us() - run.t0 > opt.limit_us) {
			run.errors[ETIME] += run.open;
			run.failed += run.open;
			break;
		}
		while (may_start())
			conn_new(held);
		n = epoll_wait(run.epoll, ev, EVENTS, wait);
		if (n < 0)
			die("epoll_wait");
		for (int i = 0; i < n; i++)
			conn_event(ev[i].data.ptr);
		if (!held || (run.established < opt.total && !run.failed))
			continue;
		if (run.failed)		/* the others would wait for ever */
			break;
		printf("held %llu\n", (unsigned long long)run.established);
		fflush(stdout);
		/* Until here none can have ended, so all of these are there */
		run.released = true;
		for (uint64_t i = 0; i < opt.total; i++)
			conn_event(held[i]);
		free(held);
		held = NULL;
	}
	free(held);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void report(void)
{
	double s = (double)(now_us() - run.t0) / 1e6;
	uint64_t bytes = run.ok * (opt.up + opt.down);

	printf("ok %llu failed %llu\n", (unsigned long long)run.ok,
	       (unsigned long long)run.failed);
	for (int i = 0; i < ERRORS; i++)
		if (run.errors[i])
			printf("error %s %llu\n", i < ERRORS - 1 ? strerrorname_np(i) : "other",
			       (unsigned long long)run.errors[i]);
	for (int i = 0; i < LABELS && run.label[i].count; i++)
		printf("label %s %llu first_ms %llu last_ms %llu\n",
		       *run.label[i].name ? run.label[i].name : "-",
		       (unsigned long long)run.label[i].count,
		       (unsigned long long)run.label[i].first_us / 1000,
		       (unsigned long long)run.label[i].last_us / 1000);
	if (run.connects) {
		qsort(run.connect_us, run.connects, sizeof(*run.connect_us), by_value);
		printf("connect_us median %u max %u\n", run.connect_us[run.connects / 2],
		       run.connect_us[run.connects - 1]);
	}
	printf("seconds %.3f bytes %llu Mbit/s %.1f\n", s, (unsigned long long)bytes,
	       (double)bytes * 8 / s / 1e6);
	if (opt.flags & XF_ECHO)
		printf("round_us %.2f\n", s * 1e6 / (double)(run.ok * opt.rounds));
}

static void usage(void)
{
	fprintf(stderr,
		"usage: svload [OPTIONS] { tcp:IP:PORT | serval:0xHEX[/BITS] }\n"
		"  -n N    connections in all (1)       -p N    of them at a time (1)\n"
		"  -k      open all N before the first byte\n"
		"  -u N    bytes up                     -d N    bytes down, both at once\n"
		"  -H      compare SHA-256 too\n"
		"  -e N    echo N rounds instead        -b N    of N bytes (64)\n"
		"  -f      client shuts down after its bytes\n"
		"  -s      server closes first\n"
		"  -i MS   start one connection every MS\n"
		"  -D MS   keep connecting for MS instead of -n\n"
		"  -t S    give up after S seconds (120)\n"
		"  -v      a line for each connection: when ms, took ms, label or error\n");
	exit(2);
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:p:ku:d:He:b:fsi:D:t:v")) != -1) {
		switch (c) {
		case 'n':
			opt.total = number(optarg, 1, 100000000);
			break;
		case 'p':
			opt.parallel = number(optarg, 1, 1000000);
			break;
		case 'k':
			opt.hold = true;
			break;
		case 'u':
			opt.up = number(optarg, 0, INT64_MAX);
			break;
		case 'd':
			opt.down = number(optarg, 0, INT64_MAX);
			break;
		case 'H':
			opt.flags |= XF_SHA;
			break;
		case 'e':
			opt.flags |= XF_ECHO;
			opt.rounds = number(optarg, 1, 100000000);
			break;
		case 'b':
			opt.size = number(optarg, 1, 16384);
			break;
		case 'f':
			opt.flags |= XF_FIN_FIRST;
			break;
		case 's':
			opt.flags |= XF_SERVER_CLOSES;
			break;
		case 'i':
			opt.pace_us = 1000 * number(optarg, 1, 1000000);
			break;
		case 'D':
			opt.run_us = 1000 * number(optarg, 1, 10000000);
			break;
		case 't':
			opt.limit_us = 1000000 * number(optarg, 1, 100000);
			break;
		case 'v':
			opt.verbose = true;
			break;
		default:
			usage();
		}
	}
	if (optind + 1 != argc || (opt.hold && opt.run_us) ||
	    (opt.flags & XF_ECHO && opt.flags & ~(uint32_t)XF_ECHO))
		usage();
	if (opt.hold)
		opt.parallel = opt.total;
	addr_parse(argv[optind], &opt.addr);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	raise_nofile();
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.epoll < 0)
		die("epoll_create1");
	run.t0 = now_us();
	load();
	report();
	return run.failed || !run.ok ? 1 : 0;
}
