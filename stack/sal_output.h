/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sal_output - from a SAL message or a transport segment to IP.
 */
#ifndef SERVAL_SAL_OUTPUT_H
#define SERVAL_SAL_OUTPUT_H

#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/net_namespace.h>
#include "sal_hdr.h"

/**
 * struct serval_hop - the IP side of one packet
 * @saddr: source, 0: whatever the route says
 * @daddr: destination
 * @mark: SO_MARK
 * @oif: SO_BINDTODEVICE, 0 any
 * @tos: type of service
 * @ttl: time to live, 0: the route's
 * @dst: the route if it is known already, else NULL
 */
struct serval_hop {
	__be32			saddr;
	__be32			daddr;
	u32			mark;
	int			oif;
	u8			tos;
	u8			ttl;
	struct dst_entry	*dst;
};

/**
 * struct serval_segment - a TCP header that we write ourselves
 * @seq: sequence number
 * @ack: acknowledgment number
 * @flags: TCPHDR_*
 * @wnd: window as it goes into the header
 * @mss: MSS option, 0 none
 * @sack: SACK-permitted option
 * @wscale: window scale option, below 0 none
 * @tstamp: timestamp option
 * @tsval: its value
 * @tsecr: its echo
 */
struct serval_segment {
	u32	seq;
	u32	ack;
	u8	flags;
	u16	wnd;
	u16	mss;
	bool	sack;
	s8	wscale;
	bool	tstamp;
	u32	tsval;
	u32	tsecr;
};

/* Our timestamp clock, milliseconds, as TCP's own */
u32 serval_tcp_clock(void);

/**
 * serval_control_xmit() - send a control message
 * @net: namespace
 * @msg: the header; its protocol field is set here
 * @seg: the transport part, or NULL for none
 * @hop: from where to where; saddr is filled in if it was 0
 *
 * Context: any. Return: 0 or -errno of routing, memory or IP.
 */
int serval_control_xmit(struct net *net, struct sal_msg *msg, const struct serval_segment *seg,
			struct serval_hop *hop);

/**
 * serval_ip_xmit() - put the IP header on and let the packet go
 * @net: namespace
 * @sk: whom the packet is charged to, may be NULL
 * @skb: SAL header at skb->data, route set; consumed in any case
 * @hop: addresses and type of service; saddr must be set
 *
 * Never fragmented (PROTOCOL.md 5.10).
 * Context: RCU read section.
 */
int serval_ip_xmit(struct net *net, struct sock *sk, struct sk_buff *skb,
		   const struct serval_hop *hop);

/** serval_route() - a route for @hop; fills @hop->saddr. ERR_PTR on failure, else a held route */
struct dst_entry *serval_route(struct net *net, struct serval_hop *hop);

#endif
