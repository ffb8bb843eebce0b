// SPDX-License-Identifier: GPL-2.0-only
/*
 * sal_input - from IP to whoever a packet is for.
 *
 * Checks a packet, finds its flow, request, closing entry or service, and
 * hands it on; answers what belongs to nobody with an RST. A packet that is
 * not well-formed is counted and forgotten: no reply, no log line.
 */
#include <linux/icmp.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/ratelimit.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/protocol.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include "closing.h"
#include "compat/compat.h"
#include "flow_table.h"
#include "mib.h"
#include "sal_input.h"
#include "sal_output.h"
#include "service_table.h"
#include "stream.h"
#include "synkey.h"

static void count_malformed(struct net *net, enum sal_error err)
{
	static const u8 mib[SAL_ERR_MAX] = {
		[SAL_ERR_TRUNCATED]	= SERVAL_MIB_IN_TRUNCATED,
		[SAL_ERR_SHL]		= SERVAL_MIB_IN_SHL,
		[SAL_ERR_CHECKSUM]	= SERVAL_MIB_IN_CSUM,
		[SAL_ERR_PROTOCOL]	= SERVAL_MIB_IN_PROTOCOL,
		[SAL_ERR_EXT_LENGTH]	= SERVAL_MIB_IN_EXT_LENGTH,
		[SAL_ERR_EXT_DUPLICATE]	= SERVAL_MIB_IN_EXT_DUPLICATE,
		[SAL_ERR_EXT_COUNT]	= SERVAL_MIB_IN_EXT_COUNT,
		[SAL_ERR_EXT_UNKNOWN]	= SERVAL_MIB_IN_EXT_UNKNOWN,
		[SAL_ERR_FLAGS]		= SERVAL_MIB_IN_FLAGS,
		[SAL_ERR_FLOWID]	= SERVAL_MIB_IN_FLOWID,
	};

	serval_mib_inc_id(net, mib[err]);
}

/* 4.5, reply form; rate limited, since anybody can ask for it */
static void refuse(struct net *net, const struct sk_buff *skb, const struct sal_msg *msg)
{
	struct serval_net *sn = serval_net(net);
	struct eccp_addr from = serval_skb_from(skb);
	struct serval_hop hop = {
		.saddr = ip_hdr(skb)->daddr,
		.daddr = ip_hdr(skb)->saddr,
	};
	struct eccp_msg rst;

	if (!eccp_reset_reply(msg, &from, &rst))
		return;
	sn->rst_limit.burst = READ_ONCE(sn->sysctl.rst_rate);
	if (!__ratelimit(&sn->rst_limit)) {
		serval_mib_inc(net, RST_LIMIT);
		return;
	}
	serval_conn_count(net, &rst);
	serval_control_xmit(net, &rst.hdr, NULL, &hop);
}

/* SAL SYN <=> TCP SYN, SAL SYN+ACK <=> TCP SYN+ACK, else ACK and nothing of these (1.5) */
static bool flags_agree(const struct sal_msg *msg, const struct tcphdr *th)
{
	u8 syn = 0;

	if (msg->present & SAL_HAS_CONTROL)
		syn = msg->flags & (SAL_CTL_SYN | SAL_CTL_ACK);
	if (th->rst)
		return false;
	if (syn & SAL_CTL_SYN)
		return th->syn && !th->fin && th->ack == !!(syn & SAL_CTL_ACK);
	return !th->syn && th->ack;
}

/* Which control messages have a transport part, and which must not (1.5) */
static bool transport_fits(const struct sal_msg *msg, bool transport)
{
	if (!(msg->present & SAL_HAS_CONTROL))
		return transport;
	if (msg->flags & SAL_CTL_SYN)
		return transport;
	/* ACK with SERVICE is a third ACK; ACK alone, FIN, RSYN and RST are bare */
	return !transport || (msg->flags == SAL_CTL_ACK && msg->n_service);
}

/* Past the SAL header: no longer a marked or tunnelled packet, but TCP's. False: bad sum */
static bool enter_transport(struct sk_buff *skb, unsigned int len)
{
	skb->encapsulation = 0;
	if (skb_is_gso(skb))
		skb_shinfo(skb)->gso_type &= ~SKB_GSO_SCTP;
	__skb_pull(skb, len);
	skb_postpull_rcsum(skb, skb->data - len, len);
	skb_reset_transport_header(skb);
	return !skb->len || !skb_checksum_init(skb, IPPROTO_TCP, inet_compute_pseudo);
}

/*
 * Data for a socket that the early demultiplexer found: its header is known
 * to the last bit, so there is nothing to take apart. What does not match, or
 * has flags that only control packets have, goes the long way.
 */
