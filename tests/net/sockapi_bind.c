// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_bind - socket(), bind(), listen(), and what a socket is called.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sockapi.h"

#define NOBODY	65534

static struct sockaddr *const bad_pointer = (struct sockaddr *)8;

static int family(void)
{
	return serval ? serval_family() : AF_INET;
}

static void socket__kinds(void)
{
	int sv[2];

	CHECK_ERR(socket(family(), SOCK_STREAM, IPPROTO_TCP), 0);
	CHECK_ERR(socket(family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), 0);
	CHECK_ERR(socket(family(), SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
	CHECK_ERR(socket(family(), SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
	CHECK_ERR(socket(family(), SOCK_RDM, 0), ESOCKTNOSUPPORT);
	CHECK_ERR(socketpair(family(), SOCK_STREAM, 0, sv), EOPNOTSUPP);
}

static void socket__raw(void)
{
	CHECK_ERR(socket(family(), SOCK_RAW, 0), ESOCKTNOSUPPORT);
}

static void socket__unprivileged(void)
{
	struct addr a = fresh();
	int fd;

	CHECK_ERR(setuid(NOBODY), 0);
	fd = listener(&a, 1);
	CHECK_ERR(connect_to(&a), 0);
	close(fd);
}

static void socket__identity(void)
{
	int fd = stream();

	CHECK(get_int(fd, SOL_SOCKET, SO_DOMAIN), family());
	CHECK(get_int(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	CHECK(get_int(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
	CHECK(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
	CHECK_ERR(listen(fd, 1), 0);
	CHECK(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

static void bind__bad_address(void)
{
	struct addr a = fresh();
	int fd = stream();

	CHECK_ERR(bind(fd, &a.sa, a.len - 1), EINVAL);
	CHECK_ERR(bind(fd, &a.sa, 2), EINVAL);
	CHECK_ERR(bind(fd, &a.sa, 0), EINVAL);
	CHECK_ERR(bind(fd, bad_pointer, a.len), EFAULT);
	CHECK_ERR(bind(fd, &a.sa, 4096), EINVAL);
	a.sa.sa_family = AF_UNIX;
	CHECK_ERR(bind(fd, &a.sa, a.len), EAFNOSUPPORT);
	/* None of it harmed the socket. */
	a = fresh();
	CHECK_ERR(bind(fd, &a.sa, a.len), 0);
}

static void bind__bad_service(void)
{
	struct addr good = fresh(), a;
	int fd = stream();

	a = good;
	a.sv.sv_flags = 0x80;
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
	a.sv.sv_flags = 0x04;
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
	a = good;
	a.sv.sv_prefix_bits = 255;
	a.sv.sv_srvid.s_sid[31] |= 1;
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
	a = good;
	a.sv.sv_prefix_bits = 9;
	a.sv.sv_srvid.s_sid[20] = 4;
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
	a = good;
	memset(&a.sv.sv_srvid, 0, sizeof(a.sv.sv_srvid));
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
	CHECK_ERR(bind(fd, &good.sa, good.len), 0);
}

/* What lies behind a longer address is ignored, unless it is a sockaddr_in. */
static void bind__longer_address(void)
{
	struct addr a = fresh();
	uint8_t raw[100];
	int fd = stream();

	memset(raw, 0xff, sizeof(raw));
	memcpy(raw, &a.sa, a.len);
	CHECK_ERR(bind(fd, (struct sockaddr *)raw, sizeof(raw)), 0);
}

static void bind__twice(void)
{
	struct addr a = fresh(), b = fresh();
	int fd = stream();

	CHECK_ERR(bind(fd, &a.sa, a.len), 0);
	CHECK_ERR(bind(fd, &b.sa, b.len), EINVAL);
	CHECK_ERR(bind(fd, &a.sa, a.len), EINVAL);
}

static void bind__in_use(void)
{
	struct addr a = fresh();
	int l = listener(&a, 1), fd = stream();

	CHECK_ERR(bind(fd, &a.sa, a.len), EADDRINUSE);
	CHECK_ERR(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	CHECK_ERR(set_int(l, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	CHECK_ERR(bind(fd, &a.sa, a.len), EADDRINUSE);
	close(l);
	CHECK_ERR(bind(fd, &a.sa, a.len), 0);
}

/* Kernel 6.1 keeps SO_REUSEPORT for the internet families; SV_REUSEPORT is the same. */
static int share(int fd)
{
	int ret = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);

	return ret && serval ? set_int(fd, SOL_SERVAL, SV_REUSEPORT, 1) : ret;
}

static void bind__reuseport(void)
{
	struct addr a = fresh();
	int one = stream(), two = stream(), without = stream(), status;
	pid_t pid;

	CHECK_ERR(share(one), 0);
	CHECK_ERR(share(two), 0);
	CHECK_ERR(bind(one, &a.sa, a.len), 0);
	CHECK_ERR(listen(one, 4), 0);
	CHECK_ERR(bind(without, &a.sa, a.len), EADDRINUSE);
	pid = fork();
	if (!pid) {
		int fd;

		if (setuid(NOBODY))
			_exit(1);
		fd = stream();
		share(fd);
		_exit(!(bind(fd, &a.sa, a.len) < 0 && errno == EADDRINUSE));
	}
	CHECK(waitpid(pid, &status, 0), pid);
	CHECK(status, 0);
	CHECK_ERR(bind(two, &a.sa, a.len), 0);
	CHECK_ERR(listen(two, 4), 0);
	CHECK_ERR(connect_to(&a), 0);
}

/* Both members of the group get their share of many connections. */
static void bind__reuseport_spreads(void)
{
	struct addr a = fresh();
	int l[2], got[2] = { 0, 0 };

	for (int i = 0; i < 2; i++) {
		l[i] = stream();
		CHECK_ERR(share(l[i]), 0);
		CHECK_ERR(bind(l[i], &a.sa, a.len), 0);
		CHECK_ERR(listen(l[i], 64), 0);
		CHECK_ERR(fcntl(l[i], F_SETFL, O_NONBLOCK), 0);
	}
	for (int i = 0; i < 64; i++)
		CHECK_ERR(connect_to(&a), 0);
	for (int i = 0; i < 2; i++)
		while (accept(l[i], NULL, NULL) >= 0)
			got[i]++;
	CHECK(got[0] + got[1], 64);
	CHECK(got[0] >= 8 && got[1] >= 8, 1);	/* one chance in 10^10 to be wrong */
}

static void bind__after_connections(void)
{
	struct addr a = fresh();
	int l = stream(), c, s;

	CHECK_ERR(set_int(l, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	CHECK_ERR(bind(l, &a.sa, a.len), 0);
	CHECK_ERR(listen(l, 1), 0);
	c = connect_to(&a);
	s = accept(l, NULL, NULL);
	/* The server closes first: its side lingers in TIME_WAIT. */
	close(s);
	close(c);
	close(l);
	l = stream();
	CHECK_ERR(set_int(l, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	CHECK_ERR(bind(l, &a.sa, a.len), 0);
	CHECK_ERR(listen(l, 1), 0);
	CHECK_ERR(connect_to(&a), 0);
}

/* A name that was bound is free as soon as close() returns. */
static void bind__close_frees(void)
{
	struct addr a = fresh();

	for (int i = 0; i < 20; i++)
		CHECK_ERR(close(listener(&a, 1)), 0);
	CHECK_ERR(connect_to(&a), serval ? EHOSTUNREACH : ECONNREFUSED);
}

/* A service bound to a prefix learns which name under it was asked for. */
static void bind__prefix(void)
{
	struct addr asked = fresh(), prefix = asked, name;
	int l, c, s;

	memset(prefix.sv.sv_srvid.s_sid + 4, 0, SERVICE_ID_LEN - 4);
	prefix.sv.sv_prefix_bits = 32;
	l = listener(&prefix, 1);
	name.len = sizeof(name.sv);
	CHECK_ERR(getsockname(l, &name.sa, &name.len), 0);
	CHECK(name.sv.sv_prefix_bits, 32);
	c = connect_to(&asked);
	CHECK(c >= 0, 1);
	s = accept(l, NULL, NULL);
	name.len = sizeof(name.sv);
	CHECK_ERR(getsockname(s, &name.sa, &name.len), 0);
	CHECK(memcmp(&name.sv.sv_srvid, &asked.sv.sv_srvid, SERVICE_ID_LEN), 0);
	CHECK(name.sv.sv_prefix_bits, 0);
}

/* The longest prefix that matches gets the connection. */
static void bind__longest_prefix(void)
{
	struct addr asked = fresh(), prefix = asked;
	int wide, exact;

	memset(prefix.sv.sv_srvid.s_sid + 4, 0, SERVICE_ID_LEN - 4);
	prefix.sv.sv_prefix_bits = 32;
	wide = listener(&prefix, 1);
	exact = listener(&asked, 1);
	CHECK_ERR(connect_to(&asked), 0);
	CHECK(poll_until(exact, 1), 1);
	CHECK(poll_bits(wide), 0);
	close(exact);
	CHECK_ERR(connect_to(&asked), 0);
	CHECK(poll_until(wide, 1), 1);
}

static void expect_bind_as_nobody(const struct addr *a, int err)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setuid(NOBODY))
			_exit(255);
		_exit(bind(stream(), &a->sa, a->len) ? errno : 0);
	}
	CHECK(waitpid(pid, &status, 0), pid);
	CHECK(WEXITSTATUS(status), err);
}

/* Exact names are free to all; a wildcard needs a right, and keeps others out. */
static void bind__rights(void)
{
	struct addr exact = fresh(), prefix = exact;
	int l;

	expect_bind_as_nobody(&exact, 0);
	memset(prefix.sv.sv_srvid.s_sid + 4, 0, SERVICE_ID_LEN - 4);
	prefix.sv.sv_prefix_bits = 32;
	expect_bind_as_nobody(&prefix, EACCES);
	memset(prefix.sv.sv_srvid.s_sid + 1, 0, 3);
	prefix.sv.sv_srvid.s_sid[0] |= 1;
	prefix.sv.sv_prefix_bits = 8;
	expect_bind_as_nobody(&prefix, EACCES);
	prefix = exact;
	memset(prefix.sv.sv_srvid.s_sid + 4, 0, SERVICE_ID_LEN - 4);
	prefix.sv.sv_prefix_bits = 32;
	l = listener(&prefix, 1);
	expect_bind_as_nobody(&exact, EACCES);
	close(l);
	expect_bind_as_nobody(&exact, 0);
}

static void listen__unbound(void)
{
	static const struct addr zero;
	struct addr name = { .len = sizeof(name.sv) };
	int fd = stream();

	CHECK_ERR(listen(fd, 1), 0);
	CHECK_ERR(getsockname(fd, &name.sa, &name.len), 0);
	if (serval)
		CHECK(memcmp(&name.sv.sv_srvid, &zero.sv.sv_srvid, SERVICE_ID_LEN) != 0, 1);
	else
		CHECK(name.in.sin_port != 0, 1);
	CHECK_ERR(connect_to(&name), 0);
}

static void listen__again(void)
{
	struct pair p = pair();
	struct addr a = fresh();
	int l = listener(&a, 1);

	CHECK_ERR(listen(l, 5), 0);
	CHECK_ERR(listen(p.c, 1), EINVAL);
	CHECK_ERR(listen(p.s, 1), EINVAL);
}

static void getsockname__unbound(void)
{
	struct addr name = { .len = sizeof(name.sv) };
	static const struct addr zero;
	int fd = stream();

	CHECK_ERR(getsockname(fd, &name.sa, &name.len), 0);
	CHECK(name.sa.sa_family, family());
	CHECK(name.len, fresh().len);
	CHECK(memcmp(name.sa.sa_data, zero.sa.sa_data, name.len - sizeof(sa_family_t)), 0);
}

static void getsockname__lengths(void)
{
	struct addr a = fresh(), name;
	int l = listener(&a, 1);
	socklen_t negative = (socklen_t)-1;

	memset(&name, 0xee, sizeof(name));
	name.len = 4;
	CHECK_ERR(getsockname(l, &name.sa, &name.len), 0);
	CHECK(name.len, a.len);
	CHECK(memcmp(&name.sa, &a.sa, 4), 0);
	CHECK(((uint8_t *)&name.sa)[4], 0xee);
	name.len = sizeof(name.sv);
	CHECK_ERR(getsockname(l, &name.sa, &name.len), 0);
	CHECK(name.len, a.len);
	CHECK(memcmp(&name.sa, &a.sa, a.len), 0);
	CHECK_ERR(getsockname(l, &name.sa, &negative), EINVAL);
	name.len = sizeof(name.sv);
	CHECK_ERR(getsockname(l, bad_pointer, &name.len), EFAULT);
	CHECK_ERR(getpeername(l, &name.sa, &name.len), ENOTCONN);
}

static void getpeername__connected(void)
{
	static const struct addr zero;
	struct addr a = fresh(), name = { .len = sizeof(name.sv) };
	int l = listener(&a, 1), c = stream(), s;

	CHECK_ERR(getpeername(c, &name.sa, &name.len), ENOTCONN);
	CHECK_ERR(connect(c, &a.sa, a.len), 0);
	s = accept(l, NULL, NULL);
	name.len = sizeof(name.sv);
	CHECK_ERR(getpeername(c, &name.sa, &name.len), 0);
	CHECK(name.len, a.len);
	CHECK(memcmp(&name.sa, &a.sa, a.len), 0);
	name.len = sizeof(name.sv);
	CHECK_ERR(getsockname(s, &name.sa, &name.len), 0);
	CHECK(memcmp(&name.sa, &a.sa, a.len), 0);
	name.len = sizeof(name.sv);
	CHECK_ERR(getpeername(s, &name.sa, &name.len), 0);
	CHECK(name.len, a.len);
	CHECK(name.sa.sa_family, family());
	if (serval && name.sv.sv_flags & SVSF_ANONYMOUS)
		CHECK(memcmp(&name.sv.sv_srvid, &zero.sv.sv_srvid, SERVICE_ID_LEN), 0);
	name.len = sizeof(name.sv);
	CHECK_ERR(getsockname(c, &name.sa, &name.len), 0);
	if (serval)
		CHECK(memcmp(&name.sv.sv_srvid, &zero.sv.sv_srvid, SERVICE_ID_LEN) != 0, 1);
}

/* A client that bound a name before it connected is known by it. */
static void getpeername__bound_client(void)
{
	struct addr a = fresh(), mine = fresh(), name = { .len = sizeof(name.sv) };
	int l = listener(&a, 1), c = stream(), s;

	CHECK_ERR(bind(c, &mine.sa, mine.len), 0);
	CHECK_ERR(connect(c, &a.sa, a.len), 0);
	s = accept(l, &name.sa, &name.len);
	CHECK(s >= 0, 1);
	CHECK(name.len, a.len);
	if (serval && name.sv.sv_flags & SVSF_ANONYMOUS)
		return;		/* the handshake carried no name: allowed, said so */
	CHECK(memcmp(&name.sa, &mine.sa, mine.len), 0);
}

const struct test tests_bind[] = {
	{ "socket__kinds", socket__kinds, ON_BOTH },
	{ "socket__raw", socket__raw, ON_SERVAL },
	{ "socket__unprivileged", socket__unprivileged, ON_BOTH },
	{ "socket__identity", socket__identity, ON_BOTH },
	{ "bind__bad_address", bind__bad_address, ON_BOTH },
	{ "bind__bad_service", bind__bad_service, ON_SERVAL },
	{ "bind__longer_address", bind__longer_address, ON_BOTH },
	{ "bind__twice", bind__twice, ON_BOTH },
	{ "bind__in_use", bind__in_use, ON_BOTH },
	{ "bind__reuseport", bind__reuseport, ON_BOTH },
	{ "bind__reuseport_spreads", bind__reuseport_spreads, ON_BOTH },
	{ "bind__after_connections", bind__after_connections, ON_BOTH },
	{ "bind__close_frees", bind__close_frees, ON_BOTH },
	{ "bind__prefix", bind__prefix, ON_SERVAL },
	{ "bind__longest_prefix", bind__longest_prefix, ON_SERVAL },
	{ "bind__rights", bind__rights, ON_SERVAL },
	{ "listen__unbound", listen__unbound, ON_BOTH },
	{ "listen__again", listen__again, ON_BOTH },
	{ "getsockname__unbound", getsockname__unbound, ON_BOTH },
	{ "getsockname__lengths", getsockname__lengths, ON_BOTH },
	{ "getpeername__connected", getpeername__connected, ON_BOTH },
	{ "getpeername__bound_client", getpeername__bound_client, ON_BOTH },
	{ NULL },
};
