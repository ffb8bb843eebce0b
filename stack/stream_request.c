// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream_request - the server's side of opening a stream: requests and the
 * sockets they become.
 *
 * The SYN-ACK is ours: TCP's request sockets live in hash tables keyed by
 * addresses and ports, which a Serval flow does not have. The socket itself
 * is made from the request by TCP again, and goes through TCP's accept queue.
 */
#include <linux/bpf.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include "compat/compat.h"
#include "flow_table.h"
#include "mib.h"
#include "sal_output.h"
#include "stream.h"
#include "synkey.h"

static bool listening(const struct sock *listener)
{
	return inet_sk_state_load(listener) == TCP_LISTEN;
}

/* Give up a request that is in the tables; the caller holds a reference */
static void drop_request(struct request_sock *req)
{
	struct serval_req *r = serval_req(req);

	if (!serval_flow_remove(req_to_sk(req)))
		return;		/* somebody else did, or it became a socket */
	serval_syn_remove(&r->synkey);
	reqsk_queue_removed(&inet_csk(req->rsk_listener)->icsk_accept_queue, req);
	atomic_dec(&serval_net(sock_net(req->rsk_listener))->n_requests);
	if (timer_delete(&req->rsk_timer))
		reqsk_put(req);
	reqsk_put(req);
}

/** serval_stream_drop_requests() - the listener is closing; no SYN finds it any more */
void serval_stream_drop_requests(struct sock *listener)
{
	serval_syn_each_request(listener, drop_request);
}

/* The SYN-ACK of a request; r->lock held */
static int send_synack(struct request_sock *req)
{
	struct inet_request_sock *ireq = inet_rsk(req);
	struct tcp_request_sock *treq = tcp_rsk(req);
	struct serval_req *r = serval_req(req);
	struct net *net = sock_net(req->rsk_listener);
	struct serval_segment seg = {
		.seq = treq->snt_isn,
		.ack = treq->rcv_nxt,
		.flags = TCPHDR_SYN | TCPHDR_ACK | (ireq->ecn_ok ? TCPHDR_ECE : 0),
		.wnd = min_t(u32, req->rsk_rcv_wnd, U16_MAX),
		.sack = ireq->sack_ok,
		.wscale = ireq->wscale_ok ? ireq->rcv_wscale : -1,
		.tstamp = ireq->tstamp_ok,
		.tsval = serval_tcp_clock() + treq->ts_off,
		.tsecr = req->ts_recent,
	};
	struct serval_hop hop = {
		.saddr = ireq->ir_loc_addr,
		.daddr = r->ec.pa.ip,
		.mark = ireq->ir_mark,
		.oif = ireq->ir_iif,
		.tos = READ_ONCE(inet_sk(req->rsk_listener)->tos) & ~INET_ECN_MASK,
	};
	struct eccp_msg msg;
	int err;

	hop.dst = serval_route(net, &hop);
	if (IS_ERR(hop.dst))
		return PTR_ERR(hop.dst);
	seg.mss = min_t(u16, READ_ONCE(tcp_sk(req->rsk_listener)->rx_opt.user_mss) ?: U16_MAX,
			serval_advertised_mss(hop.dst));
	treq->snt_synack = tcp_clock_us();
	eccp_make(&r->ec, ECCP_SYNACK, &msg);
	if (r->n_source) {
		msg.hdr.present |= SAL_HAS_SOURCE;
		msg.hdr.source = (const u8 *)r->source;
		msg.hdr.n_source = r->n_source;
	}
	serval_conn_count(net, &msg);
	err = serval_control_xmit(net, &msg.hdr, &seg, &hop);
	dst_release(hop.dst);
	return err;
}

int serval_stream_rtx_synack(const struct sock *sk, struct request_sock *req)
{
	int err;

	spin_lock_bh(&serval_req(req)->lock);
	err = send_synack(req);
	spin_unlock_bh(&serval_req(req)->lock);
	return err;
}

