// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp: who may speak, and opening: the rows of PROTOCOL.md 4.2, one test or
 * more each, and the faults of the original (P1 ...) that must not come back.
 * In the order of eccp.c; how flows end is check_eccp_end.c.
 */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"

static struct sal_msg m;

static const enum eccp_kind kinds[] = {
	ECCP_SYN, ECCP_SYNACK, ECCP_ACK, ECCP_CTL, ECCP_CTLACK, ECCP_RST,
};

/* ---- admit: 4.0 ---------------------------------------------------------- */

START_TEST(admit__wrong_nonce_changes_nothing)
{
	struct eccp *e, before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		e = in_state(_i);
		before = *e;
		m = from_peer(e, kinds[i]);
		m.nonce ^= 1ULL << (_i * 5 % 64);
		feed(e, &m);
		ck_dropped(kinds[i] == ECCP_RST ? ECCP_WHY_RST : ECCP_WHY_NONCE);
		ck_assert_mem_eq(e, &before, sizeof(*e));
	}
}
END_TEST

START_TEST(admit__wrong_source_flow_changes_nothing)
{
	struct eccp *e, before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		e = in_state(_i);
		before = *e;
		m = from_peer(e, kinds[i]);
		m.src_flow++;
		m.ackno = e->iss;	/* else a SYN-ACK is a second server's */
		feed(e, &m);
		ck_dropped(ECCP_WHY_FLOW);
		ck_assert_mem_eq(e, &before, sizeof(*e));
	}
}
END_TEST

START_TEST(admit__wrong_destination_flow_changes_nothing)
{
	struct eccp *e, before;
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(kinds); i++) {	/* a SYN names none */
		e = in_state(_i);
		before = *e;
		m = from_peer(e, kinds[i]);
		m.dst_flow++;
		feed(e, &m);
		ck_dropped(ECCP_WHY_FLOW);
		ck_assert_mem_eq(e, &before, sizeof(*e));
	}
}
END_TEST

/* 1.3: what we had to skip is only for those who agreed on version 2 */
START_TEST(admit__skipped_extension)
{
	struct sal_msg plain;
	struct eccp_in in = { .event = ECCP_EV_CTL, .from = S_AT, .now_ms = now };

	connected(_i);
	plain = from_peer(&c, ECCP_CTL);
	plain.present |= SAL_HAS_SKIPPED;
	in.msg = &plain;
	eccp_step(&c, &in, &out);
	if (_i == 1) {
		ck_dropped(ECCP_WHY_VERSION);
		ck_state(&c, ECCP_CONNECTED);
	} else {
		ck_state(&c, ECCP_CLOSEWAIT);
	}
}
END_TEST

/* [una-16, v+1], never below ISS+1. Every state, both ends of the window. */
START_TEST(admit__ackno_window)
{
	struct eccp *e, before;
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(kinds); i++) {
		e = in_state(_i);
		before = *e;
		m = from_peer(e, kinds[i]);
		m.ackno = e->v + 2;
		feed(e, &m);
		ck_dropped(kinds[i] == ECCP_RST ? ECCP_WHY_RST : ECCP_WHY_ACKNO);
		m.ackno = e->iss;
		feed(e, &m);
		ck_dropped(kinds[i] == ECCP_RST ? ECCP_WHY_RST : ECCP_WHY_ACKNO);
		ck_assert_mem_eq(e, &before, sizeof(*e));

		/* 100 moves later, 17 is too old and 16 is not */
		e->v += 100;
		e->lv = e->v;
		e->una = e->v + 1;
		before = *e;
		m.ackno = e->una - 17;
		feed(e, &m);
		ck_dropped(kinds[i] == ECCP_RST ? ECCP_WHY_RST : ECCP_WHY_ACKNO);
		ck_assert_mem_eq(e, &before, sizeof(*e));
	}
	e->una = e->v + 1;
	m = from_peer(e, ECCP_ACK);
	m.ackno = e->una - 16;
	feed(e, &m);
	ck_assert_uint_ne(out.why, ECCP_WHY_ACKNO);
}
END_TEST

/* ---- CLOSED, REQUEST ----------------------------------------------------- */

