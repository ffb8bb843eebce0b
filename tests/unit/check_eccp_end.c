// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp: how flows end: closing in every order, resets in and out (PROTOCOL.md
 * 4.2, 4.5). The other half of check_eccp.c, in the order of eccp.c.
 */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"

static struct sal_msg m;

/*
 * Closing, as TCP (4.2). Ops: c we close, A our FIN is acknowledged, F the
 * peer's FIN comes, B both in one message, f and b the same again. Each with
 * both versions.
 */
static const struct {
	const char *ops;
	enum eccp_state states[6];
} closings[] = {
	{ "cAF", { ECCP_FINWAIT1, ECCP_FINWAIT2, ECCP_TIMEWAIT } },
	{ "cFA", { ECCP_FINWAIT1, ECCP_CLOSING, ECCP_TIMEWAIT } },
	{ "cBf", { ECCP_FINWAIT1, ECCP_TIMEWAIT, ECCP_TIMEWAIT } },
	{ "FcA", { ECCP_CLOSEWAIT, ECCP_LASTACK, ECCP_CLOSED } },
	{ "FcAff", { ECCP_CLOSEWAIT, ECCP_LASTACK, ECCP_CLOSED, ECCP_CLOSED, ECCP_CLOSED } },
	{ "cFfA", { ECCP_FINWAIT1, ECCP_CLOSING, ECCP_CLOSING, ECCP_TIMEWAIT } },
	{ "Ffc", { ECCP_CLOSEWAIT, ECCP_CLOSEWAIT, ECCP_LASTACK } },
	{ "Fcb", { ECCP_CLOSEWAIT, ECCP_LASTACK, ECCP_CLOSED } },
	{ "cccAc", { ECCP_FINWAIT1, ECCP_FINWAIT1, ECCP_FINWAIT1, ECCP_FINWAIT2, ECCP_FINWAIT2 } },
	{ "cAFfcf", { ECCP_FINWAIT1, ECCP_FINWAIT2, ECCP_TIMEWAIT, ECCP_TIMEWAIT, ECCP_TIMEWAIT,
		      ECCP_TIMEWAIT } },
};

START_TEST(close__both_ways)
{
	const char *ops = closings[_i / 2].ops;
	int version = 1 + _i % 2, i;
	u32 fin_verno = S_ISS + 1;

	connected(version);
	for (i = 0; ops[i]; i++) {
		u8 was = c.state;
		bool ends;

		switch (ops[i]) {
		case 'c':
			user(&c, ECCP_EV_CLOSE);
			if (was == ECCP_CONNECTED || was == ECCP_CLOSEWAIT) {
				said(ECCP_CTL, S_AT, SAL_CTL_FIN);
				ck_assert_uint_eq(out.msg[0].hdr.ackno, c.rv + 1);
			}
			break;
		case 'A':
			m = say(&s, ECCP_ACK);
			m.ackno = c.v + 1;
			feed(&c, &m);
			break;
		default:
			m = say(&s, ECCP_CTL);
			m.flags = SAL_CTL_FIN;
			m.verno = fin_verno;
			m.ackno = ops[i] == 'B' || ops[i] == 'b' ? c.v + 1 : c.una;
			feed(&c, &m);
			/* every CTL is answered, to the end and beyond; a first one by
			 * the FIN that may follow
			 */
			if (version == 2 && was == ECCP_CONNECTED) {
				ck_assert_uint_eq(out.n_msgs, 0);
				ck_assert_uint_eq(c.armed, BIT(ECCP_DUTY_ACK));
				ck_assert_uint_eq(out.timer_ms, now + 40);
				break;
			}
			said(ECCP_ACK, S_AT, SAL_CTL_ACK);
			ck_assert_uint_eq(out.msg[0].hdr.ackno, fin_verno + 1);
			ck_assert(!(c.armed & BIT(ECCP_DUTY_ACK)));
			break;
		}
		ck_assert_msg(c.state == closings[_i / 2].states[i], "%s[%d]: state %d", ops, i,
			      c.state);
		ends = c.state != was && (c.state == ECCP_TIMEWAIT || c.state == ECCP_CLOSED);
		ck_assert_uint_eq(!!(out.actions & ECCP_A_CLOSED), ends);
		ends = c.state == ECCP_TIMEWAIT || c.state == ECCP_CLOSED;
		ck_assert_uint_eq(eccp_finished(&c), ends);
		/* the FIN is repeated until acknowledged, whatever the peer does */
		ck_assert_uint_eq(!!(c.armed & BIT(ECCP_DUTY_CTL)),
				  c.state == ECCP_FINWAIT1 || c.state == ECCP_CLOSING ||
				  c.state == ECCP_LASTACK);
	}
	ck_assert_uint_eq(c.v, strchr(ops, 'c') ? C_ISS + 1 : C_ISS);
}
END_TEST

