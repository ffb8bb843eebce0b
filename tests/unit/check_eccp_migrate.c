// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp_migrate: the peer moves (PROTOCOL.md 4.2, 4.4). The server is the one
 * that moves; its own part is not built yet, so its variables are set by hand.
 */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"

#define NEW	at(7)
#define NEWER	at(8)

static struct sal_msg m;

/* The server moves once more; returns its RSYN */
static struct sal_msg moves(void)
{
	s.v++;
	s.lv = s.v;
	return say(&s, ECCP_CTL);
}

/* An ACK of the server's with this challenge */
static struct sal_msg echo(u64 challenge)
{
	struct sal_msg a = say(&s, ECCP_ACK);

	a.present |= SAL_HAS_CHALLENGE;
	a.challenge = challenge;
	return a;
}

/* 4.2: rv, pend, pendv, pchal; RSYN-ACK with the challenge to pend; pa stays */
START_TEST(move__is_asked_for_proof)
{
	struct sal_msg rsyn;

	connected(2);
	rsyn = moves();
	feed_from(&c, &rsyn, NEW, true);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert_uint_eq(m.ackno, S_ISS + 2);
	ck_assert_uint_eq(m.challenge, randoms);
	ck_assert_uint_eq(c.rv, S_ISS + 1);
	ck_at(c.pa, S_AT);

	/* R3: data is taken from both */
	ck_assert(eccp_data_ok(&c, S_FLOW, (S_AT).ip));
	ck_assert(eccp_data_ok(&c, S_FLOW, (NEW).ip));
	ck_assert(!eccp_data_ok(&c, S_FLOW, (ELSE).ip));

	m = echo(m.challenge);
	feed_from(&c, &m, NEW, true);
	ck_actions(ECCP_A_MOVED | ECCP_A_TRANSPORT);
	ck_at(c.pa, NEW);
	ck_assert(!(c.flags & (ECCP_F_PEND | ECCP_F_UNPROVEN)));
	ck_assert(!out.timer);
	ck_assert(!eccp_data_ok(&c, S_FLOW, (S_AT).ip));

	/* the echo again moves nothing */
	feed_from(&c, &m, ELSE, true);
	ck_actions(ECCP_A_TRANSPORT);
	ck_at(c.pa, NEW);
}
END_TEST

/* P4: an ACK alone is no proof, a wrong echo is none, FIN and RSYN-ACK are none */
START_TEST(move__without_proof)
{
	u64 challenge;

	connected(2);
	m = moves();
	feed_from(&c, &m, NEW, true);
	challenge = out.msg[0].hdr.challenge;

	m = say(&s, ECCP_ACK);
	feed_from(&c, &m, NEW, true);
	ck_actions(ECCP_A_TRANSPORT);
	m = echo(challenge ^ 1);
	feed_from(&c, &m, NEW, true);
	ck_actions(ECCP_A_TRANSPORT);
	m = say(&s, ECCP_CTLACK);
	m.present |= SAL_HAS_CHALLENGE;
	m.challenge = challenge;
	feed_from(&c, &m, NEW, true);
	ck_assert(!(out.actions & ECCP_A_MOVED));
	m = data_of(&s);
	feed_from(&c, &m, NEW, true);
	ck_actions(ECCP_A_TRANSPORT);
	ck_at(c.pa, S_AT);
	ck_assert(c.flags & ECCP_F_PEND);
}
END_TEST

/* 4.2: ver == rv: exactly as before, same challenge, wherever it comes from (R1) */
START_TEST(move__same_rsyn_again)
{
	struct sal_msg rsyn;
	u64 challenge;

	connected(2);
	rsyn = moves();
	feed_from(&c, &rsyn, NEW, true);
	challenge = out.msg[0].hdr.challenge;
	feed_from(&c, &rsyn, ELSE, true);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert_uint_eq(m.challenge, challenge);
	ck_at(c.pend, NEW);

	/* also when it is done */
	m = echo(challenge);
	feed_from(&c, &m, NEW, true);
	feed_from(&c, &rsyn, ELSE, true);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert_uint_eq(m.challenge, challenge);
	ck_assert(!(c.flags & ECCP_F_PEND));
	ck_at(c.pa, NEW);
}
END_TEST