START_TEST(closed__connect)
{
	struct eccp_msg syn;

	requested();
	ck_assert(!out.timer);		/* TCP repeats the SYN */
	eccp_make(&c, ECCP_SYN, &syn);
	ck_assert_uint_eq(syn.hdr.src_flow, C_FLOW);
	ck_assert_uint_eq(syn.hdr.dst_flow, 0);
	ck_assert_uint_eq(syn.hdr.flags, SAL_CTL_SYN);
	ck_assert_uint_eq(syn.hdr.verno, C_ISS);
	ck_assert_uint_eq(syn.hdr.ackno, 0);
	ck_assert_uint_eq(syn.hdr.nonce, C_NONCE);
	ck_assert_uint_eq(syn.hdr.present, SAL_HAS_CONTROL | SAL_HAS_V2);
	user(&c, ECCP_EV_CONNECT);
	ck_dropped(ECCP_WHY_STATE);
}
END_TEST

/* 4.2: una, rv, pa, flow, nonce and version come from the SYN-ACK that wins */
START_TEST(request__synack)
{
	responding(_i);
	m = said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);
	feed(&c, &m);
	ck_actions(ECCP_A_CONNECTED | ECCP_A_TRANSPORT);
	ck_assert_uint_eq(out.n_msgs, 0);	/* TCP's ACK carries the third ACK */
	ck_state(&c, ECCP_CONNECTED);
	ck_assert_uint_eq(c.version, _i);
	ck_assert_uint_eq(c.pflow, S_FLOW);
	ck_assert_uint_eq(c.pn, S_NONCE);
	ck_assert_uint_eq(c.rv, S_ISS);
	ck_assert_uint_eq(c.una, C_ISS + 1);
	ck_at(c.pa, S_AT);
	ck_assert_uint_eq(c.flags, ECCP_F_ACK3);
	ck_assert_uint_eq(c.armed, BIT(ECCP_DUTY_ACK3));

	m = say(&c, ECCP_ACK3);
	ck_assert_uint_eq(m.flags, SAL_CTL_ACK);
	ck_assert_uint_eq(m.verno, C_ISS + 1);
	ck_assert_uint_eq(m.ackno, S_ISS + 1);
}
END_TEST

/* P2: whoever guesses the flow id has 32 bits more to guess */
START_TEST(request__synack_with_another_ackno)
{
	static const u32 wrong[] = { 0, C_ISS, C_ISS + 2, C_ISS + 0x80000000u };
	struct eccp before;
	unsigned int i;

	responding(2);
	m = say(&s, ECCP_SYNACK);
	before = c;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		m.ackno = wrong[i];
		feed(&c, &m);
		ck_dropped(ECCP_WHY_ACKNO);
		ck_assert_mem_eq(&c, &before, sizeof(c));
	}
}
END_TEST

/* We moved while asking: the answer may be to the old SYN */
START_TEST(request__synack_to_the_syn_before_our_move)
{
	requested();
	c.v += 1;
	c.lv = c.v;
	m = say(&c, ECCP_SYN);
	ck_assert_uint_eq(m.verno, C_ISS + 1);
	m.verno = C_ISS;
	respond(&s, &m, C_AT);
	m = said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);
	feed(&c, &m);
	ck_actions(ECCP_A_SEND | ECCP_A_CONNECTED | ECCP_A_TRANSPORT);
	m = said(ECCP_CTL, S_AT, SAL_CTL_RSYN);
	ck_assert_uint_eq(m.verno, C_ISS + 1);
	ck_assert(c.armed & BIT(ECCP_DUTY_CTL));
}
END_TEST

START_TEST(request__rst)
{
	struct eccp_msg reply;
	struct eccp_addr from = C_AT;

	requested();
	m = say(&c, ECCP_SYN);
	ck_assert(eccp_reset_reply(&m, &from, &reply));
	ck_at(reply.to, C_AT);
	feed(&c, &reply.hdr);
	ck_actions(ECCP_A_RETARGET);
	ck_assert_int_eq(out.err, ECONNREFUSED);
	ck_state(&c, ECCP_REQUEST);

	/* P1: another nonce, another number */
	reply.hdr.nonce++;
	feed(&c, &reply.hdr);
	ck_dropped(ECCP_WHY_RST);
	reply.hdr.nonce--;
	reply.hdr.ackno++;
	feed(&c, &reply.hdr);
	ck_dropped(ECCP_WHY_RST);
	reply.hdr.ackno -= 2;
	feed(&c, &reply.hdr);
	ck_dropped(ECCP_WHY_RST);
}
END_TEST

