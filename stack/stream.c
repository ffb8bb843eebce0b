// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream - SOCK_STREAM over the running kernel's own TCP: tables and sending.
 *
 * TCP is not copied and not changed. A Serval stream *is* a tcp_sock; the
 * three tables through which TCP reaches the layer below it (proto, proto_ops
 * and icsk_af_ops) are copied from the kernel's and a few entries replaced,
 * the way TCP over IPv6 does it. What this room adds to a segment is the SAL
 * header; what it must never do is touch TCP's hash tables and ports, which
 * stay empty and 0.
 */
#include <linux/ip.h>
#include <net/ip.h>
#include <net/inet_common.h>
#include <net/route.h>
#include "closing.h"
#include "compat/compat.h"
#include "mib.h"
#include "sal_output.h"
#include "service_table.h"
#include "event.h"
#include "stream.h"
#include "synkey.h"

/* not read-only: registration links them into lists and fills in slabs, and undoes it again */
struct proto serval_stream_prot;
struct proto_ops serval_stream_ops __ro_after_init;

/*
 * ipv4_specific is not exported by every kernel: the first socket finds it in
 * icsk_af_ops, where tcp_prot.init() leaves it.
 */
const struct inet_connection_sock_af_ops *serval_tcp_af_ops __read_mostly;
static struct inet_connection_sock_af_ops stream_af_ops __read_mostly;

/* Give the socket a route to its peer. RCU read section. */
struct dst_entry *serval_stream_route(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct flowi4 *fl4 = &inet->cork.fl.u.ip4;
	struct dst_entry *dst;
	struct rtable *rt;

	rt = ip_route_output_ports(sock_net(sk), fl4, sk, inet->inet_daddr, inet->inet_saddr, 0, 0,
				   serval_protocol, READ_ONCE(inet->tos) & SERVAL_RT_TOS_MASK,
				   sk->sk_bound_dev_if ?: serval_sk(sk)->oif);
	if (IS_ERR(rt)) {
		serval_mib_inc(sock_net(sk), NO_ROUTE);
		return ERR_CAST(rt);
	}
	dst = &rt->dst;
	sk_setup_caps(sk, dst);
	/*
	 * For its own families the kernel keeps TCP's segmentation offload in
	 * the stack when the device has it off; it does not know that we are TCP.
	 */
	if (!(sk->sk_route_caps & NETIF_F_GSO) && !sk->sk_gso_disabled && !dst->header_len) {
		sk->sk_route_caps |= NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_SG |
				     NETIF_F_HW_CSUM;
		sk->sk_gso_max_size = min_t(u32, READ_ONCE(dst->dev->gso_max_size),
					    GSO_LEGACY_MAX_SIZE) - (MAX_TCP_HEADER + 1);
		sk->sk_gso_max_segs = max_t(u32, READ_ONCE(dst->dev->gso_max_segs), 1);
	}
	return dst;
}

