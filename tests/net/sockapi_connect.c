// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_connect - connect() in all its ends.
 *
 * A name with a rule but without a server needs a second host: the scenario
 * makes one and tells its names in SOCKAPI_REFUSED and SOCKAPI_DROP.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sockapi.h"

#define REFUSED_BITS	0x201d	/* IN OUT ERR HUP RDHUP */

static void nonblock(int fd)
{
	CHECK_ERR(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void limit(int fd, int option, unsigned int ms)
{
	struct timeval t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	CHECK_ERR(setsockopt(fd, SOL_SOCKET, option, &t, sizeof(t)), 0);
}

/* Somewhere to connect to and be refused by a host that is there. */
static struct addr refused(void)
{
	return serval ? addr_env("SOCKAPI_REFUSED") : fresh();
}

/*
 * A listener that accepts nobody, its queue full: an attempt to connect to it
 * stays an attempt. Returns the listener.
 */
static int stuck(struct addr *at)
{
	int l, i;

	*at = fresh();
	l = listener(at, 0);
	for (i = 0; i < 8; i++) {
		int fd = stream();

		nonblock(fd);
		if (connect(fd, &at->sa, at->len) && errno != EINPROGRESS)
			die("connect");
		sleep_ms(5);
		if (!(poll_bits(fd) & POLLOUT))
			break;
	}
	CHECK(i < 8, 1);
	return l;
}

static void connect__bad_address(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), fd = stream();

	CHECK_ERR(connect(fd, &a.sa, a.len - 1), EINVAL);
	CHECK_ERR(connect(fd, &a.sa, 1), EINVAL);
	CHECK_ERR(connect(fd, (struct sockaddr *)8, a.len), EFAULT);
	a.sa.sa_family = AF_UNIX;
	CHECK_ERR(connect(fd, &a.sa, a.len), EAFNOSUPPORT);
	a.sa.sa_family = (sa_family_t)(serval ? serval_family() : AF_INET);
	CHECK_ERR(connect(fd, &a.sa, a.len), 0);
	close(l);
}

static void connect__bad_service(void)
{
	struct addr good = fresh(), a = good;
	int l = listener(&good, 1), fd = stream();

	a.sv.sv_flags = 0x80;
	CHECK_ERR(connect(fd, &a.sa, a.len), EINVAL);
	a = good;
	a.sv.sv_prefix_bits = 8;
	CHECK_ERR(connect(fd, &a.sa, a.len), EINVAL);
	a = good;
	memset(&a.sv.sv_srvid, 0, sizeof(a.sv.sv_srvid));
	CHECK_ERR(connect(fd, &a.sa, a.len), EINVAL);
	CHECK_ERR(connect(fd, &good.sa, good.len), 0);
	close(l);
}

/* A sockaddr_in directly behind the name does no harm where a rule matches; see retarget.sh. */
static void connect__longer_address(void)
{
	struct {
		struct sockaddr_sv	sv;
		struct sockaddr_in	in;
	} __attribute__((packed)) both = { 0 };
	struct addr a = fresh();
	int l = listener(&a, 2);

	both.sv = a.sv;
	both.in.sin_family = AF_INET;
	both.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_ERR(connect(stream(), (struct sockaddr *)&both, sizeof(both)), 0);
	CHECK(poll_until(l, POLLIN), POLLIN);
	both.in.sin_family = AF_UNIX;	/* no advice: whatever it is, it is ignored */
	CHECK_ERR(connect(stream(), (struct sockaddr *)&both, sizeof(both)), 0);
}

static void connect__no_rule(void)
{
	struct addr a = fresh();
	uint64_t t0 = now_us();
	int fd = stream();

	CHECK_ERR(connect(fd, &a.sa, a.len), EHOSTUNREACH);
	nonblock(fd);
	CHECK_ERR(connect(fd, &a.sa, a.len), EHOSTUNREACH);
	CHECK(now_us() - t0 < 500000, 1);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	/* The socket is as good as new. */
	close(listener(&a, 1));
	a = fresh();
	listener(&a, 1);
	CHECK_ERR(fcntl(fd, F_SETFL, 0), 0);
	CHECK_ERR(connect(fd, &a.sa, a.len), 0);
}

static void connect__drop_rule(void)
{
	struct addr a = addr_env("SOCKAPI_DROP");

	CHECK_ERR(connect_to(&a), EACCES);
}

static void connect__refused(void)
{
	struct addr a = refused(), b = fresh();
	int fd = stream();

	CHECK_ERR(connect(fd, &a.sa, a.len), ECONNREFUSED);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	/* A new try on the same socket. */
	listener(&b, 1);
	CHECK_ERR(connect(fd, &b.sa, b.len), 0);
}

static void connect__refused_nonblock(void)
{
	struct addr a = refused(), name = { .len = sizeof(name.sv) };
	int fd = stream();
	char byte;

	nonblock(fd);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINPROGRESS);
	CHECK(poll_until(fd, REFUSED_BITS), REFUSED_BITS);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	CHECK(poll_bits(fd), REFUSED_BITS & ~POLLERR);
	CHECK_ERR(getpeername(fd, &name.sa, &name.len), ENOTCONN);
	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), EPIPE);
	CHECK(recv(fd, &byte, 1, 0), 0);
}