START_TEST(request__unreachable)
{
	requested();
	user(&c, ECCP_EV_UNREACHABLE);
	ck_actions(ECCP_A_RETARGET);
	ck_assert_int_eq(out.err, EHOSTUNREACH);
	ck_state(&c, ECCP_REQUEST);
}
END_TEST

START_TEST(request__nothing_else_from_the_wire)
{
	static const enum eccp_kind other[] = { ECCP_SYN, ECCP_ACK, ECCP_CTL, ECCP_CTLACK };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		responding(2);
		m = from_peer(&c, other[i]);
		m.dst_flow = C_FLOW;
		feed(&c, &m);
		ck_dropped(ECCP_WHY_STATE);
		ck_state(&c, ECCP_REQUEST);
	}
	m = data_of(&s);
	feed(&c, &m);
	ck_dropped(ECCP_WHY_STATE);
}
END_TEST

START_TEST(request__close_and_abort_say_nothing)
{
	requested();
	user(&c, _i ? ECCP_EV_ABORT : ECCP_EV_CLOSE);
	ck_actions(0);
	ck_state(&c, ECCP_CLOSED);
}
END_TEST

/* ---- an open flow -------------------------------------------------------- */

/* Until anything but a SYN-ACK has come */
START_TEST(connected__third_ack_until_the_server_speaks)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	feed(&c, &m);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_ACK3, S_AT, SAL_CTL_ACK);
	ck_assert(c.flags & ECCP_F_ACK3);
	feed(&s, &m);
	ck_actions(ECCP_A_ACCEPT | ECCP_A_TRANSPORT);

	switch (_i) {
	case 0:
		m = say(&s, ECCP_ACK);
		break;
	case 1:
		user(&s, ECCP_EV_CLOSE);
		m = said(ECCP_CTL, C_AT, SAL_CTL_FIN);
		break;
	case 2:
		m = from_peer(&c, ECCP_CTLACK);
		break;
	case 3:
		m = data_of(&s);
		break;
	}
	feed(&c, &m);
	ck_assert(!(c.flags & ECCP_F_ACK3));
	/* all that is left to do: the FIN's ACK */
	ck_assert_uint_eq(c.armed, _i == 1 ? BIT(ECCP_DUTY_ACK) : 0);
}
END_TEST

START_TEST(connected__repeated_synack)
{
	connected(_i);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	ck_actions(ECCP_A_SEND);	/* its TCP part is not for TCP */
	said(ECCP_ACK3, S_AT, SAL_CTL_ACK);

	/* older than what we have: a FIN came in between */
	user(&s, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, C_AT, SAL_CTL_FIN);
	feed(&c, &m);
	m = say(&s, ECCP_SYNACK);
	m.verno = S_ISS;
	feed(&c, &m);
	ck_dropped(ECCP_WHY_VERNO);

	/* a server is sent none */
	m = from_peer(&s, ECCP_SYNACK);
	feed(&s, &m);
	ck_dropped(ECCP_WHY_STATE);
}
END_TEST

/* "Exactly one SYN-ACK wins"; the other server must not wait for us */
START_TEST(connected__second_servers_synack)
{
	struct eccp other;
	struct eccp_msg syn;

	connected(2);
	eccp_make(&c, ECCP_SYN, &syn);
	respond(&other, &syn.hdr, C_AT);
	other.lflow = 0x33333333;
	other.ln = 77;
	m = say(&other, ECCP_SYNACK);
	feed_from(&c, &m, at(3), true);
	ck_assert_uint_eq(out.actions, ECCP_A_DROP | ECCP_A_SEND);
	ck_assert_uint_eq(out.why, ECCP_WHY_FLOW);
	m = said(ECCP_RST, at(3), SAL_CTL_RST | SAL_CTL_ACK);
	ck_state(&c, ECCP_CONNECTED);
	ck_assert_uint_eq(c.pflow, S_FLOW);

	feed(&other, &m);
	ck_actions(ECCP_A_RESET);
	ck_state(&other, ECCP_CLOSED);

	/* limited, and only for one who knows our number */
	m = say(&other, ECCP_SYNACK);
	feed_from(&c, &m, at(3), true);
	ck_dropped(ECCP_WHY_FLOW);
	now += 200;
	m.ackno++;
	feed_from(&c, &m, at(3), true);
	ck_dropped(ECCP_WHY_FLOW);
	m.ackno--;
	feed_from(&c, &m, at(3), true);
	ck_assert_uint_eq(out.n_msgs, 1);
}
END_TEST

