/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rooms of eccp share among themselves: eccp.c (states), eccp_msg.c
 * (messages), eccp_timer.c (duties that repeat), eccp_migrate.c (addresses).
 * No other room includes this.
 */
#ifndef SERVAL_ECCP_PRIVATE_H
#define SERVAL_ECCP_PRIVATE_H

#include "eccp.h"

enum eccp_limits {
	ECCP_RTO_FIRST_MS	= 1000,
	ECCP_RTO_MIN_MS		= 200,
	ECCP_RTO_MAX_MS		= 60000,
	ECCP_SYNACK_TRIES	= 5,	/* a request lives 1+2+4+8+16+32 s */
	ECCP_SYNACK_GAP_MS	= 200,	/* answers to repeated SYNs are at least this far apart */
	ECCP_ACK3_TRIES		= 5,
	ECCP_CTL_TRIES		= 15,
	ECCP_CTLACK_TRIES	= 5,
	ECCP_PROBE_GAP_MS	= 500,	/* between probes that RSTs without nonce provoke */
	ECCP_STRAY_GAP_MS	= 100,	/* between RSTs to second servers */
	ECCP_ACK_DELAY_MS	= 40,	/* for our FIN to follow the peer's; well below any RTO */
	ECCP_ACKNO_SLACK	= 16,	/* 4.0: how far behind una an ackno may be */
	ECCP_VERNO_JUMP		= 1 << 16, /* 4.1: how far ahead of rv a verno may be */
	ECCP_V1_RST_SLACK	= 33,	/* 4.2: how far beyond v an original's RST may ack */
};

typedef void (*eccp_handler)(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);

/* Serial number arithmetic (1.4) */
static inline bool eccp_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool eccp_between(u32 x, u32 low, u32 high)
{
	return x - low <= high - low;
}

/* No early-out comparison: one test of one word, whichever bits differ */
static inline bool eccp_same_secret(u64 a, u64 b)
{
	return !(a ^ b);
}

/* MIG: the peer has not acknowledged where we are */
static inline bool eccp_migrating(const struct eccp *e)
{
	return !eccp_before(e->lv, e->una);
}

/* The peer has not acknowledged all we announced */
static inline bool eccp_outstanding(const struct eccp *e)
{
	return e->una != e->v + 1;
}

static inline void eccp_drop(struct eccp_out *out, enum eccp_why why)
{
	out->actions |= ECCP_A_DROP;
	out->why = why;
}

/* eccp_msg.c: a message into @out; returns it for the caller's changes */
struct eccp_msg *eccp_put(const struct eccp *e, enum eccp_kind kind, struct eccp_out *out);

/* eccp_timer.c */
/* How long to wait for an answer the first time */
u32 eccp_rto(const struct eccp *e, const struct eccp_in *in);
/* Its @duty starts: none of it repeated yet */
void eccp_duty_start(struct eccp *e, const struct eccp_in *in, enum eccp_duty duty, u32 ms);
/* ... goes on, later by @tries doublings of @ms */
void eccp_duty_again(struct eccp *e, const struct eccp_in *in, enum eccp_duty duty, u32 ms,
		     u8 tries);
void eccp_duty_stop(struct eccp *e, enum eccp_duty duty);
/* The answer came: a round trip measured, if nothing was repeated (Karn) */
void eccp_duty_sample(struct eccp *e, const struct eccp_in *in, enum eccp_duty duty);
/* The earliest deadline into @out */
void eccp_duty_earliest(const struct eccp *e, struct eccp_out *out);
/* Tell the peer our newest state, now and until it is acknowledged */
void eccp_announce(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);
/* One of the six SYN-ACKs that a request gets, but the first */
void eccp_synack_again(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);
/* The handler of ECCP_EV_TIMER: whatever is due */
void eccp_timer(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);

/* eccp_migrate.c */
/* May the SYN-ACK or CTL in @in announce what it does? Else why not */
enum eccp_why eccp_move_refused(const struct eccp *e, const struct eccp_in *in);
/* A newer version says where the peer is */
void eccp_move_take(struct eccp *e, const struct eccp_in *in);
/* It says so once more */
void eccp_move_repeated(struct eccp *e, const struct eccp_in *in);
/* If the ACK in @in proves that the peer is at pend, pend becomes pa */
void eccp_move_prove(struct eccp *e, const struct eccp_in *in, struct eccp_out *out);
/* Our own move was read: the echo of the peer's challenge */
void eccp_move_echo(const struct eccp *e, const struct eccp_in *in, struct eccp_out *out);

#endif