/* Carry out what eccp says of a request; r->lock held. Return: false if it is over */
static bool request_step(struct request_sock *req, const struct eccp_out *out)
{
	int i;

	for (i = 0; i < out->n_msgs; i++)
		if (out->msg[i].kind == ECCP_SYNACK)
			send_synack(req);
	if (out->actions & (ECCP_A_GIVE_UP | ECCP_A_RESET))
		return false;
	if (out->timer && !sk_unhashed(req_to_sk(req)) &&
	    !mod_timer(&req->rsk_timer, serval_ms_to_expiry(out->timer_ms)))
		refcount_inc(&req->rsk_refcnt);
	return true;
}

static void request_timer(struct timer_list *t)
{
	struct request_sock *req = from_timer(req, t, rsk_timer);
	struct serval_req *r = serval_req(req);
	struct eccp_in in = { .event = ECCP_EV_TIMER, .now_ms = serval_now_ms() };
	struct eccp_out out;
	bool alive = false;

	if (listening(req->rsk_listener) && !sk_unhashed(req_to_sk(req))) {
		spin_lock(&r->lock);
		eccp_step(&r->ec, &in, &out);
		if (out.n_msgs)
			req->num_retrans++;
		alive = request_step(req, &out);
		spin_unlock(&r->lock);
		if (!alive)
			serval_mib_inc(sock_net(req->rsk_listener), REQ_TIMEOUT);
	}
	if (!alive)
		drop_request(req);
	reqsk_put(req);
}

/*
 * The window a request announces and its scale: what TCP's own (unexported)
 * selection comes to for a listener without a window clamp.
 */
static void choose_window(struct request_sock *req, const struct sock *listener, u16 mss)
{
	struct inet_request_sock *ireq = inet_rsk(req);
	u32 largest = U16_MAX << TCP_MAX_WSCALE;
	u32 space = min_t(u32, tcp_full_space(listener), largest);

	if (space > mss)
		space = rounddown(space, mss);
	req->rsk_rcv_wnd = min_t(u32, space, U16_MAX);
	ireq->rcv_wscale = 0;
	if (ireq->wscale_ok) {
		u32 most = max_t(u32, space, serval_compat_rmem_max(sock_net(listener)));

		most = min(most, largest);
		ireq->rcv_wscale = clamp_t(int, ilog2(most) - 15, 0, TCP_MAX_WSCALE);
	}
	req->rsk_window_clamp = min_t(u32, U16_MAX << ireq->rcv_wscale, largest);
}

#if IS_ENABLED(CONFIG_TCP_MD5SIG)
static struct tcp_md5sig_key *no_md5_key(const struct sock *sk, const struct sock *addr_sk)
{
	return NULL;
}
#endif

/* tcp_create_openreq_child() of 6.1 calls through this without looking */
static const struct tcp_request_sock_ops treq_ops = {
#if IS_ENABLED(CONFIG_TCP_MD5SIG)
	.req_md5_lookup	= no_md5_key,
#endif
};

