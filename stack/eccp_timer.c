// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp_timer - duties: what is said again until it was heard (PROTOCOL.md 4.3).
 *
 * Each duty has a deadline and a count; the caller keeps one timer for the
 * earliest. This room decides when something is repeated and when no more. It
 * must not know why a duty began or what ended it. The SYN and the first third
 * ACK are the transport's and no duty.
 */
#include "eccp_private.h"

u32 eccp_rto(const struct eccp *e, const struct eccp_in *in)
{
	u32 ms = ECCP_RTO_FIRST_MS;

	/* 3 x: what RFC 6298 makes of a first sample */
	if (in->rto_ms)
		ms = in->rto_ms;
	else if (e->rtt_ms)
		ms = 3 * e->rtt_ms;
	if (ms < ECCP_RTO_MIN_MS)
		return ECCP_RTO_MIN_MS;
	return ms > ECCP_RTO_MAX_MS ? ECCP_RTO_MAX_MS : ms;
}

void eccp_duty_again(struct eccp *e, const struct eccp_in *in, enum eccp_duty duty, u32 ms,
		     u8 tries)
{
	while (tries-- && ms < ECCP_RTO_MAX_MS)
		ms *= 2;
	if (ms > ECCP_RTO_MAX_MS)
		ms = ECCP_RTO_MAX_MS;
	e->armed |= BIT(duty);
	e->due_ms[duty] = in->now_ms + ms;
}

void eccp_duty_start(struct eccp *e, const struct eccp_in *in, enum eccp_duty duty, u32 ms)
{
	e->tries[duty] = 0;
	eccp_duty_again(e, in, duty, ms, 0);
}

void eccp_duty_stop(struct eccp *e, enum eccp_duty duty)
{
	e->armed &= ~BIT(duty);
}

void eccp_duty_sample(struct eccp *e, const struct eccp_in *in, enum eccp_duty duty)
{
	u32 ms = in->now_ms - e->sent_ms;

	if (!(e->armed & BIT(duty)) || e->tries[duty] || ms > ECCP_RTO_MAX_MS)
		return;
	if (!ms)
		ms = 1;
	e->rtt_ms = e->rtt_ms ? (7 * e->rtt_ms + ms + 4) / 8 : ms;
}

void eccp_duty_earliest(const struct eccp *e, struct eccp_out *out)
{
	int duty;

	for (duty = 0; duty < ECCP_DUTY_MAX; duty++) {
		if (!(e->armed & BIT(duty)))
			continue;
		if (!out->timer || eccp_before(e->due_ms[duty], out->timer_ms))
			out->timer_ms = e->due_ms[duty];
		out->timer = true;
	}
}

void eccp_announce(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	eccp_put(e, ECCP_CTL, out);
	/* it has the ackno that an ACK put off would say */
	eccp_duty_stop(e, ECCP_DUTY_ACK);
	e->sent_ms = in->now_ms;
	e->flags &= ~ECCP_F_GAVE_UP;
	eccp_duty_start(e, in, ECCP_DUTY_CTL, eccp_rto(e, in));
}

/* All SYN-ACKs count, whether a SYN or the timer asked: six in all (R3) */
void eccp_synack_again(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	u8 *tries = &e->tries[ECCP_DUTY_SYNACK];

	eccp_put(e, ECCP_SYNACK, out);
	e->sent_ms = in->now_ms;
	if (*tries < ECCP_SYNACK_TRIES)
		++*tries;
	eccp_duty_again(e, in, ECCP_DUTY_SYNACK, ECCP_RTO_FIRST_MS, *tries);
}

static void due_synack(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (e->tries[ECCP_DUTY_SYNACK] < ECCP_SYNACK_TRIES) {
		eccp_synack_again(e, in, out);
		return;
	}
	e->state = ECCP_CLOSED;
	e->flags |= ECCP_F_DEAD;
	e->armed = 0;
	out->actions |= ECCP_A_GIVE_UP;
}

/* At 1, 2, 4, 8, 16 s after the SYN-ACK. Later only the transport's own sending
 * carries it on.
 */
static void due_ack3(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	u8 *tries = &e->tries[ECCP_DUTY_ACK3];

	eccp_put(e, ECCP_ACK3, out);
	if (++*tries < ECCP_ACK3_TRIES)
		eccp_duty_again(e, in, ECCP_DUTY_ACK3, ECCP_RTO_FIRST_MS, *tries - 1);
	else
		eccp_duty_stop(e, ECCP_DUTY_ACK3);
}

static void due_ctl(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	u8 *tries = &e->tries[ECCP_DUTY_CTL];
	struct eccp_msg *m;

	if (*tries >= ECCP_CTL_TRIES) {
		eccp_duty_stop(e, ECCP_DUTY_CTL);
		e->flags |= ECCP_F_GAVE_UP;
		out->actions |= ECCP_A_GIVE_UP;
		return;
	}
	m = eccp_put(e, ECCP_CTL, out);
	/* 4.6: every other one to where the peer says it has moved */
	if ((++*tries & 1) && (e->flags & ECCP_F_PEND))
		m->to = e->pend;
	eccp_duty_again(e, in, ECCP_DUTY_CTL, eccp_rto(e, in), *tries);
}

/* In vain: stay at pa */
static void due_ctlack(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	u8 *tries = &e->tries[ECCP_DUTY_CTLACK];

	if (*tries >= ECCP_CTLACK_TRIES) {
		eccp_duty_stop(e, ECCP_DUTY_CTLACK);
		e->flags &= ~ECCP_F_PEND;
		return;
	}
	++*tries;
	eccp_put(e, ECCP_CTLACK, out);
	eccp_duty_again(e, in, ECCP_DUTY_CTLACK, eccp_rto(e, in), *tries);
}

static void due_ack(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	eccp_duty_stop(e, ECCP_DUTY_ACK);
	eccp_put(e, ECCP_ACK, out);
}

void eccp_timer(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	static const eccp_handler due[ECCP_DUTY_MAX] = {
		[ECCP_DUTY_SYNACK]	= due_synack,
		[ECCP_DUTY_ACK3]	= due_ack3,
		[ECCP_DUTY_CTL]		= due_ctl,
		[ECCP_DUTY_CTLACK]	= due_ctlack,
		[ECCP_DUTY_ACK]		= due_ack,
	};
	int duty;

	for (duty = 0; duty < ECCP_DUTY_MAX; duty++)
		if ((e->armed & BIT(duty)) && !eccp_before(in->now_ms, e->due_ms[duty]))
			due[duty](e, in, out);
}
