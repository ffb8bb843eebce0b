// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream_connect - the client's side of opening a stream.
 *
 * A name becomes an address here: at connect(), again when a target refuses
 * or cannot be reached, and again when SYNs stay without an answer. The SYN
 * and its repetition are TCP's.
 */
#include <linux/in.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/route.h>
#include <net/tcp.h>
#include "af_serval.h"
#include "compat/compat.h"
#include "flow_table.h"
#include "mib.h"
#include "service_table.h"
#include "stream.h"

/*
 * Choose a target for s->peer that has not refused yet.
 * Return: 0 and *@addr, or what connect() should say.
 */
static int resolve(struct sock *sk, __be32 *addr)
{
	struct serval_sock *s = serval_sk(sk);
	struct net *net = sock_net(sk);
	struct serval_resolution res;
	int err;

	err = serval_service_resolve(net, &s->peer, get_random_u64(), s->refused, s->n_refused, 0,
				     &res);
	if (err)
		goto failed;
	switch (res.type) {
	case SERVAL_RULE_FORWARD:
		*addr = res.nh.addr;
		s->oif = res.nh.ifindex;
		return 0;
	case SERVAL_RULE_DEMUX:
		if (!res.sk)
			return -ECONNREFUSED;
		sock_put(res.sk);
		*addr = htonl(INADDR_LOOPBACK);
		s->oif = 0;
		return s->n_refused ? -ECONNREFUSED : 0;
	case SERVAL_RULE_DELAY:
		serval_mib_inc(net, SERVICE_DELAY);
		return -EHOSTUNREACH;	/* nobody is there to decide */
	}
	err = -EHOSTUNREACH;
failed:
	if (err == -EACCES)
		serval_mib_inc(net, SERVICE_DROP);
	else if (err == -EHOSTUNREACH)
		serval_mib_inc(net, SERVICE_MISS);
	return err;
}

/* Return: false if that cannot be remembered, and so trying on might never end */
static bool refuse(struct serval_sock *s, __be32 addr)
{
	int i;

	for (i = 0; i < s->n_refused; i++)
		if (s->refused[i] == addr)
			return true;
	if (!s->refused)
		s->refused = kmalloc_array(SERVAL_REFUSED_MAX, sizeof(addr), GFP_ATOMIC);
	if (!s->refused || s->n_refused == SERVAL_REFUSED_MAX)
		return false;
	s->refused[s->n_refused++] = addr;
	return true;
}

/* Point the socket at @addr: peer, route, own address */
static int aim(struct sock *sk, __be32 addr)
{
	struct inet_sock *inet = inet_sk(sk);
	struct dst_entry *dst;
	int err = 0;

	sk_daddr_set(sk, addr);
	inet->inet_saddr = 0;
	sk_dst_reset(sk);
	rcu_read_lock();
	dst = serval_stream_route(sk);
	if (IS_ERR(dst)) {
		err = PTR_ERR(dst);
	} else {
		inet->inet_saddr = inet->cork.fl.u.ip4.saddr;
		sk_rcv_saddr_set(sk, inet->inet_saddr);
		if (sk->sk_state == TCP_SYN_SENT) {	/* the SYN is made already */
			struct tcp_sock *tp = tcp_sk(sk);

			tp->advmss = min_t(u16, tp->advmss, serval_advertised_mss(dst));
			inet_csk(sk)->icsk_sync_mss(sk, dst_mtu(dst));
		}
	}
	rcu_read_unlock();
	return err;
}

/* The first target that can be routed to */
static int aim_at_any(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	int tries, err, route_err = 0;
	__be32 addr;

	for (tries = 0; tries <= SERVAL_REFUSED_MAX; tries++) {
		err = resolve(sk, &addr);
		if (err)
			return route_err ?: err;
		route_err = aim(sk, addr);
		if (!route_err)
			return 0;
		if (!refuse(s, addr))
			break;
	}
	return route_err;
}

/*
 * A sockaddr_in directly behind the name, as the original's programs give it:
 * where to go if no rule says so.
 */
static bool advised(const struct sockaddr *uaddr, int len, __be32 *addr)
{
	struct sockaddr_in in;

	if (len < (int)(sizeof(struct sockaddr_sv) + sizeof(in)))
		return false;
	memcpy(&in, (const u8 *)uaddr + sizeof(struct sockaddr_sv), sizeof(in));
	*addr = in.sin_addr.s_addr;
	return in.sin_family == AF_INET && *addr && !ipv4_is_multicast(*addr) &&
	       !ipv4_is_lbcast(*addr);
}

