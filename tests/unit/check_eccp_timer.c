// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * eccp_timer: when each duty is repeated and when no more (PROTOCOL.md 4.3).
 * The clock wraps 3 s after T0.
 */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"

static struct sal_msg m;

/*
 * Lets the timer run until nothing is due, and asserts that @kind was sent at
 * these seconds (-1 ends) after @since, and never at another time.
 */
static void assert_schedule(struct eccp *e, u32 since, enum eccp_kind kind, const int *seconds)
{
	while (out.timer) {
		ck_assert_int_ge((s32)(out.timer_ms - now), 0);
		/* a millisecond early is too early */
		now = out.timer_ms - 1;
		tick(e);
		ck_actions(0);
		now = out.timer_ms;
		tick(e);
		if (!out.n_msgs)
			break;
		ck_assert_uint_eq(out.n_msgs, 1);
		ck_assert_uint_eq(out.msg[0].kind, kind);
		ck_assert_int_eq((int)(now - since), *seconds++ * 1000);
	}
	ck_assert_int_eq(*seconds, -1);
}

START_TEST(synack__at_1_3_7_15_31_then_gone_at_63)
{
	static const int at_s[] = { 1, 3, 7, 15, 31, -1 };

	responding(2);
	assert_schedule(&s, T0, ECCP_SYNACK, at_s);
	ck_assert_uint_eq(now - T0, 63000);
	ck_actions(ECCP_A_GIVE_UP);
	ck_state(&s, ECCP_CLOSED);
	ck_assert(!out.timer);
}
END_TEST

START_TEST(ack3__at_1_2_4_8_16)
{
	static const int at_s[] = { 1, 2, 4, 8, 16, -1 };

	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	assert_schedule(&c, T0, ECCP_ACK3, at_s);
	/* TCP's own sending still carries it */
	ck_assert(c.flags & ECCP_F_ACK3);
	ck_state(&c, ECCP_CONNECTED);
}
END_TEST

/* 1 s doubling to 60 s, 15 tries */
START_TEST(ctl__fifteen_tries)
{
	static const int at_s[] = {
		1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363, 423, 483, 543, 603, -1,
	};

	connected(2);
	c.rtt_ms = 0;
	user(&c, ECCP_EV_CLOSE);
	assert_schedule(&c, T0, ECCP_CTL, at_s);
	ck_actions(ECCP_A_GIVE_UP);
	ck_assert(c.flags & ECCP_F_GAVE_UP);
	ck_assert(!out.timer);

	/* an answer that comes after all is still taken */
	m = say(&s, ECCP_ACK);
	m.ackno = c.v + 1;
	feed(&c, &m);
	ck_state(&c, ECCP_FINWAIT2);
}
END_TEST

START_TEST(ctlack__five_tries_then_stay_at_pa)
{
	static const int at_s[] = { 1, 3, 7, 15, 31, -1 };

	connected(2);
	c.rtt_ms = 0;
	s.v++;
	s.lv = s.v;
	m = say(&s, ECCP_CTL);
	feed_from(&c, &m, at(7), true);
	assert_schedule(&c, T0, ECCP_CTLACK, at_s);
	ck_assert_uint_eq(now - T0, 63000);
	ck_assert(!(c.flags & ECCP_F_PEND));
	ck_at(c.pa, S_AT);
	ck_state(&c, ECCP_CONNECTED);
}
END_TEST

/* Several duties at once: one timer, for the earliest */
START_TEST(timer__earliest_of_several)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	ck_assert_uint_eq(out.timer_ms, T0 + 1000);
	now += 500;
	user(&c, ECCP_EV_CLOSE);
	ck_assert_uint_eq(out.timer_ms, T0 + 1000);
	now += 500;
	tick(&c);
	said(ECCP_ACK3, S_AT, SAL_CTL_ACK);
	ck_assert_uint_eq(out.timer_ms, T0 + 1500);
	now += 1000;
	tick(&c);
	ck_assert_uint_eq(out.n_msgs, 2);
	ck_assert_uint_eq(out.msg[0].kind, ECCP_ACK3);
	ck_assert_uint_eq(out.msg[1].kind, ECCP_CTL);
	ck_assert_uint_eq(out.timer_ms, T0 + 4000);
}
END_TEST

