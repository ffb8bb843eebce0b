// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream_close - end of file, TIMEWAIT and resets of streams.
 *
 * TCP never sees a FIN from the peer: all places where it would make a
 * TIME_WAIT socket of its own (which needs a port and a bind bucket, and
 * would crash without) lie behind that. The FIN is taken off each segment
 * and its effect done here once everything before it has arrived. TIMEWAIT
 * is a closing entry.
 */
#include <linux/ip.h>
#include <net/tcp.h>
#include "closing.h"
#include "compat/compat.h"
#include "event.h"
#include "flow_table.h"
#include "mib.h"
#include "sal_output.h"
#include "service_table.h"
#include "stream.h"
#include "synkey.h"

/**
 * serval_stream_strip_fin() - remember the peer's FIN and hide it from TCP
 * @sk: socket, locked
 * @skb: segment with FIN
 *
 * Return: false if the segment cannot be used: its checksum, which must be
 * verified before the header changes, is wrong, or there is no memory.
 */
bool serval_stream_strip_fin(struct sock *sk, struct sk_buff *skb)
{
	struct serval_sock *s = serval_sk(sk);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_checksum_complete(skb)) {
		serval_mib_inc(sock_net(sk), IN_TRANSPORT);
		return false;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (skb_ensure_writable(skb, sizeof(struct tcphdr))) {
		serval_mib_inc(sock_net(sk), NO_MEMORY);
		return false;
	}
	tcp_hdr(skb)->fin = 0;
	cb->tcp_flags &= ~TCPHDR_FIN;
	cb->end_seq--;
	if (!(s->flags & SERVAL_SF_FIN_SEEN) && !before(cb->end_seq, tp->rcv_nxt) &&
	    !after(cb->end_seq, tp->rcv_nxt + tcp_receive_window(tp))) {
		s->flags |= SERVAL_SF_FIN_SEEN;
		s->fin_seq = cb->end_seq;
	}
	return true;
}

/* Nothing comes after the end: segments kept from beyond it, and their SACK blocks, go */
static void forget_what_lies_behind(struct tcp_sock *tp)
{
	struct rb_node *node;

	while ((node = rb_first(&tp->out_of_order_queue)) != NULL) {
		rb_erase(node, &tp->out_of_order_queue);
		kfree_skb(rb_to_skb(node));
	}
	tp->ooo_last_skb = NULL;
	tp->rx_opt.num_sacks = 0;
	tp->rx_opt.dsack = 0;
}

/* Everything before the FIN has arrived: what TCP does on a FIN in sequence */
static void end_of_file(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	s->flags |= SERVAL_SF_FIN_DONE;
	WRITE_ONCE(tp->rcv_nxt, tp->rcv_nxt + 1);
	forget_what_lies_behind(tp);
	tp->pred_flags = 0;	/* off TCP's fast path: nothing in sequence comes any more */
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	if (sk->sk_state == TCP_ESTABLISHED || sk->sk_state == TCP_SYN_RECV) {
		/* our own FIN may follow at once and carry the acknowledgment */
		tcp_set_state(sk, TCP_CLOSE_WAIT);
		inet_csk_enter_pingpong_mode(sk);
		inet_csk_schedule_ack(sk);
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_DACK, TCP_DELACK_MIN, TCP_RTO_MAX);
	} else {
		serval_compat_send_ack(sk);
	}
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_WAITD,
			      sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP : POLL_IN);
	}
}

static void enter_time_wait(struct sock *sk)
{
	serval_stream_tell_closed(sk);
	if (!serval_closing_take_over(sk, true))
		serval_flow_remove(sk);
	tcp_done(sk);
}

/**
 * serval_stream_after_rcv() - what follows from a segment that TCP has digested
 * @sk: socket, locked
 */
void serval_stream_after_rcv(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	if (unlikely((s->flags & (SERVAL_SF_FIN_SEEN | SERVAL_SF_FIN_DONE)) ==
		     SERVAL_SF_FIN_SEEN) &&
	    sk->sk_state != TCP_CLOSE && tp->rcv_nxt == s->fin_seq)
		end_of_file(sk);
	if (likely(sk->sk_state != TCP_FIN_WAIT2))
		return;
	/* version 1 says FIN when TCP's was acknowledged (4.2) */
	if (s->ec.version == 1 && !(s->ec.flags & ECCP_F_FIN))
		serval_conn_event(sk, ECCP_EV_CLOSE, 0);
	if (s->flags & SERVAL_SF_FIN_DONE)
		enter_time_wait(sk);
	else if (sock_flag(sk, SOCK_DEAD) && !sock_owned_by_user(sk))
		/* the keepalive timer then resets; it must not tcp_time_wait() */
		tp->linger2 = -1;
}

/**
 * serval_stream_say_fin() - TCP is about to send its FIN
 * @sk: socket, locked
 *
 * Version 2 sends the SAL's FIN just before it. Repeats are eccp's own business.
 */
void serval_stream_say_fin(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	serval_closing_prepare(sk);
	if (s->ec.version == 2 && !(s->ec.flags & ECCP_F_FIN))
		serval_conn_event(sk, ECCP_EV_CLOSE, 0);
}

/**
 * serval_stream_abort() - reset the flow towards the peer
 * @sk: socket, locked
 *
 * The active form of 4.5. What becomes of the socket is the caller's affair.
 */
void serval_stream_abort(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	if (!(s->flags & SERVAL_SF_RESET))
		serval_conn_event(sk, ECCP_EV_ABORT, 0);
	s->flags |= SERVAL_SF_RESET;
	if (sk->sk_state == TCP_CLOSE)
		serval_stream_tell_closed(sk);
}