/* TCP's checksum, over the addresses of this hop (PROTOCOL.md 1.5) */
static void send_check(struct sock *sk, struct sk_buff *skb)
{
	const struct inet_sock *inet = inet_sk(sk);

	tcp_hdr(skb)->check = ~tcp_v4_check(skb->len, inet->inet_saddr, inet->inet_daddr, 0);
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/*
 * A large segment looks to devices like plain TCP, and a NIC that cuts TCP
 * would not know of the SAL header. SKB_GSO_SCTP is offered by every virtual
 * device and by no hardware: the former pass the packet on whole, the latter
 * have it cut by software. Marked as a tunnel as well, the core finds the TCP
 * header where routers have moved the transport header to ours.
 */
static int mark_offload(struct sk_buff *skb, const struct net_device *dev)
{
	if (skb_is_gso(skb)) {
		skb_shinfo(skb)->gso_type |= SKB_GSO_SCTP;
		if (!(dev->flags & IFF_LOOPBACK)) {
			skb_reset_inner_transport_header(skb);
			skb->encapsulation = 1;
		}
		return 0;
	}
	/* NETIF_F_IP_CSUM hardware cannot find TCP behind our protocol number */
	if (skb->ip_summed == CHECKSUM_PARTIAL && !(dev->features & NETIF_F_HW_CSUM))
		return skb_checksum_help(skb);
	return 0;
}

/* A third ACK is due: the server may not know yet that we are connected (1.5) */
static bool third_ack_due(struct serval_sock *s)
{
	if (likely(!(s->ec.flags & ECCP_F_ACK3)))
		return false;
	if (s->ack3_jiffies && time_before(jiffies, s->ack3_jiffies + msecs_to_jiffies(10)))
		return false;
	s->ack3_jiffies = jiffies ?: 1;
	return true;
}

/* SERVICE of SYN and third ACK: the name we want, and our own if we took one */
static void put_services(const struct serval_sock *s, struct eccp_msg *msg)
{
	msg->hdr.present |= SAL_HAS_SERVICE;
	msg->hdr.service[0] = s->peer.s_sid;
	msg->hdr.n_service = 1;
	if (msg->kind == ECCP_ACK3 && s->ec.version == 2 &&
	    (s->flags & SERVAL_SF_BOUND) && s->bits == SERVICE_ID_MAX_PREFIX_BITS) {
		msg->hdr.service[1] = s->sid.s_sid;
		msg->hdr.n_service = 2;
	}
}

/* serval_conn_ops.send: a third ACK of its own, without data */
static int send_third_ack(struct sock *sk, struct eccp_msg *msg)
{
	struct serval_sock *s = serval_sk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	struct serval_segment seg = {
		.seq = tp->snd_nxt,
		.ack = tp->rcv_nxt,
		.flags = TCPHDR_ACK,
		.wnd = min_t(u32, tp->rcv_wnd >> tp->rx_opt.rcv_wscale, U16_MAX),
		.wscale = -1,
		.tstamp = tp->rx_opt.tstamp_ok,
		.tsval = serval_compat_tsval(tp) + tp->tsoffset,
		.tsecr = tp->rx_opt.ts_recent,
	};
	struct serval_hop hop = serval_conn_hop(sk, &msg->to);

	if (msg->kind != ECCP_ACK3)
		return -EINVAL;
	put_services(s, msg);
	s->ack3_jiffies = jiffies ?: 1;
	return serval_control_xmit(sock_net(sk), &msg->hdr, &seg, &hop);
}

/*
 * The extensions that ride on this segment, if any: only on a SYN and on a
 * bare ACK. Data goes out behind the 12-byte header alone, or segmentation
 * and merging would have to copy extensions.
 */
static bool make_extensions(struct sock *sk, struct sk_buff *skb, struct eccp_msg *msg)
{
	struct serval_sock *s = serval_sk(sk);
	const struct tcphdr *th = tcp_hdr(skb);

	if (th->syn) {
		eccp_make(&s->ec, ECCP_SYN, msg);
		put_services(s, msg);
		serval_conn_count(sock_net(sk), msg);
		return true;
	}
	if (!third_ack_due(s))
		return false;
	eccp_make(&s->ec, ECCP_ACK3, msg);
	if (skb->len == th->doff * 4 && !th->fin) {
		put_services(s, msg);
		return true;
	}
	send_third_ack(sk, msg);
	return false;
}

static void plain_header(struct sal_hdr *hdr, u32 src, u32 dst)
{
	u16 sum;

	*hdr = (struct sal_hdr) {
		.src_flowid = htonl(src),
		.dst_flowid = htonl(dst),
		.shl = SAL_HDR_LEN / 4,
		.protocol = IPPROTO_TCP,
	};
	sum = sal_checksum((const u8 *)hdr, SAL_HDR_LEN);
	memcpy(&hdr->check, &sum, sizeof(sum));
}

/**
 * serval_stream_know_peer() - both flow ids are known: data has one header each way
 * @sk: socket, locked
 */
void serval_stream_know_peer(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	plain_header(&s->tx_hdr, s->ec.lflow, s->ec.pflow);
	plain_header(&s->rx_hdr, s->ec.pflow, s->ec.lflow);
}

/* icsk_af_ops.queue_xmit: every segment of TCP passes here, repeated ones too */
static int queue_xmit(struct sock *sk, struct sk_buff *skb, struct flowi *fl)
{
	struct serval_sock *s = serval_sk(sk);
	const struct inet_sock *inet = inet_sk(sk);
	const struct tcphdr *th = tcp_hdr(skb);
	struct net *net = sock_net(sk);
	unsigned int len = SAL_HDR_LEN;
	struct dst_entry *dst;
	struct serval_hop hop;
	struct eccp_msg msg;
	bool extended;
	int err;

	if (unlikely(th->rst)) {	/* a TCP RST never travels (4.5) */
		serval_stream_abort(sk);
		kfree_skb(skb);
		return 0;
	}
	if (unlikely(th->fin))
		serval_stream_say_fin(sk);
	extended = unlikely(th->syn || (s->ec.flags & ECCP_F_ACK3)) &&
		   make_extensions(sk, skb, &msg);
	if (extended) {
		msg.hdr.protocol = IPPROTO_TCP;
		len = sal_length(&msg.hdr);
	}

	rcu_read_lock();
	dst = __sk_dst_check(sk, 0);
	if (unlikely(!dst)) {
		dst = serval_stream_route(sk);
		err = -EHOSTUNREACH;
		if (IS_ERR(dst))
			goto drop;
	}
	skb_dst_set_noref(skb, dst);
	err = -ENOBUFS;
	if (skb_cow_head(skb, len + sizeof(struct iphdr) + LL_RESERVED_SPACE(dst->dev)) ||
	    mark_offload(skb, dst->dev)) {
		serval_mib_inc(net, NO_MEMORY);
		goto drop;
	}
	if (extended)
		sal_build(skb_push(skb, len), len, &msg.hdr);
	else
		memcpy(skb_push(skb, SAL_HDR_LEN), &s->tx_hdr, SAL_HDR_LEN);
	if (skb->encapsulation) {
		skb_reset_transport_header(skb);
		skb_set_inner_network_header(skb, -(int)sizeof(struct iphdr));
		skb_set_inner_mac_header(skb, -(int)sizeof(struct iphdr));
	}
	skb->priority = READ_ONCE(sk->sk_priority);
	skb->mark = READ_ONCE(sk->sk_mark);
	hop.saddr = inet->inet_saddr;
	hop.daddr = inet->inet_daddr;
	hop.tos = inet->tos;
	hop.ttl = inet->uc_ttl < 0 ? 0 : inet->uc_ttl;
	err = serval_ip_xmit(net, sk, skb, &hop);
	rcu_read_unlock();
	return err;
drop:
	rcu_read_unlock();
	kfree_skb(skb);
	return err;
}

/* icsk_af_ops.rebuild_header: before each retransmission, and before the SYN */
static int rebuild_header(struct sock *sk)
{
	struct dst_entry *dst;
	int err = 0;

	if (unlikely(sk->sk_state == TCP_SYN_SENT)) {
		err = serval_stream_resolve_again(sk);
		if (err)
			goto out;
	}
	if (!__sk_dst_check(sk, 0)) {
		rcu_read_lock();
		dst = serval_stream_route(sk);
		if (IS_ERR(dst))
			err = -EHOSTUNREACH;
		rcu_read_unlock();
	}
out:
	if (err)
		WRITE_ONCE(sk->sk_err_soft, -err);
	return err;
}

static u32 rto_ms(const struct sock *sk)
{
	return jiffies_to_msecs(inet_csk(sk)->icsk_rto);
}

/* serval_conn_ops.moved: the peer is somewhere else now */
static void moved(struct sock *sk)
{
	sk_daddr_set(sk, serval_sk(sk)->ec.pa.ip);
	sk_dst_reset(sk);
}

const struct serval_conn_ops serval_stream_conn_ops = {
	.send		= send_third_ack,
	.reset		= serval_stream_reset,
	.retarget	= serval_stream_retarget,
	.moved		= moved,
	.rto_ms		= rto_ms,
};

static int init_sock(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);
	int err = tcp_prot.init(sk);

	if (err)
		return err;
	/* pairs with smp_store_release() below: who sees the pointer sees stream_af_ops whole */
	if (unlikely(!smp_load_acquire(&serval_tcp_af_ops))) {
		struct inet_connection_sock_af_ops ops = *inet_csk(sk)->icsk_af_ops;

		ops.queue_xmit = queue_xmit;
		ops.send_check = send_check;
		ops.rebuild_header = rebuild_header;
		ops.conn_request = NULL;
		ops.syn_recv_sock = NULL;
		ops.net_header_len = sizeof(struct iphdr) + SAL_HDR_LEN;
		ops.sockaddr_len = sizeof(struct sockaddr_sv);
		stream_af_ops = ops;	/* whoever comes second writes the same */
		/* pairs with the smp_load_acquire() above */
		smp_store_release(&serval_tcp_af_ops, inet_csk(sk)->icsk_af_ops);
	}
	inet_csk(sk)->icsk_af_ops = &stream_af_ops;
	inet_csk(sk)->icsk_syn_retries =
		READ_ONCE(serval_net(sock_net(sk))->sysctl.syn_retries);
	/* above TCP_TIMEWAIT_LEN: TCP must never make a TIME_WAIT socket, see stream_close.c */
	tcp_sk(sk)->linger2 = 2 * TCP_TIMEWAIT_LEN;
	sk->sk_gso_type = SKB_GSO_TCPV4;
	memset_after(s, 0, tcp);
	serval_conn_init(sk, &serval_stream_conn_ops);
	return 0;
}