/* S1: a later move wins, whatever arrives last; the first challenge is void */
START_TEST(move__twice)
{
	struct sal_msg first, second;
	u64 old;

	connected(2);
	first = moves();
	second = moves();
	feed_from(&c, &first, NEW, true);
	old = out.msg[0].hdr.challenge;
	feed_from(&c, &second, NEWER, true);
	ck_assert_uint_ne(out.msg[0].hdr.challenge, old);
	ck_at(c.pend, NEWER);

	m = echo(old);
	feed_from(&c, &m, NEW, true);
	ck_assert(!(out.actions & ECCP_A_MOVED));
	feed_from(&c, &first, NEW, true);
	ck_dropped(ECCP_WHY_VERNO);
	ck_at(c.pend, NEWER);
	m = echo(c.pchal);
	feed_from(&c, &m, NEWER, true);
	ck_at(c.pa, NEWER);
}
END_TEST

/* 1.7: a RSYN from where the peer is keeps a NAT's entry and moves nothing */
START_TEST(move__to_where_it_is)
{
	connected(2);
	m = moves();
	feed(&c, &m);
	said(ECCP_CTLACK, S_AT, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert(!(c.flags & ECCP_F_PEND));
	ck_assert(!out.timer);
	m = echo(c.pchal);
	feed(&c, &m);
	ck_actions(ECCP_A_TRANSPORT);

	/* there and back: the move is off */
	m = moves();
	feed_from(&c, &m, NEW, true);
	m = moves();
	feed(&c, &m);
	ck_assert(!(c.flags & ECCP_F_PEND));
	ck_at(c.pa, S_AT);
}
END_TEST

/* Given up on pend, one more RSYN is one more try, and its echo still counts */
START_TEST(move__after_patience)
{
	struct sal_msg rsyn;

	connected(2);
	rsyn = moves();
	feed_from(&c, &rsyn, NEW, true);
	while (out.timer) {
		now = out.timer_ms;
		tick(&c);
	}
	ck_assert(!(c.flags & ECCP_F_PEND));
	feed_from(&c, &rsyn, NEW, true);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert(out.timer);
	m = echo(m.challenge);
	feed_from(&c, &m, NEW, true);
	ck_actions(ECCP_A_MOVED | ECCP_A_TRANSPORT);

	m = moves();
	feed_from(&c, &m, NEWER, true);
	while (out.timer) {
		now = out.timer_ms;
		tick(&c);
	}
	feed_from(&c, &m, NEWER, true);
	now = out.timer_ms;
	tick(&c);
	ck_actions(0);
	ck_assert(!out.timer);
	ck_assert(!(c.flags & ECCP_F_PEND));
}
END_TEST

/* FIN and move in one: both are taken, and the move goes on in every state */
START_TEST(move__while_closing)
{
	connected(2);
	if (_i)
		user(&c, ECCP_EV_CLOSE);
	s.v++;
	s.lv = s.v;
	user(&s, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, C_AT, SAL_CTL_RSYN | SAL_CTL_FIN);
	if (_i)
		m.ackno = c.v + 1;
	feed_from(&c, &m, NEW, true);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_state(&c, _i ? ECCP_TIMEWAIT : ECCP_CLOSEWAIT);
	m = echo(m.challenge);
	m.ackno = c.v + 1;
	feed_from(&c, &m, NEW, true);
	ck_actions(ECCP_A_MOVED | ECCP_A_TRANSPORT);
	ck_at(c.pa, NEW);
}
END_TEST

/* 4.6: odd repetitions of our CTL go to pend, the others to pa */
START_TEST(move__ctl_meanwhile)
{
	int to_new = 0, to_old = 0, i;

	connected(2);
	m = moves();
	feed_from(&c, &m, NEW, true);
	user(&c, ECCP_EV_CLOSE);
	said(ECCP_CTL, S_AT, SAL_CTL_FIN);
	for (i = 0; i < 8; i++) {
		unsigned int n;

		now = out.timer_ms;
		tick(&c);
		for (n = 0; n < out.n_msgs; n++) {
			if (out.msg[n].kind != ECCP_CTL)
				continue;
			if (out.msg[n].to.ip == (NEW).ip)
				to_new++;
			else
				to_old++;
		}
	}
	/* the first, third and fifth; then pend is given up */
	ck_assert_int_eq(to_new, 3);
	ck_assert_int_eq(to_old, 5);
}
END_TEST

/* CONNECTED: SYN-ACK newer than rv: the server moved before our third ACK came */
START_TEST(move__of_a_server_not_yet_open)
{
	struct sal_msg synack;

	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	s.v++;
	s.lv = s.v;
	synack = say(&s, ECCP_SYNACK);
	feed_from(&c, &synack, NEW, true);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert_uint_eq(c.rv, S_ISS + 1);
	ck_at(c.pa, S_AT);

	/* that completes the request there, and its echo the move here */
	feed(&s, &m);
	ck_assert(out.actions & ECCP_A_ACCEPT);
	ck_assert_uint_eq(s.una, s.v + 1);
	m = said(ECCP_ACK, C_AT, SAL_CTL_ACK);
	feed_from(&c, &m, NEW, true);
	ck_assert(out.actions & ECCP_A_MOVED);
	ck_at(c.pa, NEW);
}
END_TEST

/* P3: a RSYN-ACK of the first of two moves does not complete the second */
START_TEST(echo__only_for_the_newest_move)
{
	struct eccp before;

	connected(2);
	moves();
	m = say(&c, ECCP_CTLACK);
	m.present |= SAL_HAS_CHALLENGE;
	m.challenge = 5;
	m.ackno = s.v + 1;
	moves();
	before = s;
	feed(&s, &m);
	ck_dropped(ECCP_WHY_ACKNO);
	ck_assert_mem_eq(&s, &before, sizeof(s));

	m.ackno = s.v + 1;
	feed(&s, &m);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_ACK, C_AT, SAL_CTL_ACK);
	ck_assert(m.present & SAL_HAS_CHALLENGE);
	ck_assert_uint_eq(m.challenge, 5);
	ck_assert_uint_eq(s.una, s.v + 1);
}
END_TEST

