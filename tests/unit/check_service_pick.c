// SPDX-License-Identifier: GPL-2.0-or-later
/* service_pick: priorities, weights, exclusion, and that the shares are right. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "service_pick.h"

#define DRAWS 10000

/* splitmix64: the tests' own random numbers, the same in every run */
static u64 rnd_state;

static u64 rnd(void)
{
	u64 z = (rnd_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static __be32 ip(u8 last)
{
	return htonl(0x0a000000 | last);
}

/* Each case: up to four targets, up to two excluded, and the choices allowed as a bit mask */
static const struct pick_case {
	const char *name;
	unsigned int n;
	struct { u8 addr; u16 priority, weight; } t[4];
	unsigned int n_exclude;
	u8 exclude[2];
	int error;
	unsigned int allowed;
} cases[] = {
	{ .name = "no targets", .n = 0, .error = -EHOSTUNREACH },
	{ .name = "one target", .n = 1, .t = { { 1, 1, 1 } }, .allowed = 1 },
	{ .name = "one drained target", .n = 1, .t = { { 1, 1, 0 } }, .error = -EHOSTUNREACH },
	{ .name = "priority 0 serves if nothing else does", .n = 1, .t = { { 1, 0, 1 } },
	  .allowed = 1 },
	{ .name = "highest priority, first", .n = 3, .t = { { 1, 9, 1 }, { 2, 5, 9 }, { 3, 0, 9 } },
	  .allowed = 1 },
	{ .name = "highest priority, last", .n = 3, .t = { { 1, 0, 9 }, { 2, 5, 9 }, { 3, 9, 1 } },
	  .allowed = 4 },
	{ .name = "highest priority, a set", .n = 4,
	  .t = { { 1, 7, 1 }, { 2, 5, 9 }, { 3, 7, 1 }, { 4, 6, 9 } }, .allowed = 1 | 4 },
	{ .name = "drained priority steps aside", .n = 3,
	  .t = { { 1, 9, 0 }, { 2, 5, 1 }, { 3, 5, 1 } }, .allowed = 2 | 4 },
	{ .name = "all drained", .n = 3, .t = { { 1, 9, 0 }, { 2, 5, 0 }, { 3, 5, 0 } },
	  .error = -EHOSTUNREACH },
	{ .name = "excluded one", .n = 2, .t = { { 1, 1, 1 }, { 2, 1, 1 } },
	  .n_exclude = 1, .exclude = { 1 }, .allowed = 2 },
	{ .name = "excluded priority steps aside", .n = 3,
	  .t = { { 1, 9, 1 }, { 2, 9, 1 }, { 3, 1, 1 } },
	  .n_exclude = 2, .exclude = { 2, 1 }, .allowed = 4 },
	{ .name = "all excluded", .n = 2, .t = { { 1, 1, 1 }, { 2, 1, 1 } },
	  .n_exclude = 2, .exclude = { 1, 2 }, .error = -ECONNREFUSED },
	{ .name = "excluded, the rest drained", .n = 2, .t = { { 1, 1, 1 }, { 2, 1, 0 } },
	  .n_exclude = 1, .exclude = { 1 }, .error = -ECONNREFUSED },
	{ .name = "drained and excluded", .n = 1, .t = { { 1, 1, 0 } },
	  .n_exclude = 1, .exclude = { 1 }, .error = -EHOSTUNREACH },
	{ .name = "excluded address is not there", .n = 1, .t = { { 1, 1, 1 } },
	  .n_exclude = 1, .exclude = { 7 }, .allowed = 1 },
	{ .name = "one address twice, excluded both", .n = 3,
	  .t = { { 1, 1, 1 }, { 1, 1, 1 }, { 2, 1, 1 } },
	  .n_exclude = 1, .exclude = { 1 }, .allowed = 4 },
	{ .name = "greatest numbers", .n = 2, .t = { { 1, 65535, 65535 }, { 2, 65535, 65535 } },
	  .allowed = 3 },
};

START_TEST(spick_choose__cases)
{
	const struct pick_case *c = &cases[_i];
	/* the hash's extremes first, then random ones */
	static const u64 extremes[] = { 0, 1, ~0ULL, 0xffffffff, 0xffffffff00000000ULL,
					0x8000000000000000ULL, 0x80000000 };
	struct spick_target t[4];
	__be32 exclude[2];
	unsigned int i, seen = 0;

	for (i = 0; i < c->n; i++) {
		t[i].addr = ip(c->t[i].addr);
		t[i].priority = c->t[i].priority;
		t[i].weight = c->t[i].weight;
	}
	for (i = 0; i < c->n_exclude; i++)
		exclude[i] = ip(c->exclude[i]);

	rnd_state = 1;
	for (i = 0; i < 200; i++) {
		u64 hash = i < ARRAY_SIZE(extremes) ? extremes[i] : rnd();
		int got = spick_choose(t, c->n, hash, exclude, c->n_exclude);

		if (c->error) {
			ck_assert_msg(got == c->error, "%s: %d", c->name, got);
			continue;
		}
		ck_assert_msg(got >= 0 && (unsigned int)got < c->n && c->allowed & BIT(got),
			      "%s: hash %llx chose %d", c->name, (unsigned long long)hash, got);
		ck_assert_int_eq(got, spick_choose(t, c->n, hash, exclude, c->n_exclude));
		seen |= BIT(got);
	}
	ck_assert_msg(seen == c->allowed, "%s: chose only %#x of %#x", c->name, seen, c->allowed);
}
END_TEST

static void assert_share(unsigned int got, double share)
{
	double want = DRAWS * share, sigma = sqrt(DRAWS * share * (1 - share));

	ck_assert_msg(fabs(got - want) <= 3 * sigma, "%u draws of %d, wanted %.0f +- %.0f",
		      got, DRAWS, want, 3 * sigma);
}

/* Hashes of 64 random bits, and a caller that has but 32 in either half */
static u64 hash_of_kind(int kind)
{
	switch (kind) {
	case 0:
		return rnd();
	case 1:
		return (u32)rnd();
	default:
		return rnd() << 32;
	}
}

START_TEST(spick_choose__weights)
{
	const struct spick_target t[] = {
		{ ip(1), 5, 10 }, { ip(2), 5, 30 }, { ip(3), 5, 0 }, { ip(4), 4, 1000 },
	};
	unsigned int i, got[4] = { 0 };

	rnd_state = 2;
	for (i = 0; i < DRAWS; i++)
		got[spick_choose(t, ARRAY_SIZE(t), hash_of_kind(_i), NULL, 0)]++;
	assert_share(got[0], 0.25);
	assert_share(got[1], 0.75);
	ck_assert_uint_eq(got[2], 0);
	ck_assert_uint_eq(got[3], 0);
}
END_TEST

START_TEST(spick_choose__weights_of_what_exclusion_leaves)
{
	const struct spick_target t[] = { { ip(1), 1, 10 }, { ip(2), 1, 1000 }, { ip(3), 1, 40 } };
	const __be32 exclude[] = { ip(2) };
	unsigned int i, got[3] = { 0 };

	rnd_state = 3;
	for (i = 0; i < DRAWS; i++)
		got[spick_choose(t, 3, hash_of_kind(_i), exclude, 1)]++;
	assert_share(got[0], 0.2);
	ck_assert_uint_eq(got[1], 0);
	assert_share(got[2], 0.8);
}
END_TEST

START_TEST(spick_choose__largest_rule)
{
	struct spick_target t[256];
	unsigned int i, got[256] = { 0 };

	for (i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = (struct spick_target){ ip(i), 1, i == 255 ? 65535 : 257 };
	rnd_state = 4;
	for (i = 0; i < DRAWS; i++)
		got[spick_choose(t, ARRAY_SIZE(t), rnd(), NULL, 0)]++;
	assert_share(got[255], 0.5);	/* 255 * 257 = 65535 */
	for (i = 0; i < 255; i++)
		ck_assert_uint_gt(got[i], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("service_pick");
	TCase *tc = tcase_create("spick_choose");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, spick_choose__cases, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, spick_choose__weights, 0, 3);
	tcase_add_loop_test(tc, spick_choose__weights_of_what_exclusion_leaves, 0, 3);
	tcase_add_test(tc, spick_choose__largest_rule);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
