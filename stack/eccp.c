// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp - end-to-end connection control of one flow (PROTOCOL.md 4).
 *
 * A table says which event means something in which state; a handler per kind
 * of event says what. Everything a stranger can send has passed admit() before
 * a handler sees it, so that handlers speak of peers only. The room decides
 * and never does, and must not know what a socket, a clock or TCP is.
 *
 * "Newer" is serial number arithmetic throughout (1.4).
 */
#include "eccp_private.h"

/* Not the messages: half a kilobyte that a step seldom needs */
static void clear(struct eccp_out *out)
{
	out->actions = 0;
	out->why = ECCP_WHY_NONE;
	out->n_msgs = 0;
	out->timer = false;
	out->err = 0;
	out->timer_ms = 0;
}

/* ---- who may speak: 4.0 -------------------------------------------------- */

static bool ackno_ok(const struct eccp *e, u32 ackno)
{
	u32 low = e->una - ECCP_ACKNO_SLACK;

	if (eccp_before(low, e->iss + 1))
		low = e->iss + 1;
	return eccp_between(ackno, low, e->v + 1);
}

/*
 * Is this packet the peer's? Flow ids, then the nonce, then the ackno, which
 * only one who receives our packets knows. Before the SYN-ACK there is no peer
 * to compare with: the handlers of REQUEST ask for what a stranger must know.
 * A RST may carry either nonce and data carries none, their handlers look.
 */
static enum eccp_why admit(const struct eccp *e, const struct eccp_in *in)
{
	const struct sal_msg *m = in->msg;

	if (m->dst_flow != e->lflow && in->event != ECCP_EV_SYN)
		return ECCP_WHY_FLOW;
	if (!e->pflow)
		return ECCP_WHY_NONE;
	if (m->src_flow != e->pflow)
		return ECCP_WHY_FLOW;
	if (e->version != 2 &&
	    (m->present & (SAL_HAS_SKIPPED | SAL_HAS_CHALLENGE | SAL_HAS_JOIN)))
		return ECCP_WHY_VERSION;
	if (in->event == ECCP_EV_RST || in->event == ECCP_EV_DATA)
		return ECCP_WHY_NONE;
	if (!eccp_same_secret(m->nonce, e->pn))
		return ECCP_WHY_NONCE;
	if (in->event != ECCP_EV_SYN && !ackno_ok(e, m->ackno))
		return ECCP_WHY_ACKNO;
	return ECCP_WHY_NONE;
}

/* ---- parts of handlers --------------------------------------------------- */

/* Something beside a SYN-ACK came from the server: it has our third ACK */
static void heard(struct eccp *e)
{
	e->flags &= ~ECCP_F_ACK3;
	eccp_duty_stop(e, ECCP_DUTY_ACK3);
}

static void take_ack(struct eccp *e, const struct eccp_in *in)
{
	u32 ackno = in->msg->ackno;

	if (!eccp_before(e->una, ackno))
		return;
	e->una = ackno;
	if (eccp_outstanding(e))
		return;
	eccp_duty_sample(e, in, ECCP_DUTY_CTL);
	eccp_duty_stop(e, ECCP_DUTY_CTL);
}

/* 4.2, FINWAIT1 ...: as TCP, on una == v+1 and rfin */
static void settle(struct eccp *e, struct eccp_out *out)
{
	bool rfin = e->flags & ECCP_F_RFIN;
	bool acked = !eccp_outstanding(e);
	u8 was = e->state;

	switch (was) {
	case ECCP_CONNECTED:
		if (rfin)
			e->state = ECCP_CLOSEWAIT;
		break;
	case ECCP_FINWAIT1:
		if (acked)
			e->state = rfin ? ECCP_TIMEWAIT : ECCP_FINWAIT2;
		else if (rfin)
			e->state = ECCP_CLOSING;
		break;
	case ECCP_FINWAIT2:
		if (rfin)
			e->state = ECCP_TIMEWAIT;
		break;
	case ECCP_CLOSING:
		if (acked)
			e->state = ECCP_TIMEWAIT;
		break;
	case ECCP_LASTACK:
		if (acked)
			e->state = ECCP_CLOSED;
		break;
	}
	/* a move that waits for its proof goes on: the transport may still send */
	if (e->state != was && (e->state == ECCP_TIMEWAIT || e->state == ECCP_CLOSED))
		out->actions |= ECCP_A_CLOSED;
}

