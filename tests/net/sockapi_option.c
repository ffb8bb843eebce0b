// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockapi_option - socket options: those programs set must work, those that
 * would break other sockets must be refused, the rest is unknown.
 */
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sockapi.h"

static void option__errors(void)
{
	socklen_t len = sizeof(int), negative = (socklen_t)-1;
	int fd = stream(), value = 1;

	CHECK_ERR(set_int(fd, 0x5555, 1, 1), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, SOL_SOCKET, 0x5555, 1), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_TCP, 0x5555, 1), ENOPROTOOPT);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, 0x5555, &value, &len), ENOPROTOOPT);
	CHECK_ERR(getsockopt(fd, IPPROTO_TCP, 0x5555, &value, &len), ENOPROTOOPT);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 2), EINVAL);
	CHECK_ERR(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 2), EINVAL);
	CHECK_ERR(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)8, 4), EFAULT);
	CHECK_ERR(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &negative), EINVAL);
	CHECK_ERR(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)8, &len), EFAULT);
}

/* Set, read back: what curl, nginx, iperf3, redis, ssh and rsync ask for. */
static void option__socket(void)
{
	static const int flags[] = { SO_REUSEADDR, SO_KEEPALIVE, SO_OOBINLINE,
				     SO_TIMESTAMP, SO_RCVLOWAT, SO_PRIORITY, SO_MARK,
				     SO_INCOMING_CPU };
	struct timeval t = { 3, 0 }, got;
	struct linger l = { 1, 5 }, back;
	socklen_t len;
	int fd = stream();

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		CHECK_ERR(set_int(fd, SOL_SOCKET, flags[i], 1), 0);
		CHECK(get_int(fd, SOL_SOCKET, flags[i]), 1);
	}
	CHECK_ERR(set_int(fd, SOL_SOCKET, SO_SNDBUF, 30000), 0);
	CHECK(get_int(fd, SOL_SOCKET, SO_SNDBUF), 60000);
	CHECK_ERR(set_int(fd, SOL_SOCKET, SO_RCVBUF, 30000), 0);
	CHECK(get_int(fd, SOL_SOCKET, SO_RCVBUF), 60000);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)), 0);
	len = sizeof(got);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len), 0);
	CHECK(got.tv_sec, 3);
	CHECK_ERR(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
	len = sizeof(back);
	CHECK_ERR(getsockopt(fd, SOL_SOCKET, SO_LINGER, &back, &len), 0);
	CHECK(back.l_linger, 5);
	CHECK(get_int(fd, SOL_SOCKET, SO_ERROR), 0);
}

static void tcp_options(int fd)
{
	static const struct { int option, value; } set[] = {
		{ TCP_NODELAY, 1 }, { TCP_CORK, 1 }, { TCP_CORK, 0 }, { TCP_KEEPIDLE, 7 },
		{ TCP_KEEPINTVL, 3 }, { TCP_KEEPCNT, 4 }, { TCP_USER_TIMEOUT, 30000 },
		{ TCP_NOTSENT_LOWAT, 16384 }, { TCP_SYNCNT, 3 },
		{ TCP_QUICKACK, 1 },
	};
	char ca[16] = "";
	socklen_t len = sizeof(ca);

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		CHECK_ERR(set_int(fd, IPPROTO_TCP, set[i].option, set[i].value), 0);
		CHECK(get_int(fd, IPPROTO_TCP, set[i].option), set[i].value);
	}
	CHECK_ERR(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
	CHECK_ERR(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, ca, &len), 0);
	CHECK(strcmp(ca, "reno"), 0);
	CHECK_ERR(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no such", 7), ENOENT);
	CHECK(get_int(fd, IPPROTO_TCP, TCP_MAXSEG) > 500, 1);
}

static void option__tcp(void)
{
	struct pair p = pair();
	int fd = stream();

	CHECK_ERR(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 1000), 0);
	CHECK(get_int(fd, IPPROTO_TCP, TCP_MAXSEG), 1000);
	close(fd);
	tcp_options(stream());
	tcp_options(p.c);
	tcp_options(p.s);
	CHECK(send(p.c, "x", 1, 0), 1);
	CHECK(poll_until(p.s, 0x5), 0x5);
}

