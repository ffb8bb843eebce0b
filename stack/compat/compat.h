/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat - what differs between the kernels we build for (6.1 to 6.12).
 *
 * The only place that knows kernel versions. Stable kernels receive changes
 * of interfaces too, so what could be tested by its presence is.
 */
#ifndef SERVAL_COMPAT_H
#define SERVAL_COMPAT_H

#include <linux/version.h>
#include <net/inet_connection_sock.h>
#include <net/route.h>
#include <net/tcp.h>

#define SERVAL_SINCE(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

#if SERVAL_SINCE(6, 12)
#include <net/gso.h>
#endif

/*
 * 6.12 gave __tcp_send_ack() the flags of the segment (as a stable backport:
 * 6.12.0 has two arguments)
 */
static inline void serval_compat_send_ack(struct sock *sk)
{
#if SERVAL_SINCE(6, 12)
	__tcp_send_ack(sk, tcp_sk(sk)->rcv_nxt, 0);
#else
	__tcp_send_ack(sk, tcp_sk(sk)->rcv_nxt);
#endif
}

/* The bits of the type of service that choose a route */
#if SERVAL_SINCE(6, 12)
#define SERVAL_RT_TOS_MASK	INET_DSCP_MASK
#else
#define SERVAL_RT_TOS_MASK	IPTOS_RT_MASK
#endif

/*
 * SO_REUSEPORT is refused by the kernel for families it does not know. Where
 * a socket can ask for SOL_SOCKET to come to it first, it does; else
 * SV_REUSEPORT is the way.
 */
static inline void serval_compat_own_sol_socket(struct socket *sock)
{
#ifdef SOCK_CUSTOM_SOCKOPT
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

/* The timestamp TCP puts into a segment made now, without the flow's offset */
static inline u32 serval_compat_tsval(const struct tcp_sock *tp)
{
#if SERVAL_SINCE(6, 12)
	return tcp_time_stamp_ts(tp);
#else
	return tcp_time_stamp(tp);
#endif
}

/* The largest receive buffer a connection may come to have */
static inline u32 serval_compat_rmem_max(const struct net *net)
{
	return max_t(u32, READ_ONCE(net->ipv4.sysctl_tcp_rmem[2]), READ_ONCE(sysctl_rmem_max));
}

/* Members of tcp_request_sock that only some kernels have, all off */
static inline void serval_compat_init_treq(struct tcp_request_sock *treq)
{
#if IS_ENABLED(CONFIG_MPTCP)
	treq->is_mptcp = false;
	treq->drop_req = false;
#endif
#if SERVAL_SINCE(6, 12)
	treq->req_usec_ts = false;
#ifdef CONFIG_TCP_AO
	treq->used_tcp_ao = false;
#endif
#endif
}

/* What inet_create() sets in a fresh stream socket before sock_init_data() */
static inline void serval_compat_init_inet(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet_init_csk_locks(sk);
#if SERVAL_SINCE(6, 12)
	inet_assign_bit(IS_ICSK, sk, 1);
	inet_set_bit(MC_LOOP, sk);
#else
	inet->is_icsk = 1;
	inet->mc_loop = 1;
#endif
	inet->pmtudisc = READ_ONCE(sock_net(sk)->ipv4.sysctl_ip_no_pmtu_disc) ?
			 IP_PMTUDISC_DONT : IP_PMTUDISC_WANT;
	inet->uc_ttl = -1;
	inet->mc_ttl = 1;
	atomic_set(&inet->inet_id, 0);
}

#endif