/* ---- handlers: the client opens ------------------------------------------ */

static void open_request(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (e->pflow || e->flags) {
		eccp_drop(out, ECCP_WHY_STATE);
		return;
	}
	e->state = ECCP_REQUEST;
}

static void first_synack(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	const struct sal_msg *m = in->msg;

	if (!eccp_between(m->ackno - 1, e->iss, e->v)) {
		eccp_drop(out, ECCP_WHY_ACKNO);
		return;
	}
	e->version = m->present & SAL_HAS_V2 ? 2 : 1;
	e->pflow = m->src_flow;
	e->pn = m->nonce;
	e->pa = in->from;
	e->rv = m->verno;
	e->una = m->ackno;
	e->state = ECCP_CONNECTED;
	/* the transport's own ACK carries the first third ACK */
	e->flags |= ECCP_F_ACK3;
	eccp_duty_start(e, in, ECCP_DUTY_ACK3, ECCP_RTO_FIRST_MS);
	if (eccp_outstanding(e))
		eccp_announce(e, in, out);
	out->actions |= ECCP_A_CONNECTED | ECCP_A_TRANSPORT;
}

static void refused(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (!eccp_same_secret(in->msg->nonce, e->ln) ||
	    !eccp_between(in->msg->ackno - 1, e->iss, e->v)) {
		eccp_drop(out, ECCP_WHY_RST);
		return;
	}
	out->actions |= ECCP_A_RETARGET;
	out->err = ECONNREFUSED;
}

static void target_gone(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	out->actions |= ECCP_A_RETARGET;
	out->err = in->err;
}

static void forget(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	e->state = ECCP_CLOSED;
	e->flags |= ECCP_F_DEAD;
	e->armed = 0;
}

/* ---- handlers: an open flow ---------------------------------------------- */

static void ack(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	heard(e);
	take_ack(e, in);
	eccp_move_prove(e, in, out);
	settle(e, out);
	out->actions |= ECCP_A_TRANSPORT;
}

static void ctl(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	const struct sal_msg *m = in->msg;
	bool rsyn = m->flags & SAL_CTL_RSYN;
	enum eccp_why why = eccp_move_refused(e, in);
	u8 was = e->state;

	if (why) {
		eccp_drop(out, why);
		return;
	}
	if (m->verno != e->rv) {
		e->rv = m->verno;
		if (m->flags & SAL_CTL_FIN)
			e->flags |= ECCP_F_RFIN;
		if (rsyn)
			eccp_move_take(e, in);
	} else if (rsyn) {
		eccp_move_repeated(e, in);
	}
	heard(e);
	take_ack(e, in);
	settle(e, out);
	/* Whose peer has closed often closes at once, and that FIN acknowledges too.
	 * With an original it does not: ours comes after TCP's.
	 */
	if (was == ECCP_CONNECTED && e->state == ECCP_CLOSEWAIT && !rsyn && e->version == 2) {
		eccp_duty_start(e, in, ECCP_DUTY_ACK, ECCP_ACK_DELAY_MS);
		return;
	}
	eccp_duty_stop(e, ECCP_DUTY_ACK);
	eccp_put(e, rsyn ? ECCP_CTLACK : ECCP_ACK, out);
}

/* Our move was read: say so back, with the challenge, to where the peer really
 * is. One for an earlier move completes nothing (P3).
 */
static void ctlack(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (!eccp_before(e->lv, in->msg->ackno)) {
		eccp_drop(out, ECCP_WHY_ACKNO);
		return;
	}
	heard(e);
	take_ack(e, in);
	eccp_move_echo(e, in, out);
	settle(e, out);
}