static void destroy(struct sock *sk)
{
	serval_conn_stop(sk);
	serval_stream_tell_closed(sk);
	serval_closing_discard(sk);
	kfree(serval_sk(sk)->refused);
	tcp_prot.destroy(sk);
}

static void release_cb(struct sock *sk)
{
	tcp_prot.release_cb(sk);
	/* see serval_stream_after_rcv(): an orphan that came to this while it was in use */
	if (unlikely(sk->sk_state == TCP_FIN_WAIT2) && sock_flag(sk, SOCK_DEAD))
		tcp_sk(sk)->linger2 = -1;
	serval_conn_release_cb(sk);
}

/* proto.get_port: called by listen(); a socket without a name gets one */
static int get_port(struct sock *sk, unsigned short num)
{
	struct serval_sock *s = serval_sk(sk);
	int err;

	if (s->flags & SERVAL_SF_BOUND)
		return 0;
	get_random_bytes(&s->sid, sizeof(s->sid));
	err = serval_service_bind(sk, &s->sid, SERVICE_ID_MAX_PREFIX_BITS);
	if (err)
		return err;
	s->bits = SERVICE_ID_MAX_PREFIX_BITS;
	s->flags |= SERVAL_SF_BOUND | SERVAL_SF_AUTOBOUND;
	return 0;
}

