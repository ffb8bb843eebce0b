// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi - runs the tests and prints TAP; sockets of either family.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sockapi.h"

#define SKIPPED		77
#define TEST_LIMIT_S	20

bool serval;

static int failures;

void skip(const char *why)
{
	printf("# %s\n", why);
	fflush(stdout);
	_exit(SKIPPED);
}

void check_at(const char *file, int line, const char *what, long got, long want)
{
	if (got == want)
		return;
	failures++;
	printf("# %s:%d: %s is %ld (0x%lx), not %ld (0x%lx)\n", file, line, what, got, got,
	       want, want);
}

void check_errno_at(const char *file, int line, const char *what, long got, int want)
{
	int err = got < 0 ? errno : 0;

	if (err == want)
		return;
	failures++;
	printf("# %s:%d: %s gives %s, not %s\n", file, line, what,
	       err ? strerrorname_np(err) : "success", want ? strerrorname_np(want) : "success");
}

struct addr fresh(void)
{
	static uint16_t port;
	struct addr a;

	memset(&a, 0, sizeof(a));
	if (!serval) {
		/* Each test is a process of its own: ports start where it does. */
		if (!port)
			port = (uint16_t)(10000 + getpid() * 16 % 20000);
		a.in.sin_family = AF_INET;
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a.in.sin_port = htons(port++);
		a.len = sizeof(a.in);
		return a;
	}
	a.sv.sv_family = (uint16_t)serval_family();
	if (getrandom(&a.sv.sv_srvid, sizeof(a.sv.sv_srvid), 0) != sizeof(a.sv.sv_srvid))
		die("getrandom");
	a.len = sizeof(a.sv);
	return a;
}

struct addr addr_env(const char *name)
{
	const char *text = getenv(name);
	struct addr a;

	if (!text)
		skip("no rule was prepared for this");
	addr_parse(text, &a);
	return a;
}

int stream(void)
{
	int fd = socket(serval ? serval_family() : AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

int listener(const struct addr *at, int backlog)
{
	int fd = stream();

	if (bind(fd, &at->sa, at->len))
		die("bind");
	if (listen(fd, backlog))
		die("listen");
	return fd;
}

int connect_to(const struct addr *to)
{
	int fd = stream();

	if (connect(fd, &to->sa, to->len)) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int wait_connected(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 5000) != 1)
		return ETIMEDOUT;
	return get_int(fd, SOL_SOCKET, SO_ERROR);
}

struct pair pair(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1);
	struct pair p;

	p.c = connect_to(&a);
	if (p.c < 0)
		die("connect");
	p.s = accept(l, NULL, NULL);
	if (p.s < 0)
		die("accept");
	close(l);
	return p;
}

int get_int(int fd, int level, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, option, &value, &len) ? -1 : value;
}

int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

int poll_bits(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP };

	if (poll(&p, 1, 0) < 0)
		die("poll");
	return p.revents;
}

int poll_until(int fd, int want)
{
	uint64_t end = now_us() + 2000000;
	int got;

	while ((got = poll_bits(fd)) != want && now_us() < end)
		sleep_ms(2);
	return got;
}

void sleep_ms(unsigned int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* Return: exit status of the test's process */
static int run_one(const struct test *t)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		alarm(TEST_LIMIT_S);
		t->run();
		fflush(stdout);
		_exit(failures ? 1 : 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (WIFSIGNALED(status)) {
		printf("# ended by signal %d%s\n", WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? ": it hung" : "");
		return 1;
	}
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static const struct test *const suites[] = {
		tests_bind, tests_connect, tests_accept, tests_data, tests_poll, tests_close,
		tests_option,
	};
	int number = 0, failed = 0, skipped = 0;

	if (argc < 2 || argc > 3 || (strcmp(argv[1], "tcp") && strcmp(argv[1], "serval"))) {
		fprintf(stderr, "usage: sockapi { tcp | serval } [TEST]\n");
		return 2;
	}
	serval = !strcmp(argv[1], "serval");
	for (unsigned int i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		for (const struct test *t = suites[i]; t->name; t++) {
			int status;

			if (!(t->on & (serval ? ON_SERVAL : ON_TCP)) ||
			    (argc == 3 && strcmp(argv[2], t->name)))
				continue;
			status = run_one(t);
			failed += status && status != SKIPPED;
			skipped += status == SKIPPED;
			printf("%s %d - %s%s\n", status && status != SKIPPED ? "not ok" : "ok",
			       ++number, t->name, status == SKIPPED ? " # SKIP" : "");
		}
	}
	printf("1..%d\n# %s: %d passed, %d failed, %d skipped\n", number, argv[1],
	       number - failed - skipped, failed, skipped);
	return failed || !number ? 1 : 0;
}
