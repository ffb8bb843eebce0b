/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's and a server's struct eccp, and a wire between them, for the
 * tests of eccp's rooms. Every message crosses the wire as bytes: what eccp
 * says must be something sal_hdr can write and read.
 */
#ifndef SERVAL_ECCP_PAIR_H
#define SERVAL_ECCP_PAIR_H

#include "eccp.h"

/* Numbers that wrap on the way, so that every test sees it */
#define C_FLOW	0x11111111u
#define C_NONCE	0x0123456789abcdefULL
#define C_ISS	0xfffffffeu
#define S_FLOW	0x22222222u
#define S_NONCE	0xfedcba9876543210ULL
#define S_ISS	0x7ffffffeu

/* The clock wraps as well: 3 s after a test begins */
#define T0	(0u - 3000u)

extern u32 now;			/* milliseconds */
extern struct eccp_out out;	/* of the last step */
extern struct eccp c, s;	/* client, server */

/* 10.0.0.@n, native */
struct eccp_addr at(u8 n);
#define C_AT	at(1)
#define S_AT	at(2)
#define ELSE	at(99)

/* The first challenge is 1001, the next 1002 ... */
extern u64 randoms;

void user(struct eccp *e, enum eccp_event event);
void tick(struct eccp *e);
/* A message arrives. @tcp_ack_ok as in eccp_in */
void feed_from(struct eccp *e, const struct sal_msg *m, struct eccp_addr from, bool tcp_ack_ok);
/* ... from where its sender usually is */
void feed(struct eccp *e, const struct sal_msg *m);
/* A SYN arrives at a listener */
void respond(struct eccp *e, const struct sal_msg *m, struct eccp_addr from);
/* What @e would send now */
struct sal_msg say(const struct eccp *e, enum eccp_kind kind);
/* The one message of the last step, to @to, with @flags; returned for feed() */
struct sal_msg said(enum eccp_kind kind, struct eccp_addr to, u8 flags);
/* The last step put the ACK to a FIN off: nothing for 40 ms, then this alone */
struct sal_msg late_ack(struct eccp *e);
struct sal_msg data_of(const struct eccp *e);
struct sal_msg rst(const struct eccp *from, u64 nonce, u32 verno, u32 ackno);

/* Both up to the state named, over a quiet wire */
void requested(void);
void responding(int version);
void connected(int version);

/* A flow with a peer, in this state; says which of the two */
struct eccp *in_state(int which);
/* A packet as @e's peer would send it now; a CTL announces its FIN */
struct sal_msg from_peer(const struct eccp *e, enum eccp_kind kind);

/* The last step changed nothing for this reason and said nothing */
#define ck_dropped(reason) do { \
	ck_assert_uint_eq(out.actions, ECCP_A_DROP); \
	ck_assert_uint_eq(out.why, (reason)); \
	ck_assert_uint_eq(out.n_msgs, 0); \
} while (0)

#define ck_state(e, want) ck_assert_uint_eq((e)->state, (want))
#define ck_actions(want) ck_assert_uint_eq(out.actions, (want))
#define ck_at(a, want) ck_assert(eccp_same_addr(&(a), &(struct eccp_addr){ (want).ip, 0, 0, 0 }))

#endif