/* ---- the ACK to a FIN ---------------------------------------------------- */

static struct sal_msg servers_fin(int version)
{
	connected(version);
	user(&s, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, C_AT, SAL_CTL_FIN);
	feed(&c, &m);
	ck_state(&c, ECCP_CLOSEWAIT);
	return m;
}

/* Nothing more to say: not now, not later */
static void assert_silent(struct eccp *e)
{
	ck_assert(!out.timer);
	ck_assert_uint_eq(e->armed, 0);
	now += 1000;
	tick(e);
	ck_actions(0);
}

START_TEST(ack__alone_after_40_ms)
{
	servers_fin(2);
	m = late_ack(&c);
	ck_assert_uint_eq(m.ackno, s.v + 1);
	ck_assert_uint_eq(m.verno, c.v + 1);
	assert_silent(&c);
	feed(&s, &m);
	ck_state(&s, ECCP_FINWAIT2);
}
END_TEST

/* ... and the server needs no other: both ends are closed after three messages */
START_TEST(ack__our_fin_is_one)
{
	servers_fin(2);
	ck_actions(0);
	now += 39;
	user(&c, ECCP_EV_CLOSE);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_CTL, S_AT, SAL_CTL_FIN);
	ck_assert_uint_eq(m.verno, C_ISS + 1);
	ck_assert_uint_eq(m.ackno, S_ISS + 2);
	ck_assert_uint_eq(c.armed, BIT(ECCP_DUTY_CTL));
	now += 1;
	tick(&c);
	ck_actions(0);

	feed(&s, &m);
	ck_state(&s, ECCP_TIMEWAIT);
	m = said(ECCP_ACK, C_AT, SAL_CTL_ACK);
	feed(&c, &m);
	ck_state(&c, ECCP_CLOSED);
	ck_actions(ECCP_A_CLOSED | ECCP_A_TRANSPORT);
	assert_silent(&c);
}
END_TEST

/* A move announced before the connection was accepted acknowledges as well */
START_TEST(ack__so_is_our_move)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	s.v++;
	s.lv = s.v;
	user(&c, ECCP_EV_CLOSE);
	m = out.msg[0].hdr;
	feed(&s, &m);
	ck_state(&s, ECCP_CLOSEWAIT);
	m = said(ECCP_CTL, C_AT, SAL_CTL_RSYN);
	ck_assert_uint_eq(m.ackno, C_ISS + 2);
	ck_assert_uint_eq(s.armed, BIT(ECCP_DUTY_CTL));
}
END_TEST

/* Who repeats it waits already: at once, and once. So for a newer FIN. */
START_TEST(ack__fin_again_at_once)
{
	m = servers_fin(2);
	now += 10;
	m.verno += _i;
	feed(&c, &m);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_ACK, S_AT, SAL_CTL_ACK);
	ck_assert_uint_eq(m.ackno, S_ISS + 2 + _i);
	assert_silent(&c);
}
END_TEST

/* 4.4: who moves waits for the challenge */
START_TEST(ack__fin_with_a_move_at_once)
{
	connected(2);
	s.v++;
	s.lv = s.v;
	user(&s, ECCP_EV_CLOSE);
	m = said(ECCP_CTL, C_AT, SAL_CTL_FIN | SAL_CTL_RSYN);
	feed_from(&c, &m, at(7), true);
	ck_state(&c, ECCP_CLOSEWAIT);
	m = said(ECCP_CTLACK, at(7), SAL_CTL_ACK | SAL_CTL_RSYN);
	ck_assert_uint_eq(m.ackno, S_ISS + 3);
	ck_assert_uint_eq(c.armed, BIT(ECCP_DUTY_CTLACK));
}
END_TEST

