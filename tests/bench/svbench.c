// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svbench - a fixed amount of work between two network namespaces, timed.
 *
 * Both ends run in one boot; under the deterministic clock (one guest
 * nanosecond is one guest instruction) the time printed is the instructions of
 * both ends, their stacks, the link between and the scheduler. It knows
 * nothing of families: only the address differs between Serval and TCP.
 *
 * Prints one line for each repetition: MODE REPETITION WORK NANOSECONDS.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/net/common.h"

/*
 * Large, as programs with much to send write: what is left of a write behind
 * its last full super-packet, which differs by the size of the headers, is then
 * not what is measured.
 */
#define BULK_WRITE	(1024 * 1024)
#define BULK_READ	131072

static struct {
	const char	*server_ns, *client_ns;
	uint64_t	work, reps, size;
	struct addr	addr;
} opt = { .work = 1000, .reps = 6, .size = 64 };

static uint8_t buf[BULK_WRITE];

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void enter(const char *name)
{
	char path[64];
	int fd;

	if (!name)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
}

static void send_all(int fd, size_t len)
{
	while (len) {
		ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

		if (n < 0)
			die("send");
		len -= (size_t)n;
	}
}

/* The bytes themselves are nobody's concern here: one buffer takes them all. */
static void recv_all(int fd, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, buf, len < BULK_READ ? len : BULK_READ, 0);

		if (n < 0)
			die("recv");
		if (!n) {
			errno = EPIPE;
			die("recv");
		}
		len -= (size_t)n;
	}
}

static void nodelay(int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("TCP_NODELAY");
}

static int accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	return fd;
}

static int connect_one(void)
{
	int fd = socket(opt.addr.sa.sa_family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	if (connect(fd, &opt.addr.sa, opt.addr.len))
		die("connect");
	return fd;
}

static void bulk_server(int listener)
{
	int fd = accept_one(listener);

	recv_all(fd, opt.work);
	close(fd);
}

static void bulk_client(void)
{
	int fd = connect_one();

	for (uint64_t left = opt.work; left;) {
		size_t n = left < BULK_WRITE ? left : BULK_WRITE;

		send_all(fd, n);
		left -= n;
	}
	close(fd);
}

static void rr_server(int listener)
{
	int fd = accept_one(listener);

	nodelay(fd);
	for (uint64_t i = 0; i < opt.work; i++) {
		recv_all(fd, opt.size);
		send_all(fd, opt.size);
	}
	close(fd);
}

static void rr_client(void)
{
	int fd = connect_one();

	nodelay(fd);
	for (uint64_t i = 0; i < opt.work; i++) {
		send_all(fd, opt.size);
		recv_all(fd, opt.size);
	}
	close(fd);
}

/* Each connection is ended by both sides' FIN, as programs end them. */
static void conn_server(int listener)
{
	for (uint64_t i = 0; i < opt.work; i++) {
		int fd = accept_one(listener);

		if (recv(fd, buf, 1, 0))
			die("recv where the end was due");
		close(fd);
	}
}

static void conn_client(void)
{
	for (uint64_t i = 0; i < opt.work; i++)
		close(connect_one());
}

static const struct {
	const char	*name;
	void		(*server)(int listener);
	void		(*client)(void);
} modes[] = {
	{ "bulk", bulk_server, bulk_client },
	{ "rr", rr_server, rr_client },
	{ "conn", conn_server, conn_client },
};

/* Tells @out when it listens and after each repetition. */
static void server(unsigned int mode, int out)
{
	int one = 1, fd;

	enter(opt.server_ns);
	fd = socket(opt.addr.sa.sa_family, SOCK_STREAM, 0);
	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, &opt.addr.sa, opt.addr.len) || listen(fd, 256))
		die("listen");
	if (write(out, "", 1) != 1)
		die("pipe");
	for (uint64_t i = 0; i < opt.reps; i++) {
		modes[mode].server(fd);
		if (write(out, "", 1) != 1)
			die("pipe");
	}
	exit(0);
}

static void wait_server(int in)
{
	if (read(in, buf, 1) != 1) {
		fprintf(stderr, "svbench: the server ended\n");
		exit(1);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: svbench { bulk | rr | conn } [-S NETNS] [-C NETNS] [-n WORK] [-r REPETITIONS] [-s BYTES]\n"
		"               { tcp:IP:PORT | serval:0xHEX[/BITS] }\n"
		"WORK is bytes, round trips of BYTES, or connections.\n");
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int mode = 0;
	int pipefd[2], c, status;
	pid_t pid;

	while ((c = getopt(argc, argv, "S:C:n:r:s:")) != -1) {
		switch (c) {
		case 'S':
			opt.server_ns = optarg;
			break;
		case 'C':
			opt.client_ns = optarg;
			break;
		case 'n':
			opt.work = number(optarg, 1, INT64_MAX);
			break;
		case 'r':
			opt.reps = number(optarg, 1, 1000);
			break;
		case 's':
			opt.size = number(optarg, 1, BULK_WRITE);
			break;
		default:
			return usage();
		}
	}
	if (optind + 2 != argc)
		return usage();
	while (strcmp(modes[mode].name, argv[optind]))
		if (++mode == sizeof(modes) / sizeof(modes[0]))
			return usage();
	addr_parse(argv[optind + 1], &opt.addr);
	if (pipe(pipefd))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(pipefd[0]);
		server(mode, pipefd[1]);
	}
	close(pipefd[1]);
	wait_server(pipefd[0]);
	enter(opt.client_ns);
	for (uint64_t i = 0; i < opt.reps; i++) {
		uint64_t t0 = now_ns(), t1;

		modes[mode].client();
		wait_server(pipefd[0]);
		t1 = now_ns();
		printf("%s %llu %llu %llu\n", modes[mode].name, (unsigned long long)i,
		       (unsigned long long)opt.work, (unsigned long long)(t1 - t0));
		fflush(stdout);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		return 1;
	return 0;
}
