// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream_opt - socket options of streams above SOL_SOCKET.
 *
 * TCP's and IP's options are TCP's own where they make sense over the SAL.
 * The list is of what works: an option that reaches for ports, addresses or
 * TIME_WAIT sockets, or that a later kernel invents, is unknown here.
 */
#include <net/tcp.h>
#include "flow_table.h"
#include "stream.h"

static bool tcp_option_works(int optname)
{
	switch (optname) {
	case TCP_NODELAY:
	case TCP_MAXSEG:
	case TCP_CORK:
	case TCP_KEEPIDLE:
	case TCP_KEEPINTVL:
	case TCP_KEEPCNT:
	case TCP_SYNCNT:
	case TCP_WINDOW_CLAMP:
	case TCP_INFO:
	case TCP_QUICKACK:
	case TCP_CONGESTION:
	case TCP_THIN_LINEAR_TIMEOUTS:
	case TCP_THIN_DUPACK:
	case TCP_USER_TIMEOUT:
	case TCP_NOTSENT_LOWAT:
	case TCP_CC_INFO:
	case TCP_INQ:
	case TCP_TX_DELAY:
		return true;
	default:
		return false;
	}
}

static bool ip_option_works(int optname)
{
	switch (optname) {
	case IP_TOS:
	case IP_TTL:
	case IP_MTU:
	case IP_MTU_DISCOVER:
		return true;
	default:
		return false;
	}
}

static bool works(int level, int optname)
{
	return (level == SOL_TCP && tcp_option_works(optname)) ||
	       (level == SOL_IP && ip_option_works(optname));
}

static int set_serval_option(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen)
{
	int on;

	if (optname != SV_REUSEPORT)
		return -ENOPROTOOPT;
	if (optlen < sizeof(on))
		return -EINVAL;
	if (copy_from_sockptr(&on, optval, sizeof(on)))
		return -EFAULT;
	lock_sock(sk);
	sk->sk_reuseport = !!on;
	release_sock(sk);
	return 0;
}

int serval_stream_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
			     unsigned int optlen)
{
	if (level == SOL_SERVAL)
		return set_serval_option(sk, optname, optval, optlen);
	if (!works(level, optname))
		return -ENOPROTOOPT;
	return tcp_prot.setsockopt(sk, level, optname, optval, optlen);
}

static int reply(char __user *optval, int __user *optlen, const void *value, int size)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = min(len, size);
	if (put_user(len, optlen) || copy_to_user(optval, value, len))
		return -EFAULT;
	return 0;
}

static int get_serval_option(struct sock *sk, int optname, char __user *optval, int __user *optlen)
{
	struct serval_sock *s = serval_sk(sk);
	struct sv_flow_info info;
	int value;

	switch (optname) {
	case SV_FLOW_INFO:
		lock_sock(sk);
		serval_flow_info(sk, &info);
		release_sock(sk);
		return reply(optval, optlen, &info, sizeof(info));
	case SV_REG_STATE:
		lock_sock(sk);
		value = s->flags & SERVAL_SF_BOUND ? SV_REG_LOCAL : SV_REG_NONE;
		release_sock(sk);
		return reply(optval, optlen, &value, sizeof(value));
	case SV_REUSEPORT:
		value = sk->sk_reuseport;
		return reply(optval, optlen, &value, sizeof(value));
	default:
		return -ENOPROTOOPT;
	}
}

int serval_stream_getsockopt(struct sock *sk, int level, int optname, char __user *optval,
			     int __user *optlen)
{
	if (level == SOL_SERVAL)
		return get_serval_option(sk, optname, optval, optlen);
	if (!works(level, optname))
		return -ENOPROTOOPT;
	return tcp_prot.getsockopt(sk, level, optname, optval, optlen);
}
