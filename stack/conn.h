/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conn - drives eccp for a socket: packets, timers and user calls in,
 * actions out. The only caller of eccp_step() for sockets.
 */
#ifndef SERVAL_CONN_H
#define SERVAL_CONN_H

#include <linux/random.h>
#include <linux/skbuff.h>
#include "sal_output.h"
#include "sock.h"

/**
 * struct serval_conn_ops - what connection control asks of a socket type
 * @send: send a control message that needs a transport part (third ACK)
 * @reset: the flow is dead; tell the user @err (positive) and close
 * @retarget: REQUEST: @err (positive) came from the present target, try another
 * @moved: the peer's address is now ec.pa
 * @rto_ms: the transport's retransmission time-out, 0 unknown
 *
 * All are called under the socket lock.
 */
struct serval_conn_ops {
	int  (*send)(struct sock *sk, struct eccp_msg *msg);
	void (*reset)(struct sock *sk, int err);
	void (*retarget)(struct sock *sk, int err);
	void (*moved)(struct sock *sk);
	u32  (*rto_ms)(const struct sock *sk);
};

/** serval_conn_init() - set up a new or cloned socket's timer and ops; ec is the caller's */
void serval_conn_init(struct sock *sk, const struct serval_conn_ops *ops);

/**
 * serval_conn_event() - something that is not a packet happened
 * @sk: socket, locked
 * @event: CONNECT, CLOSE, ABORT, TIMER or UNREACHABLE
 * @err: UNREACHABLE: positive errno
 * Return: the actions, already carried out.
 */
u32 serval_conn_event(struct sock *sk, enum eccp_event event, int err);

/**
 * serval_conn_rcv() - a packet with a CONTROL extension, or one that matters while
 *	the third ACK is open
 * @sk: socket, locked
 * @msg: its header, @from: its source
 * Return: the actions, carried out but for CONNECTED and TRANSPORT, which are
 * the caller's since they concern the packet's transport part.
 */
u32 serval_conn_rcv(struct sock *sk, const struct sal_msg *msg, const struct eccp_addr *from);

/**
 * serval_conn_apply() - carry out what a step decided
 * @sk: socket, locked
 * @out: the decision
 * @err: UNREACHABLE: positive errno, else 0
 *
 * For the socket that takes over a request's state; everybody else steps
 * through serval_conn_event() and serval_conn_rcv().
 */
u32 serval_conn_apply(struct sock *sk, struct eccp_out *out, int err);

/** serval_conn_count_in() - count an event by what came of it */
void serval_conn_count_in(struct net *net, const struct eccp_in *in, const struct eccp_out *out);

/*
 * Random bits for a step. True ones are dear and only a challenge needs them;
 * to spread the gaps between rate-limited answers our nonce will do.
 */
static inline u64 serval_step_random(const struct eccp *e, const struct eccp_in *in)
{
	if (in->event == ECCP_EV_SYNACK ||
	    (in->event == ECCP_EV_CTL && (in->msg->flags & SAL_CTL_RSYN)))
		return get_random_u64();
	return e->ln >> (jiffies & 31);
}

/** serval_conn_count() - count one control message as sent */
void serval_conn_count(struct net *net, const struct eccp_msg *msg);

/**
 * serval_conn_release_cb() - do what was put off while the socket was in use
 * @sk: socket
 *
 * Context: of proto.release_cb.
 */
void serval_conn_release_cb(struct sock *sk);

/**
 * serval_conn_defer() - put work off until the socket is free
 * @sk: socket; a reference is taken
 * @what: the work
 *
 * Context: bh_lock_sock() held.
 */
void serval_conn_defer(struct sock *sk, enum serval_deferred what);

/** serval_conn_hop() - from a socket to @to, for a control message; the route is left open */
struct serval_hop serval_conn_hop(const struct sock *sk, const struct eccp_addr *to);

/** serval_conn_stop() - no timer any more; socket locked or dying */
void serval_conn_stop(struct sock *sk);

#endif
