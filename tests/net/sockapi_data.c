// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_data - bytes in and out of a connected stream, with every flag and
 * every system call that moves them.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <linux/sockios.h>
#include <unistd.h>

#include "sockapi.h"

static void nonblock(int fd)
{
	CHECK_ERR(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

static void limit(int fd, int option, unsigned int ms)
{
	struct timeval t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	CHECK_ERR(setsockopt(fd, SOL_SOCKET, option, &t, sizeof(t)), 0);
}

/* The text arrived, nothing less, and in one piece once it is all there. */
static void expect_text(int fd, const char *want)
{
	size_t len = strlen(want);
	char buf[64];

	CHECK(recv(fd, buf, len, MSG_WAITALL), len);
	CHECK(memcmp(buf, want, len), 0);
}

static void give(int fd, const char *text)
{
	CHECK(send(fd, text, strlen(text), 0), strlen(text));
}

static int temporary_file(const char *text)
{
	FILE *f = tmpfile();

	if (!f)
		die("tmpfile");
	fputs(text, f);
	fflush(f);
	return fileno(f);
}

static void io__unconnected(void)
{
	int fd = stream();
	char byte;

	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_ERR(recv(fd, &byte, 1, 0), ENOTCONN);
	CHECK_ERR(shutdown(fd, SHUT_WR), ENOTCONN);
}

static void io__sendto_address(void)
{
	struct pair p = pair();
	struct addr other = fresh();

	CHECK(sendto(p.c, "x", 1, 0, &other.sa, other.len), 1);
	expect_text(p.s, "x");
}

static void recv__peek(void)
{
	struct pair p = pair();
	char buf[8];

	give(p.c, "hello");
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK(recv(p.s, buf, 3, MSG_PEEK), 3);
	CHECK(memcmp(buf, "hel", 3), 0);
	CHECK(recv(p.s, buf, 8, MSG_PEEK), 5);
	expect_text(p.s, "hello");
}

static void recv__dontwait(void)
{
	struct pair p = pair();
	char buf[8];

	CHECK_ERR(recv(p.s, buf, 8, MSG_DONTWAIT), EAGAIN);
	give(p.c, "abc");
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK(recv(p.s, buf, 8, MSG_WAITALL | MSG_DONTWAIT), 3);
	CHECK_ERR(recv(p.s, buf, 8, MSG_DONTWAIT), EAGAIN);
}

static void recv__trunc(void)
{
	struct pair p = pair();
	char buf[8] = "-------";

	give(p.c, "discarded");
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK(recv(p.s, buf, 7, MSG_TRUNC), 7);
	CHECK(memcmp(buf, "-------", 7), 0);
	expect_text(p.s, "ed");
}

static void recv__waitall(void)
{
	struct pair p = pair();
	char buf[8];
	int status;
	pid_t pid = fork();

	if (!pid) {
		for (int i = 0; i < 4; i++) {
			give(p.c, "ab");
			sleep_ms(20);
		}
		_exit(0);
	}
	CHECK(recv(p.s, buf, 8, MSG_WAITALL), 8);
	CHECK(memcmp(buf, "abababab", 8), 0);
	waitpid(pid, &status, 0);
	CHECK(status, 0);
}

static void recv__errqueue(void)
{
	struct pair p = pair();
	char buf[8];

	CHECK_ERR(recv(p.s, buf, 8, MSG_ERRQUEUE | MSG_DONTWAIT), EAGAIN);
}

static void recv__oob(void)
{
	struct pair p = pair();
	char byte;

	CHECK_ERR(recv(p.s, &byte, 1, MSG_OOB), EINVAL);
	CHECK_ERR(set_int(p.s, SOL_SOCKET, SO_OOBINLINE, 1), 0);
	CHECK(ioctl(p.s, SIOCATMARK, &(int){ 0 }), 0);
}

/* TCP sends urgent data; we refuse clearly, and the stream goes on. */
static void send__oob(void)
{
	struct pair p = pair();

	CHECK_ERR(send(p.c, "!", 1, MSG_OOB), EOPNOTSUPP);
	give(p.c, "x");
	expect_text(p.s, "x");
}

static void recv__time_limit(void)
{
	struct pair p = pair();
	uint64_t t0 = now_us();
	char byte;

	limit(p.s, SO_RCVTIMEO, 100);
	CHECK_ERR(recv(p.s, &byte, 1, 0), EAGAIN);
	CHECK(now_us() - t0 >= 90000, 1);
}

static void send__time_limit(void)
{
	static char buf[1 << 20];
	struct pair p = pair();
	uint64_t t0;
	ssize_t n;

	limit(p.c, SO_SNDTIMEO, 100);
	do {
		t0 = now_us();
		n = send(p.c, buf, sizeof(buf), 0);
	} while (n > 0);
	CHECK(n < 0 ? errno : 0, EAGAIN);
	CHECK(now_us() - t0 >= 90000, 1);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void alarm_in_100ms(int flags)
{
	struct itimerval t = { .it_value.tv_usec = 100000 };
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = flags };

	CHECK_ERR(sigaction(SIGALRM, &sa, NULL), 0);
	CHECK_ERR(setitimer(ITIMER_REAL, &t, NULL), 0);
}

static void recv__signal(void)
{
	struct pair p = pair();
	struct addr a = fresh();
	char byte;

	alarm_in_100ms(0);
	CHECK_ERR(recv(p.s, &byte, 1, 0), EINTR);
	alarm_in_100ms(0);
	CHECK_ERR(accept(listener(&a, 1), NULL, NULL), EINTR);
	/* A time limit makes it fail even where calls are restarted. */
	limit(p.s, SO_RCVTIMEO, 5000);
	alarm_in_100ms(SA_RESTART);
	CHECK_ERR(recv(p.s, &byte, 1, 0), EINTR);
}

static void recv__signal_restart(void)
{
	struct pair p = pair();
	pid_t pid = fork();

	if (!pid) {
		sleep_ms(300);
		give(p.c, "x");
		_exit(0);
	}
	alarm_in_100ms(SA_RESTART);
	expect_text(p.s, "x");
	waitpid(pid, NULL, 0);
}

/* A full socket takes a part, then nothing, and is writable when there is room. */
static void send__partial(void)
{
	static uint8_t out[1 << 20], in[1 << 16];
	struct pair p = pair();
	uint64_t sent = 0, got = 0;
	ssize_t n;

	nonblock(p.c);
	nonblock(p.s);
	for (int turn = 0; turn < 20; turn++) {
		for (;;) {
			pattern_fill(out, sizeof(out), sent, 1);
			n = send(p.c, out, sizeof(out), 0);
			if (n < 0)
				break;
			sent += (uint64_t)n;
		}
		CHECK(errno, EAGAIN);
		CHECK(poll_bits(p.c) & POLLOUT, 0);
		if (!turn)
			CHECK(sent % sizeof(out) != 0, 1);
		for (int idle = 0; !(poll_bits(p.c) & POLLOUT) && idle < 1000;) {
			n = recv(p.s, in, sizeof(in), 0);
			if (n > 0) {
				CHECK(pattern_check(in, (size_t)n, got, 1), n);
				got += (uint64_t)n;
			} else {
				idle++;
				sleep_ms(1);
			}
		}
		CHECK(poll_bits(p.c), POLLOUT);
	}
	shutdown(p.c, SHUT_WR);
	CHECK_ERR(fcntl(p.s, F_SETFL, 0), 0);
	while ((n = recv(p.s, in, sizeof(in), 0)) > 0) {
		CHECK(pattern_check(in, (size_t)n, got, 1), n);
		got += (uint64_t)n;
	}
	CHECK(n, 0);
	CHECK(got, sent);
}

static void io__vectors(void)
{
	struct pair p = pair();
	char a[3], b[4];
	struct iovec out[2] = { { "one", 3 }, { "four", 4 } }, in[2] = { { a, 3 }, { b, 4 } };

	CHECK(writev(p.c, out, 2), 7);
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK(readv(p.s, in, 2), 7);
	CHECK(memcmp(a, "one", 3) || memcmp(b, "four", 4), 0);
}

/* MSG_MORE holds back, the next call lets go; order is kept. */
static void send__more(void)
{
	struct pair p = pair();

	CHECK(send(p.c, "ab", 2, MSG_MORE), 2);
	sleep_ms(20);
	CHECK(poll_bits(p.s), POLLOUT);
	give(p.c, "cd");
	expect_text(p.s, "abcd");
}

static void io__bad_pointers(void)
{
	struct pair p = pair();
	char *bad = (char *)8;

	give(p.c, "ab");
	CHECK_ERR(send(p.c, bad, 4, MSG_NOSIGNAL), EFAULT);
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_ERR(recv(p.s, bad, 2, 0), EFAULT);
	give(p.c, "cd");
	expect_text(p.s, "abcd");
}

static void io__no_position(void)
{
	struct pair p = pair();
	char byte;

	CHECK_ERR(lseek(p.c, 0, SEEK_SET), ESPIPE);
	CHECK_ERR(pread(p.c, &byte, 1, 0), ESPIPE);
	CHECK_ERR(pwrite(p.c, "x", 1, 0), ESPIPE);
	CHECK_ERR(fsync(p.c), EINVAL);
}

static void move__sendfile(void)
{
	static uint8_t buf[1 << 16];
	char path[] = "/tmp/sockapi.XXXXXX";
	int fd = mkstemp(path);
	struct pair p = pair();
	size_t got = 0;
	ssize_t n;

	unlink(path);
	pattern_fill(buf, sizeof(buf), 0, 2);
	CHECK(write(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK(sendfile(p.c, fd, &(off_t){ 0 }, sizeof(buf)), sizeof(buf));
	shutdown(p.c, SHUT_WR);
	while ((n = recv(p.s, buf, 5000, 0)) > 0) {
		CHECK(pattern_check(buf, (size_t)n, got, 2), n);
		got += (size_t)n;
	}
	CHECK(got, sizeof(buf));
}

static void move__splice(void)
{
	struct pair p = pair();
	int fds[2], out[2];
	char buf[8];

	CHECK_ERR(pipe(fds), 0);
	CHECK_ERR(pipe(out), 0);
	CHECK(write(fds[1], "through", 7), 7);
	CHECK(splice(fds[0], NULL, p.c, NULL, 100, 0), 7);
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK(splice(p.s, NULL, out[1], NULL, 100, 0), 7);
	CHECK(read(out[0], buf, 8), 7);
	CHECK(memcmp(buf, "through", 7), 0);
	/* Nothing there: O_NONBLOCK and the time limit count. */
	limit(p.s, SO_RCVTIMEO, 50);
	CHECK_ERR(splice(p.s, NULL, out[1], NULL, 100, 0), EAGAIN);
	limit(p.s, SO_RCVTIMEO, 0);
	nonblock(p.s);
	CHECK_ERR(splice(p.s, NULL, out[1], NULL, 100, 0), EAGAIN);
	/* The end is the end here too. */
	close(p.c);
	CHECK(poll_until(p.s, 0x2005), 0x2005);
	CHECK(splice(p.s, NULL, out[1], NULL, 100, 0), 0);
}

static void move__vmsplice_tee(void)
{
	struct pair p = pair();
	struct iovec v = { "seven..", 7 };
	int one[2], two[2];

	CHECK_ERR(pipe(one), 0);
	CHECK_ERR(pipe(two), 0);
	CHECK(vmsplice(one[1], &v, 1, 0), 7);
	CHECK(tee(one[0], two[1], 100, 0), 7);
	CHECK(splice(one[0], NULL, p.c, NULL, 7, SPLICE_F_MORE), 7);
	CHECK(splice(two[0], NULL, p.c, NULL, 7, 0), 7);
	expect_text(p.s, "seven..seven..");
}

/* From one connection to another without the bytes entering the program. */
static void move__relay(void)
{
	static uint8_t buf[1 << 16];
	struct pair in = pair(), out = pair();
	const size_t total = 4 << 20;
	size_t got = 0;
	int fds[2];
	ssize_t n;

	CHECK_ERR(pipe(fds), 0);
	if (!fork()) {
		close(in.s);
		for (size_t off = 0; off < total; off += sizeof(buf)) {
			pattern_fill(buf, sizeof(buf), off, 3);
			if (send(in.c, buf, sizeof(buf), 0) != sizeof(buf))
				_exit(1);
		}
		_exit(0);
	}
	close(in.c);
	if (!fork()) {
		close(out.s);
		while ((n = splice(in.s, NULL, fds[1], NULL, 1 << 16, SPLICE_F_MOVE)) > 0)
			while (n) {
				ssize_t k = splice(fds[0], NULL, out.c, NULL, (size_t)n, 0);

				if (k <= 0)
					_exit(1);
				n -= k;
			}
		_exit(n < 0);
	}
	close(out.c);
	while ((n = recv(out.s, buf, sizeof(buf), 0)) > 0) {
		CHECK(pattern_check(buf, (size_t)n, got, 3), n);
		got += (size_t)n;
	}
	CHECK(n, 0);
	CHECK(got, total);
	for (int status; wait(&status) > 0;)
		CHECK(status, 0);
}

static void move__sendfile_empty(void)
{
	struct pair p = pair();
	int fd = temporary_file("");

	CHECK(sendfile(p.c, fd, &(off_t){ 0 }, 100), 0);
	CHECK(send(p.c, "", 0, 0), 0);
	give(p.c, "x");
	expect_text(p.s, "x");
}

/* A descriptor sent over a network socket goes nowhere and harms nothing. */
static void send__scm_rights(void)
{
	union {
		struct cmsghdr	h;
		char		room[CMSG_SPACE(sizeof(int))];
	} c = { .h = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = sizeof(c) };
	struct pair p = pair();

	CHECK(sendmsg(p.c, &m, 0), 1);
	expect_text(p.s, "x");
}

static void ioctl__queues(void)
{
	struct pair p = pair();
	struct addr a = fresh();
	int n = -1;

	give(p.c, "two");
	CHECK(poll_until(p.s, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CHECK_ERR(ioctl(p.s, FIONREAD, &n), 0);
	CHECK(n, 3);
	for (int i = 0; i < 200 && !ioctl(p.c, SIOCOUTQ, &n) && n; i++)
		sleep_ms(5);
	CHECK(n, 0);		/* acknowledged */
	CHECK_ERR(ioctl(p.c, SIOCOUTQNSD, &n), 0);
	CHECK(n, 0);
	CHECK_ERR(ioctl(listener(&a, 1), FIONREAD, &n), EINVAL);
	n = 1;
	CHECK_ERR(ioctl(p.c, FIONBIO, &n), 0);
	CHECK(fcntl(p.c, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_ERR(ioctl(p.c, 0x7fff, &n), ENOTTY);
}

const struct test tests_data[] = {
	{ "io__unconnected", io__unconnected, ON_BOTH },
	{ "io__sendto_address", io__sendto_address, ON_BOTH },
	{ "io__vectors", io__vectors, ON_BOTH },
	{ "io__bad_pointers", io__bad_pointers, ON_BOTH },
	{ "io__no_position", io__no_position, ON_BOTH },
	{ "recv__peek", recv__peek, ON_BOTH },
	{ "recv__dontwait", recv__dontwait, ON_BOTH },
	{ "recv__trunc", recv__trunc, ON_BOTH },
	{ "recv__waitall", recv__waitall, ON_BOTH },
	{ "recv__errqueue", recv__errqueue, ON_BOTH },
	{ "recv__oob", recv__oob, ON_BOTH },
	{ "recv__time_limit", recv__time_limit, ON_BOTH },
	{ "recv__signal", recv__signal, ON_BOTH },
	{ "recv__signal_restart", recv__signal_restart, ON_BOTH },
	{ "send__oob", send__oob, ON_SERVAL },
	{ "send__time_limit", send__time_limit, ON_BOTH },
	{ "send__partial", send__partial, ON_BOTH },
	{ "send__more", send__more, ON_BOTH },
	{ "send__scm_rights", send__scm_rights, ON_BOTH },
	{ "move__sendfile", move__sendfile, ON_BOTH },
	{ "move__sendfile_empty", move__sendfile_empty, ON_BOTH },
	{ "move__splice", move__splice, ON_BOTH },
	{ "move__vmsplice_tee", move__vmsplice_tee, ON_BOTH },
	{ "move__relay", move__relay, ON_BOTH },
	{ "ioctl__queues", ioctl__queues, ON_BOTH },
	{ NULL },
};
