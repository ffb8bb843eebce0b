// SPDX-License-Identifier: GPL-2.0-only
/*
 * conn - drives eccp for a socket.
 *
 * Turns packets, timers and user calls into eccp's events, and eccp's answers
 * into packets, timers and calls of the socket type. It decides nothing about
 * the protocol and knows nothing of TCP.
 */
#include <linux/random.h>
#include <net/inet_ecn.h>
#include <net/sock.h>
#include "conn.h"
#include "mib.h"
#include "sal_output.h"

void serval_conn_count_in(struct net *net, const struct eccp_in *in, const struct eccp_out *out)
{
	static const u8 mib[ECCP_WHY_MAX] = {
		[ECCP_WHY_NONCE]	= SERVAL_MIB_BAD_NONCE,
		[ECCP_WHY_FLOW]		= SERVAL_MIB_BAD_FLOW,
		[ECCP_WHY_ACKNO]	= SERVAL_MIB_BAD_ACKNO,
		[ECCP_WHY_VERNO]	= SERVAL_MIB_OLD_VERNO,
		[ECCP_WHY_STATE]	= SERVAL_MIB_BAD_STATE,
		[ECCP_WHY_VERSION]	= SERVAL_MIB_BAD_VERSION,
		[ECCP_WHY_ADDRESS]	= SERVAL_MIB_BAD_ADDRESS,
		[ECCP_WHY_RST]		= SERVAL_MIB_RST_BAD,
	};

	if (in->event == ECCP_EV_SYNACK) {
		serval_mib_inc(net, SYNACK_IN);
		if (out->n_msgs && out->msg[0].kind == ECCP_RST) {
			serval_mib_inc(net, SYNACK_STRAY);
			return;
		}
	}
	if (out->actions & ECCP_A_DROP) {
		serval_mib_inc_id(net, in->event == ECCP_EV_RST ? SERVAL_MIB_RST_BAD :
				       mib[out->why] ?: SERVAL_MIB_BAD_STATE);
		return;
	}
	switch (in->event) {
	case ECCP_EV_CTL:
		if (in->msg->flags & SAL_CTL_FIN)
			serval_mib_inc(net, FIN_IN);
		break;
	case ECCP_EV_RST:
		if (out->actions & (ECCP_A_RESET | ECCP_A_RETARGET))
			serval_mib_inc(net, RST_IN);
		break;
	}
}

void serval_conn_count(struct net *net, const struct eccp_msg *msg)
{
	switch (msg->kind) {
	case ECCP_SYN:
		serval_mib_inc(net, SYN_OUT);
		break;
	case ECCP_SYNACK:
		serval_mib_inc(net, SYNACK_OUT);
		break;
	case ECCP_RST:
		serval_mib_inc(net, RST_OUT);
		break;
	case ECCP_CTL:
		if (msg->hdr.flags & SAL_CTL_FIN)
			serval_mib_inc(net, FIN_OUT);
		break;
	}
}

static void timer_fired(struct timer_list *t)
{
	struct serval_sock *s = from_timer(s, t, ctl_timer);
	struct sock *sk = (struct sock *)s;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk))
		serval_conn_defer(sk, SERVAL_DEFER_TIMER);
	else
		serval_conn_event(sk, ECCP_EV_TIMER, 0);
	bh_unlock_sock(sk);
	sock_put(sk);
}

void serval_conn_init(struct sock *sk, const struct serval_conn_ops *ops)
{
	struct serval_sock *s = serval_sk(sk);

	s->ops = ops;
	s->deferred = 0;
	timer_setup(&s->ctl_timer, timer_fired, 0);
}

void serval_conn_stop(struct sock *sk)
{
	sk_stop_timer(sk, &serval_sk(sk)->ctl_timer);
}

static void arm(struct sock *sk, const struct eccp_out *out)
{
	struct timer_list *t = &serval_sk(sk)->ctl_timer;
	unsigned long at;

	/* one that fires early finds nothing due; putting it off each time costs more */
	if (!out->timer || sk->sk_state == TCP_CLOSE)
		return;
	at = serval_ms_to_expiry(out->timer_ms);
	if (!timer_pending(t) || time_before(at, t->expires))
		sk_reset_timer(sk, t, at);
}

