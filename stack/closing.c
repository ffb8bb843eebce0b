// SPDX-License-Identifier: GPL-2.0-only
/*
 * closing - what remains of a connection after its socket.
 *
 * References: the flow table's, one while the timer is armed, and those of
 * lookups. An entry pins neither the module nor its namespace; both flush
 * the flow table before they go.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <net/tcp.h>
#include "closing.h"
#include "conn.h"
#include "flow_table.h"
#include "mib.h"
#include "sal_output.h"

static struct kmem_cache *cache __ro_after_init;

void serval_closing_put(struct serval_closing *c)
{
	if (refcount_dec_and_test(&c->c.skc_refcnt))
		kmem_cache_free(cache, c);
}

static void arm(struct serval_closing *c, const struct eccp_out *out)
{
	unsigned long at = c->until;

	if (c->dead)
		return;
	if (out->timer) {
		unsigned long due = serval_ms_to_expiry(out->timer_ms);

		if (time_before(due, at))
			at = due;
	}
	if (!mod_timer(&c->timer, at))
		refcount_inc(&c->c.skc_refcnt);
}

static void count_change(struct serval_closing *c, int n)
{
	atomic_add(n, &serval_net(read_pnet(&c->c.skc_net))->n_closing);
}

/* Take it out of the table; the caller holds a reference and c->lock */
static void finish(struct serval_closing *c)
{
	if (c->dead)
		return;
	c->dead = true;
	/* one that is running now waits for the lock, sees this and lets go */
	if (timer_delete(&c->timer))
		serval_closing_put(c);
	if (serval_flow_remove((struct sock *)c)) {
		count_change(c, -1);
		serval_closing_put(c);
	}
}

void serval_closing_kill(struct serval_closing *c)
{
	spin_lock_bh(&c->lock);
	finish(c);
	spin_unlock_bh(&c->lock);
	if (timer_delete_sync(&c->timer))
		serval_closing_put(c);
}

static void hop_of(const struct serval_closing *c, const struct eccp_addr *to,
		   struct serval_hop *hop)
{
	*hop = (struct serval_hop) {
		.saddr = c->saddr,
		.daddr = to->ip,
		.tos = c->tos,
	};
}

/* TCP's acknowledgment, alone or with the eccp message that needs a transport part */
static void send_ack(struct serval_closing *c)
{
	struct net *net = read_pnet(&c->c.skc_net);
	struct sal_msg msg = {
		.src_flow = c->ec.lflow,
		.dst_flow = c->ec.pflow,
	};
	struct serval_segment seg = {
		.seq = c->snd_nxt,
		.ack = c->rcv_nxt,
		.flags = TCPHDR_ACK,
		.wnd = c->rcv_wnd,
		.wscale = -1,
		.tstamp = c->tstamp_ok,
		.tsval = serval_tcp_clock() + c->ts_off,
		.tsecr = c->ts_recent,
	};
	struct serval_hop hop;

	hop_of(c, &c->ec.pa, &hop);
	serval_control_xmit(net, &msg, &seg, &hop);
}

static u32 step(struct serval_closing *c, struct eccp_in *in)
{
	struct net *net = read_pnet(&c->c.skc_net);
	struct serval_hop hop;
	struct eccp_out out;
	int i;

	in->now_ms = serval_now_ms();
	in->random = serval_step_random(&c->ec, in);
	eccp_step(&c->ec, in, &out);
	/* a peer that has finished first may have forgotten us, and says so by RST */
	if (in->event != ECCP_EV_RST || !(out.actions & ECCP_A_DROP) || !eccp_finished(&c->ec))
		serval_conn_count_in(net, in, &out);
	for (i = 0; i < out.n_msgs; i++) {
		struct eccp_msg *msg = &out.msg[i];

		if (msg->kind == ECCP_SYNACK || msg->kind == ECCP_ACK3)
			continue;
		hop_of(c, &msg->to, &hop);
		serval_conn_count(net, msg);
		serval_control_xmit(net, &msg->hdr, NULL, &hop);
	}
	if (out.actions & ECCP_A_GIVE_UP)
		serval_mib_inc(net, GIVE_UP);
	if (out.actions & ECCP_A_RESET) {
		finish(c);
	} else if (eccp_finished(&c->ec) || (out.actions & ECCP_A_GIVE_UP)) {
		if (!c->timewait)
			finish(c);
	} else if (!out.timer && !c->waiting) {
		/* all said; only the peer's FIN is missing */
		c->waiting = true;
		c->until = jiffies +
			msecs_to_jiffies(READ_ONCE(serval_net(net)->sysctl.timewait_ms));
	}
	arm(c, &out);
	return out.actions;
}

static void timer_fired(struct timer_list *t)
{
	struct serval_closing *c = from_timer(c, t, timer);

	spin_lock(&c->lock);
	if (!c->dead) {
		if (time_after_eq(jiffies, c->until)) {
			finish(c);
		} else {
			struct eccp_in in = { .event = ECCP_EV_TIMER };

			step(c, &in);
		}
	}
	spin_unlock(&c->lock);
	serval_closing_put(c);
}