static void option__ip_tos(void)
{
	struct pair p = pair();

	CHECK_ERR(set_int(p.c, IPPROTO_IP, IP_TOS, 0x10), 0);
	CHECK(get_int(p.c, IPPROTO_IP, IP_TOS), 0x10);
}

/* What holds for a wider segment holds for a small one: the bytes arrive. */
static void option__maxseg(void)
{
	static uint8_t out[100000], in[100000];
	struct addr a = fresh();
	int l = listener(&a, 1), c = stream(), s;

	CHECK_ERR(set_int(c, IPPROTO_TCP, TCP_MAXSEG, 536), 0);
	CHECK_ERR(connect(c, &a.sa, a.len), 0);
	s = accept(l, NULL, NULL);
	CHECK(get_int(s, IPPROTO_TCP, TCP_MAXSEG) <= 536, 1);
	pattern_fill(out, sizeof(out), 0, 5);
	CHECK(send(c, out, sizeof(out), 0), sizeof(out));
	CHECK(recv(s, in, sizeof(in), MSG_WAITALL), sizeof(in));
	CHECK(pattern_check(in, sizeof(in), 0, 5), sizeof(in));
}

static void option__cork(void)
{
	struct pair p = pair();
	char buf[4];

	CHECK_ERR(set_int(p.c, IPPROTO_TCP, TCP_CORK, 1), 0);
	CHECK(send(p.c, "ab", 2, 0), 2);
	sleep_ms(20);
	CHECK(poll_bits(p.s), 0x4);
	CHECK(send(p.c, "cd", 2, 0), 2);
	CHECK_ERR(set_int(p.c, IPPROTO_TCP, TCP_CORK, 0), 0);
	CHECK(recv(p.s, buf, 4, MSG_WAITALL), 4);
	CHECK(memcmp(buf, "abcd", 4), 0);
}

static void option__tcp_info(void)
{
	static char buf[100000];
	struct tcp_info info = { 0 };
	struct pair p = pair();
	socklen_t len = sizeof(info);
	struct addr a = fresh();

	CHECK(send(p.c, buf, sizeof(buf), 0), sizeof(buf));
	CHECK(recv(p.s, buf, sizeof(buf), MSG_WAITALL), sizeof(buf));
	CHECK_ERR(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK(info.tcpi_state, TCP_ESTABLISHED);
	CHECK(info.tcpi_rtt > 0, 1);
	CHECK(info.tcpi_snd_cwnd >= 10, 1);
	CHECK(info.tcpi_snd_mss > 500, 1);
	len = 8;		/* any length truncates */
	CHECK_ERR(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK(len, 8);
	len = sizeof(info);
	CHECK_ERR(getsockopt(listener(&a, 3), IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK(info.tcpi_state, TCP_LISTEN);
	len = sizeof(info);
	CHECK_ERR(getsockopt(stream(), IPPROTO_TCP, TCP_INFO, &info, &len), 0);
	CHECK(info.tcpi_state, TCP_CLOSE);
}

/* Each of these would reach into tables that are TCP over IPv4's own. */
static void option__refused(void)
{
	struct pair p = pair();
	int fd = stream();

	CHECK_ERR(setsockopt(p.c, IPPROTO_TCP, TCP_ULP, "tls", 3), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, 5), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_TCP, TCP_REPAIR, 1), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_TCP, TCP_MD5SIG, 1), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_TCP, TCP_LINGER2, 1), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, IPPROTO_IP, IP_TRANSPARENT, 1), ENOPROTOOPT);
	/* The socket is none the worse. */
	CHECK(send(p.c, "x", 1, 0), 1);
	CHECK(poll_until(p.s, 0x5), 0x5);
}

static void option__fastopen_flag(void)
{
	struct addr a = fresh();

	listener(&a, 1);
	CHECK_ERR(sendto(stream(), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, &a.sa, a.len),
		  EOPNOTSUPP);
}

static void option__zerocopy(void)
{
	struct pair p = pair();

	/* EOPNOTSUPP, or an older kernel's own ENOTSUPP, which has no name here */
	CHECK(set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1), -1);
	CHECK(send(p.c, "x", 1, 0), 1);
}