/**
 * serval_stream_connect() - proto.connect
 * @sk: socket, locked, TCP_CLOSE
 * @uaddr: sockaddr_sv
 * @len: its length
 */
int serval_stream_connect(struct sock *sk, struct sockaddr *uaddr, int len)
{
	struct serval_sock *s = serval_sk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	struct service_id sid;
	__be32 addr;
	u16 bits;
	int err;

	err = serval_check_sockaddr(uaddr, len, &sid, &bits);
	if (err)
		return err;
	if (bits != SERVICE_ID_MAX_PREFIX_BITS)
		return -EINVAL;
	/* TCP could connect a socket to itself; a service that is its own client is a mistake */
	if ((s->flags & SERVAL_SF_BOUND) && s->bits == bits && !memcmp(&sid, &s->sid, sizeof(sid)))
		return -EINVAL;

	s->peer = sid;
	s->n_refused = 0;
	s->flags &= SERVAL_SF_BOUND | SERVAL_SF_AUTOBOUND;
	err = aim_at_any(sk);
	if (err == -EHOSTUNREACH && advised(uaddr, len, &addr))
		err = aim(sk, addr);
	if (err)
		return err;

	inet_csk(sk)->icsk_ext_hdr_len = 0;
	tp->rx_opt.mss_clamp = TCP_MSS_DEFAULT;
	tp->rx_opt.ts_recent = 0;
	tp->rx_opt.ts_recent_stamp = 0;
	tcp_set_state(sk, TCP_SYN_SENT);
	err = serval_flow_insert(sk);
	if (err)
		goto failed;
	eccp_init(&s->ec, sk->sk_hash, get_random_u64(), get_random_u32());
	s->start_jiffies = jiffies;
	serval_conn_event(sk, ECCP_EV_CONNECT, 0);

	sk_set_txhash(sk);
	/* random per flow: ports and addresses, which TCP would use, key nothing here */
	WRITE_ONCE(tp->write_seq, get_random_u32());
	tp->tsoffset = get_random_u32();
	atomic_set(&inet_sk(sk)->inet_id, get_random_u16());
	/* our header is not in the route's MSS; TCP_MAXSEG, if given, still counts */
	s->user_mss = tp->rx_opt.user_mss;
	tp->rx_opt.user_mss = min_t(u16, s->user_mss ?: U16_MAX,
				    serval_advertised_mss(__sk_dst_get(sk)));
	err = tcp_connect(sk);
	tp->rx_opt.user_mss = s->user_mss;
	if (!s->user_mss)	/* what a SYN-ACK without the option means */
		tp->rx_opt.mss_clamp = TCP_MSS_DEFAULT;
	if (!err)
		return 0;
failed:
	tcp_set_state(sk, TCP_CLOSE);
	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
	return err;
}

/**
 * serval_stream_resolve_again() - where should the next SYN go? (4.2, REQUEST)
 * @sk: socket in TCP_SYN_SENT, locked
 *
 * The first repetition goes where the SYN went, later ones ask the service
 * table again: the rule may have changed, or that host may be dead.
 */
int serval_stream_resolve_again(struct sock *sk)
{
	__be32 addr;

	if (inet_csk(sk)->icsk_retransmits < 1 || resolve(sk, &addr) ||
	    addr == inet_sk(sk)->inet_daddr)
		return 0;	/* no better idea: stay */
	return aim(sk, addr);
}

/**
 * serval_stream_retarget() - the present target refused or cannot be reached
 * @sk: socket, locked
 * @err: positive errno
 *
 * Context: of serval_conn_ops.retarget.
 */
void serval_stream_retarget(struct sock *sk, int err)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct serval_sock *s = serval_sk(sk);
	__be32 present = inet_sk(sk)->inet_daddr;
	bool remembered;

	if (sk->sk_state != TCP_SYN_SENT)
		return;
	if (err != ECONNREFUSED)	/* what TCP reports if nobody answers in the end */
		WRITE_ONCE(sk->sk_err_soft, err);
	remembered = refuse(s, present);
	if (remembered && !aim_at_any(sk)) {
		serval_mib_inc(sock_net(sk), RETARGET);
		/* a new attempt, with all the repetitions the first one had */
		icsk->icsk_retransmits = 0;
		icsk->icsk_backoff = 0;
		icsk->icsk_rto = TCP_TIMEOUT_INIT;
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 1, TCP_RTO_MAX);
		return;
	}
	if (err == ECONNREFUSED) {
		serval_stream_reset(sk, err);
		return;
	}
	/* unreachable now is not unreachable for ever: TCP's timer decides */
	if (remembered)
		s->n_refused--;
	aim(sk, present);
}