void serval_closing_rcv(struct serval_closing *c, struct sk_buff *skb, const struct sal_msg *msg,
			const struct eccp_addr *from)
{
	struct net *net = read_pnet(&c->c.skc_net);
	bool transport = true;

	spin_lock(&c->lock);
	if (c->dead)
		goto out;
	if (msg->present & SAL_HAS_CONTROL) {
		struct eccp_in in = {
			.event = eccp_event_of(msg),
			.msg = msg,
			.from = *from,
		};

		transport = step(c, &in) & ECCP_A_TRANSPORT;
	} else if (!eccp_data_ok(&c->ec, msg->src_flow, from->ip)) {
		serval_mib_inc(net, BAD_ADDRESS);
		transport = false;
	}
	/* a FIN or data again: the peer has not seen our last ACK */
	if (transport && !c->dead && skb->len >= sizeof(struct tcphdr) &&
	    (tcp_hdr(skb)->fin || skb->len > tcp_hdrlen(skb)))
		send_ack(c);
out:
	spin_unlock(&c->lock);
}

void serval_closing_prepare(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	struct serval_closing *c = s->closing;
	size_t behind = offsetofend(struct serval_closing, c.skc_nulls_node);

	if (c)
		return;
	c = kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!c)
		return;
	/* a reader may still stand on the node of the entry this memory was before */
	memset(c, 0, offsetof(struct serval_closing, c.skc_nulls_node));
	memset((u8 *)c + behind, 0, sizeof(*c) - behind);
	sk_node_init(&((struct sock *)c)->sk_node);
	s->closing = c;
}

void serval_closing_discard(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	if (s->closing)
		kmem_cache_free(cache, s->closing);
	s->closing = NULL;
}

bool serval_closing_take_over(struct sock *sk, bool timewait)
{
	struct serval_net *sn = serval_net(sock_net(sk));
	struct serval_sock *s = serval_sk(sk);
	struct serval_closing *c = s->closing;
	struct tcp_sock *tp = tcp_sk(sk);
	struct eccp_in in = { .event = ECCP_EV_TIMER };

	if (!c || atomic_read(&sn->n_closing) >= READ_ONCE(sn->sysctl.timewait_max)) {
		serval_mib_inc(sock_net(sk), TIMEWAIT_OVERFLOW);
		return false;
	}
	c->c.skc_family = sk->sk_family;
	c->c.skc_state = TCP_TIME_WAIT;
	c->c.skc_hash = sk->sk_hash;
	write_pnet(&c->c.skc_net, sock_net(sk));
	c->c.skc_daddr = inet_sk(sk)->inet_daddr;
	spin_lock_init(&c->lock);
	timer_setup(&c->timer, timer_fired, 0);
	c->ec = s->ec;
	c->service = s->ec.flags & ECCP_F_PASSIVE ? s->sid : s->peer;
	c->saddr = inet_sk(sk)->inet_saddr;
	c->rcv_nxt = tp->rcv_nxt;
	c->snd_nxt = tp->snd_nxt;
	c->ts_recent = tp->rx_opt.ts_recent;
	c->ts_off = tp->tsoffset;
	c->rcv_wnd = min_t(u32, tp->rcv_wnd >> tp->rx_opt.rcv_wscale, U16_MAX);
	c->tstamp_ok = tp->rx_opt.tstamp_ok;
	c->tos = inet_sk(sk)->tos;
	c->timewait = timewait;
	c->until = jiffies + msecs_to_jiffies(READ_ONCE(sn->sysctl.timewait_ms));
	if (!timewait)	/* eccp gives up long before this */
		c->until += SERVAL_CLOSING_MAX;
	spin_lock_bh(&c->lock);
	/* the key before the count: pairs with refcount_inc_not_zero() in serval_flow_lookup() */
	smp_wmb();
	refcount_set(&c->c.skc_refcnt, 2);	/* the table's and ours */
	if (!serval_flow_replace(sk, (struct sock *)c)) {
		refcount_set(&c->c.skc_refcnt, 0);
		spin_unlock_bh(&c->lock);
		return false;
	}
	s->closing = NULL;
	count_change(c, 1);
	if (timewait)
		serval_mib_inc(sock_net(sk), TIMEWAIT);
	else
		serval_mib_inc(sock_net(sk), CLOSING_ENTRIES);
	/* version 1 says FIN only now that TCP's was acknowledged */
	if (!(c->ec.flags & ECCP_F_FIN))
		in.event = ECCP_EV_CLOSE;
	step(c, &in);
	spin_unlock_bh(&c->lock);
	serval_closing_put(c);
	return true;
}

int __init serval_closing_init(void)
{
	cache = kmem_cache_create("serval_closing", sizeof(struct serval_closing), 0,
				  SLAB_TYPESAFE_BY_RCU | SLAB_ACCOUNT, NULL);
	return cache ? 0 : -ENOMEM;
}

void serval_closing_exit(void)
{
	kmem_cache_destroy(cache);
}
