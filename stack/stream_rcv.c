// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream_rcv - segments on their way from the SAL to TCP.
 *
 * The one exported door into TCP is tcp_v4_do_rcv(). It answers some segments
 * with a TCP reset of its own, which must never leave a Serval host: those
 * are recognised here and turned away before.
 */
#include <net/ip.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include "compat/compat.h"
#include "event.h"
#include "flow_table.h"
#include "mib.h"
#include "stream.h"

/* What tcp_v4_rcv() notes down in the skb for TCP */
static void fill_cb(struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	/* the IP options move to where TCP keeps them; the fields overlap */
	memmove(&cb->header.h4, IPCB(skb), sizeof(struct inet_skb_parm));
	barrier();
	cb->seq = ntohl(th->seq);
	cb->end_seq = cb->seq + th->syn + th->fin + skb->len - th->doff * 4;
	cb->ack_seq = ntohl(th->ack_seq);
	cb->tcp_flags = tcp_flag_byte(th);
	cb->tcp_tw_isn = 0;
	cb->ip_dsfield = ipv4_get_dsfield(ip_hdr(skb));
	cb->sacked = 0;
	cb->has_rxtstamp = skb->tstamp || skb_hwtstamps(skb)->hwtstamp;
}

/* May the payloads of two plain segments become one? */
static bool mergeable(const struct sk_buff *tail, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *a = TCP_SKB_CB(tail), *b = TCP_SKB_CB(skb);
	const struct tcphdr *tha = tcp_hdr(tail), *thb = tcp_hdr(skb);

	return a->end_seq == b->seq && a->ip_dsfield == b->ip_dsfield &&
	       !((a->tcp_flags | b->tcp_flags) &
		 (TCPHDR_SYN | TCPHDR_RST | TCPHDR_URG | TCPHDR_FIN)) &&
	       (a->tcp_flags & b->tcp_flags & TCPHDR_ACK) &&
	       !((a->tcp_flags ^ b->tcp_flags) & (TCPHDR_ECE | TCPHDR_CWR)) &&
	       tha->doff == thb->doff &&
	       !memcmp(tha + 1, thb + 1, thb->doff * 4 - sizeof(*thb)) &&
	       ip_hdr(tail)->saddr == ip_hdr(skb)->saddr &&
	       !memcmp(serval_skb_sal(tail), serval_skb_sal(skb), SAL_HDR_LEN);
}

/*
 * A socket in use collects segments in its backlog, each at the price of a
 * whole skb. Consecutive ones become one, as TCP's own backlog does it.
 * Return: @skb has gone into the last one.
 */
static bool coalesce(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = sk->sk_backlog.tail;
	unsigned int hdrlen = tcp_hdrlen(skb), tail_size, size;
	u32 segs, tail_segs;
	bool stolen;
	int delta;

	if (!tail || serval_skb_sal(skb)->shl != SAL_HDR_LEN / 4 || !mergeable(tail, skb))
		return false;
	size = skb_shinfo(skb)->gso_size ?: skb->len - hdrlen;
	segs = skb_shinfo(skb)->gso_segs ?: 1;
	tail_size = skb_shinfo(tail)->gso_size ?: tail->len - hdrlen;
	tail_segs = skb_shinfo(tail)->gso_segs ?: 1;
	__skb_pull(skb, hdrlen);
	if (!skb_try_coalesce(tail, skb, &stolen, &delta)) {
		__skb_push(skb, hdrlen);
		return false;
	}
	TCP_SKB_CB(tail)->end_seq = TCP_SKB_CB(skb)->end_seq;
	if (!before(TCP_SKB_CB(skb)->ack_seq, TCP_SKB_CB(tail)->ack_seq)) {
		TCP_SKB_CB(tail)->ack_seq = TCP_SKB_CB(skb)->ack_seq;
		tcp_hdr(tail)->window = tcp_hdr(skb)->window;
	}
	TCP_SKB_CB(tail)->tcp_flags |= TCP_SKB_CB(skb)->tcp_flags;
	if (TCP_SKB_CB(skb)->has_rxtstamp) {
		TCP_SKB_CB(tail)->has_rxtstamp = true;
		tail->tstamp = skb->tstamp;
		skb_hwtstamps(tail)->hwtstamp = skb_hwtstamps(skb)->hwtstamp;
	}
	skb_shinfo(tail)->gso_size = max(size, tail_size);
	skb_shinfo(tail)->gso_segs = min_t(u32, segs + tail_segs, 0xffff);
	sk->sk_backlog.len += delta;
	kfree_skb_partial(skb, stolen);
	return true;
}

