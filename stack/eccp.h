/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eccp - end-to-end connection control of one flow (PROTOCOL.md 4).
 *
 * Numbers, nonces, addresses and states; opening, closing, resetting, and
 * the timer that repeats what was not acknowledged. It decides and never
 * does: each step takes an event and answers with actions and messages that
 * conn.c carries out. It knows no socket, no clock and no source of random
 * numbers: time and randomness come with the event.
 */
#ifndef SERVAL_ECCP_H
#define SERVAL_ECCP_H

#include "pure.h"
#include "sal_hdr.h"

/* States in the order a client visits them; same numbers as enum sv_flow_state */
enum eccp_state {
	ECCP_CLOSED	= 0,
	ECCP_REQUEST	= 1,	/* client: SYN sent */
	ECCP_LISTEN	= 2,	/* of a socket, never of a flow */
	ECCP_RESPOND	= 3,	/* server: SYN-ACK sent, a request without a socket */
	ECCP_CONNECTED	= 4,
	ECCP_FINWAIT1	= 5,	/* we closed, our FIN is not acknowledged */
	ECCP_FINWAIT2	= 6,	/* we closed, acknowledged, the peer has not closed */
	ECCP_CLOSING	= 7,	/* both closed, our FIN not acknowledged, we closed first */
	ECCP_CLOSEWAIT	= 8,	/* the peer closed, we have not */
	ECCP_LASTACK	= 9,	/* the peer closed first, our FIN is not acknowledged */
	ECCP_TIMEWAIT	= 10,	/* both closed and acknowledged, we closed first */
	ECCP_STATE_MAX,
};

/* Where a peer can be reached (PROTOCOL.md 1.7, last paragraph) */
struct eccp_addr {
	__be32	ip;
	__be16	port;		/* UDP port, 0 if native */
	u8	encap;		/* 1: SAL inside UDP */
	u8	zero;		/* keeps the struct comparable by memcmp() */
};

/* eccp.flags */
enum eccp_flags {
	ECCP_F_FIN	= BIT(0),	/* we closed: fin */
	ECCP_F_RFIN	= BIT(1),	/* the peer closed: rfin */
	ECCP_F_PASSIVE	= BIT(2),	/* the peer opened */
	ECCP_F_ACK3	= BIT(3),	/* client: third ACK not known to have arrived */
	ECCP_F_PEND	= BIT(4),	/* pend, pendv, pchal are valid */
	ECCP_F_GAVE_UP	= BIT(5),	/* our FIN will not be repeated any more */
	ECCP_F_UNPROVEN	= BIT(6),	/* pa is where a version 1 peer says it moved: 4.4, R3 */
	ECCP_F_LIMITED	= BIT(7),	/* limit_ms is valid */
	ECCP_F_DEAD	= BIT(8),	/* reset by either side: nothing is answered any more */
};

/* What a timer does later or again: index of eccp.due_ms and eccp.tries */
enum eccp_duty {
	ECCP_DUTY_SYNACK,	/* RESPOND: SYN-ACK again, 5 tries */
	ECCP_DUTY_ACK3,		/* third ACK again at 1, 2, 4, 8, 16 s */
	ECCP_DUTY_CTL,		/* CTL (FIN, RSYN) until acknowledged, 15 tries */
	ECCP_DUTY_CTLACK,	/* RSYN-ACK until echoed, 5 tries */
	ECCP_DUTY_ACK,		/* CLOSEWAIT: ACK to the FIN, once, unless our own FIN is first */
	ECCP_DUTY_MAX,
};

/**
 * struct eccp - one flow's connection control; protocol numbers in host order
 * @state: enum eccp_state
 * @version: 1 or 2; 0 while the client waits for the SYN-ACK
 * @flags: enum eccp_flags
 * @armed: BIT(duty) for each duty with a deadline
 * @tries: how often each duty was repeated
 * @due_ms: deadline of each armed duty, in the caller's milliseconds
 * @rtt_ms: measured round trip of control messages, smoothed, 0 none yet
 * @sent_ms: when the SYN-ACK was last sent, or the newest CTL first
 * @limit_ms: when something unproven (a RST without nonce, a second server's
 *	SYN-ACK) was last answered
 * @iss: our first control number
 * @v: our newest control number
 * @lv: the number that last announced our address
 * @una: the peer has acknowledged all numbers before this
 * @rv: newest number of the peer that we accepted
 * @pendv: number that announced @pend
 * @lflow: our flow id
 * @pflow: the peer's flow id, 0 not known
 * @ln: our nonce, @pn: the peer's, 0 not known
 * @pa: the peer's address in use, validated
 * @pend: candidate address (ECCP_F_PEND)
 * @pchal: its challenge
 */