static void connect__pending(void)
{
	struct addr a, name = { .len = sizeof(name.sv) };
	int l = stuck(&a), fd = stream();
	char byte;

	nonblock(fd);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINPROGRESS);
	CHECK_ERR(connect(fd, &a.sa, a.len), EALREADY);
	CHECK_ERR(send(fd, "x", 1, MSG_NOSIGNAL), EAGAIN);
	CHECK_ERR(recv(fd, &byte, 1, 0), EAGAIN);
	CHECK_ERR(getpeername(fd, &name.sa, &name.len), ENOTCONN);
	CHECK(poll_bits(fd), 0);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	/* Room in the queue: the attempt that was going on succeeds by itself. */
	nonblock(l);
	for (int i = 0; i < 500 && !(poll_bits(fd) & POLLOUT); i++) {
		accept(l, NULL, NULL);
		sleep_ms(10);
	}
	CHECK(wait_connected(fd), 0);
	CHECK_ERR(connect(fd, &a.sa, a.len), 0);	/* once: it says how the attempt ended */
	CHECK_ERR(connect(fd, &a.sa, a.len), EISCONN);
}

static void connect__time_limit(void)
{
	struct addr a;
	int fd = stream();
	uint64_t t0;

	stuck(&a);
	limit(fd, SO_SNDTIMEO, 100);
	t0 = now_us();
	CHECK_ERR(connect(fd, &a.sa, a.len), EINPROGRESS);
	CHECK(now_us() - t0 >= 90000, 1);
	CHECK_ERR(connect(fd, &a.sa, a.len), EALREADY);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void connect__signal(void)
{
	struct itimerval t = { .it_value.tv_usec = 100000 };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct addr a;
	int fd = stream();

	stuck(&a);
	CHECK_ERR(sigaction(SIGALRM, &sa, NULL), 0);
	CHECK_ERR(setitimer(ITIMER_REAL, &t, NULL), 0);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINTR);
	nonblock(fd);
	CHECK_ERR(connect(fd, &a.sa, a.len), EALREADY);
}

static void connect__connected(void)
{
	struct addr a = fresh(), b = fresh();
	int l = listener(&a, 1), c = connect_to(&a);

	listener(&b, 1);
	CHECK_ERR(connect(c, &b.sa, b.len), EISCONN);
	CHECK_ERR(connect(c, &a.sa, a.len), EISCONN);
	CHECK_ERR(connect(l, &b.sa, b.len), EISCONN);
	CHECK(poll_until(l, POLLIN), POLLIN);
}

static void connect__unspec(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct pair p = pair();
	struct addr a = fresh();
	char byte;

	CHECK_ERR(connect(p.c, &none, sizeof(none)), 0);
	CHECK(poll_until(p.s, 0x201d), 0x201d);
	CHECK_ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	listener(&a, 1);
	CHECK_ERR(connect(p.c, &a.sa, a.len), 0);
	CHECK(send(p.c, "x", 1, 0), 1);
}

/* Whoever connects to itself would wait for itself. */
static void connect__self(void)
{
	struct addr a = fresh();
	int fd = stream();

	CHECK_ERR(bind(fd, &a.sa, a.len), 0);
	CHECK_ERR(connect(fd, &a.sa, a.len), EINVAL);
}

static void connect__nonblock(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), fd = stream(), err;

	nonblock(fd);
	err = connect(fd, &a.sa, a.len) ? errno : 0;
	CHECK(err == 0 || err == EINPROGRESS, 1);
	CHECK(poll_until(fd, POLLOUT), POLLOUT);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
	CHECK(poll_until(l, POLLIN), POLLIN);
}

/* What is bound first stays the name, whatever the connection is to. */
static void connect__bound(void)
{
	struct addr a = fresh(), mine = fresh(), name = { .len = sizeof(name.sv) };
	int fd = stream();

	listener(&a, 1);
	CHECK_ERR(bind(fd, &mine.sa, mine.len), 0);
	CHECK_ERR(connect(fd, &a.sa, a.len), 0);
	CHECK_ERR(getsockname(fd, &name.sa, &name.len), 0);
	CHECK(memcmp(&name.sa, &mine.sa, mine.len), 0);
}

const struct test tests_connect[] = {
	{ "connect__bad_address", connect__bad_address, ON_BOTH },
	{ "connect__bad_service", connect__bad_service, ON_SERVAL },
	{ "connect__longer_address", connect__longer_address, ON_SERVAL },
	{ "connect__no_rule", connect__no_rule, ON_SERVAL },
	{ "connect__drop_rule", connect__drop_rule, ON_SERVAL },
	{ "connect__refused", connect__refused, ON_BOTH },
	{ "connect__refused_nonblock", connect__refused_nonblock, ON_BOTH },
	{ "connect__pending", connect__pending, ON_BOTH },
	{ "connect__time_limit", connect__time_limit, ON_BOTH },
	{ "connect__signal", connect__signal, ON_BOTH },
	{ "connect__connected", connect__connected, ON_BOTH },
	{ "connect__unspec", connect__unspec, ON_BOTH },
	{ "connect__self", connect__self, ON_SERVAL },
	{ "connect__nonblock", connect__nonblock, ON_BOTH },
	{ "connect__bound", connect__bound, ON_BOTH },
	{ NULL },
};