/* An RST as TCP expects it, so that errno, queues and timers are its business */
static struct sk_buff *make_tcp_reset(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb = alloc_skb(MAX_TCP_HEADER, GFP_ATOMIC);
	struct tcphdr *th;

	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_TCP_HEADER - sizeof(*th));
	th = skb_put_zero(skb, sizeof(*th));
	skb_reset_transport_header(skb);
	/* TCP looks at addresses when it traces */
	skb_push(skb, sizeof(struct iphdr));
	memset(skb->data, 0, sizeof(struct iphdr));
	skb_reset_network_header(skb);
	ip_hdr(skb)->ihl = sizeof(struct iphdr) / 4;
	__skb_pull(skb, sizeof(struct iphdr));
	th->seq = htonl(tp->rcv_nxt);
	th->ack_seq = htonl(tp->snd_nxt);
	th->doff = sizeof(*th) / 4;
	th->rst = 1;
	th->ack = 1;
	memset(skb->cb, 0, sizeof(skb->cb));
	TCP_SKB_CB(skb)->seq = tp->rcv_nxt;
	TCP_SKB_CB(skb)->end_seq = tp->rcv_nxt;
	TCP_SKB_CB(skb)->ack_seq = tp->snd_nxt;
	TCP_SKB_CB(skb)->tcp_flags = TCPHDR_RST | TCPHDR_ACK;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

/**
 * serval_stream_reset() - the flow is dead; serval_conn_ops.reset
 * @sk: socket, locked
 * @err: positive errno for the user
 */
void serval_stream_reset(struct sock *sk, int err)
{
	struct sk_buff *skb;

	serval_sk(sk)->flags |= SERVAL_SF_RESET;
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	skb = sk->sk_state == TCP_SYN_SENT ? NULL : make_tcp_reset(sk);
	if (skb) {
		tcp_v4_do_rcv(sk, skb);
		if (sk->sk_state == TCP_CLOSE)
			return;
	}
	WRITE_ONCE(sk->sk_err, err);
	sk_error_report(sk);
	tcp_done(sk);
}

/**
 * serval_stream_tell_closed() - the flow has ended, tell those who listen, once
 * @sk: socket, locked or dying
 */
void serval_stream_tell_closed(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	if (!(s->flags & SERVAL_SF_EVENT))
		return;
	s->flags &= ~SERVAL_SF_EVENT;
	serval_event_flow(sk, s->flags & SERVAL_SF_RESET || sk->sk_err ? SERVAL_FLOW_RESET :
									 SERVAL_FLOW_CLOSED);
}

/**
 * serval_stream_unhash() - TCP goes to CLOSE; proto.unhash
 * @sk: socket, locked; sk_state is still the old one
 */
void serval_stream_unhash(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	bool orderly;

	if (sk->sk_state == TCP_LISTEN) {
		serval_service_listen(sk, &s->sid, s->bits, false);
		serval_stream_drop_requests(sk);
		return;
	}
	serval_conn_stop(sk);
	if (s->flags & SERVAL_SF_LISTED) {
		serval_syn_remove(&s->synkey);
		s->flags &= ~SERVAL_SF_LISTED;
	}
	/* acknowledged to the last byte; else an abort, whose RST is yet to come, is the reason */
	orderly = sk->sk_state == TCP_LAST_ACK && !sk->sk_err && !(s->flags & SERVAL_SF_RESET) &&
		  tcp_sk(sk)->snd_una == tcp_sk(sk)->write_seq;
	if (orderly || sk->sk_err || (s->flags & SERVAL_SF_RESET))
		serval_stream_tell_closed(sk);
	if (sk_unhashed(sk))
		return;
	/* the only way here with connection control unfinished and still wanted (4.2a) */
	if (orderly && !eccp_finished(&s->ec) && serval_closing_take_over(sk, false))
		return;
	serval_flow_remove(sk);
}

static void leave_service(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	if (!(s->flags & SERVAL_SF_BOUND))
		return;
	serval_service_unbind(sk, &s->sid, s->bits);
	s->flags &= ~SERVAL_SF_BOUND;
	if (!(s->flags & SERVAL_SF_AUTOBOUND))
		serval_event_service(sk, SERVAL_SERVICE_CLOSED, &s->sid, s->bits);
}

/**
 * serval_stream_close() - proto.close
 * @sk: socket
 * @timeout: jiffies to linger
 */
void serval_stream_close(struct sock *sk, long timeout)
{
	if (serval_sk(sk)->flags & SERVAL_SF_BOUND) {
		lock_sock(sk);
		leave_service(sk);
		release_sock(sk);
	}
	tcp_close(sk, timeout);
}

/**
 * serval_stream_disconnect() - connect(AF_UNSPEC), and the end of a child nobody accepted
 * @sk: socket, locked
 * @flags: O_NONBLOCK
 *
 * Context: of proto.disconnect.
 */
int serval_stream_disconnect(struct sock *sk, int flags)
{
	struct serval_sock *s = serval_sk(sk);
	int err = tcp_prot.disconnect(sk, flags);

	serval_conn_stop(sk);
	memset(&s->ec, 0, sizeof(s->ec));
	memset(&s->peer, 0, sizeof(s->peer));
	if (!(s->flags & SERVAL_SF_BOUND))
		memset(&s->sid, 0, sizeof(s->sid));
	s->flags &= SERVAL_SF_BOUND | SERVAL_SF_AUTOBOUND;
	tcp_sk(sk)->linger2 = 2 * TCP_TIMEWAIT_LEN;
	return err;
}