static void option__flow_info(void)
{
	struct sv_flow_info c = { 0 }, s = { 0 };
	struct pair p = pair();
	struct addr name = { .len = sizeof(name.sv) };
	socklen_t len = sizeof(c);
	char byte;

	CHECK(send(p.c, "x", 1, 0), 1);
	CHECK(recv(p.s, &byte, 1, 0), 1);
	CHECK_ERR(getsockopt(p.c, SOL_SERVAL, SV_FLOW_INFO, &c, &len), 0);
	CHECK(len, sizeof(c));
	CHECK_ERR(getsockopt(p.s, SOL_SERVAL, SV_FLOW_INFO, &s, &len), 0);
	CHECK(c.state, SV_FLOW_CONNECTED);
	CHECK(s.state, SV_FLOW_CONNECTED);
	CHECK(c.transport_state, TCP_ESTABLISHED);
	CHECK(c.local_flowid != 0 && c.local_flowid == s.peer_flowid, 1);
	CHECK(s.local_flowid != 0 && s.local_flowid == c.peer_flowid, 1);
	CHECK(c.local_addr == s.peer_addr && c.local_addr != 0, 1);
	CHECK(c.peer_addr == s.local_addr && c.peer_addr != 0, 1);
	CHECK(c.version, 2);
	CHECK(s.flags & SV_FLOW_F_PASSIVE, SV_FLOW_F_PASSIVE);
	CHECK(c.flags & SV_FLOW_F_PASSIVE, 0);
	CHECK(s.bytes_received, 1);
	CHECK_ERR(getpeername(p.c, &name.sa, &name.len), 0);
	CHECK(memcmp(&c.service, &name.sv.sv_srvid, SERVICE_ID_LEN), 0);
	CHECK(memcmp(&s.service, &name.sv.sv_srvid, SERVICE_ID_LEN), 0);
	/* As much as asked for. */
	memset(&s, 0xee, sizeof(s));
	len = 8;
	CHECK_ERR(getsockopt(p.c, SOL_SERVAL, SV_FLOW_INFO, &s, &len), 0);
	CHECK(len, 8);
	CHECK(s.local_flowid == c.local_flowid, 1);
	CHECK(s.state, 0xee);
	len = sizeof(c);
	CHECK_ERR(getsockopt(stream(), SOL_SERVAL, SV_FLOW_INFO, &s, &len), 0);
	CHECK(s.state, SV_FLOW_CLOSED);
	CHECK(s.local_flowid == 0 && s.peer_flowid == 0, 1);
}

static void option__serval(void)
{
	struct addr a = fresh();
	socklen_t len = sizeof(int);
	int fd = stream(), value;

	CHECK(get_int(fd, SOL_SERVAL, SV_REG_STATE), SV_REG_NONE);
	CHECK_ERR(bind(fd, &a.sa, a.len), 0);
	CHECK_ERR(listen(fd, 1), 0);
	CHECK(get_int(fd, SOL_SERVAL, SV_REG_STATE), SV_REG_LOCAL);
	CHECK_ERR(set_int(fd, SOL_SERVAL, 0x5555, 1), ENOPROTOOPT);
	CHECK_ERR(getsockopt(fd, SOL_SERVAL, 0x5555, &value, &len), ENOPROTOOPT);
	CHECK_ERR(set_int(fd, SOL_SERVAL, SV_REG_STATE, 1), ENOPROTOOPT);
}

const struct test tests_option[] = {
	{ "option__errors", option__errors, ON_BOTH },
	{ "option__socket", option__socket, ON_BOTH },
	{ "option__tcp", option__tcp, ON_BOTH },
	{ "option__ip_tos", option__ip_tos, ON_BOTH },
	{ "option__maxseg", option__maxseg, ON_BOTH },
	{ "option__cork", option__cork, ON_BOTH },
	{ "option__tcp_info", option__tcp_info, ON_BOTH },
	{ "option__refused", option__refused, ON_SERVAL },
	{ "option__fastopen_flag", option__fastopen_flag, ON_SERVAL },
	{ "option__zerocopy", option__zerocopy, ON_SERVAL },
	{ "option__flow_info", option__flow_info, ON_SERVAL },
	{ "option__serval", option__serval, ON_SERVAL },
	{ NULL },
};