/* Fill in TCP's part of a request from the SYN, everything TCP may ever read */
static void fill_tcp_request(struct request_sock *req, const struct sock *listener,
			     const struct sk_buff *skb)
{
	struct inet_request_sock *ireq = inet_rsk(req);
	struct tcp_request_sock *treq = tcp_rsk(req);
	const struct tcphdr *th = tcp_hdr(skb);
	struct net *net = sock_net(listener);
	struct tcp_options_received opt = {
		.mss_clamp = TCP_MSS_DEFAULT,
		.user_mss = READ_ONCE(tcp_sk(listener)->rx_opt.user_mss),
	};

	tcp_parse_options(net, skb, &opt, 0, NULL);
	treq->af_specific = &treq_ops;
	treq->tfo_listener = false;
	serval_compat_init_treq(treq);
	treq->txhash = net_tx_rndhash();
	treq->rcv_isn = ntohl(th->seq);
	treq->rcv_nxt = treq->rcv_isn + 1;
	treq->snt_isn = get_random_u32();
	treq->ts_off = get_random_u32();
	treq->last_oow_ack_time = 0;
	treq->syn_tos = 0;
	req->secid = 0;
	req->peer_secid = 0;
	req->mss = opt.mss_clamp;
	req->ts_recent = opt.saw_tstamp ? opt.rcv_tsval : 0;
	ireq->tstamp_ok = opt.saw_tstamp;
	ireq->sack_ok = opt.sack_ok;
	ireq->snd_wscale = opt.snd_wscale;
	ireq->wscale_ok = opt.wscale_ok;
	ireq->acked = 0;
	/* asked for by ECE and CWR in a SYN that is not itself ECN-capable */
	ireq->ecn_ok = th->ece && th->cwr && READ_ONCE(net->ipv4.sysctl_tcp_ecn) &&
		       INET_ECN_is_not_ect(ip_hdr(skb)->tos);
	ireq->no_srccheck = 0;
#if IS_ENABLED(CONFIG_SMC)
	ireq->smc_ok = 0;
#endif
	ireq->ir_rmt_port = 0;
	ireq->ir_num = 0;
	ireq->ir_mark = READ_ONCE(listener->sk_mark);
	ireq->ir_iif = listener->sk_bound_dev_if;
	ireq->ir_rmt_addr = ip_hdr(skb)->saddr;
	ireq->ir_loc_addr = ip_hdr(skb)->daddr;
	RCU_INIT_POINTER(ireq->ireq_opt, NULL);
	choose_window(req, listener, req->mss);
}

/*
 * The path of a forwarded SYN, which the original's clients want back with our
 * address at its end (1.5). One that cannot be kept costs them nothing but that.
 */
static void keep_source(struct serval_req *r, const struct sal_msg *msg, __be32 addr)
{
	r->n_source = 0;
	r->source = NULL;
	if (!msg->n_source || r->ec.version != 1 || msg->n_source == SAL_SOURCE_MAX)
		return;
	r->source = kmalloc_array(msg->n_source + 1, sizeof(addr), GFP_ATOMIC | __GFP_NOWARN);
	if (!r->source)
		return;
	memcpy(r->source, msg->source, msg->n_source * sizeof(addr));
	r->source[msg->n_source] = addr;
	r->n_source = msg->n_source + 1;
}

/** serval_stream_free_req() - request_sock_ops.destructor */
void serval_stream_free_req(struct request_sock *req)
{
	kfree(serval_req(req)->source);
}

/* A SYN whose request or socket is there already */
static void repeated_syn(struct sock *sk, const struct sal_msg *msg, const struct eccp_addr *from)
{
	struct request_sock *req = inet_reqsk(sk);
	struct serval_req *r = serval_req(req);
	struct eccp_in in = {
		.event = ECCP_EV_SYN,
		.msg = msg,
		.from = *from,
		.now_ms = serval_now_ms(),
	};
	struct eccp_out out;

	if (sk->sk_state != TCP_NEW_SYN_RECV)
		return;		/* connected: a late copy */
	spin_lock(&r->lock);
	eccp_step(&r->ec, &in, &out);
	serval_conn_count_in(sock_net(req->rsk_listener), &in, &out);
	inet_rsk(req)->ir_rmt_addr = r->ec.pa.ip;
	request_step(req, &out);
	spin_unlock(&r->lock);
}

/**
 * serval_stream_rcv_syn() - a SYN for a listener
 * @listener: socket, referenced, not locked
 * @skb: at the TCP header, checksum verified; not consumed
 * @msg: SAL header with CONTROL and SERVICE
 * @from: where it came from
 *
 * Context: softirq.
 */
