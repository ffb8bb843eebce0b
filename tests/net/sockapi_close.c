// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_close - half-closed, closed, reset, and who holds a socket open.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sockapi.h"

static void reset_on_close(int fd)
{
	struct linger now = { .l_onoff = 1 };

	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
}

static void shutdown__arguments(void)
{
	struct pair p = pair();

	CHECK_ERR(shutdown(p.c, 3), EINVAL);
	CHECK_ERR(shutdown(p.c, -1), EINVAL);
	CHECK_ERR(shutdown(stream(), SHUT_RDWR), ENOTCONN);
	CHECK_ERR(shutdown(p.c, SHUT_WR), 0);
	CHECK_ERR(shutdown(p.c, SHUT_WR), 0);
}

static void shutdown__write(void)
{
	struct pair p = pair();
	char buf[8];

	CHECK(send(p.c, "last", 4, 0), 4);
	CHECK_ERR(shutdown(p.c, SHUT_WR), 0);
	CHECK_ERR(send(p.c, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK(recv(p.s, buf, 8, MSG_WAITALL), 4);
	CHECK(recv(p.s, buf, 8, 0), 0);
	CHECK(recv(p.s, buf, 8, 0), 0);
	/* The other direction lives. */
	for (int i = 0; i < 3; i++) {
		CHECK(send(p.s, "more", 4, 0), 4);
		CHECK(recv(p.c, buf, 4, MSG_WAITALL), 4);
	}
	close(p.s);
	CHECK(recv(p.c, buf, 8, 0), 0);
}

static void *shut_read(void *arg)
{
	sleep_ms(100);
	CHECK_ERR(shutdown(*(int *)arg, SHUT_RD), 0);
	return NULL;
}

static void shutdown__read(void)
{
	struct pair p = pair();
	pthread_t t;
	char buf[8];

	CHECK(pthread_create(&t, NULL, shut_read, &p.s), 0);
	CHECK(recv(p.s, buf, 8, 0), 0);		/* wakes it */
	pthread_join(t, NULL);
	CHECK(send(p.c, "late", 4, 0), 4);	/* and is readable all the same */
	for (int i = 0; i < 200 && recv(p.s, buf, 8, MSG_PEEK) != 4; i++)
		sleep_ms(5);
	CHECK(recv(p.s, buf, 8, 0), 4);
	CHECK(send(p.s, "x", 1, 0), 1);
}

static void close__unread(void)
{
	struct pair p = pair();
	char byte;

	CHECK(send(p.c, "unread", 6, 0), 6);
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	close(p.s);
	CHECK(poll_until(p.c, 0x201d), 0x201d);
	CHECK_ERR(recv(p.c, &byte, 1, 0), ECONNRESET);
}

static void close__then_send(void)
{
	struct pair p = pair();

	close(p.s);
	CHECK(poll_until(p.c, 0x2005), 0x2005);
	CHECK(send(p.c, "x", 1, MSG_NOSIGNAL), 1);
	CHECK(poll_until(p.c, 0x201d), 0x201d);
	CHECK_ERR(send(p.c, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK(get_int(p.c, SOL_SOCKET, SO_ERROR), 0);
}

static void close__reset(void)
{
	struct addr name = { .len = sizeof(name.sv) };
	struct pair p = pair();
	char byte;

	reset_on_close(p.c);
	close(p.c);
	CHECK(poll_until(p.s, 0x201d), 0x201d);
	CHECK_ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	CHECK(recv(p.s, &byte, 1, 0), 0);
	CHECK_ERR(send(p.s, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_ERR(getpeername(p.s, &name.sa, &name.len), ENOTCONN);
}

/* A reset throws away what is under way, and the blocked reader learns of it. */
static void close__reset_wakes(void)
{
	struct pair p = pair();
	char byte;

	if (!fork()) {
		close(p.s);
		sleep_ms(100);
		reset_on_close(p.c);
		_exit(0);
	}
	close(p.c);
	CHECK_ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	wait(NULL);
}

static void close__linger(void)
{
	struct linger some = { .l_onoff = 1, .l_linger = 3 };
	struct pair p = pair();
	uint64_t t0;
	char buf[8];

	/* Delivered and acknowledged at once: no need to wait three seconds. */
	CHECK(send(p.c, "bye", 3, 0), 3);
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_ERR(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &some, sizeof(some)), 0);
	t0 = now_us();
	CHECK_ERR(close(p.c), 0);
	CHECK(now_us() - t0 < 2000000, 1);
	CHECK(recv(p.s, buf, 3, MSG_WAITALL), 3);
	CHECK(recv(p.s, buf, 1, 0), 0);
}

/* The reader does not read: close() waits as long as it was told to, and says 0. */
static void close__linger_full(void)
{
	static char buf[1 << 20];
	struct linger some = { .l_onoff = 1, .l_linger = 1 };
	struct pair p = pair();
	uint64_t t0;

	CHECK_ERR(fcntl(p.c, F_SETFL, O_NONBLOCK), 0);
	while (send(p.c, buf, sizeof(buf), 0) > 0)
		;
	CHECK_ERR(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &some, sizeof(some)), 0);
	CHECK_ERR(fcntl(p.c, F_SETFL, 0), 0);
	t0 = now_us();
	CHECK_ERR(close(p.c), 0);
	CHECK(now_us() - t0 > 900000, 1);
}

/* All that was sent before close() arrives, however slow the reader. */
static void close__delivers(void)
{
	static uint8_t buf[1 << 16];
	struct pair p = pair();
	size_t sent = 0, got = 0;
	ssize_t n;

	CHECK_ERR(fcntl(p.c, F_SETFL, O_NONBLOCK), 0);
	for (;;) {
		pattern_fill(buf, sizeof(buf), sent, 4);
		n = send(p.c, buf, sizeof(buf), 0);
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	close(p.c);
	sleep_ms(50);
	while ((n = recv(p.s, buf, sizeof(buf), 0)) > 0) {
		CHECK(pattern_check(buf, (size_t)n, got, 4), n);
		got += (size_t)n;
	}
	CHECK(n, 0);
	CHECK(got, sent);
}

static void close__both_at_once(void)
{
	for (int i = 0; i < 50; i++) {
		struct pair p = pair();
		char byte;

		CHECK_ERR(shutdown(p.c, SHUT_WR), 0);
		CHECK_ERR(shutdown(p.s, SHUT_WR), 0);
		CHECK(recv(p.c, &byte, 1, 0), 0);
		CHECK(recv(p.s, &byte, 1, 0), 0);
		close(p.c);
		close(p.s);
	}
}

static void hold__fork(void)
{
	struct pair p = pair();
	char byte;

	if (!fork())
		_exit(0);
	wait(NULL);
	CHECK(poll_bits(p.c), POLLOUT);		/* the child's exit closed nothing */
	if (!fork()) {
		close(p.s);
		CHECK(send(p.c, "x", 1, 0), 1);
		sleep_ms(50);
		_exit(0);			/* the last holder's exit does */
	}
	close(p.c);
	CHECK(recv(p.s, &byte, 1, 0), 1);
	CHECK(recv(p.s, &byte, 1, 0), 0);
	wait(NULL);
}

static void hold__dup(void)
{
	struct pair p = pair();
	int d = dup(p.c);
	char byte;

	CHECK_ERR(fcntl(d, F_SETFL, O_NONBLOCK), 0);
	CHECK(fcntl(p.c, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	close(p.c);
	CHECK(send(d, "x", 1, 0), 1);
	CHECK(recv(p.s, &byte, 1, 0), 1);
	close(d);
	CHECK(recv(p.s, &byte, 1, 0), 0);
}

static void hold__exec(void)
{
	struct pair p = pair();
	struct pair q = pair();
	char byte;
	pid_t pid = fork();

	if (!pid) {
		close(p.s);
		close(q.s);
		fcntl(p.c, F_SETFD, FD_CLOEXEC);
		execlp("sleep", "sleep", "10", NULL);
		_exit(1);
	}
	close(p.c);
	close(q.c);
	CHECK(recv(p.s, &byte, 1, 0), 0);
	CHECK(poll_bits(q.s), POLLOUT);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(recv(q.s, &byte, 1, 0), 0);
}

static void hold__kill(void)
{
	struct addr a = fresh();
	int go[2], c;
	char byte;
	pid_t pid;

	CHECK_ERR(pipe(go), 0);
	pid = fork();
	if (!pid) {
		int l = listener(&a, 1);

		CHECK(write(go[1], "", 1), 1);
		accept(l, NULL, NULL);
		pause();
		_exit(0);
	}
	CHECK(read(go[0], &byte, 1), 1);
	c = connect_to(&a);
	CHECK(c >= 0, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(recv(c, &byte, 1, 0) <= 0, 1);
	CHECK_ERR(connect_to(&a), serval ? EHOSTUNREACH : ECONNREFUSED);
}

static void on_pipe(int sig)
{
	CHECK(sig, SIGPIPE);
}

static void send__sigpipe(void)
{
	struct pair p = pair();
	int status;
	pid_t pid;

	shutdown(p.c, SHUT_WR);
	pid = fork();
	if (!pid) {
		send(p.c, "x", 1, 0);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGPIPE);
	signal(SIGPIPE, on_pipe);
	CHECK_ERR(send(p.c, "x", 1, 0), EPIPE);
}

const struct test tests_close[] = {
	{ "shutdown__arguments", shutdown__arguments, ON_BOTH },
	{ "shutdown__write", shutdown__write, ON_BOTH },
	{ "shutdown__read", shutdown__read, ON_BOTH },
	{ "close__unread", close__unread, ON_BOTH },
	{ "close__then_send", close__then_send, ON_BOTH },
	{ "close__reset", close__reset, ON_BOTH },
	{ "close__reset_wakes", close__reset_wakes, ON_BOTH },
	{ "close__linger", close__linger, ON_BOTH },
	{ "close__linger_full", close__linger_full, ON_BOTH },
	{ "close__delivers", close__delivers, ON_BOTH },
	{ "close__both_at_once", close__both_at_once, ON_BOTH },
	{ "hold__fork", hold__fork, ON_BOTH },
	{ "hold__dup", hold__dup, ON_BOTH },
	{ "hold__exec", hold__exec, ON_BOTH },
	{ "hold__kill", hold__kill, ON_BOTH },
	{ "send__sigpipe", send__sigpipe, ON_BOTH },
	{ NULL },
};