/* Both have moved: the echo goes where the peer says it is now */
START_TEST(echo__to_pend)
{
	connected(2);
	moves();
	c.v++;
	c.lv = c.v;
	m = say(&c, ECCP_CTL);
	feed_from(&s, &m, NEWER, true);
	said(ECCP_CTLACK, NEWER, SAL_CTL_RSYN | SAL_CTL_ACK);
	c.pchal = 6;
	m = say(&c, ECCP_CTLACK);
	m.ackno = s.v + 1;
	feed_from(&s, &m, NEWER, true);
	said(ECCP_ACK, NEWER, SAL_CTL_ACK);
}
END_TEST

/* ---- version 1 ----------------------------------------------------------- */

static void feed_v1(const struct sal_msg *msg, struct eccp_addr from, bool allowed)
{
	struct eccp_in in = {
		.event = eccp_event_of(msg), .msg = msg, .from = from, .now_ms = now,
		.random = ++randoms, .migrate_v1 = allowed,
	};

	eccp_step(&c, &in, &out);
}

/* Nothing bounds what TCP sends to an unproven address: refused and unanswered */
START_TEST(version_1__refused)
{
	struct eccp before;

	connected(1);
	m = moves();
	before = c;
	feed_v1(&m, NEW, false);
	ck_dropped(ECCP_WHY_VERSION);
	ck_assert_mem_eq(&c, &before, sizeof(c));

	/* it can still close */
	s.lv = s.iss;
	s.una = s.v;
	user(&s, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, C_AT, SAL_CTL_FIN);
	feed_v1(&m, S_AT, false);
	ck_state(&c, ECCP_CLOSEWAIT);
}
END_TEST

/* 4.2: ACK, verno == pendv+1, ackno == v+1, source == pend; marked unproven */
START_TEST(version_1__allowed)
{
	connected(1);
	m = moves();
	feed_v1(&m, NEW, true);
	m = said(ECCP_CTLACK, NEW, SAL_CTL_RSYN | SAL_CTL_ACK);
	ck_assert(!(m.present & SAL_HAS_CHALLENGE));

	m = say(&s, ECCP_ACK);
	feed_v1(&m, S_AT, true);
	ck_assert(!(out.actions & ECCP_A_MOVED));
	m.verno--;
	feed_v1(&m, NEW, true);
	ck_assert(!(out.actions & ECCP_A_MOVED));
	m.verno++;
	feed_v1(&m, NEW, true);
	ck_assert(out.actions & ECCP_A_MOVED);
	ck_at(c.pa, NEW);
	ck_assert(c.flags & ECCP_F_UNPROVEN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("eccp_migrate");
	TCase *tc = tcase_create("4.4");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, move__is_asked_for_proof);
	tcase_add_test(tc, move__without_proof);
	tcase_add_test(tc, move__same_rsyn_again);
	tcase_add_test(tc, move__twice);
	tcase_add_test(tc, move__to_where_it_is);
	tcase_add_test(tc, move__after_patience);
	tcase_add_loop_test(tc, move__while_closing, 0, 2);
	tcase_add_test(tc, move__ctl_meanwhile);
	tcase_add_test(tc, move__of_a_server_not_yet_open);
	tcase_add_test(tc, echo__only_for_the_newest_move);
	tcase_add_test(tc, echo__to_pend);
	tcase_add_test(tc, version_1__refused);
	tcase_add_test(tc, version_1__allowed);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