/* P5: a FIN does not override a RSYN that the peer has not acknowledged */
START_TEST(close__while_our_move_is_open)
{
	connected(2);
	c.v++;
	c.lv = c.v;
	m = say(&c, ECCP_CTL);
	ck_assert_uint_eq(m.flags, SAL_CTL_RSYN);
	user(&c, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, S_AT, SAL_CTL_RSYN | SAL_CTL_FIN);
	ck_assert_uint_eq(m.verno, C_ISS + 2);
	ck_assert_uint_eq(c.lv, c.v);

	/* no move open, no RSYN */
	connected(2);
	user(&c, ECCP_EV_CLOSE);
	said(ECCP_CTL, S_AT, SAL_CTL_FIN);
}
END_TEST

/* ---- RST ----------------------------------------------------------------- */

/* "any but LISTEN, REQUEST": the peer's nonce and an ackno in the window */
START_TEST(reset__by_the_peer)
{
	struct eccp *e = in_state(_i);
	struct eccp *peer = e == &c ? &s : &c;

	m = from_peer(e, ECCP_RST);
	feed(e, &m);
	ck_actions(ECCP_A_RESET);
	ck_state(e, ECCP_CLOSED);
	ck_assert(!out.timer);
	ck_assert_int_eq(out.err, _i == ECCP_CLOSEWAIT ? EPIPE : ECONNRESET);
	ck_assert_uint_eq(m.nonce, peer->ln);
}
END_TEST

/* P14: the echo of a packet of ours, whichever it was, is authentic */
START_TEST(reset__echo_of_what_we_sent)
{
	static const enum eccp_kind sent[] = {
		ECCP_SYNACK, ECCP_ACK, ECCP_CTL, ECCP_CTLACK, ECCP_ACK3,
	};
	struct eccp_addr from = C_AT;
	struct eccp_msg reply;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sent); i++) {
		struct eccp *e = in_state(_i);

		m = say(e, sent[i]);
		if (sent[i] == ECCP_CTL && !m.flags)
			m.flags = SAL_CTL_FIN;
		ck_assert(eccp_reset_reply(&m, &from, &reply));
		feed(e, &reply.hdr);
		ck_actions(ECCP_A_RESET);
		ck_state(e, ECCP_CLOSED);
	}
}
END_TEST

/* P1: a RST without either nonce kills nothing, whatever its numbers */
START_TEST(reset__forged)
{
	struct eccp *e = in_state(_i);
	struct eccp before = *e;
	struct eccp *peer = e == &c ? &s : &c;
	u32 n;

	for (n = 0; n < 200; n++) {
		m = rst(peer, 1 + n, e->rv + 1 - n, e->v + 1 - n);
		m.dst_flow = e->lflow;
		feed(e, &m);
		ck_dropped(ECCP_WHY_RST);
	}
	ck_assert_mem_eq(e, &before, sizeof(*e));

	/* our own nonce alone is what anybody knows who saw a broadcast SYN */
	m = rst(peer, e->ln, e->rv, e->v + 1);
	m.dst_flow = e->lflow;
	feed(e, &m);
	ck_dropped(ECCP_WHY_RST);
	/* the peer's nonce with an ackno from nowhere */
	m = rst(peer, e->pn, e->rv + 1, e->v + 2);
	m.dst_flow = e->lflow;
	feed(e, &m);
	ck_dropped(ECCP_WHY_RST);
	ck_assert_mem_eq(e, &before, sizeof(*e));
}
END_TEST