START_TEST(connected__syn_again)
{
	connected(2);
	m = say(&c, ECCP_SYN);
	feed(&s, &m);
	ck_dropped(ECCP_WHY_STATE);
}
END_TEST

START_TEST(connected__data_from_elsewhere)
{
	connected(2);
	c.flags |= ECCP_F_ACK3;
	m = data_of(&s);
	feed_from(&c, &m, ELSE, true);
	ck_dropped(ECCP_WHY_ADDRESS);
	ck_assert(c.flags & ECCP_F_ACK3);
	feed(&c, &m);
	ck_actions(ECCP_A_TRANSPORT);
	ck_assert(!(c.flags & ECCP_F_ACK3));

	ck_assert(eccp_data_ok(&c, S_FLOW, (S_AT).ip));
	ck_assert(!eccp_data_ok(&c, S_FLOW, (ELSE).ip));
	ck_assert(!eccp_data_ok(&c, S_FLOW + 1, (S_AT).ip));
}
END_TEST

START_TEST(connected__fin_newer_again_older)
{
	connected(2);
	user(&s, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, C_AT, SAL_CTL_FIN);
	ck_assert_uint_eq(m.verno, S_ISS + 1);
	ck_assert_uint_eq(m.ackno, C_ISS + 1);

	feed(&c, &m);
	ck_state(&c, ECCP_CLOSEWAIT);
	ck_assert_uint_eq(c.rv, S_ISS + 1);
	late_ack(&c);
	ck_assert_uint_eq(out.msg[0].hdr.ackno, S_ISS + 2);
	ck_assert_uint_eq(out.msg[0].hdr.verno, C_ISS + 1);

	/* again, from anywhere: the same answer, to pa */
	feed_from(&c, &m, ELSE, true);
	ck_actions(ECCP_A_SEND);
	said(ECCP_ACK, S_AT, SAL_CTL_ACK);
	ck_state(&c, ECCP_CLOSEWAIT);

	m.verno = S_ISS;
	feed(&c, &m);
	ck_dropped(ECCP_WHY_VERNO);
}
END_TEST

/* P6: numbers are bounded above */
START_TEST(connected__ctl_jumps)
{
	connected(2);
	m = from_peer(&c, ECCP_CTL);
	m.verno = S_ISS + 0x10001;
	feed(&c, &m);
	ck_dropped(ECCP_WHY_VERNO);
	ck_state(&c, ECCP_CONNECTED);
	m.verno = S_ISS + 0x10000;
	feed(&c, &m);
	ck_state(&c, ECCP_CLOSEWAIT);
}
END_TEST

START_TEST(connected__unreachable_is_soft)
{
	connected(2);
	user(&c, ECCP_EV_UNREACHABLE);
	ck_actions(0);
	ck_state(&c, ECCP_CONNECTED);
}
END_TEST

/* ---- RESPOND ------------------------------------------------------------- */

START_TEST(listen__syn)
{
	responding(_i);
	m = said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);
	ck_assert_uint_eq(m.src_flow, S_FLOW);
	ck_assert_uint_eq(m.dst_flow, C_FLOW);
	ck_assert_uint_eq(m.verno, S_ISS);
	ck_assert_uint_eq(m.ackno, C_ISS + 1);
	ck_assert_uint_eq(m.nonce, S_NONCE);
	/* 1.6: only if the SYN had it */
	ck_assert_uint_eq(!!(m.present & SAL_HAS_V2), _i == 2);
	ck_assert_uint_eq(s.version, _i);
	ck_at(s.pa, C_AT);
}
END_TEST

START_TEST(respond__same_syn)
{
	responding(2);
	m = say(&c, ECCP_SYN);
	feed(&s, &m);
	ck_actions(0);		/* rate limited */
	now += 200;
	feed(&s, &m);
	ck_actions(ECCP_A_SEND);
	said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);

	/* from elsewhere: no newer version, so no other address (R1) */
	now += 200;
	feed_from(&s, &m, ELSE, true);
	said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);
	ck_at(s.pa, C_AT);
}
END_TEST