void serval_stream_rcv_syn(struct sock *listener, struct sk_buff *skb, const struct sal_msg *msg,
			   const struct eccp_addr *from)
{
	struct net *net = sock_net(listener);
	struct serval_net *sn = serval_net(net);
	u64 hash = serval_syn_hash(net, msg->src_flow, msg->nonce, msg->service[0]);
	struct eccp_in in = {
		.event = ECCP_EV_SYN,
		.msg = msg,
		.from = *from,
		.now_ms = serval_now_ms(),
	};
	struct request_sock *req;
	struct serval_req *r;
	struct eccp_out out;
	struct sock *known;

	known = serval_syn_lookup(net, hash);
	if (known) {
		serval_mib_inc(net, SYN_DUP);
		repeated_syn(known, msg, from);
		serval_flow_put(known);
		return;
	}
	if (sk_acceptq_is_full(listener)) {
		serval_mib_inc(net, LISTEN_OVERFLOW);
		return;
	}
	if (inet_csk_reqsk_queue_is_full(listener) ||
	    atomic_read(&sn->n_requests) >= READ_ONCE(sn->sysctl.max_syn_backlog)) {
		serval_mib_inc(net, REQ_OVERFLOW);
		return;
	}
	req = inet_reqsk_alloc(&serval_rsk_ops, listener, true);
	if (!req) {
		serval_mib_inc(net, NO_MEMORY);
		return;
	}
	r = serval_req(req);
	r->source = NULL;
	memset(&r->ec, 0, sizeof(r->ec));
	/* this memory's last flow id: nobody must find the new request under it */
	req_to_sk(req)->sk_hash = 0;
	fill_tcp_request(req, listener, skb);
	spin_lock_init(&r->lock);
	memcpy(&r->sid, msg->service[0], sizeof(r->sid));
	INIT_HLIST_NODE(&r->synkey.node);
	timer_setup(&req->rsk_timer, request_timer, 0);

	spin_lock(&r->lock);
	/*
	 * No reader may find it before it is complete: references last, tables
	 * after. Pairs with refcount_inc_not_zero() in serval_flow_lookup().
	 */
	smp_wmb();
	refcount_set(&req->rsk_refcnt, 2);	/* the flow table's and ours */
	if (serval_flow_insert(req_to_sk(req))) {
		serval_mib_inc(net, NO_MEMORY);
		goto undo;
	}
	eccp_init(&r->ec, req_to_sk(req)->sk_hash, get_random_u64(), get_random_u32());
	eccp_respond(&r->ec, &in, &out);
	keep_source(r, msg, ip_hdr(skb)->daddr);
	reqsk_queue_added(&inet_csk(listener)->icsk_accept_queue);
	atomic_inc(&sn->n_requests);
	if (!serval_syn_insert(&r->synkey, req_to_sk(req), hash)) {
		/* another CPU was faster with the same SYN: it answers */
		spin_unlock(&r->lock);
		drop_request(req);
		reqsk_put(req);
		return;
	}
	request_step(req, &out);
	spin_unlock(&r->lock);
	/* closed meanwhile: drop_requests() may have come too early */
	if (!listening(listener))
		drop_request(req);
	reqsk_put(req);
	return;
undo:
	spin_unlock(&r->lock);
	refcount_set(&req->rsk_refcnt, 1);
	reqsk_put(req);
}

/*
 * A child has its listener's congestion control without a reference to its
 * module, which the listener's keeps from going. One written in BPF has no
 * module, and its reference cannot be had from here: the child gets Reno.
 */
static struct tcp_congestion_ops reno = {
	.name		= "reno",
	.ssthresh	= tcp_reno_ssthresh,
	.cong_avoid	= tcp_reno_cong_avoid,
	.undo_cwnd	= tcp_reno_undo_cwnd,
};

static void own_congestion_control(struct inet_connection_sock *icsk)
{
	if (icsk->icsk_ca_ops->owner == BPF_MODULE_OWNER)
		icsk->icsk_ca_ops = &reno;
	else
		__module_get(icsk->icsk_ca_ops->owner);
}

/*
 * The socket of a request. What TCP's IPv4 part does after
 * tcp_create_openreq_child(), and cannot be called for.
 * Return: locked (bh) and with one reference, or NULL.
 */
