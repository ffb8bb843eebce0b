// SPDX-License-Identifier: GPL-2.0-only
/*
 * sal_output - from a SAL message or a transport segment to IP.
 *
 * Knows IP headers, routes and checksums; decides nothing about when or to
 * whom a packet goes.
 */
#include <linux/math64.h>
#include <net/ip.h>
#include <net/route.h>
#include <net/tcp.h>
#include "compat/compat.h"
#include "mib.h"
#include "sal_output.h"

u32 serval_tcp_clock(void)
{
	return div_u64(tcp_clock_us(), USEC_PER_SEC / TCP_TS_HZ);
}

struct dst_entry *serval_route(struct net *net, struct serval_hop *hop)
{
	struct flowi4 fl4 = {
		.flowi4_oif = hop->oif,
		.flowi4_mark = hop->mark,
		.flowi4_tos = hop->tos & SERVAL_RT_TOS_MASK,
		.flowi4_proto = serval_protocol,
		.daddr = hop->daddr,
		.saddr = hop->saddr,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	if (IS_ERR(rt)) {
		serval_mib_inc(net, NO_ROUTE);
		return ERR_CAST(rt);
	}
	hop->saddr = fl4.saddr;
	return &rt->dst;
}

int serval_ip_xmit(struct net *net, struct sock *sk, struct sk_buff *skb,
		   const struct serval_hop *hop)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	*(__be16 *)iph = htons((4 << 12) | (5 << 8) | hop->tos);
	iph->frag_off = htons(IP_DF);
	iph->ttl = hop->ttl ?: ip4_dst_hoplimit(skb_dst(skb));
	iph->protocol = serval_protocol;
	iph->saddr = hop->saddr;
	iph->daddr = hop->daddr;
	ip_select_ident_segs(net, skb, sk, skb_shinfo(skb)->gso_segs ?: 1);
	skb->protocol = htons(ETH_P_IP);
	serval_mib_inc_rcu(net, OUT_PKTS);
	return ip_local_out(net, sk, skb);
}

static unsigned int segment_length(const struct serval_segment *seg)
{
	unsigned int len = sizeof(struct tcphdr);

	if (seg->mss)
		len += TCPOLEN_MSS;
	if (seg->tstamp)
		len += TCPOLEN_TSTAMP_ALIGNED;
	else if (seg->sack)
		len += TCPOLEN_SACKPERM_ALIGNED;
	if (seg->wscale >= 0)
		len += TCPOLEN_WSCALE_ALIGNED;
	return len;
}

static void put_segment(struct sk_buff *skb, const struct serval_segment *seg)
{
	unsigned int len = segment_length(seg);
	struct tcphdr *th = skb_put_zero(skb, len);
	__be32 *opt = (__be32 *)(th + 1);

	skb_reset_transport_header(skb);
	th->seq = htonl(seg->seq);
	th->ack_seq = htonl(seg->ack);
	tcp_flag_byte(th) = seg->flags;
	th->doff = len / 4;
	th->window = htons(seg->wnd);
	if (seg->mss)
		*opt++ = htonl(TCPOPT_MSS << 24 | TCPOLEN_MSS << 16 | seg->mss);
	if (seg->tstamp) {
		/* SACK-permitted takes the place of the padding */
		*opt++ = seg->sack ?
			htonl(TCPOPT_SACK_PERM << 24 | TCPOLEN_SACK_PERM << 16 |
			      TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP) :
			htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			      TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
		*opt++ = htonl(seg->tsval);
		*opt++ = htonl(seg->tsecr);
	} else if (seg->sack) {
		*opt++ = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			       TCPOPT_SACK_PERM << 8 | TCPOLEN_SACK_PERM);
	}
	if (seg->wscale >= 0)
		*opt++ = htonl(TCPOPT_NOP << 24 | TCPOPT_WINDOW << 16 |
			       TCPOLEN_WINDOW << 8 | seg->wscale);
}

/* No control message of ours is longer */
#define CONTROL_MAX	(SAL_HDR_LEN + SAL_CONTROL_LEN + 2 * SAL_SERVICE_LEN + SAL_CHALLENGE_LEN + \
			 SAL_JOIN_LEN + SAL_V2_LEN)

int serval_control_xmit(struct net *net, struct sal_msg *msg, const struct serval_segment *seg,
			struct serval_hop *hop)
{
	struct dst_entry *dst;
	struct sk_buff *skb;
	u8 hdr[CONTROL_MAX];
	size_t len;
	int err;

	msg->protocol = IPPROTO_TCP;
	len = sal_build(hdr, sizeof(hdr), msg);
	if (WARN_ON_ONCE(!len))
		return -EINVAL;
	if (hop->dst) {
		dst = hop->dst;
		dst_hold(dst);
	} else {
		dst = serval_route(net, hop);
		if (IS_ERR(dst))
			return PTR_ERR(dst);
	}
	skb = alloc_skb(MAX_TCP_HEADER + len, GFP_ATOMIC);
	if (!skb) {
		dst_release(dst);
		serval_mib_inc(net, NO_MEMORY);
		return -ENOMEM;
	}
	skb_reserve(skb, MAX_TCP_HEADER + len - (seg ? segment_length(seg) : 0));
	skb_dst_set(skb, dst);
	if (seg) {
		struct tcphdr *th;

		put_segment(skb, seg);
		th = tcp_hdr(skb);
		th->check = tcp_v4_check(skb->len, hop->saddr, hop->daddr,
					 csum_partial(th, skb->len, 0));
	}
	memcpy(skb_push(skb, len), hdr, len);
	if (!seg)
		skb_reset_transport_header(skb);
	skb->mark = hop->mark;
	rcu_read_lock();
	err = serval_ip_xmit(net, NULL, skb, hop);
	rcu_read_unlock();
	return net_xmit_eval(err);
}
