// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any sequence of events against one flow. The bytes are a program: each step
 * takes an event, and for a packet how far it is from what the peer would say.
 * What must hold whatever happens is asserted after each.
 *
 * Linked with stack/eccp*.c and stack/sal_hdr.c (fuzz.mk).
 */
#include <stdlib.h>

#include "eccp.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define must(what) do { \
	if (!(what)) \
		abort(); \
} while (0)

static const u8 *at, *end;

static u8 next(void)
{
	return at < end ? *at++ : 0;
}

/* Mostly @right, sometimes near it, sometimes anything */
static u32 near_to(u32 right)
{
	u8 how = next();

	if (how < 128)
		return right;
	if (how < 224)
		return right + (u32)(how % 32) - 16;
	return (u32)how << 24 | (u32)next() << 16 | 0x8001;
}

static struct eccp_addr some_address(void)
{
	struct eccp_addr a = { .ip = htonl(0x0a000000u | (next() & 3)) };

	if (next() > 250) {
		a.port = htons(54324);
		a.encap = 1;
	}
	return a;
}

static void make_packet(const struct eccp *e, u8 event, struct sal_msg *m)
{
	static const u8 flags[ECCP_EV_MAX] = {
		[ECCP_EV_SYN] = SAL_CTL_SYN, [ECCP_EV_SYNACK] = SAL_CTL_SYN | SAL_CTL_ACK,
		[ECCP_EV_ACK] = SAL_CTL_ACK, [ECCP_EV_CTL] = SAL_CTL_FIN,
		[ECCP_EV_CTLACK] = SAL_CTL_RSYN | SAL_CTL_ACK, [ECCP_EV_RST] = SAL_CTL_RST,
	};
	u8 how = next();

	memset(m, 0, sizeof(*m));
	m->protocol = 6;
	m->src_flow = how & 1 && e->pflow ? e->pflow : 7;
	m->dst_flow = e->lflow;
	if (event == ECCP_EV_DATA)
		return;
	m->present = SAL_HAS_CONTROL;
	m->flags = flags[event];
	if (event == ECCP_EV_CTL && how & 2)
		m->flags |= SAL_CTL_RSYN;
	if (event == ECCP_EV_CTL && (how & 6) == 6)
		m->flags = SAL_CTL_RSYN;
	if (how & 8)
		m->present |= SAL_HAS_V2;
	if (how & 16) {
		m->present |= SAL_HAS_CHALLENGE;
		m->challenge = how & 32 ? e->pchal : 5;
	}
	m->nonce = how & 64 ? e->pn : how & 128 ? e->ln : next();
	m->verno = near_to(e->rv + (event == ECCP_EV_CTL));
	m->ackno = near_to(e->v + 1);
}

/* Everything eccp says can be written, and goes where it may */
static void said(const struct eccp *before, const struct eccp *e, const struct eccp_in *in,
		 const struct eccp_out *out)
{
	u8 bytes[SAL_HDR_MAX_LEN];
	int i;

	must(out->n_msgs <= ECCP_OUT_MSGS);
	must(!(out->actions & ECCP_A_SEND) == !out->n_msgs);
	for (i = 0; i < out->n_msgs; i++) {
		struct sal_msg hdr = out->msg[i].hdr;

		hdr.protocol = 6;
		must(sal_build(bytes, sizeof(bytes), &hdr));
		must(hdr.nonce == e->ln);
		/* R3: to pa, to pend if it is asked, or back to a second server */
		must(eccp_same_addr(&out->msg[i].to, &e->pa) ||
		     eccp_same_addr(&out->msg[i].to, &e->pend) ||
		     (in->event == ECCP_EV_SYNACK && out->msg[i].kind == ECCP_RST));
	}
	/* A packet that was dropped changed nothing but the limit of answers to such */
	if (out->actions & ECCP_A_DROP) {
		struct eccp same = *e;

		must(out->why != ECCP_WHY_NONE && out->why < ECCP_WHY_MAX);
		must(!(out->actions & ~(ECCP_A_DROP | ECCP_A_SEND)));
		same.limit_ms = before->limit_ms;
		same.flags = before->flags;
		must((e->flags & ~ECCP_F_LIMITED) == (before->flags & ~ECCP_F_LIMITED));
		must(!memcmp(&same, before, sizeof(same)));
	}
}