static void add_backlog(struct sock *sk, struct sk_buff *skb)
{
	/*
	 * The backlog's length counts until all of it has been worked off, while
	 * room in the receive buffer is given out again: so twice that, and what
	 * ACKs of a full send buffer take.
	 */
	u64 limit = 2 * (u64)READ_ONCE(sk->sk_rcvbuf) + (READ_ONCE(sk->sk_sndbuf) >> 1);

	/* a merged segment is checked once, so each part must be right before */
	if (skb->len && tcp_checksum_complete(skb)) {
		serval_mib_inc(sock_net(sk), IN_TRANSPORT);
		kfree_skb(skb);
		return;
	}
	skb_dst_drop(skb);
	/*
	 * A bare ACK of this host comes with a token truesize. Nothing is charged
	 * for the packet yet, so it can be put right, and must be: what follows
	 * may be merged into it.
	 */
	if (!skb_is_nonlinear(skb))
		skb->truesize = SKB_TRUESIZE(skb_end_offset(skb));
	if (skb->len && coalesce(sk, skb))
		return;
	if (unlikely(sk_add_backlog(sk, skb, min_t(u64, limit, UINT_MAX)))) {
		serval_mib_inc(sock_net(sk), BACKLOG_DROP);
		kfree_skb(skb);
	}
}

/**
 * serval_stream_rcv() - a packet for a stream socket, from the SAL
 * @sk: socket, its reference is consumed
 * @skb: at the transport part, which may be empty; checksum initialised; consumed
 *
 * Context: softirq, RCU read section.
 */
void serval_stream_rcv(struct sock *sk, struct sk_buff *skb)
{
	if (!xfrm4_policy_check(sk, XFRM_POLICY_IN, skb))
		goto drop;
	nf_reset_ct(skb);
	if (likely(skb->len)) {
		fill_cb(skb);
		if (sk_filter_trim_cap(sk, skb, tcp_hdrlen(skb)))
			goto drop;
		/* the filter may have cut the payload */
		TCP_SKB_CB(skb)->end_seq = TCP_SKB_CB(skb)->seq + tcp_hdr(skb)->syn +
					   tcp_hdr(skb)->fin + skb->len - tcp_hdrlen(skb);
	}
	skb->dev = NULL;
	bh_lock_sock_nested(sk);
	if (likely(skb->len))
		tcp_segs_in(tcp_sk(sk), skb);
	if (!sock_owned_by_user(sk))
		serval_stream_do_rcv(sk, skb);
	else
		add_backlog(sk, skb);
	bh_unlock_sock(sk);
	sock_put(sk);
	return;
drop:
	kfree_skb(skb);
	sock_put(sk);
}

/*
 * Segments that tcp_v4_do_rcv() would answer with a reset of its own.
 * Return: true if the segment may pass.
 */
static bool tcp_will_take(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	const struct tcp_sock *tp = tcp_sk(sk);

	switch (sk->sk_state) {
	case TCP_SYN_SENT:
		return after(cb->ack_seq, tp->snd_una) && !after(cb->ack_seq, tp->snd_nxt);
	case TCP_SYN_RECV:
		return !before(cb->ack_seq, tp->snd_una) && !after(cb->ack_seq, tp->snd_nxt);
	case TCP_CLOSE:
	case TCP_LISTEN:
		return false;
	default:
		return true;
	}
}

/* Data for somebody who has closed: the peer must learn that it was lost */
static bool data_after_close(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	return (sk->sk_state == TCP_FIN_WAIT1 || sk->sk_state == TCP_FIN_WAIT2) &&
	       (sk->sk_shutdown & RCV_SHUTDOWN) &&
	       cb->end_seq - tcp_hdr(skb)->fin != cb->seq &&
	       after(cb->end_seq - tcp_hdr(skb)->fin, tcp_sk(sk)->rcv_nxt);
}

/* A peer that goes on after its FIN: TCP would reset it in its own words */
static bool data_after_fin(const struct sock *sk, const struct sk_buff *skb)
{
	return (serval_sk(sk)->flags & SERVAL_SF_FIN_DONE) &&
	       after(TCP_SKB_CB(skb)->end_seq - tcp_hdr(skb)->fin, tcp_sk(sk)->rcv_nxt);
}

static void tell_connected(struct sock *sk)
{
	serval_sk(sk)->flags |= SERVAL_SF_EVENT;
	serval_event_flow(sk, SERVAL_FLOW_CONNECTED);
}

/* Hand a segment to TCP, and do what TCP cannot do for us afterwards */
static void tcp_rcv(struct sock *sk, struct sk_buff *skb)
{
	bool fin_again = tcp_hdr(skb)->fin && (serval_sk(sk)->flags & SERVAL_SF_FIN_DONE);
	u8 before = sk->sk_state;

	if (unlikely(data_after_fin(sk, skb))) {
		serval_mib_inc(sock_net(sk), BAD_STATE);
		kfree_skb(skb);
		return;
	}
	if (unlikely(data_after_close(sk, skb)) && !tcp_checksum_complete(skb)) {
		serval_stream_abort(sk);
		kfree_skb(skb);
		serval_stream_reset(sk, ECONNRESET);
		return;
	}
	if (unlikely(tcp_hdr(skb)->fin) && !serval_stream_strip_fin(sk, skb)) {
		kfree_skb(skb);
		return;
	}
	tcp_v4_do_rcv(sk, skb);
	if (unlikely(before == TCP_SYN_SENT || before == TCP_SYN_RECV) &&
	    sk->sk_state != before && sk->sk_state != TCP_CLOSE)
		tell_connected(sk);
	/* TCP takes a FIN without its flag for an old empty segment, and may not answer */
	if (unlikely(fin_again) && sk->sk_state != TCP_CLOSE)
		serval_compat_send_ack(sk);
	serval_stream_after_rcv(sk);
}