static void put_port(struct sock *sk)
{
}

/* proto.hash: called by listen() */
static int hash(struct sock *sk)
{
	struct serval_sock *s = serval_sk(sk);

	if (sk->sk_state != TCP_LISTEN)
		return 0;
	sock_set_flag(sk, SOCK_RCU_FREE);
	serval_service_listen(sk, &s->sid, s->bits, true);
	if (!(s->flags & SERVAL_SF_AUTOBOUND))
		serval_event_service(sk, SERVAL_SERVICE_LISTENING, &s->sid, s->bits);
	return 0;
}

struct request_sock_ops serval_rsk_ops = {
	.obj_size	= sizeof(struct serval_req),
	.rtx_syn_ack	= serval_stream_rtx_synack,
	.destructor	= serval_stream_free_req,
};

static void copy_proto(void)
{
	struct proto *p = &serval_stream_prot;

	*p = tcp_prot;
	strscpy(p->name, "SERVAL_TCP", sizeof(p->name));
	p->owner = THIS_MODULE;
	p->obj_size = sizeof(struct serval_sock);
	p->slab = NULL;
	p->useroffset = 0;
	p->usersize = 0;
	p->twsk_prot = NULL;	/* TCP_TIME_WAIT entries are ours */
	p->rsk_prot = &serval_rsk_ops;
	p->pre_connect = NULL;
	p->init = init_sock;
	p->destroy = destroy;
	p->connect = serval_stream_connect;
	p->disconnect = serval_stream_disconnect;
	p->close = serval_stream_close;
	p->setsockopt = serval_stream_setsockopt;
	p->getsockopt = serval_stream_getsockopt;
	p->backlog_rcv = serval_stream_do_rcv;
	p->release_cb = release_cb;
	p->hash = hash;
	p->unhash = serval_stream_unhash;
	p->get_port = get_port;
	p->put_port = put_port;
	p->h.hashinfo = NULL;
#ifdef CONFIG_BPF_SYSCALL
	p->psock_update_sk_prot = NULL;
#endif
	p->diag_destroy = NULL;
	serval_rsk_ops.family = serval_family;
}

int __init serval_stream_init(void)
{
	copy_proto();
	return proto_register(&serval_stream_prot, 1);
}

void serval_stream_exit(void)
{
	proto_unregister(&serval_stream_prot);
}