static void holds(const struct eccp *before, const struct eccp *e, const struct eccp_in *in,
		  const struct eccp_out *out)
{
	must(e->state < ECCP_STATE_MAX && e->state != ECCP_LISTEN);
	must(out->timer == !!e->armed);
	must(e->armed < BIT(ECCP_DUTY_MAX));
	/* versions only grow, and nobody acknowledges what was not said */
	must((s32)(e->v - before->v) >= 0 && (s32)(e->una - before->una) >= 0);
	must((s32)(e->v + 1 - e->una) >= 0 && (s32)(e->una - e->iss) >= 0);
	must((s32)(e->v - e->lv) >= 0);
	if (before->pflow) {
		must(e->pflow == before->pflow && e->pn == before->pn);
		must(e->version == before->version);
		must(e->rv - before->rv <= 1 << 16);
	}
	/* an address changes by proof, or while there is no connection yet */
	if (before->state >= ECCP_CONNECTED && !eccp_same_addr(&before->pa, &e->pa))
		must((out->actions & ECCP_A_MOVED) && eccp_same_addr(&e->pa, &before->pend));
	if (e->version == 1 && !in->migrate_v1 && before->state >= ECCP_CONNECTED)
		must(eccp_same_addr(&before->pa, &e->pa) || (before->flags & ECCP_F_PEND));
	/* a FIN is for ever */
	must(!(before->flags & (ECCP_F_FIN | ECCP_F_RFIN) & ~e->flags));
	if (out->actions & ECCP_A_CLOSED)
		must(eccp_finished(e));
	if (out->actions & ECCP_A_RESET)
		must(e->state == ECCP_CLOSED && (e->flags & ECCP_F_DEAD) && out->err > 0);
	if (before->flags & ECCP_F_DEAD)
		must(!out->n_msgs && !out->timer);
}

static void open_flow(struct eccp *e)
{
	struct eccp_in in = { .event = ECCP_EV_SYN };
	struct eccp_out out;
	struct sal_msg syn;
	u8 how = next();

	eccp_init(e, 3, 0x1111222233334444, how & 1 ? 0xfffffff0 : 100);
	if (how & 2) {
		make_packet(e, ECCP_EV_SYN, &syn);
		in.msg = &syn;
		in.from = some_address();
		eccp_respond(e, &in, &out);
		must(out.n_msgs == 1 && out.timer);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct eccp_out out;
	struct eccp e, before;
	struct sal_msg m;
	u32 now = 0;

	at = data;
	end = data + size;
	open_flow(&e);
	while (at < end) {
		struct eccp_in in = { .event = next() % ECCP_EV_MAX };
		u8 how = next();

		in.now_ms = now += how & 1 ? 60000 : how;
		in.rto_ms = how & 2 ? 300 : 0;
		in.random = how * 0x9e3779b97f4a7c15ULL;
		in.tcp_ack_ok = how & 4;
		in.migrate_v1 = how & 8;
		in.err = EHOSTUNREACH;
		if (in.event >= ECCP_EV_SYN && in.event <= ECCP_EV_DATA) {
			make_packet(&e, in.event, &m);
			in.event = eccp_event_of(&m);
			in.msg = &m;
			in.from = some_address();
		}
		before = e;
		memset(&out, 0xa5, sizeof(out));
		eccp_step(&e, &in, &out);
		said(&before, &e, &in, &out);
		holds(&before, &e, &in, &out);
	}
	return 0;
}