/* Our FIN to an original follows TCP's, a round trip later or more */
START_TEST(ack__version_1_at_once)
{
	servers_fin(1);
	ck_actions(ECCP_A_SEND);
	m = said(ECCP_ACK, S_AT, SAL_CTL_ACK);
	ck_assert_uint_eq(m.ackno, S_ISS + 2);
	assert_silent(&c);
}
END_TEST

/* ---- eccp_rto ------------------------------------------------------------ */

static const struct {
	u32 transport, measured, want;
} rtos[] = {
	{ 0, 0, 1000 },			/* nothing known */
	{ 0, 100, 300 },
	{ 0, 1, 200 },			/* floor */
	{ 0, 60000, 60000 },		/* ceiling */
	{ 350, 0, 350 },		/* the transport knows better */
	{ 350, 100, 350 },
	{ 10, 0, 200 },
	{ 120000, 0, 60000 },
};

START_TEST(rto__transports_or_measured)
{
	struct eccp_in in = { .event = ECCP_EV_CLOSE, .now_ms = now, .rto_ms = rtos[_i].transport };

	connected(2);
	c.rtt_ms = rtos[_i].measured;
	eccp_step(&c, &in, &out);
	ck_assert(out.timer);
	ck_assert_uint_eq(out.timer_ms - now, rtos[_i].want);
}
END_TEST

START_TEST(rto__measured_at_the_synack)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	m = say(&c, ECCP_ACK3);
	now += 40;
	feed(&s, &m);
	ck_assert_uint_eq(s.rtt_ms, 40);

	/* smoothed at the FIN */
	user(&s, ECCP_EV_CLOSE);
	m = out.msg[0].hdr;
	feed(&c, &m);
	m = late_ack(&c);
	now += 80;
	feed(&s, &m);
	ck_assert_uint_eq(s.rtt_ms, 50);
}
END_TEST

/* Karn: what was repeated measures nothing */
START_TEST(rto__not_measured_if_repeated)
{
	responding(2);
	m = say(&s, ECCP_SYNACK);
	feed(&c, &m);
	now += 1000;
	if (_i) {
		tick(&s);
	} else {
		m = say(&c, ECCP_SYN);
		feed(&s, &m);
	}
	said(ECCP_SYNACK, C_AT, SAL_CTL_SYN | SAL_CTL_ACK);
	m = say(&c, ECCP_ACK3);
	feed(&s, &m);
	ck_assert_uint_eq(s.rtt_ms, 0);

	user(&s, ECCP_EV_CLOSE);
	m = out.msg[0].hdr;
	feed(&c, &m);
	m = late_ack(&c);
	now += 1000;
	tick(&s);
	feed(&s, &m);
	ck_state(&s, ECCP_FINWAIT2);
	ck_assert_uint_eq(s.rtt_ms, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("eccp_timer");
	TCase *tc = tcase_create("4.3");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, synack__at_1_3_7_15_31_then_gone_at_63);
	tcase_add_test(tc, ack3__at_1_2_4_8_16);
	tcase_add_test(tc, ctl__fifteen_tries);
	tcase_add_test(tc, ctlack__five_tries_then_stay_at_pa);
	tcase_add_test(tc, timer__earliest_of_several);
	tcase_add_test(tc, ack__alone_after_40_ms);
	tcase_add_test(tc, ack__our_fin_is_one);
	tcase_add_test(tc, ack__so_is_our_move);
	tcase_add_loop_test(tc, ack__fin_again_at_once, 0, 2);
	tcase_add_test(tc, ack__fin_with_a_move_at_once);
	tcase_add_test(tc, ack__version_1_at_once);
	tcase_add_loop_test(tc, rto__transports_or_measured, 0, ARRAY_SIZE(rtos));
	tcase_add_test(tc, rto__measured_at_the_synack);
	tcase_add_loop_test(tc, rto__not_measured_if_repeated, 0, 2);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
