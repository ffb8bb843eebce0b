/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream - SOCK_STREAM over the running kernel's own TCP.
 *
 * stream.c the tables that make TCP call us, and sending; stream_rcv.c
 * receiving; stream_connect.c the client's side of opening, stream_request.c
 * the server's; stream_close.c end of file, TIMEWAIT and resets; stream_opt.c
 * socket options.
 */
#ifndef SERVAL_STREAM_H
#define SERVAL_STREAM_H

#include <linux/tcp.h>
#include <net/tcp.h>
#include <uapi/linux/serval_sal.h>
#include "conn.h"
#include "sock.h"

/* stream.c */
extern struct proto serval_stream_prot;
extern struct proto_ops serval_stream_ops;
extern struct request_sock_ops serval_rsk_ops;
extern const struct serval_conn_ops serval_stream_conn_ops;
int serval_stream_init(void);
void serval_stream_exit(void);
struct dst_entry *serval_stream_route(struct sock *sk);
void serval_stream_know_peer(struct sock *sk);
/* icsk_af_ops as the kernel's TCP over IPv4 has it */
extern const struct inet_connection_sock_af_ops *serval_tcp_af_ops;

/* stream_rcv.c */
void serval_stream_rcv(struct sock *sk, struct sk_buff *skb);
void serval_stream_first_rcv(struct sock *listener, struct sock *child, struct sk_buff *skb);
int serval_stream_do_rcv(struct sock *sk, struct sk_buff *skb);

/* stream_connect.c */
int serval_stream_connect(struct sock *sk, struct sockaddr *uaddr, int len);
int serval_stream_resolve_again(struct sock *sk);
void serval_stream_retarget(struct sock *sk, int err);

/* stream_request.c */
void serval_stream_rcv_syn(struct sock *listener, struct sk_buff *skb, const struct sal_msg *msg,
			   const struct eccp_addr *from);
void serval_stream_rcv_req(struct request_sock *req, struct sk_buff *skb,
			   const struct sal_msg *msg, const struct eccp_addr *from);
int serval_stream_rtx_synack(const struct sock *sk, struct request_sock *req);
void serval_stream_free_req(struct request_sock *req);
void serval_stream_drop_requests(struct sock *listener);

/* stream_close.c */
void serval_stream_close(struct sock *sk, long timeout);
int serval_stream_disconnect(struct sock *sk, int flags);
void serval_stream_unhash(struct sock *sk);
bool serval_stream_strip_fin(struct sock *sk, struct sk_buff *skb);
void serval_stream_after_rcv(struct sock *sk);
void serval_stream_reset(struct sock *sk, int err);
void serval_stream_abort(struct sock *sk);
void serval_stream_tell_closed(struct sock *sk);
void serval_stream_say_fin(struct sock *sk);

/* stream_opt.c */
int serval_stream_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
			     unsigned int optlen);
int serval_stream_getsockopt(struct sock *sk, int level, int optname, char __user *optval,
			     int __user *optlen);

/* What TCP's MSS option may say towards @dst, the SAL header counted */
static inline u16 serval_advertised_mss(const struct dst_entry *dst)
{
	return max_t(u32, dst_metric_advmss(dst), TCP_MIN_MSS + SAL_HDR_LEN) - SAL_HDR_LEN;
}

/* The SAL header of a received packet whose IP header is still in place */
static inline const struct sal_hdr *serval_skb_sal(const struct sk_buff *skb)
{
	return (const struct sal_hdr *)(skb_network_header(skb) + ip_hdrlen(skb));
}

static inline struct eccp_addr serval_skb_from(const struct sk_buff *skb)
{
	return (struct eccp_addr) { .ip = ip_hdr(skb)->saddr };
}

#endif