struct serval_hop serval_conn_hop(const struct sock *sk, const struct eccp_addr *to)
{
	return (struct serval_hop) {
		.saddr = inet_sk(sk)->inet_saddr,
		.daddr = to->ip,
		.mark = READ_ONCE(sk->sk_mark),
		.oif = sk->sk_bound_dev_if ?: serval_sk(sk)->oif,
		.tos = READ_ONCE(inet_sk(sk)->tos) & ~INET_ECN_MASK,
	};
}

static int send_message(struct sock *sk, struct eccp_msg *msg)
{
	struct serval_sock *s = serval_sk(sk);
	struct serval_hop hop = serval_conn_hop(sk, &msg->to);

	if (msg->kind == ECCP_SYN || msg->kind == ECCP_SYNACK || msg->kind == ECCP_ACK3)
		return s->ops->send(sk, msg);
	if (hop.daddr == inet_sk(sk)->inet_daddr)
		hop.dst = __sk_dst_check(sk, 0);
	serval_conn_count(sock_net(sk), msg);
	return serval_control_xmit(sock_net(sk), &msg->hdr, NULL, &hop);
}

/*
 * Messages first, then the timer, and what may end the flow last: ops->reset()
 * leaves nothing that could be armed. A message that cannot be sent now is as
 * good as lost, and repeated like a lost one.
 */
u32 serval_conn_apply(struct sock *sk, struct eccp_out *out, int err)
{
	struct serval_sock *s = serval_sk(sk);
	struct net *net = sock_net(sk);
	int i;

	if (out->actions & ECCP_A_MOVED)
		s->ops->moved(sk);
	for (i = 0; i < out->n_msgs; i++)
		send_message(sk, &out->msg[i]);
	arm(sk, out);
	if (out->actions & ECCP_A_GIVE_UP)
		serval_mib_inc(net, GIVE_UP);
	if (out->actions & ECCP_A_RETARGET)
		s->ops->retarget(sk, err ?: ECONNREFUSED);
	if (out->actions & ECCP_A_RESET) {
		s->flags |= SERVAL_SF_RESET;
		if (out->err)
			s->ops->reset(sk, out->err);
	}
	return out->actions;
}

static u32 step(struct sock *sk, struct eccp_in *in)
{
	struct serval_sock *s = serval_sk(sk);
	struct eccp_out out;

	in->now_ms = serval_now_ms();
	in->rto_ms = s->ops->rto_ms(sk);
	in->random = serval_step_random(&s->ec, in);
	eccp_step(&s->ec, in, &out);
	serval_conn_count_in(sock_net(sk), in, &out);
	/* a lone ACK is one put off, not one repeated */
	if (in->event == ECCP_EV_TIMER && out.n_msgs && out.msg[0].kind != ECCP_ACK)
		serval_mib_inc(sock_net(sk), CTL_RETRANS);
	return serval_conn_apply(sk, &out, in->err);
}

u32 serval_conn_event(struct sock *sk, enum eccp_event event, int err)
{
	struct eccp_in in = { .event = event, .err = err };

	return step(sk, &in);
}

u32 serval_conn_rcv(struct sock *sk, const struct sal_msg *msg, const struct eccp_addr *from)
{
	struct eccp_in in = {
		.event = eccp_event_of(msg),
		.msg = msg,
		.from = *from,
	};

	return step(sk, &in);
}

void serval_conn_defer(struct sock *sk, enum serval_deferred what)
{
	if (!test_and_set_bit(what, &serval_sk(sk)->deferred))
		sock_hold(sk);
}

void serval_conn_release_cb(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	if (likely(!READ_ONCE(s->deferred)))
		return;
	if (test_and_clear_bit(SERVAL_DEFER_TIMER, &s->deferred)) {
		serval_conn_event(sk, ECCP_EV_TIMER, 0);
		__sock_put(sk);
	}
	if (test_and_clear_bit(SERVAL_DEFER_UNREACHABLE, &s->deferred)) {
		serval_conn_event(sk, ECCP_EV_UNREACHABLE, s->soft_err);
		__sock_put(sk);
	}
}