static bool rcv_data(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;
	const struct tcphdr *th;
	unsigned int doff;

	if (!sk || skb->destructor != sock_edemux || !sk_fullsock(sk) ||
	    !pskb_may_pull(skb, SAL_HDR_LEN + sizeof(*th)) ||
	    memcmp(skb->data, &serval_sk(sk)->rx_hdr, SAL_HDR_LEN))
		return false;
	th = (const struct tcphdr *)(skb->data + SAL_HDR_LEN);
	doff = th->doff * 4;
	if (doff < sizeof(*th) || !pskb_may_pull(skb, SAL_HDR_LEN + doff))
		return false;
	th = (const struct tcphdr *)(skb->data + SAL_HDR_LEN);
	if (th->syn || th->rst || !th->ack)
		return false;
	skb->sk = NULL;
	skb->destructor = NULL;
	if (likely(enter_transport(skb, SAL_HDR_LEN))) {
		serval_stream_rcv(sk, skb);
		return true;
	}
	serval_mib_inc(sock_net(sk), IN_TRANSPORT);
	sock_put(sk);
	kfree_skb(skb);
	return true;
}

/*
 * Make the whole of both headers linear, then take the first apart.
 * Return: SAL_OK with @skb at the transport part, which may be empty.
 */
static bool take_headers(struct net *net, struct sk_buff *skb, struct sal_msg *msg)
{
	unsigned int len, transport, doff;
	enum sal_error err;

	if (!pskb_may_pull(skb, SAL_HDR_LEN)) {
		count_malformed(net, SAL_ERR_TRUNCATED);
		return false;
	}
	len = ((const struct sal_hdr *)skb->data)->shl * 4;
	if (len > skb->len || !pskb_may_pull(skb, max_t(unsigned int, len, SAL_HDR_LEN))) {
		count_malformed(net, SAL_ERR_TRUNCATED);
		return false;
	}
	err = sal_parse(skb->data, max_t(unsigned int, len, SAL_HDR_LEN), msg);
	if (unlikely(err)) {
		count_malformed(net, err);
		return false;
	}
	if (msg->protocol != IPPROTO_TCP) {
		count_malformed(net, SAL_ERR_PROTOCOL);
		return false;
	}
	transport = skb->len - len;
	if (unlikely(!transport_fits(msg, transport)))
		goto bad;
	if (likely(transport)) {
		const u8 *data = skb->data;

		if (!pskb_may_pull(skb, len + sizeof(struct tcphdr)))
			goto bad;
		doff = ((const struct tcphdr *)(skb->data + len))->doff * 4;
		if (doff < sizeof(struct tcphdr) || !pskb_may_pull(skb, len + doff))
			goto bad;
		/* the header may have moved, and what msg points at with it */
		if (unlikely(skb->data != data) && sal_parse(skb->data, len, msg))
			goto bad;
		if (unlikely(!flags_agree(msg, (const struct tcphdr *)(skb->data + len)))) {
			serval_mib_inc(net, IN_TCP_FLAGS);
			return false;
		}
	}
	if (enter_transport(skb, len))
		return true;
bad:
	serval_mib_inc(net, IN_TRANSPORT);
	return false;
}

/* A first packet: the service table decides */
static void rcv_syn(struct net *net, struct sk_buff *skb, const struct sal_msg *msg)
{
	struct eccp_addr from = serval_skb_from(skb);
	struct serval_resolution res;
	struct service_id sid;
	u64 hash;
	int err;

	serval_mib_inc(net, SYN_IN);
	if (!xfrm4_policy_check(NULL, XFRM_POLICY_IN, skb))
		return;
	if (tcp_checksum_complete(skb)) {
		serval_mib_inc(net, IN_TRANSPORT);
		return;
	}
	/*
	 * A forwarded SYN is answered to SOURCE[0]. If that is where it says it
	 * comes from there is nothing to believe; else nobody vouches for it (2.4).
	 */
	if (msg->n_source && memcmp(msg->source, &from.ip, sizeof(from.ip))) {
		serval_mib_inc(net, BAD_ADDRESS);
		return;
	}
	memcpy(&sid, msg->service[0], sizeof(sid));
	/* repeats of a SYN find the same one of several sockets */
	hash = serval_syn_hash(net, msg->src_flow, msg->nonce, msg->service[0]);
	err = serval_service_resolve(net, &sid, hash, NULL, 0, 0, &res);
	if (err == -EACCES) {
		serval_mib_inc(net, SERVICE_DROP);
		return;		/* silence is what DROP means */
	}
	if (!err && res.type == SERVAL_RULE_DELAY) {
		serval_mib_inc(net, SERVICE_DELAY);
		return;
	}
	if (!err && res.type == SERVAL_RULE_DEMUX && res.sk) {
		int bound = READ_ONCE(res.sk->sk_bound_dev_if);
		bool here = !bound || bound == skb->skb_iif;

		if (here)
			serval_stream_rcv_syn(res.sk, skb, msg, &from);
		sock_put(res.sk);
		if (here)
			return;
	}
	serval_mib_inc(net, SERVICE_MISS);
	refuse(net, skb, msg);
}

