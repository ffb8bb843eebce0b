// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp_msg - what each control message says (PROTOCOL.md 1.4, 1.5, 4.5).
 *
 * Turns a flow's variables into headers, and headers into the events they
 * are. It must not know when a message is sent, nor change a flow.
 */
#include "eccp_private.h"

void eccp_make(const struct eccp *e, enum eccp_kind kind, struct eccp_msg *out)
{
	struct sal_msg *h = &out->hdr;

	memset(out, 0, sizeof(*out));
	out->kind = kind;
	out->to = e->pa;
	h->present = SAL_HAS_CONTROL;
	h->src_flow = e->lflow;
	h->dst_flow = e->pflow;
	h->nonce = e->ln;
	/* 1.4: what announces something carries v, the others the next number */
	h->verno = e->v + 1;
	h->ackno = e->rv + 1;

	switch (kind) {
	case ECCP_SYN:
		h->flags = SAL_CTL_SYN;
		h->present |= SAL_HAS_V2;
		h->dst_flow = 0;
		h->verno = e->v;
		h->ackno = 0;
		break;
	case ECCP_SYNACK:
		h->flags = SAL_CTL_SYN | SAL_CTL_ACK;
		if (e->version == 2)
			h->present |= SAL_HAS_V2;
		h->verno = e->v;
		break;
	case ECCP_ACK3:
	case ECCP_ACK:
		h->flags = SAL_CTL_ACK;
		break;
	case ECCP_CTL:
		/* the whole unacknowledged state: a FIN never hides a move (P5) */
		if (eccp_migrating(e))
			h->flags |= SAL_CTL_RSYN;
		if (e->flags & ECCP_F_FIN)
			h->flags |= SAL_CTL_FIN;
		h->verno = e->v;
		break;
	case ECCP_CTLACK:
		h->flags = SAL_CTL_RSYN | SAL_CTL_ACK;
		if (e->version == 2) {
			h->present |= SAL_HAS_CHALLENGE;
			h->challenge = e->pchal;
		}
		if (e->flags & ECCP_F_PEND)
			out->to = e->pend;
		break;
	case ECCP_RST:
		h->flags = SAL_CTL_RST | SAL_CTL_ACK;
		break;
	}
}

struct eccp_msg *eccp_put(const struct eccp *e, enum eccp_kind kind, struct eccp_out *out)
{
	struct eccp_msg *m = &out->msg[out->n_msgs++];

	eccp_make(e, kind, m);
	out->actions |= ECCP_A_SEND;
	return m;
}

bool eccp_reset_reply(const struct sal_msg *msg, const struct eccp_addr *from,
		      struct eccp_msg *out)
{
	struct sal_msg *h = &out->hdr;

	memset(out, 0, sizeof(*out));
	out->kind = ECCP_RST;
	out->to = *from;
	h->present = SAL_HAS_CONTROL;
	h->src_flow = msg->dst_flow;
	h->dst_flow = msg->src_flow;
	h->flags = SAL_CTL_RST | SAL_CTL_ACK;
	/* data has no nonce to echo: such a RST is a hint and kills nothing */
	if (!(msg->present & SAL_HAS_CONTROL))
		return true;
	if (msg->flags & SAL_CTL_RST)
		return false;
	if (msg->flags & SAL_CTL_ACK)
		h->flags = SAL_CTL_RST;
	h->nonce = msg->nonce;
	h->verno = msg->ackno;
	h->ackno = msg->verno;
	if (msg->flags & (SAL_CTL_SYN | SAL_CTL_RSYN | SAL_CTL_FIN))
		h->ackno++;
	return true;
}

enum eccp_event eccp_event_of(const struct sal_msg *msg)
{
	if (!(msg->present & SAL_HAS_CONTROL))
		return ECCP_EV_DATA;
	if (msg->flags & SAL_CTL_RST)
		return ECCP_EV_RST;
	if (msg->flags & SAL_CTL_SYN)
		return msg->flags & SAL_CTL_ACK ? ECCP_EV_SYNACK : ECCP_EV_SYN;
	if (msg->flags & SAL_CTL_FIN)
		return ECCP_EV_CTL;
	if (msg->flags & SAL_CTL_RSYN)
		return msg->flags & SAL_CTL_ACK ? ECCP_EV_CTLACK : ECCP_EV_CTL;
	return ECCP_EV_ACK;
}