/* The server repeats its SYN-ACK: our third ACK was lost. Or it has moved. */
static void synack_again(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	enum eccp_why why = ECCP_WHY_STATE;

	if (!(e->flags & ECCP_F_PASSIVE))
		why = eccp_move_refused(e, in);
	if (why) {
		eccp_drop(out, why);
		return;
	}
	take_ack(e, in);
	if (in->msg->verno == e->rv) {
		eccp_put(e, ECCP_ACK3, out);
	} else {
		e->rv = in->msg->verno;
		eccp_move_take(e, in);
		eccp_put(e, ECCP_CTLACK, out);
	}
	settle(e, out);
}

static void data(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (!eccp_same_addr(&in->from, &e->pa) &&
	    !((e->flags & ECCP_F_PEND) && eccp_same_addr(&in->from, &e->pend))) {
		eccp_drop(out, ECCP_WHY_ADDRESS);
		return;
	}
	heard(e);
	out->actions |= ECCP_A_TRANSPORT;
}

static void close_flow(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	bool mig = eccp_migrating(e);

	e->flags |= ECCP_F_FIN;
	e->v++;
	/* the FIN supersedes a RSYN not acknowledged yet, so it announces too (P5) */
	if (mig)
		e->lv = e->v;
	e->state = e->state == ECCP_CLOSEWAIT ? ECCP_LASTACK : ECCP_FINWAIT1;
	eccp_announce(e, in, out);
}

static void ignore(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
}

/* An answer to something that proves nothing: one per gap, the gap randomised
 * so that its limit says nothing about other senders (security 2.1).
 */
static bool limited(struct eccp *e, const struct eccp_in *in, u32 gap_ms)
{
	if ((e->flags & ECCP_F_LIMITED) &&
	    in->now_ms - e->limit_ms < gap_ms + (in->random & 63))
		return true;
	e->flags |= ECCP_F_LIMITED;
	e->limit_ms = in->now_ms;
	return false;
}

/* The peer's own reset, or its echo of a packet of ours that it could not place */
static bool reset_ok(const struct eccp *e, const struct sal_msg *m)
{
	if (eccp_same_secret(m->nonce, e->pn))
		return ackno_ok(e, m->ackno);
	if (!eccp_same_secret(m->nonce, e->ln))
		return false;
	return m->verno == e->rv + 1 ||
	       (e->version == 1 && m->ackno - e->v <= ECCP_V1_RST_SLACK);
}

static void reset_flow(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	u8 was = e->state;

	if (reset_ok(e, in->msg)) {
		forget(e, in, out);
		out->actions |= ECCP_A_RESET;
		out->err = was == ECCP_CLOSEWAIT ? EPIPE : ECONNRESET;
		return;
	}
	eccp_drop(out, ECCP_WHY_RST);
	/* A hint that the peer lost the flow. Ask it: only its RST that echoes our
	 * nonce counts (4.5).
	 */
	if (!in->msg->nonce && was != ECCP_RESPOND && !limited(e, in, ECCP_PROBE_GAP_MS))
		eccp_put(e, ECCP_ACK, out);
}

static void abort_flow(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	eccp_put(e, ECCP_RST, out);
	forget(e, in, out);
}

/* ---- handlers: the server opens ------------------------------------------ */

void eccp_respond(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	clear(out);
	e->state = ECCP_RESPOND;
	e->flags |= ECCP_F_PASSIVE;
	e->version = in->msg->present & SAL_HAS_V2 ? 2 : 1;
	e->pflow = in->msg->src_flow;
	e->pn = in->msg->nonce;
	e->rv = in->msg->verno;
	e->pa = in->from;
	e->sent_ms = in->now_ms;
	eccp_put(e, ECCP_SYNACK, out);
	eccp_duty_start(e, in, ECCP_DUTY_SYNACK, ECCP_RTO_FIRST_MS);
	eccp_duty_earliest(e, out);
}