/* dst_flowid is 0: only a SYN may say that */
static void rcv_first(struct net *net, struct sk_buff *skb, const struct sal_msg *msg)
{
	if ((msg->present & SAL_HAS_CONTROL) && msg->flags == SAL_CTL_SYN && msg->n_service)
		rcv_syn(net, skb, msg);
	else
		count_malformed(net, SAL_ERR_FLOWID);
}

static void rcv_no_flow(struct net *net, struct sk_buff *skb, const struct sal_msg *msg)
{
	serval_mib_inc(net, NO_FLOW);
	if (!skb->len || !tcp_checksum_complete(skb))
		refuse(net, skb, msg);
}

/* The entry that the early demultiplexer found, or a look-up; referenced */
static struct sock *find_flow(struct net *net, struct sk_buff *skb, u32 flowid)
{
	struct sock *sk = skb->sk;

	if (sk && skb->destructor == sock_edemux) {
		skb->sk = NULL;
		skb->destructor = NULL;
		if (likely(sk->sk_hash == flowid && net_eq(sock_net(sk), net)))
			return sk;
		serval_flow_put(sk);
	}
	return serval_flow_lookup(net, flowid);
}

/* Everything else: taken apart, then looked up */
static int rcv_any(struct net *net, struct sk_buff *skb)
{
	struct eccp_addr from;
	struct sal_msg msg;
	struct sock *sk;

	if (unlikely(!take_headers(net, skb, &msg)))
		goto drop;
	if (!msg.dst_flow) {
		rcv_first(net, skb, &msg);
		goto drop;
	}
	sk = find_flow(net, skb, msg.dst_flow);
	if (unlikely(!sk)) {
		rcv_no_flow(net, skb, &msg);
		goto drop;
	}
	if (likely(sk->sk_state != TCP_TIME_WAIT && sk->sk_state != TCP_NEW_SYN_RECV)) {
		serval_stream_rcv(sk, skb);
		return 0;
	}
	from = serval_skb_from(skb);
	if (sk->sk_state == TCP_NEW_SYN_RECV) {
		serval_stream_rcv_req(inet_reqsk(sk), skb, &msg, &from);
		serval_flow_put(sk);
		return 0;
	}
	if (skb->len && tcp_checksum_complete(skb))
		serval_mib_inc(net, IN_TRANSPORT);
	else if (xfrm4_policy_check(NULL, XFRM_POLICY_IN, skb))
		serval_closing_rcv(serval_closing(sk), skb, &msg, &from);
	serval_flow_put(sk);
drop:
	kfree_skb(skb);
	return 0;
}

static int serval_rcv(struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);

	serval_mib_inc_rcu(net, IN_PKTS);
	if (unlikely(skb->pkt_type != PACKET_HOST)) {
		serval_mib_inc(net, IN_NOT_HOST);
		goto drop;
	}
	if (likely(rcv_data(skb)))
		return 0;
	return rcv_any(net, skb);
drop:
	kfree_skb(skb);
	return 0;
}