static struct sock *make_child(struct sock *listener, struct sk_buff *skb,
			       struct request_sock *req, const struct eccp *ec)
{
	struct inet_request_sock *ireq = inet_rsk(req);
	struct sock *child = tcp_create_openreq_child(listener, req, skb);
	struct inet_connection_sock *icsk;
	struct serval_sock *s;
	struct dst_entry *dst;
	struct tcp_sock *tp;

	if (!child)
		return NULL;
	icsk = inet_csk(child);
	tp = tcp_sk(child);
	s = serval_sk(child);
	memset_after(s, 0, tcp);
	serval_conn_init(child, &serval_stream_conn_ops);
	s->ec = *ec;
	serval_stream_know_peer(child);
	s->sid = serval_req(req)->sid;
	s->start_jiffies = jiffies;
	INIT_HLIST_NODE(&s->synkey.node);
	child->sk_hash = req_to_sk(req)->sk_hash;
	child->sk_gso_type = SKB_GSO_TCPV4;
	sk_daddr_set(child, ec->pa.ip);
	sk_rcv_saddr_set(child, ireq->ir_loc_addr);
	inet_sk(child)->inet_saddr = ireq->ir_loc_addr;
	child->sk_bound_dev_if = ireq->ir_iif;
	sock_reset_flag(child, SOCK_RCU_FREE);
	RCU_INIT_POINTER(inet_sk(child)->inet_opt, NULL);
	RCU_INIT_POINTER(inet_sk(child)->mc_list, NULL);
	atomic_set(&inet_sk(child)->inet_id, get_random_u16());
	icsk->icsk_af_ops->sk_rx_dst_set(child, skb);
	icsk->icsk_ext_hdr_len = 0;
	tp->linger2 = 2 * TCP_TIMEWAIT_LEN;

	own_congestion_control(icsk);
	inet_csk(child)->icsk_ca_state = TCP_CA_Open;
	rcu_read_lock();
	dst = serval_stream_route(child);
	if (!IS_ERR(dst)) {
		icsk->icsk_sync_mss(child, dst_mtu(dst));
		tp->advmss = serval_advertised_mss(dst);
		if (tp->rx_opt.user_mss && tp->rx_opt.user_mss < tp->advmss)
			tp->advmss = tp->rx_opt.user_mss;
	}
	rcu_read_unlock();
	if (IS_ERR(dst))
		goto failed;
	icsk->icsk_ack.rcv_mss = clamp_t(u32, min_t(u32, tp->advmss, tp->mss_cache),
					 TCP_MIN_MSS, TCP_MSS_DEFAULT);
	return child;
failed:
	inet_csk_prepare_forced_close(child);
	tcp_done(child);
	return NULL;
}

/* The segment's TCP part completes the handshake: 25 lines of tcp_check_req() */
static bool tcp_completes(struct request_sock *req, const struct sk_buff *skb)
{
	const struct tcp_request_sock *treq = tcp_rsk(req);
	const struct tcphdr *th = tcp_hdr(skb);
	u32 seq = ntohl(th->seq);

	return skb->len && th->ack && !th->syn && ntohl(th->ack_seq) == treq->snt_isn + 1 &&
	       !before(seq, treq->rcv_nxt) && !after(seq, treq->rcv_nxt + req->rsk_rcv_wnd);
}

/* Take over what the completing segment says */
static void note_timestamp(struct request_sock *req, const struct sk_buff *skb)
{
	struct tcp_options_received opt = {};

	if (!inet_rsk(req)->tstamp_ok)
		return;
	tcp_parse_options(sock_net(req->rsk_listener), skb, &opt, 0, NULL);
	if (opt.saw_tstamp && ntohl(tcp_hdr(skb)->seq) == tcp_rsk(req)->rcv_nxt)
		req->ts_recent = opt.rcv_tsval;
}