static void syn_again(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	u32 verno = in->msg->verno;

	if (verno - e->rv > ECCP_VERNO_JUMP) {
		eccp_drop(out, ECCP_WHY_VERNO);
		return;
	}
	if (verno != e->rv) {
		e->rv = verno;
		e->pa = in->from;
		eccp_synack_again(e, in, out);
	} else if (e->tries[ECCP_DUTY_SYNACK] < ECCP_SYNACK_TRIES &&
		   in->now_ms - e->sent_ms >= ECCP_SYNACK_GAP_MS) {
		eccp_synack_again(e, in, out);
	}
}

static void accepted(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	e->state = ECCP_CONNECTED;
	eccp_duty_sample(e, in, ECCP_DUTY_SYNACK);
	eccp_duty_stop(e, ECCP_DUTY_SYNACK);
	/* whatever completes, it answers a SYN-ACK */
	if (eccp_before(e->una, e->iss + 1))
		e->una = e->iss + 1;
	out->actions |= ECCP_A_ACCEPT | ECCP_A_TRANSPORT;
}

/* ACK, CTL or RSYN-ACK that admit() let in: the client has our ISS. What the
 * open flow would refuse, opens none.
 */
static void complete(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	struct eccp open = *e;

	clear(out);
	accepted(&open, in, out);
	if (in->event == ECCP_EV_CTL)
		ctl(&open, in, out);
	else if (in->event == ECCP_EV_CTLACK)
		ctlack(&open, in, out);
	else
		ack(&open, in, out);
	if (out->actions & ECCP_A_DROP) {
		out->actions = ECCP_A_DROP;
		return;
	}
	*e = open;
	if (eccp_outstanding(e))
		eccp_announce(e, in, out);
}

/* 1.5: from the SYN's address and with our ISN acknowledged, data proves as
 * much as the third ACK that got lost.
 */
static void complete_data(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	if (!eccp_same_addr(&in->from, &e->pa)) {
		eccp_drop(out, ECCP_WHY_ADDRESS);
	} else if (!in->tcp_ack_ok) {
		eccp_drop(out, ECCP_WHY_ACKNO);
	} else {
		accepted(e, in, out);
		if (eccp_outstanding(e))
			eccp_announce(e, in, out);
	}
}

/* ---- the table: 4.2 ------------------------------------------------------ */

/* What means the same from the SYN-ACK to the end */
#define OPEN_FLOW					\
	[ECCP_EV_SYNACK]	= synack_again,		\
	[ECCP_EV_ACK]		= ack,			\
	[ECCP_EV_CTL]		= ctl,			\
	[ECCP_EV_CTLACK]	= ctlack,		\
	[ECCP_EV_RST]		= reset_flow,		\
	[ECCP_EV_DATA]		= data,			\
	[ECCP_EV_TIMER]		= eccp_timer,		\
	/* soft: the transport's retries decide */	\
	[ECCP_EV_UNREACHABLE]	= ignore