struct eccp {
	u8			state;
	u8			version;
	u16			flags;
	u8			armed;
	u8			tries[ECCP_DUTY_MAX];
	u32			due_ms[ECCP_DUTY_MAX];
	u32			rtt_ms;
	u32			sent_ms;
	u32			limit_ms;
	u32			iss;
	u32			v;
	u32			lv;
	u32			una;
	u32			rv;
	u32			pendv;
	u32			lflow;
	u32			pflow;
	u64			ln;
	u64			pn;
	struct eccp_addr	pa;
	struct eccp_addr	pend;
	u64			pchal;
};

enum eccp_event {
	ECCP_EV_CONNECT,	/* user; in: lflow, ln, iss preset by eccp_init() */
	ECCP_EV_SYN,		/* packets, by what they carry ... */
	ECCP_EV_SYNACK,
	ECCP_EV_ACK,		/* ACK alone (or with SERVICE: a third ACK) */
	ECCP_EV_CTL,		/* FIN and/or RSYN without ACK */
	ECCP_EV_CTLACK,		/* RSYN + ACK */
	ECCP_EV_RST,
	ECCP_EV_DATA,		/* no CONTROL; only looked at in RESPOND and while ACK3 is open */
	ECCP_EV_CLOSE,		/* user closed, or shutdown(WR) */
	ECCP_EV_ABORT,		/* user reset: answers with an active RST */
	ECCP_EV_TIMER,
	ECCP_EV_UNREACHABLE,	/* ICMP said so */
	ECCP_EV_MAX,
};

/* What a message is, for eccp_msg.kind */
enum eccp_kind {
	ECCP_SYN, ECCP_SYNACK, ECCP_ACK3, ECCP_ACK, ECCP_CTL, ECCP_CTLACK, ECCP_RST,
};

/**
 * struct eccp_msg - one control message to send
 * @kind: enum eccp_kind. SYN, SYNACK and ACK3 need the caller's transport
 *	header and SERVICE; the others are complete.
 * @hdr: flow ids, CONTROL, CHALLENGE and the version pattern, ready but for
 *	protocol and SERVICE
 * @to: where
 */
struct eccp_msg {
	u8			kind;
	struct sal_msg		hdr;
	struct eccp_addr	to;
};

/* eccp_out.actions */
enum eccp_action {
	ECCP_A_SEND		= BIT(0),	/* send msg[0..n_msgs-1], in this order */
	ECCP_A_CONNECTED	= BIT(1),	/* client: SYN-ACK taken; bind to pa, then to TCP */
	ECCP_A_ACCEPT		= BIT(2),	/* server: the request becomes a socket */
	ECCP_A_TRANSPORT	= BIT(3),	/* the packet's transport part may go to TCP */
	ECCP_A_RETARGET		= BIT(4),	/* REQUEST: exclude this target, try the next */
	ECCP_A_RESET		= BIT(5),	/* dead: report err to the user, forget it */
	ECCP_A_CLOSED		= BIT(6),	/* both closed and acknowledged: eccp_finished() */
	ECCP_A_GIVE_UP		= BIT(7),	/* SYN-ACK or FIN repeated in vain */
	ECCP_A_MOVED		= BIT(8),	/* pa has changed: new path */
	ECCP_A_DROP		= BIT(9),	/* changed nothing; why says which counter */
};

/* Why a control message changed nothing: one counter each */
enum eccp_why {
	ECCP_WHY_NONE = 0,
	ECCP_WHY_NONCE,		/* wrong nonce */
	ECCP_WHY_FLOW,		/* source flow id is not the peer's */
	ECCP_WHY_ACKNO,		/* ackno outside the window of 4.0 */
	ECCP_WHY_VERNO,		/* older than what we have, or a jump beyond 2^16 */
	ECCP_WHY_STATE,		/* no such event in this state */
	ECCP_WHY_VERSION,	/* needs version 2 */
	ECCP_WHY_ADDRESS,	/* data from an address that is neither pa nor pend */
	ECCP_WHY_RST,		/* RST without the right nonce */
	ECCP_WHY_MAX,
};