/* R3: six SYN-ACKs in all, however many SYNs */
START_TEST(respond__six_synacks)
{
	int sent = 1, i;

	responding(2);
	m = say(&c, ECCP_SYN);
	for (i = 0; i < 100 && s.state == ECCP_RESPOND; i++) {
		now += 1000;
		feed(&s, &m);
		sent += out.n_msgs;
		tick(&s);
		sent += out.n_msgs;
	}
	ck_assert_int_eq(sent, 6);
	ck_state(&s, ECCP_CLOSED);
	ck_actions(ECCP_A_GIVE_UP);
}
END_TEST

START_TEST(respond__moved_client)
{
	responding(2);
	m = say(&c, ECCP_SYN);
	m.verno++;
	feed_from(&s, &m, at(7), true);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_SYNACK, at(7), SAL_CTL_SYN | SAL_CTL_ACK);
	ck_assert_uint_eq(m.ackno, C_ISS + 2);
	ck_assert_uint_eq(s.rv, C_ISS + 1);
	ck_at(s.pa, at(7));

	m = say(&c, ECCP_SYN);		/* the old one, late */
	feed(&s, &m);
	ck_dropped(ECCP_WHY_VERNO);
	m.verno = C_ISS + 0x10002;
	feed(&s, &m);
	ck_dropped(ECCP_WHY_VERNO);
	ck_at(s.pa, at(7));
}
END_TEST

START_TEST(respond__completed_by_control)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	switch (_i) {
	case 0:
		m = say(&c, ECCP_ACK3);
		break;
	case 1:		/* the client has closed already, its third ACK was lost */
		user(&c, ECCP_EV_CLOSE);
		m = said(ECCP_CTL, S_AT, SAL_CTL_FIN);
		break;
	case 2:		/* it has moved already */
		c.v++;
		c.lv = c.v;
		m = say(&c, ECCP_CTL);
		break;
	case 3:
		m = from_peer(&s, ECCP_CTLACK);
		break;
	}
	feed_from(&s, &m, _i == 2 ? at(7) : C_AT, false);
	ck_assert_uint_eq(out.actions & ~ECCP_A_SEND, ECCP_A_ACCEPT | ECCP_A_TRANSPORT);
	ck_state(&s, _i == 1 ? ECCP_CLOSEWAIT : ECCP_CONNECTED);
	ck_assert_uint_eq(s.una, S_ISS + 1);
	ck_assert(!(s.armed & BIT(ECCP_DUTY_SYNACK)));
	switch (_i) {
	case 0:
		ck_assert_uint_eq(out.n_msgs, 0);
		break;
	case 1:
		ck_actions(ECCP_A_ACCEPT | ECCP_A_TRANSPORT);
		ck_assert_uint_eq(s.armed, BIT(ECCP_DUTY_ACK));
		ck_assert_uint_eq(out.timer_ms, now + 40);
		now += 40;
		tick(&s);
		m = said(ECCP_ACK, C_AT, SAL_CTL_ACK);
		ck_assert_uint_eq(m.ackno, C_ISS + 2);
		break;
	case 2:
		said(ECCP_CTLACK, at(7), SAL_CTL_RSYN | SAL_CTL_ACK);
		ck_at(s.pa, C_AT);
		break;
	}
}
END_TEST

/* What the open flow would refuse completes nothing */
START_TEST(respond__not_completed_by_a_ctl_that_jumps)
{
	struct eccp before;

	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	m = from_peer(&s, ECCP_CTL);
	m.verno = C_ISS + 0x10001;
	before = s;
	feed(&s, &m);
	ck_dropped(ECCP_WHY_VERNO);
	ck_assert_mem_eq(&s, &before, sizeof(s));
}
END_TEST

/* 1.5: a data packet to our flow id, from the SYN's address, that acknowledges ISN+1 */
START_TEST(respond__completed_by_data)
{
	static const struct { bool ack, here, flow; enum eccp_why why; } d[] = {
		{ true, true, true, ECCP_WHY_NONE },
		{ false, true, true, ECCP_WHY_ACKNO },
		{ true, false, true, ECCP_WHY_ADDRESS },
		{ true, true, false, ECCP_WHY_FLOW },
	};

	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	m = data_of(&c);
	if (!d[_i].flow)
		m.src_flow++;
	feed_from(&s, &m, d[_i].here ? C_AT : ELSE, d[_i].ack);
	if (d[_i].why) {
		ck_dropped(d[_i].why);
		ck_state(&s, ECCP_RESPOND);
	} else {
		ck_actions(ECCP_A_ACCEPT | ECCP_A_TRANSPORT);
		ck_state(&s, ECCP_CONNECTED);
		ck_assert_uint_eq(s.una, S_ISS + 1);
		ck_assert(!out.timer);
	}
}
END_TEST

