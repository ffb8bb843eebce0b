// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp_migrate - the peer moves (PROTOCOL.md 4.4).
 *
 * Which word about an address is listened to, where challenges go, and when
 * an address is used. Two duties are kept apart: acknowledging a version says
 * "I know", and only an echoed challenge says "you can be reached there" (R2).
 * Our own moves are not decided here. The room must not know about states.
 */
#include "eccp_private.h"

/* Older than what we have is stale, far ahead of it is no peer of ours (P6).
 * An original cannot prove a move: refused unless the caller bounds what it
 * sends there. Unanswered, the peer stays where it was for us.
 */
enum eccp_why eccp_move_refused(const struct eccp *e, const struct eccp_in *in)
{
	const struct sal_msg *m = in->msg;
	bool moves = (m->flags & SAL_CTL_RSYN) ||
		     ((m->flags & SAL_CTL_SYN) && m->verno != e->rv);

	if (m->verno - e->rv > ECCP_VERNO_JUMP)
		return ECCP_WHY_VERNO;
	if (moves && e->version == 1 && !in->migrate_v1 && !eccp_same_addr(&in->from, &e->pa))
		return ECCP_WHY_VERSION;
	return ECCP_WHY_NONE;
}

/* R1: only a newer version is asked for an address. From pa itself it is a
 * sign of life and moves nothing (1.7).
 */
void eccp_move_take(struct eccp *e, const struct eccp_in *in)
{
	e->pend = in->from;
	e->pendv = in->msg->verno;
	e->pchal = in->random;
	if (eccp_same_addr(&in->from, &e->pa)) {
		e->flags &= ~ECCP_F_PEND;
		eccp_duty_stop(e, ECCP_DUTY_CTLACK);
		return;
	}
	e->flags |= ECCP_F_PEND;
	eccp_duty_start(e, in, ECCP_DUTY_CTLACK, eccp_rto(e, in));
}

/* The same challenge again, to the same address. If patience with pend was at
 * an end, this is one more try, not five.
 */
void eccp_move_repeated(struct eccp *e, const struct eccp_in *in)
{
	if (e->pendv != in->msg->verno || (e->flags & ECCP_F_PEND) ||
	    eccp_same_addr(&e->pend, &e->pa))
		return;
	e->flags |= ECCP_F_PEND;
	eccp_duty_again(e, in, ECCP_DUTY_CTLACK, eccp_rto(e, in), e->tries[ECCP_DUTY_CTLACK]);
}

/* The challenge names itself; an original, that knows none, names its move and
 * our newest version instead.
 */
static bool proves(const struct eccp *e, const struct eccp_in *in)
{
	const struct sal_msg *m = in->msg;

	if (!(e->flags & ECCP_F_PEND))
		return false;
	if (e->version == 2)
		return (m->present & SAL_HAS_CHALLENGE) &&
		       eccp_same_secret(m->challenge, e->pchal);
	return m->verno == e->pendv + 1 && m->ackno == e->v + 1 &&
	       eccp_same_addr(&in->from, &e->pend);
}

void eccp_move_prove(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (!proves(e, in))
		return;
	e->pa = e->pend;
	e->flags &= ~(ECCP_F_PEND | ECCP_F_UNPROVEN);
	if (e->version == 1)
		e->flags |= ECCP_F_UNPROVEN;
	eccp_duty_stop(e, ECCP_DUTY_CTLACK);
	out->actions |= ECCP_A_MOVED;
}

/* To where the peer really is, if both have moved at once */
void eccp_move_echo(const struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	struct eccp_msg *echo = eccp_put(e, ECCP_ACK, out);

	if (e->version == 2 && (in->msg->present & SAL_HAS_CHALLENGE)) {
		echo->hdr.present |= SAL_HAS_CHALLENGE;
		echo->hdr.challenge = in->msg->challenge;
	}
	if (e->flags & ECCP_F_PEND)
		echo->to = e->pend;
}
