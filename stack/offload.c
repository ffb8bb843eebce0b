// SPDX-License-Identifier: GPL-2.0-only
/*
 * offload - cutting and merging segments behind the SAL header.
 *
 * The header of a data segment is 12 bytes that are the same in every segment
 * of a flow, so TCP's own offload does the work once it is past them.
 */
#include <linux/netdevice.h>
#include <net/gro.h>
#include <net/ip.h>
#include <net/protocol.h>
#include <net/tcp.h>
#include <uapi/linux/serval_sal.h>
#include "compat/compat.h"
#include "mib.h"
#include "offload.h"
#include "sal_hdr.h"

static const struct net_offload *tcp_offload(void)
{
	return rcu_dereference(inet_offloads[IPPROTO_TCP]);
}

static struct sk_buff *gso_segment(struct sk_buff *skb, netdev_features_t features)
{
	const struct net_offload *tcp = tcp_offload();
	const struct sal_hdr *hdr;
	struct sk_buff *segs, *seg;

	if (!tcp || !pskb_may_pull(skb, SAL_HDR_LEN))
		return ERR_PTR(-EINVAL);
	hdr = (const struct sal_hdr *)skb->data;
	if (hdr->shl != SAL_HDR_LEN / 4 || hdr->protocol != IPPROTO_TCP)
		return ERR_PTR(-EINVAL);
	__skb_pull(skb, SAL_HDR_LEN);
	skb_reset_transport_header(skb);
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_SCTP;
	/* without this TCP believes that the device will cut, and returns nothing */
	features &= ~NETIF_F_GSO_MASK;
	if (!(features & NETIF_F_HW_CSUM))
		features &= ~NETIF_F_CSUM_MASK;
	segs = tcp->callbacks.gso_segment(skb, features);
	if (!IS_ERR_OR_NULL(segs))
		for (seg = segs; seg; seg = seg->next)
			seg->encapsulation = 0;
	return segs;
}

static bool same_header(const struct sal_hdr *a, const struct sal_hdr *b)
{
	return !memcmp(a, b, SAL_HDR_LEN);
}

static struct sk_buff *gro_receive(struct list_head *head, struct sk_buff *skb)
{
	const struct net_offload *tcp = tcp_offload();
	unsigned int off = skb_gro_offset(skb);
	const struct sal_hdr *hdr;
	struct sk_buff *pp = NULL, *p;
	int flush = 1;

	hdr = skb_gro_header(skb, off + SAL_HDR_LEN, off);
	/* control packets and anything odd go up as they are, in their place */
	if (unlikely(!hdr) || hdr->shl != SAL_HDR_LEN / 4 || hdr->protocol != IPPROTO_TCP ||
	    !hdr->dst_flowid || !tcp || sal_checksum((const u8 *)hdr, SAL_HDR_LEN))
		goto out;
	flush = 0;
	list_for_each_entry(p, head, list)
		if (NAPI_GRO_CB(p)->same_flow &&
		    !same_header(hdr, (const struct sal_hdr *)(p->data + off)))
			NAPI_GRO_CB(p)->same_flow = 0;
	skb_gro_pull(skb, SAL_HDR_LEN);
	skb_gro_postpull_rcsum(skb, hdr, SAL_HDR_LEN);
	skb_set_transport_header(skb, skb_gro_offset(skb));
	pp = tcp->callbacks.gro_receive(head, skb);
out:
	skb_gro_flush_final(skb, pp, flush);
	return pp;
}

static int gro_complete(struct sk_buff *skb, int nhoff)
{
	const struct net_offload *tcp = tcp_offload();
	int err;

	if (!tcp)
		return -ENOENT;
	err = tcp->callbacks.gro_complete(skb, nhoff + SAL_HDR_LEN);
	/* the same marks that a large segment of our own carries: see mark_offload() */
	skb_shinfo(skb)->gso_type |= SKB_GSO_SCTP;
	skb_set_inner_transport_header(skb, nhoff + SAL_HDR_LEN);
	skb_set_inner_network_header(skb, nhoff - (int)sizeof(struct iphdr));
	skb_set_inner_mac_header(skb, nhoff - (int)sizeof(struct iphdr));
	skb->encapsulation = 1;
	serval_mib_inc(dev_net(skb->dev), GRO_MERGED);
	return err;
}

static const struct net_offload offload = {
	.callbacks = {
		.gso_segment	= gso_segment,
		.gro_receive	= gro_receive,
		.gro_complete	= gro_complete,
	},
};

int __init serval_offload_init(void)
{
	return inet_add_offload(&offload, serval_protocol) ? -EBUSY : 0;
}

void serval_offload_exit(void)
{
	inet_del_offload(&offload, serval_protocol);
}