/* We moved before the client's ACK came: the ACK may be for the old SYN-ACK */
START_TEST(respond__ack_before_our_move)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	s.v++;
	s.lv = s.v;
	m = say(&c, ECCP_ACK3);
	feed(&s, &m);
	ck_actions(ECCP_A_ACCEPT | ECCP_A_TRANSPORT | ECCP_A_SEND);
	said(ECCP_CTL, C_AT, SAL_CTL_RSYN);
	ck_assert(s.armed & BIT(ECCP_DUTY_CTL));
}
END_TEST

/* ---- the table ----------------------------------------------------------- */

/* States that no flow is in, and events there are none of, do no harm */
START_TEST(step__outside_the_table)
{
	struct eccp_in in = { .event = ECCP_EV_MAX };

	connected(2);
	eccp_step(&c, &in, &out);
	ck_dropped(ECCP_WHY_STATE);
	c.state = ECCP_LISTEN;
	tick(&c);
	ck_dropped(ECCP_WHY_STATE);
	c.state = ECCP_STATE_MAX;
	tick(&c);
	ck_dropped(ECCP_WHY_STATE);
}
END_TEST

START_TEST(step__closed_flow_is_silent)
{
	unsigned int i;

	connected(2);
	user(&c, ECCP_EV_ABORT);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		m = from_peer(&c, kinds[i]);
		feed(&c, &m);
		ck_dropped(ECCP_WHY_STATE);
	}
	user(&c, ECCP_EV_CLOSE);
	ck_actions(0);
	user(&c, ECCP_EV_CONNECT);
	ck_dropped(ECCP_WHY_STATE);
}
END_TEST

int main(void)
{
	const int with_peer = ECCP_RESPOND, end = ECCP_STATE_MAX;
	Suite *suite = suite_create("eccp");
	TCase *tc = tcase_create("4.2");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, admit__wrong_nonce_changes_nothing, with_peer, end);
	tcase_add_loop_test(tc, admit__wrong_source_flow_changes_nothing, with_peer, end);
	tcase_add_loop_test(tc, admit__wrong_destination_flow_changes_nothing, with_peer, end);
	tcase_add_loop_test(tc, admit__skipped_extension, 1, 3);
	tcase_add_loop_test(tc, admit__ackno_window, with_peer, end);
	tcase_add_test(tc, closed__connect);
	tcase_add_loop_test(tc, request__synack, 1, 3);
	tcase_add_test(tc, request__synack_with_another_ackno);
	tcase_add_test(tc, request__synack_to_the_syn_before_our_move);
	tcase_add_test(tc, request__rst);
	tcase_add_test(tc, request__unreachable);
	tcase_add_test(tc, request__nothing_else_from_the_wire);
	tcase_add_loop_test(tc, request__close_and_abort_say_nothing, 0, 2);
	tcase_add_loop_test(tc, connected__third_ack_until_the_server_speaks, 0, 4);
	tcase_add_loop_test(tc, connected__repeated_synack, 1, 3);
	tcase_add_test(tc, connected__second_servers_synack);
	tcase_add_test(tc, connected__syn_again);
	tcase_add_test(tc, connected__data_from_elsewhere);
	tcase_add_test(tc, connected__fin_newer_again_older);
	tcase_add_test(tc, connected__ctl_jumps);
	tcase_add_test(tc, connected__unreachable_is_soft);
	tcase_add_loop_test(tc, listen__syn, 1, 3);
	tcase_add_test(tc, respond__same_syn);
	tcase_add_test(tc, respond__six_synacks);
	tcase_add_test(tc, respond__moved_client);
	tcase_add_loop_test(tc, respond__completed_by_control, 0, 4);
	tcase_add_test(tc, respond__not_completed_by_a_ctl_that_jumps);
	tcase_add_loop_test(tc, respond__completed_by_data, 0, 4);
	tcase_add_test(tc, respond__ack_before_our_move);
	tcase_add_test(tc, step__outside_the_table);
	tcase_add_test(tc, step__closed_flow_is_silent);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
