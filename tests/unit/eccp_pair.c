// SPDX-License-Identifier: GPL-2.0-or-later
/* eccp_pair - a client, a server and a wire: see the header. */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"

/* For what is asserted a million times: ck_assert() reports each success */
#define must(what) do { \
	if (!(what)) \
		ck_abort_msg(#what); \
} while (0)

u32 now = T0;
u64 randoms = 1000;
struct eccp_out out;
struct eccp c, s;

struct eccp_addr at(u8 n)
{
	return (struct eccp_addr){ .ip = htonl(0x0a000000u | n) };
}

static void step(struct eccp *e, struct eccp_in *in)
{
	in->now_ms = now;
	in->random = ++randoms;
	memset(&out, 0xa5, sizeof(out));	/* a step promises to write it */
	eccp_step(e, in, &out);
	must(out.n_msgs <= ECCP_OUT_MSGS);
	must(!(out.actions & ECCP_A_SEND) == !out.n_msgs);
	must(!(out.actions & ECCP_A_DROP) == (out.why == ECCP_WHY_NONE));
	must(out.timer == !!e->armed);
	must(!(e->armed & BIT(ECCP_DUTY_ACK)) || e->state == ECCP_CLOSEWAIT);
}

void user(struct eccp *e, enum eccp_event event)
{
	struct eccp_in in = { .event = event, .err = EHOSTUNREACH };

	step(e, &in);
}

void tick(struct eccp *e)
{
	user(e, ECCP_EV_TIMER);
}

/* Through bytes and back */
static struct sal_msg wire(const struct sal_msg *m)
{
	struct sal_msg there = *m, back;
	u8 bytes[SAL_HDR_MAX_LEN];
	size_t len;

	there.protocol = 6;
	len = sal_build(bytes, sizeof(bytes), &there);
	must(len > 0);
	must(sal_parse(bytes, len, &back) == SAL_OK);
	return back;
}

void feed_from(struct eccp *e, const struct sal_msg *m, struct eccp_addr from, bool tcp_ack_ok)
{
	struct sal_msg arrived = wire(m);
	struct eccp_in in = {
		.event = eccp_event_of(&arrived),
		.msg = &arrived,
		.from = from,
		.tcp_ack_ok = tcp_ack_ok,
	};

	step(e, &in);
}

void feed(struct eccp *e, const struct sal_msg *m)
{
	feed_from(e, m, e == &c ? S_AT : C_AT, true);
}

void respond(struct eccp *e, const struct sal_msg *m, struct eccp_addr from)
{
	struct sal_msg arrived = wire(m);
	struct eccp_in in = {
		.event = ECCP_EV_SYN, .msg = &arrived, .from = from, .now_ms = now,
	};

	eccp_init(e, S_FLOW, S_NONCE, S_ISS);
	memset(&out, 0xa5, sizeof(out));
	eccp_respond(e, &in, &out);
	ck_actions(ECCP_A_SEND);
	ck_assert(out.timer);
}

struct sal_msg say(const struct eccp *e, enum eccp_kind kind)
{
	struct eccp_msg m;

	eccp_make(e, kind, &m);
	return m.hdr;
}

struct sal_msg said(enum eccp_kind kind, struct eccp_addr to, u8 flags)
{
	ck_assert_uint_eq(out.n_msgs, 1);
	ck_assert_uint_eq(out.msg[0].kind, kind);
	ck_at(out.msg[0].to, to);
	ck_assert_uint_eq(out.msg[0].hdr.flags, flags);
	return out.msg[0].hdr;
}

struct sal_msg late_ack(struct eccp *e)
{
	u32 due = now + 40;

	ck_actions(0);
	ck_assert(out.timer);
	ck_assert_uint_eq(out.timer_ms, due);
	now = due - 1;
	tick(e);
	ck_actions(0);
	now = due;
	tick(e);
	ck_actions(ECCP_A_SEND);
	return said(ECCP_ACK, e == &c ? S_AT : C_AT, SAL_CTL_ACK);
}

struct sal_msg data_of(const struct eccp *e)
{
	return (struct sal_msg){ .src_flow = e->lflow, .dst_flow = e->pflow };
}

struct sal_msg rst(const struct eccp *from, u64 nonce, u32 verno, u32 ackno)
{
	return (struct sal_msg){
		.src_flow = from->lflow,
		.dst_flow = from->pflow,
		.present = SAL_HAS_CONTROL,
		.flags = SAL_CTL_RST | SAL_CTL_ACK,
		.nonce = nonce,
		.verno = verno,
		.ackno = ackno,
	};
}

void requested(void)
{
	eccp_init(&c, C_FLOW, C_NONCE, C_ISS);
	user(&c, ECCP_EV_CONNECT);
	ck_actions(0);
	ck_state(&c, ECCP_REQUEST);
}

void responding(int version)
{
	struct sal_msg m;

	requested();
	m = say(&c, ECCP_SYN);
	if (version == 1)
		m.present &= ~SAL_HAS_V2;
	respond(&s, &m, C_AT);
	ck_state(&s, ECCP_RESPOND);
}

void connected(int version)
{
	struct sal_msg m;

	responding(version);
	m = said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);
	feed(&c, &m);
	ck_state(&c, ECCP_CONNECTED);
	m = say(&c, ECCP_ACK3);
	feed(&s, &m);
	ck_state(&s, ECCP_CONNECTED);
	m = data_of(&s);
	feed(&c, &m);
	ck_assert(!out.timer);
	ck_assert_uint_eq(c.version, version);
	ck_assert_uint_eq(s.version, version);
}

struct eccp *in_state(int which)
{
	struct sal_msg m;

	switch (which) {
	case ECCP_RESPOND:
		responding(2);
		return &s;
	case ECCP_FINWAIT1:
		connected(2);
		user(&c, ECCP_EV_CLOSE);
		break;
	case ECCP_FINWAIT2:
		connected(2);
		user(&c, ECCP_EV_CLOSE);
		m = out.msg[0].hdr;
		feed(&s, &m);
		m = late_ack(&s);
		feed(&c, &m);
		break;
	case ECCP_CLOSING:
		connected(2);
		user(&s, ECCP_EV_CLOSE);
		m = out.msg[0].hdr;
		user(&c, ECCP_EV_CLOSE);
		feed(&c, &m);
		break;
	case ECCP_CLOSEWAIT:
	case ECCP_LASTACK:
		connected(2);
		user(&s, ECCP_EV_CLOSE);
		m = out.msg[0].hdr;
		feed(&c, &m);
		if (which == ECCP_LASTACK)
			user(&c, ECCP_EV_CLOSE);
		break;
	case ECCP_TIMEWAIT:
		connected(2);
		user(&c, ECCP_EV_CLOSE);
		m = out.msg[0].hdr;
		user(&s, ECCP_EV_CLOSE);
		feed(&s, &m);
		m = out.msg[0].hdr;
		feed(&c, &m);
		m = say(&s, ECCP_CTL);
		feed(&c, &m);
		break;
	default:
		connected(2);
		break;
	}
	ck_state(&c, which);
	return &c;
}

struct sal_msg from_peer(const struct eccp *e, enum eccp_kind kind)
{
	struct eccp peer = e == &c ? s : c;

	peer.pflow = e->lflow;
	peer.version = 2;
	if (kind == ECCP_CTL) {
		peer.v++;
		peer.flags |= ECCP_F_FIN;
	}
	peer.rv = e->v;
	return say(&peer, kind);
}