/* An original's RST echoes our nonce and acknowledges roughly */
START_TEST(reset__version_1)
{
	static const struct { u32 beyond; bool kills; } a[] = {
		{ 0, true }, { 33, true }, { 34, false }, { -1u, false },
	};
	unsigned int i;
	int version;

	for (version = 1; version <= 2; version++)
		for (i = 0; i < ARRAY_SIZE(a); i++) {
			connected(version);
			m = rst(&s, C_NONCE, 0, c.v + a[i].beyond);
			feed(&c, &m);
			ck_state(&c, version == 1 && a[i].kills ? ECCP_CLOSED : ECCP_CONNECTED);
		}
}
END_TEST

/* 4.5: data -> RST hint -> probe -> RST that echoes the nonce */
START_TEST(reset__crashed_peer)
{
	struct eccp_addr from = C_AT;
	struct eccp_msg hint, reply;
	int i, probes = 0;

	connected(2);
	m = data_of(&c);
	ck_assert(eccp_reset_reply(&m, &from, &hint));
	ck_assert_uint_eq(hint.hdr.nonce, 0);
	feed(&c, &hint.hdr);
	ck_assert_uint_eq(out.actions, ECCP_A_DROP | ECCP_A_SEND);
	ck_assert_uint_eq(out.why, ECCP_WHY_RST);
	m = said(ECCP_ACK, S_AT, SAL_CTL_ACK);
	ck_state(&c, ECCP_CONNECTED);

	/* a flood of hints is worth a probe each half second */
	for (i = 0; i < 1000; i++) {
		feed(&c, &hint.hdr);
		probes += out.n_msgs;
		now += 10;
	}
	ck_assert_int_ge(probes, 17);
	ck_assert_int_le(probes, 20);

	ck_assert(eccp_reset_reply(&m, &from, &reply));
	feed(&c, &reply.hdr);
	ck_actions(ECCP_A_RESET);
	ck_assert_int_eq(out.err, ECONNRESET);
}
END_TEST

START_TEST(abort__active_rst)
{
	struct eccp *e = in_state(_i);
	struct eccp *peer = e == &c ? &s : &c;

	user(e, ECCP_EV_ABORT);
	ck_state(e, ECCP_CLOSED);
	ck_assert(!out.timer);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_RST, e == &c ? S_AT : C_AT, SAL_CTL_RST | SAL_CTL_ACK);
	ck_assert_uint_eq(m.nonce, e->ln);
	ck_assert_uint_eq(m.verno, e->v + 1);
	ck_assert_uint_eq(m.ackno, e->rv + 1);
	if (_i == ECCP_RESPOND) {
		/* the client may have the SYN-ACK already */
		struct sal_msg synack = say(e, ECCP_SYNACK);

		feed(peer, &synack);
	}
	feed(peer, &m);
	ck_actions(ECCP_A_RESET);
	user(e, ECCP_EV_ABORT);
	ck_actions(0);
}
END_TEST

int main(void)
{
	const int with_peer = ECCP_RESPOND, end = ECCP_STATE_MAX;
	Suite *suite = suite_create("eccp_end");
	TCase *tc = tcase_create("4.2");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, close__both_ways, 0, 2 * ARRAY_SIZE(closings));
	tcase_add_test(tc, close__while_our_move_is_open);
	tcase_add_loop_test(tc, reset__by_the_peer, with_peer, end);
	tcase_add_loop_test(tc, reset__echo_of_what_we_sent, with_peer, end);
	tcase_add_loop_test(tc, reset__forged, with_peer, end);
	tcase_add_test(tc, reset__version_1);
	tcase_add_test(tc, reset__crashed_peer);
	tcase_add_loop_test(tc, abort__active_rst, with_peer, end);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
