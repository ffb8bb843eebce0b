// SPDX-License-Identifier: GPL-2.0-only
/*
 * af_serval - the socket family: creating sockets, names, bind.
 *
 * What a stream has in common with TCP sockets of AF_INET (listen, accept,
 * connect, poll, sending and receiving) is the kernel's inet_stream_ops; here
 * is what differs because the address is a name.
 */
#include <linux/module.h>
#include <linux/net.h>
#include <asm/ioctls.h>
#include <net/inet_common.h>
#include <net/tcp.h>
#include "af_serval.h"
#include "compat/compat.h"
#include "event.h"
#include "service_table.h"
#include "stream.h"

#define KNOWN_FLAGS	(SVSF_SCOPE_MASK | SVSF_STRICT_SCOPE | SVSF_ANYCAST | SVSF_MULTICAST)

static bool zero_behind(const struct service_id *sid, unsigned int bits)
{
	unsigned int i = bits / 8;

	if (bits % 8 && (sid->s_sid[i++] & (0xff >> (bits % 8))))
		return false;
	for (; i < SERVICE_ID_LEN; i++)
		if (sid->s_sid[i])
			return false;
	return true;
}

int serval_check_sockaddr(const struct sockaddr *uaddr, int len, struct service_id *sid, u16 *bits)
{
	const struct sockaddr_sv *sv = (const struct sockaddr_sv *)uaddr;

	if (len < (int)sizeof(*sv))
		return -EINVAL;
	if (sv->sv_family != serval_family)
		return -EAFNOSUPPORT;
	if (sv->sv_flags & ~KNOWN_FLAGS)
		return -EINVAL;
	*bits = sv->sv_prefix_bits ?: SERVICE_ID_MAX_PREFIX_BITS;
	*sid = sv->sv_srvid;
	if (!zero_behind(sid, *bits) || !memchr_inv(sid, 0, sizeof(*sid)))
		return -EINVAL;
	return 0;
}

static int serval_bind(struct socket *sock, struct sockaddr *uaddr, int len)
{
	struct sock *sk = sock->sk;
	struct serval_sock *s = serval_sk(sk);
	struct service_id sid;
	u16 bits;
	int err;

	err = serval_check_sockaddr(uaddr, len, &sid, &bits);
	if (err)
		return err;
	lock_sock(sk);
	err = -EINVAL;
	if (sk->sk_state != TCP_CLOSE || (s->flags & SERVAL_SF_BOUND))
		goto out;
	sock_set_flag(sk, SOCK_RCU_FREE);	/* readers of the service table hold no reference */
	err = serval_service_bind(sk, &sid, bits);
	if (err)
		goto out;
	s->sid = sid;
	s->bits = bits;
	s->flags |= SERVAL_SF_BOUND;
	serval_event_service(sk, SERVAL_SERVICE_BOUND, &sid, bits);
out:
	release_sock(sk);
	return err;
}

static int serval_getname(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct sockaddr_sv *sv = (struct sockaddr_sv *)uaddr;
	struct sock *sk = sock->sk;
	struct serval_sock *s = serval_sk(sk);

	memset(sv, 0, sizeof(*sv));
	sv->sv_family = serval_family;
	lock_sock(sk);
	if (peer) {
		/* accept() asks with 2: a connection that was reset while it waited has a peer */
		if (sk->sk_state == TCP_LISTEN ||
		    (peer == 1 && ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_SYN_SENT)))) {
			release_sock(sk);
			return -ENOTCONN;
		}
		sv->sv_srvid = s->peer;
		if (!memchr_inv(&s->peer, 0, sizeof(s->peer)))
			sv->sv_flags = SVSF_ANONYMOUS;
	} else {
		/* a client that took no name has one all the same, from when it is asked */
		if (!(s->flags & SERVAL_SF_BOUND) && sk->sk_state != TCP_CLOSE &&
		    !(s->ec.flags & ECCP_F_PASSIVE) && !memchr_inv(&s->sid, 0, sizeof(s->sid)))
			get_random_bytes(&s->sid, sizeof(s->sid));
		sv->sv_srvid = s->sid;
		if (s->flags & SERVAL_SF_BOUND)
			sv->sv_prefix_bits = (u8)s->bits;	/* 256 is written as 0 */
	}
	release_sock(sk);
	return sizeof(*sv);
}

/* Urgent data and fast open would need what lies below TCP here: refused clearly */
static int serval_sendmsg(struct socket *sock, struct msghdr *msg, size_t size)
{
	if (msg->msg_flags & (MSG_OOB | MSG_FASTOPEN))
		return -EOPNOTSUPP;
	return inet_stream_ops.sendmsg(sock, msg, size);
}

/* The error queue has no addresses of IP to tell, so IP's way of reading it does not do */
static int serval_recvmsg(struct socket *sock, struct msghdr *msg, size_t size, int flags)
{
	if (flags & MSG_ERRQUEUE)
		return sock_recv_errqueue(sock->sk, msg, size, SOL_SERVAL, SV_RECVERR);
	return inet_stream_ops.recvmsg(sock, msg, size, flags);
}

/* SIOCINQ, SIOCOUTQ, SIOCATMARK are TCP's; addresses and routes are not this family's */
static int serval_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCOUTQNSD:
	case SIOCATMARK:
		return inet_stream_ops.ioctl(sock, cmd, arg);
	default:
		return -ENOIOCTLCMD;
	}
}

/* SOL_SOCKET comes here only where serval_compat_own_sol_socket() works */
static int serval_setsockopt(struct socket *sock, int level, int optname, sockptr_t optval,
			     unsigned int optlen)
{
	if (level == SOL_SOCKET && optname != SO_REUSEPORT)
		return sock_setsockopt(sock, level, optname, optval, optlen);
	if (level == SOL_SOCKET) {
		level = SOL_SERVAL;
		optname = SV_REUSEPORT;
	}
	return sock_common_setsockopt(sock, level, optname, optval, optlen);
}

static int serval_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct sock *sk;
	int err;

	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol && protocol != SERVAL_PROTO_TCP)
		return -EPROTONOSUPPORT;
	sk = sk_alloc(net, serval_family, GFP_KERNEL, &serval_stream_prot, kern);
	if (!sk)
		return -ENOMEM;
	sock->state = SS_UNCONNECTED;
	sock->ops = &serval_stream_ops;
	serval_compat_own_sol_socket(sock);
	serval_compat_init_inet(sk);
	sock_init_data(sock, sk);
	sk->sk_destruct = inet_sock_destruct;
	sk->sk_protocol = IPPROTO_TCP;
	sk->sk_backlog_rcv = serval_stream_prot.backlog_rcv;
	err = serval_stream_prot.init(sk);
	if (err)
		sk_common_release(sk);
	return err;
}

static struct net_proto_family family __ro_after_init = {
	.create	= serval_create,
	.owner	= THIS_MODULE,
};

static void copy_ops(void)
{
	struct proto_ops *ops = &serval_stream_ops;

	*ops = inet_stream_ops;
	ops->family = serval_family;
	ops->owner = THIS_MODULE;
	ops->bind = serval_bind;
	ops->getname = serval_getname;
	ops->sendmsg = serval_sendmsg;
	ops->recvmsg = serval_recvmsg;
	ops->setsockopt = serval_setsockopt;
	ops->ioctl = serval_ioctl;
#ifdef CONFIG_COMPAT
	ops->compat_ioctl = NULL;
#endif
}

int __init serval_af_init(void)
{
	copy_ops();
	family.family = serval_family;
	return sock_register(&family);
}

void serval_af_exit(void)
{
	sock_unregister(serval_family);
}
