/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sock - the three things a flow id can lead to.
 *
 * A socket, a half-open request, or a closing entry: the little that remains
 * of a connection whose socket is gone. All begin with sock_common, so the
 * flow table holds them side by side; sk_state tells which is which
 * (TCP_NEW_SYN_RECV a request, TCP_TIME_WAIT a closing entry).
 */
#ifndef SERVAL_SOCK_H
#define SERVAL_SOCK_H

#include <linux/tcp.h>
#include <net/inet_connection_sock.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <uapi/linux/serval.h>
#include "eccp.h"
#include "serval.h"

struct serval_closing;
struct serval_conn_ops;

/* Targets of a connect that need not be tried again */
#define SERVAL_REFUSED_MAX	256	/* as many as a rule has, SERVAL_TARGETS_MAX */

/* serval_sock.flags; all under the socket lock */
enum serval_sock_flags {
	SERVAL_SF_BOUND		= BIT(0),	/* in the service table under sid/bits */
	SERVAL_SF_AUTOBOUND	= BIT(1),	/* the name was made up by us */
	SERVAL_SF_FIN_SEEN	= BIT(2),	/* TCP's FIN arrived, at fin_seq */
	SERVAL_SF_FIN_DONE	= BIT(3),	/* and everything before it: end of file */
	SERVAL_SF_RESET		= BIT(4),	/* a RST went or came: leave no closing entry */
	SERVAL_SF_LISTED	= BIT(5),	/* the synkey is in its table */
	SERVAL_SF_EVENT		= BIT(6),	/* user space was told of this flow */
};

/* serval_sock.deferred: work left for release_cb() by whoever found the socket in use */
enum serval_deferred {
	SERVAL_DEFER_TIMER,
	SERVAL_DEFER_UNREACHABLE,
};

/*
 * Finds the request or connection that a repeated SYN belongs to. Embedded
 * in requests and in accepted sockets; lives in a table of its own (see
 * synkey.c) under that table's bucket lock.
 */
struct serval_synkey {
	struct hlist_node	node;
	u64			hash;	/* SipHash of client flow id, nonce and serviceID */
	struct sock		*sk;	/* the request or socket this is part of */
};

/**
 * struct serval_sock - a stream socket
 * @tcp: the kernel's TCP; first, since tcp_sk(sk) is how TCP finds it
 * @ec: connection control
 * @ops: what connection control calls in this socket type
 * @tx_hdr: the header of every data segment that we send, its sum included;
 *	valid once the peer's flow id is known
 * @rx_hdr: the header of every data segment that the peer sends
 * @sid: the name this end goes by: bound, made up, or asked for by the client
 * @bits: prefix length @sid is bound with
 * @peer: client: the service connected to. Server: the client's own name or zero
 * @flags: enum serval_sock_flags
 * @deferred: enum serval_deferred, atomic bits
 * @soft_err: errno an ICMP message left for DEFER_UNREACHABLE
 * @fin_seq: sequence number of the peer's FIN
 * @ack3_jiffies: when the last third ACK was sent
 * @start_jiffies: when the flow began
 * @oif: interface the rule of the peer's name asks for, 0 any
 * @user_mss: TCP_MAXSEG as the user set it, while a connect overrides it
 * @n_refused: valid entries of @refused
 * @refused: addresses that refused this connect or were unreachable, allocated
 *	at the first one
 * @ctl_timer: eccp's deadlines; holds a reference to the socket while armed
 * @synkey: see there
 * @closing: what will take this socket's place in the flow table, allocated
 *	at the first FIN so that closing cannot fail later
 *
 * Everything is guarded by the socket lock, @deferred excepted.
 */
struct serval_sock {
	struct tcp_sock		tcp;
	struct eccp		ec;
	const struct serval_conn_ops *ops;
	struct sal_hdr		tx_hdr;
	struct sal_hdr		rx_hdr;
	struct service_id	sid;
	struct service_id	peer;
	u16			bits;
	u16			flags;
	unsigned long		deferred;
	int			soft_err;
	u32			fin_seq;
	unsigned long		ack3_jiffies;
	unsigned long		start_jiffies;
	int			oif;
	u16			user_mss;
	u16			n_refused;
	__be32			*refused;
	struct timer_list	ctl_timer;
	struct serval_synkey	synkey;
	struct serval_closing	*closing;
};

static inline struct serval_sock *serval_sk(const struct sock *sk)
{
	return (struct serval_sock *)sk;
}

/**
 * struct serval_req - a half-open connection on the server
 * @treq: what tcp_create_openreq_child() makes a socket from; first
 * @lock: guards @ec
 * @ec: connection control, in RESPOND
 * @sid: the serviceID the client asked for
 * @n_source: valid entries of @source
 * @source: the path of a forwarded SYN and our address, for a version 1 client
 * @synkey: finds the request for a repeated SYN
 *
 * References: the flow table, the armed timer (treq's rsk_timer), and
 * whoever looked it up.
 */
struct serval_req {
	struct tcp_request_sock	treq;
	spinlock_t		lock;	/* guards ec */
	struct eccp		ec;
	struct service_id	sid;
	u8			n_source;
	__be32			*source;
	struct serval_synkey	synkey;
};

static inline struct serval_req *serval_req(struct request_sock *req)
{
	return (struct serval_req *)req;
}

/**
 * struct serval_closing - a connection after its socket
 * @c: first; state TCP_TIME_WAIT
 * @lock: guards everything below
 * @ec: connection control, until it is finished or gives up
 * @service: the name of the connection
 * @saddr: our address
 * @rcv_nxt: TCP: next expected, behind the peer's FIN
 * @snd_nxt: TCP: next to send, behind our FIN
 * @ts_recent: TCP: newest timestamp of the peer
 * @ts_off: TCP: offset of our timestamps
 * @rcv_wnd: TCP: window to announce, as it goes into the header
 * @tstamp_ok: TCP: timestamps are in use
 * @tos: of the replies
 * @timewait: both ends are done, only time is left
 * @waiting: our part is done, only the peer's FIN is missing
 * @dead: out of the flow table, never to be armed again
 * @until: jiffies at which the entry ends whatever happens
 * @timer: eccp's deadlines, then @until; holds a reference while armed
 */
struct serval_closing {
	struct sock_common	c;
	spinlock_t		lock;	/* guards all below */
	struct eccp		ec;
	struct service_id	service;
	__be32			saddr;
	u32			rcv_nxt;
	u32			snd_nxt;
	u32			ts_recent;
	u32			ts_off;
	u16			rcv_wnd;
	u8			tstamp_ok;
	u8			tos;
	bool			timewait;
	bool			waiting;
	bool			dead;
	unsigned long		until;
	struct timer_list	timer;
};

static inline struct serval_closing *serval_closing(struct sock *sk)
{
	return (struct serval_closing *)sk;
}

/* How long an entry may live at most beyond the TIMEWAIT time, if nobody answers */
#define SERVAL_CLOSING_MAX	(15 * 60 * HZ)

/* eccp's clock */
static inline u32 serval_now_ms(void)
{
	return jiffies_to_msecs(jiffies);
}

static inline unsigned long serval_ms_to_expiry(u32 ms)
{
	s32 left = ms - serval_now_ms();

	return jiffies + (left > 0 ? msecs_to_jiffies(left) : 0);
}

#endif