/* No entry: not an event of that state */
static const eccp_handler table[ECCP_STATE_MAX][ECCP_EV_MAX] = {
	[ECCP_CLOSED] = {
		[ECCP_EV_CONNECT]	= open_request,
		[ECCP_EV_CLOSE]		= ignore,
		[ECCP_EV_ABORT]		= ignore,
		[ECCP_EV_TIMER]		= ignore,
		[ECCP_EV_UNREACHABLE]	= ignore,
	},
	[ECCP_REQUEST] = {
		[ECCP_EV_SYNACK]	= first_synack,
		[ECCP_EV_RST]		= refused,
		[ECCP_EV_CLOSE]		= forget,
		[ECCP_EV_ABORT]		= forget,
		[ECCP_EV_TIMER]		= ignore,
		[ECCP_EV_UNREACHABLE]	= target_gone,
	},
	[ECCP_RESPOND] = {
		[ECCP_EV_SYN]		= syn_again,
		[ECCP_EV_ACK]		= complete,
		[ECCP_EV_CTL]		= complete,
		[ECCP_EV_CTLACK]	= complete,
		[ECCP_EV_DATA]		= complete_data,
		[ECCP_EV_RST]		= reset_flow,
		[ECCP_EV_ABORT]		= abort_flow,
		[ECCP_EV_TIMER]		= eccp_timer,
		[ECCP_EV_UNREACHABLE]	= ignore,
	},
	[ECCP_CONNECTED] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = close_flow, [ECCP_EV_ABORT] = abort_flow,
	},
	[ECCP_FINWAIT1] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = ignore, [ECCP_EV_ABORT] = abort_flow,
	},
	[ECCP_FINWAIT2] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = ignore, [ECCP_EV_ABORT] = abort_flow,
	},
	[ECCP_CLOSING] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = ignore, [ECCP_EV_ABORT] = abort_flow,
	},
	[ECCP_CLOSEWAIT] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = close_flow, [ECCP_EV_ABORT] = abort_flow,
	},
	[ECCP_LASTACK] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = ignore, [ECCP_EV_ABORT] = abort_flow,
	},
	[ECCP_TIMEWAIT] = {
		OPEN_FLOW, [ECCP_EV_CLOSE] = ignore, [ECCP_EV_ABORT] = abort_flow,
	},
};

/* A second server answered our SYN. It must not wait for us, and only one who
 * saw the SYN can name its number.
 */
static bool stray_synack(struct eccp *e, u8 row, const struct eccp_in *in, struct eccp_out *out)
{
	const struct sal_msg *m = in->msg;
	struct eccp_msg *rst;

	if (in->event != ECCP_EV_SYNACK || row < ECCP_CONNECTED ||
	    (e->flags & ECCP_F_PASSIVE) || m->dst_flow != e->lflow ||
	    m->src_flow == e->pflow || !eccp_between(m->ackno - 1, e->iss, e->v))
		return false;

	eccp_drop(out, ECCP_WHY_FLOW);
	if (limited(e, in, ECCP_STRAY_GAP_MS))
		return true;
	rst = eccp_put(e, ECCP_RST, out);
	rst->to = in->from;
	rst->hdr.dst_flow = m->src_flow;
	rst->hdr.verno = m->ackno;
	rst->hdr.ackno = m->verno + 1;
	return true;
}

/* Connection control may be done before the transport is: as long as somebody
 * keeps it, a flow that ended in LASTACK answers as one in TIMEWAIT.
 */
static u8 row_of(const struct eccp *e)
{
	if (e->state == ECCP_CLOSED && eccp_finished(e) && !(e->flags & ECCP_F_DEAD))
		return ECCP_TIMEWAIT;
	return e->state;
}

static bool from_wire(u8 event)
{
	return event >= ECCP_EV_SYN && event <= ECCP_EV_DATA;
}

void eccp_init(struct eccp *e, u32 lflow, u64 nonce, u32 iss)
{
	memset(e, 0, sizeof(*e));
	e->state = ECCP_CLOSED;
	e->lflow = lflow;
	e->ln = nonce;
	e->iss = iss;
	e->v = iss;
	e->lv = iss;
	e->una = iss;
}

void eccp_step(struct eccp *e, const struct eccp_in *in, struct eccp_out *out)
{
	enum eccp_why why = ECCP_WHY_NONE;
	eccp_handler handler = NULL;
	u8 row = row_of(e);

	clear(out);
	if (from_wire(in->event)) {
		if (stray_synack(e, row, in, out))
			goto done;
		why = admit(e, in);
	}
	if (!why) {
		if (row < ECCP_STATE_MAX && in->event < ECCP_EV_MAX)
			handler = table[row][in->event];
		if (!handler)
			why = ECCP_WHY_STATE;
	}
	if (why)
		eccp_drop(out, why);
	else
		handler(e, in, out);
done:
	eccp_duty_earliest(e, out);
}