/**
 * struct eccp_in - an event
 * @event: enum eccp_event
 * @msg: packet events: the parsed header
 * @from: packet events: where it came from
 * @now_ms: any millisecond clock that only goes forward; may wrap
 * @rto_ms: the transport's retransmission time-out, 0 if it has none
 * @random: 64 fresh random bits (a challenge, jitter)
 * @err: ECCP_EV_UNREACHABLE: positive errno
 * @tcp_ack_ok: ECCP_EV_DATA in RESPOND: the transport part acknowledges our
 *	ISN + 1
 * @migrate_v1: accept moves of version 1 peers, that cannot prove where they
 *	are. Only for a transport that bounds what it sends while
 *	ECCP_F_UNPROVEN (4.4, R3).
 */
struct eccp_in {
	u8			event;
	bool			tcp_ack_ok;
	bool			migrate_v1;
	int			err;
	const struct sal_msg	*msg;
	struct eccp_addr	from;
	u32			now_ms;
	u32			rto_ms;
	u64			random;
};

#define ECCP_OUT_MSGS	3

/**
 * struct eccp_out - what the step decided
 * @actions: enum eccp_action
 * @why: with ECCP_A_DROP, enum eccp_why. Messages may have to be sent all the
 *	same: a probe (RST without nonce), a RST to a second server.
 * @err: with ECCP_A_RESET, the positive errno for the user, 0 silent; with
 *	ECCP_A_RETARGET, why that target is no good
 * @n_msgs: valid entries of @msg
 * @msg: messages to send; those beyond @n_msgs are not written
 * @timer: a deadline is set
 * @timer_ms: the earliest, on the clock of eccp_in.now_ms
 */
struct eccp_out {
	u32			actions;
	u8			why;
	u8			n_msgs;
	bool			timer;
	int			err;
	u32			timer_ms;
	struct eccp_msg		msg[ECCP_OUT_MSGS];
};

/**
 * eccp_init() - a fresh flow in CLOSED
 * @e: zeroed and set up
 * @lflow: our flow id, @nonce: our nonce, @iss: our first number; all random
 */
void eccp_init(struct eccp *e, u32 lflow, u64 nonce, u32 iss);

/**
 * eccp_respond() - a server's flow from a SYN, in RESPOND
 * @e: after eccp_init()
 * @in: the SYN event
 * @out: the SYN-ACK to send and the timer
 */
void eccp_respond(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);

/**
 * eccp_step() - the transition function
 * @e: the flow, updated
 * @in: what happened
 * @out: what to do about it; always written, need not be initialised
 *
 * Context: any; the caller holds whatever guards @e. No allocation, no I/O.
 */
void eccp_step(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);

/**
 * eccp_event_of() - which packet event a header is
 * @msg: a parsed header
 * Return: ECCP_EV_SYN ... ECCP_EV_DATA
 */
enum eccp_event eccp_event_of(const struct sal_msg *msg);

/**
 * eccp_make() - one message as the flow would send it now
 * @e: the flow
 * @kind: which; the transport uses this for the SYN, SYN-ACK and third ACK
 *	that ride on its own retransmissions
 * @out: the message
 */
void eccp_make(const struct eccp *e, enum eccp_kind kind, struct eccp_msg *out);

/**
 * eccp_reset_reply() - the RST that answers a packet without a flow (4.5)
 * @msg: the packet's header
 * @from: where it came from
 * @out: the RST
 * Return: false if none may be sent (it was a RST itself).
 */
bool eccp_reset_reply(const struct sal_msg *msg, const struct eccp_addr *from,
		      struct eccp_msg *out);

/**
 * eccp_data_ok() - may a header without CONTROL pass to the transport?
 * @e: the flow
 * @src_flow: the packet's source flow id
 * @ip: its source address
 *
 * The fast path's whole check: the peer's flow id, and an address in
 * {pa, pend}. Encapsulated flows compare the port as well, elsewhere.
 */
static inline bool eccp_data_ok(const struct eccp *e, u32 src_flow, __be32 ip)
{
	return src_flow == e->pflow &&
	       (ip == e->pa.ip ||
		((e->flags & ECCP_F_PEND) && ip == e->pend.ip));
}

/** eccp_finished() - closed both ways, both acknowledged */
static inline bool eccp_finished(const struct eccp *e)
{
	return (e->flags & ECCP_F_RFIN) && (e->flags & ECCP_F_FIN) &&
	       e->una == e->v + 1;
}

/** eccp_same_addr() - is this the same place? */
static inline bool eccp_same_addr(const struct eccp_addr *a, const struct eccp_addr *b)
{
	return a->ip == b->ip && a->port == b->port && a->encap == b->encap;
}

#endif