static void path_mtu(struct sock *sk, u32 mtu)
{
	WRITE_ONCE(tcp_sk(sk)->mtu_info, mtu);
	if (!sock_owned_by_user(sk))
		serval_tcp_af_ops->mtu_reduced(sk);
	else if (!test_and_set_bit(TCP_MTU_REDUCED_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

/*
 * Somebody could not deliver a packet of ours. Believed if it quotes a live
 * flow between its two addresses; fatal only while connecting (5.1).
 */
static int serval_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const int type = icmp_hdr(skb)->type, code = icmp_hdr(skb)->code;
	struct net *net = dev_net(skb->dev);
	const struct sal_hdr *hdr;
	struct serval_sock *s;
	struct sock *sk;
	int err;

	if (!pskb_may_pull(skb, iph->ihl * 4 + offsetof(struct sal_hdr, shl)))
		return -EINVAL;
	iph = (const struct iphdr *)skb->data;
	hdr = (const struct sal_hdr *)(skb->data + iph->ihl * 4);
	if (type != ICMP_DEST_UNREACH || code > NR_ICMP_UNREACH)
		return 0;
	sk = serval_flow_lookup(net, ntohl(hdr->src_flowid));
	if (!sk)
		return -ENOENT;
	if (sk->sk_state == TCP_TIME_WAIT || sk->sk_state == TCP_NEW_SYN_RECV)
		goto out;
	s = serval_sk(sk);
	bh_lock_sock(sk);
	if (iph->daddr != inet_sk(sk)->inet_daddr || iph->saddr != inet_sk(sk)->inet_saddr ||
	    ntohl(hdr->dst_flowid) != s->ec.pflow)
		goto unlock;
	if (code == ICMP_FRAG_NEEDED) {
		if (sk->sk_state != TCP_LISTEN && sk->sk_state != TCP_CLOSE)
			path_mtu(sk, info);
		goto unlock;
	}
	/* nobody speaks our protocol there: as good as a refusal */
	err = code == ICMP_PROT_UNREACH || code == ICMP_PORT_UNREACH ?
		ECONNREFUSED : icmp_err_convert[code].errno;
	if (sk->sk_state != TCP_SYN_SENT) {
		WRITE_ONCE(sk->sk_err_soft, err);
		goto unlock;
	}
	s->soft_err = err;
	if (sock_owned_by_user(sk))
		serval_conn_defer(sk, SERVAL_DEFER_UNREACHABLE);
	else
		serval_conn_event(sk, ECCP_EV_UNREACHABLE, err);
unlock:
	bh_unlock_sock(sk);
out:
	serval_flow_put(sk);
	return 0;
}

/*
 * Early demultiplexing: since 6.0 a protocol cannot ask IP for it, so it is
 * done as the last hook before routing. An established socket remembers the
 * route of its packets, which saves a look-up for each of them.
 */
static unsigned int early_demux(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct sal_hdr *hdr;
	struct dst_entry *dst;
	struct sock *sk;

	if (iph->protocol != serval_protocol || iph->ihl != 5 || skb->sk ||
	    skb->pkt_type != PACKET_HOST || ip_is_fragment(iph) ||
	    !pskb_may_pull(skb, sizeof(*iph) + SAL_HDR_LEN))
		return NF_ACCEPT;
	iph = ip_hdr(skb);
	hdr = (const struct sal_hdr *)(iph + 1);
	if (!hdr->dst_flowid)
		return NF_ACCEPT;
	sk = serval_flow_lookup(state->net, ntohl(hdr->dst_flowid));
	if (!sk)
		return NF_ACCEPT;
	/*
	 * IP drops a packet with a socket that it has to forward, and would take
	 * a closing entry for a TIME_WAIT socket of its own.
	 */
	if (sk->sk_state == TCP_TIME_WAIT || (sk_fullsock(sk) &&
					      iph->daddr != inet_sk(sk)->inet_rcv_saddr) ||
	    (!sk_fullsock(sk) && iph->daddr != inet_rsk(inet_reqsk(sk))->ir_loc_addr)) {
		serval_flow_put(sk);
		return NF_ACCEPT;
	}
	serval_mib_inc_rcu(state->net, EARLY_DEMUX);
	skb->sk = sk;
	skb->destructor = sock_edemux;
	if (!sk_fullsock(sk))
		return NF_ACCEPT;
	dst = rcu_dereference(sk->sk_rx_dst);
	if (dst)
		dst = dst_check(dst, 0);
	if (dst && sk->sk_rx_dst_ifindex == skb->skb_iif)
		skb_dst_set_noref(skb, dst);
	return NF_ACCEPT;
}

static const struct nf_hook_ops early_demux_ops = {
	.hook		= early_demux,
	.pf		= NFPROTO_IPV4,
	.hooknum	= NF_INET_PRE_ROUTING,
	.priority	= NF_IP_PRI_LAST,
};

static const struct net_protocol protocol = {
	.handler	= serval_rcv,
	.err_handler	= serval_err,
	.no_policy	= 1,
};

int serval_input_net_init(struct net *net)
{
	struct serval_net *sn = serval_net(net);

	ratelimit_state_init(&sn->rst_limit, HZ, 0);
	/* counted, never logged */
	ratelimit_set_flags(&sn->rst_limit, RATELIMIT_MSG_ON_RELEASE);
	return nf_register_net_hook(net, &early_demux_ops);
}

void serval_input_net_exit(struct net *net)
{
	nf_unregister_net_hook(net, &early_demux_ops);
}

int __init serval_input_init(void)
{
	return inet_add_protocol(&protocol, serval_protocol) ? -EBUSY : 0;
}

void serval_input_exit(void)
{
	inet_del_protocol(&protocol, serval_protocol);
}