/**
 * serval_stream_first_rcv() - the segment that completed the handshake
 * @listener: whom to wake
 * @child: the new socket, locked and never let go since it was made
 * @skb: at the TCP header; consumed
 */
void serval_stream_first_rcv(struct sock *listener, struct sock *child, struct sk_buff *skb)
{
	u8 before = child->sk_state;

	fill_cb(skb);
	nf_reset_ct(skb);
	skb->dev = NULL;
	tcp_segs_in(tcp_sk(child), skb);
	tcp_rcv(child, skb);
	if (before == TCP_SYN_RECV && child->sk_state != before)
		listener->sk_data_ready(listener);
}

/* The SYN-ACK won: from now on the peer is who answered */
static void bind_to_peer(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	struct dst_entry *dst;

	serval_mib_inc(sock_net(sk), CONNECTED);
	serval_stream_know_peer(sk);
	s->ack3_jiffies = 0;
	if (inet_sk(sk)->inet_daddr == s->ec.pa.ip)
		return;
	s->oif = 0;	/* the rule spoke of the target, not of who answered */
	sk_daddr_set(sk, s->ec.pa.ip);
	sk_dst_reset(sk);
	rcu_read_lock();
	dst = serval_stream_route(sk);
	if (!IS_ERR(dst))
		inet_csk(sk)->icsk_sync_mss(sk, dst_mtu(dst));
	rcu_read_unlock();
}

/*
 * The route that the next packets will come by, for early_demux(). TCP notes
 * it from data only, and a short connection may never see any.
 */
static void note_route(struct sock *sk, const struct sk_buff *skb)
{
	if (!rcu_access_pointer(sk->sk_rx_dst) && skb_dst(skb))
		inet_csk(sk)->icsk_af_ops->sk_rx_dst_set(sk, skb);
}

/*
 * Packets with extensions, and those that matter while the third ACK is open.
 * Return: true if the transport part, which is there, goes on to TCP.
 */
static bool control_rcv(struct sock *sk, struct sk_buff *skb)
{
	const struct sal_hdr *hdr = serval_skb_sal(skb);
	struct eccp_addr from = serval_skb_from(skb);
	struct sal_msg msg;
	u32 actions;
	u8 before;

	if (sal_parse((const u8 *)hdr, hdr->shl * 4, &msg))
		return false;
	if (skb->len) {
		/* state must not change for a packet TCP would refuse */
		if (tcp_checksum_complete(skb)) {
			serval_mib_inc(sock_net(sk), IN_TRANSPORT);
			return false;
		}
		if (!tcp_will_take(sk, skb)) {
			serval_mib_inc(sock_net(sk), BAD_STATE);
			return false;
		}
	}
	before = sk->sk_state;
	actions = serval_conn_rcv(sk, &msg, &from);
	/* the SYN-ACK's is noted by TCP, which looks at no earlier one */
	if (!(actions & ECCP_A_DROP) && before != TCP_SYN_SENT && sk->sk_state != TCP_CLOSE)
		note_route(sk, skb);
	if (actions & ECCP_A_CONNECTED)
		bind_to_peer(sk);
	return (actions & ECCP_A_TRANSPORT) && skb->len && sk->sk_state != TCP_CLOSE;
}

/**
 * serval_stream_do_rcv() - a packet for a socket that is ours now; proto.backlog_rcv
 * @sk: socket, locked
 * @skb: as in serval_stream_rcv(); consumed
 */
int serval_stream_do_rcv(struct sock *sk, struct sk_buff *skb)
{
	const struct sal_hdr *hdr = serval_skb_sal(skb);
	struct eccp *ec = &serval_sk(sk)->ec;

	if (unlikely(hdr->shl != SAL_HDR_LEN / 4)) {
		if (!control_rcv(sk, skb))
			goto drop;
		goto tcp;
	}
	if (unlikely(!skb->len || !tcp_will_take(sk, skb) || sk->sk_state == TCP_SYN_SENT)) {
		serval_mib_inc(sock_net(sk), BAD_STATE);
		goto drop;
	}
	if (unlikely(!eccp_data_ok(ec, ntohl(hdr->src_flowid), ip_hdr(skb)->saddr))) {
		if (ntohl(hdr->src_flowid) != ec->pflow)
			serval_mib_inc(sock_net(sk), BAD_FLOW);
		else
			serval_mib_inc(sock_net(sk), BAD_ADDRESS);
		goto drop;
	}
	if (unlikely(ec->flags & ECCP_F_ACK3) && !tcp_checksum_complete(skb))
		control_rcv(sk, skb);
tcp:
	tcp_rcv(sk, skb);
	return 0;
drop:
	kfree_skb(skb);
	return 0;
}