/* Publish the child in the request's place. Return: false if another CPU did */
static bool adopt(struct sock *listener, struct request_sock *req, struct sock *child)
{
	struct serval_req *r = serval_req(req);

	if (!serval_flow_replace(req_to_sk(req), child))
		return false;
	if (serval_syn_move(&r->synkey, &serval_sk(child)->synkey, child))
		serval_sk(child)->flags |= SERVAL_SF_LISTED;
	reqsk_queue_removed(&inet_csk(listener)->icsk_accept_queue, req);
	atomic_dec(&serval_net(sock_net(listener))->n_requests);
	if (timer_delete(&req->rsk_timer))
		reqsk_put(req);
	return true;
}

/**
 * serval_stream_rcv_req() - a packet whose flow is still a request
 * @req: request, referenced
 * @skb: at the transport part, which may be empty; checksum initialised; consumed
 * @msg: SAL header
 * @from: where it came from
 *
 * Context: softirq.
 */
void serval_stream_rcv_req(struct request_sock *req, struct sk_buff *skb,
			   const struct sal_msg *msg, const struct eccp_addr *from)
{
	struct serval_req *r = serval_req(req);
	struct sock *listener = req->rsk_listener, *child;
	struct net *net = sock_net(listener);
	struct eccp_in in = {
		.event = eccp_event_of(msg),
		.msg = msg,
		.from = *from,
		.now_ms = serval_now_ms(),
	};
	struct eccp_out out;
	struct service_id name = {};
	struct eccp next;
	bool dead;

	if (!xfrm4_policy_check(listener, XFRM_POLICY_IN, skb))
		goto drop;
	if (skb->len && tcp_checksum_complete(skb)) {
		serval_mib_inc(net, IN_TRANSPORT);
		goto drop;
	}
	if (msg->n_service == 2)	/* a filter may move what msg points at */
		memcpy(&name, msg->service[1], sizeof(name));
	in.tcp_ack_ok = tcp_completes(req, skb);
	in.random = serval_step_random(&r->ec, &in);

	/* on a copy: if the connection does not come about, the request stays as it was */
	spin_lock(&r->lock);
	next = r->ec;
	eccp_step(&next, &in, &out);
	serval_conn_count_in(net, &in, &out);
	if (!(out.actions & ECCP_A_ACCEPT)) {
		r->ec = next;
		dead = !request_step(req, &out);
		spin_unlock(&r->lock);
		if (dead)
			drop_request(req);
		goto drop;
	}
	spin_unlock(&r->lock);

	if (!in.tcp_ack_ok) {
		serval_mib_inc(net, IN_TRANSPORT);
		goto drop;
	}
	if (!listening(listener) || sk_filter_trim_cap(listener, skb, tcp_hdrlen(skb)))
		goto drop;
	if (sk_acceptq_is_full(listener)) {	/* never a reset: the client tries again (5.2) */
		serval_mib_inc(net, LISTEN_OVERFLOW);
		goto drop;
	}
	note_timestamp(req, skb);
	child = make_child(listener, skb, req, &next);
	if (!child) {
		serval_mib_inc(net, NO_MEMORY);
		goto drop;
	}
	__acquire(&child->sk_lock.slock);	/* tcp_create_openreq_child() did */
	serval_sk(child)->peer = name;
	if (!adopt(listener, req, child)) {
		__release(&child->sk_lock.slock);
		inet_csk_prepare_forced_close(child);
		tcp_done(child);
		/* the winner's packet was another one: this is for its socket */
		child = serval_flow_lookup(net, next.lflow);
		if (child && sk_fullsock(child)) {
			serval_stream_rcv(child, skb);
			return;
		}
		if (child)
			serval_flow_put(child);
		goto drop;
	}
	serval_mib_inc(net, ACCEPTED);
	/* the flow table's reference to the request passes to the accept queue */
	if (!inet_csk_reqsk_queue_add(listener, req, child)) {
		bh_unlock_sock(child);
		sock_put(child);
		reqsk_put(req);
		goto drop;
	}
	serval_conn_apply(child, &out, 0);
	serval_stream_first_rcv(listener, child, skb);
	bh_unlock_sock(child);
	sock_put(child);
	return;
drop:
	kfree_skb(skb);
}
