// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service_trie: cases, the shape after each change, a random comparison with
 * a model too simple to be wrong, the worst prefixes there can be, and what a
 * rule costs. SERVAL_LONG=1 asks for the full counts.
 */
#include <check.h>

#include "tests/unit/service_trie_model.h"

static u64 rnd_state;

static u64 rnd(void)
{
	u64 z = (rnd_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static unsigned int below(unsigned int n)
{
	return rnd() % n;
}

static void random_key(u8 *key)
{
	unsigned int i;

	for (i = 0; i < STRIE_KEY_LEN; i++)
		key[i] = rnd();
}

static struct rule *rule_of(struct strie_entry *entry)
{
	return container_of(entry, struct rule, entry);
}

static bool run_long(void)
{
	const char *v = getenv("SERVAL_LONG");

	return v && *v && strcmp(v, "0");
}

/* Insert a prefix given as text: hex digits, then the length */
static struct rule *add(const char *hex, unsigned int bits, u16 tags)
{
	u8 key[STRIE_KEY_LEN] = { 0 };
	struct rule *r;
	unsigned int i;

	for (i = 0; hex[i]; i++) {
		char digit[2] = { hex[i], 0 };

		key[i / 2] |= strtoul(digit, NULL, 16) << (i % 2 ? 0 : 4);
	}
	r = new_rule(key, bits, tags);
	ck_assert_int_eq(insert(r), 0);
	return r;
}

static struct rule *find_text(const char *hex, unsigned int bits)
{
	struct strie_entry *e;
	u8 key[STRIE_KEY_LEN] = { 0 };
	unsigned int i;

	for (i = 0; hex[i]; i++) {
		char digit[2] = { hex[i], 0 };

		key[i / 2] |= strtoul(digit, NULL, 16) << (i % 2 ? 0 : 4);
	}
	e = strie_find(&trie, key, bits);
	return e ? rule_of(e) : NULL;
}

/* Every test begins with an empty trie and leaves one: by the way this removes in walk order */
static void setup(void)
{
	memset(&trie, 0, sizeof(trie));
	nodes = 0;
	rnd_state = 1;
}

static void teardown(void)
{
	struct strie_entry *e;

	while ((e = strie_next(&trie, NULL, 0)))
		take_out(rule_of(e));
	ck_assert_ptr_null(trie.root);
	ck_assert_uint_eq(trie.count, 0);
	ck_assert_uint_eq(nodes, 0);
}

/* --- strie_is_prefix --- */

START_TEST(strie_is_prefix__every_length)
{
	u8 key[STRIE_KEY_LEN];
	unsigned int bits, i;

	for (bits = 0; bits <= STRIE_BITS_MAX; bits++) {
		memset(key, 0xff, sizeof(key));
		cut(key, bits);
		for (i = 0; i <= STRIE_BITS_MAX; i++)
			must(strie_is_prefix(key, i) == (i >= bits));
	}
	memset(key, 0, sizeof(key));
	must(!strie_is_prefix(key, STRIE_BITS_MAX + 1));
	must(!strie_is_prefix(key, 65535));
}
END_TEST

/* --- strie_longest --- */

START_TEST(strie_longest__empty)
{
	u8 key[STRIE_KEY_LEN] = { 0 };
	unsigned int steps = 9;

	ck_assert_ptr_null(strie_longest(&trie, key, STRIE_ANY_BITS, 0xffff, &steps));
	ck_assert_uint_eq(steps, 0);
	ck_assert_ptr_null(strie_find(&trie, key, 0));
	ck_assert_ptr_null(strie_next(&trie, NULL, 0));
}
END_TEST

START_TEST(strie_longest__default_matches_all)
{
	struct rule *r = add("", 0, 1);
	u8 key[STRIE_KEY_LEN];
	int i;

	for (i = 0; i < 20; i++) {
		random_key(key);
		ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &r->entry);
	}
}
END_TEST

START_TEST(strie_longest__nested)
{
	static const struct {
		const char *hex;
		unsigned int bits;
	} p[] = { { "", 0 }, { "8", 1 }, { "aa", 8 }, { "aabb", 15 }, { "aabb", 16 },
		  { "aabbcc", 255 }, { "aabbcc", 256 } };
	struct rule *r[ARRAY_SIZE(p)];
	struct strie_entry *e;
	unsigned int i, want;
	u8 key[STRIE_KEY_LEN] = { 0xaa, 0xbb, 0xcc };

	for (i = 0; i < ARRAY_SIZE(p); i++)
		r[i] = add(p[i].hex, p[i].bits, 1);
	assert_shape();

	/* "next shorter" visits all of them, longest first */
	want = ARRAY_SIZE(p);
	i = STRIE_ANY_BITS;
	while ((e = strie_longest(&trie, key, i, 1, NULL))) {
		ck_assert_ptr_eq(e, &r[--want]->entry);
		i = e->bits;
	}
	ck_assert_uint_eq(want, 0);

	/* a difference in the last bit, one inside, one at the start */
	key[31] = 1;
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &r[5]->entry);
	key[2] = 0;
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &r[4]->entry);
	key[1] = 0xba;
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &r[3]->entry);
	key[0] = 0xab;
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &r[1]->entry);
	key[0] = 0x2a;
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &r[0]->entry);
}
END_TEST

START_TEST(strie_longest__tags)
{
	struct rule *a = add("", 0, 1), *b = add("12", 8, 2), *c = add("1234", 16, 4 | 1);
	u8 key[STRIE_KEY_LEN] = { 0x12, 0x34, 0x56 };

	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 7, NULL), &c->entry);
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 4, NULL), &c->entry);
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 2, NULL), &b->entry);
	ck_assert_ptr_eq(strie_longest(&trie, key, 16, 1, NULL), &a->entry);
	ck_assert_ptr_null(strie_longest(&trie, key, STRIE_ANY_BITS, 8, NULL));
	ck_assert_ptr_null(strie_longest(&trie, key, 0, 7, NULL));
	WRITE_ONCE(c->entry.tags, 0);
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 7, NULL), &b->entry);
}
END_TEST

START_TEST(strie_longest__unaligned_key)
{
	struct rule *r = add("0102030405060708090a", 80, 1);
	u8 buf[STRIE_KEY_LEN + 8];
	unsigned int at;

	for (at = 0; at < 8; at++) {
		memset(buf, 0xee, sizeof(buf));
		memcpy(buf + at, r->entry.key, 10);
		ck_assert_ptr_eq(strie_longest(&trie, buf + at, STRIE_ANY_BITS, 1, NULL),
				 &r->entry);
	}
}
END_TEST

/* --- strie_find --- */

START_TEST(strie_find__exact_only)
{
	struct rule *a = add("ab", 8, 1), *b = add("abc", 12, 1);

	add("abd", 12, 1);
	ck_assert_ptr_eq(find_text("ab", 8), a);
	ck_assert_ptr_eq(find_text("abc", 12), b);
	ck_assert_ptr_null(find_text("ab", 7));
	ck_assert_ptr_null(find_text("ab", 9));
	ck_assert_ptr_null(find_text("abe", 12));
	ck_assert_ptr_null(find_text("abc", 13));
	ck_assert_ptr_null(find_text("abc", 256));
	ck_assert_ptr_null(find_text("abc", 0));
	ck_assert_ptr_null(find_text("bbc", 12));
	/* what follows the prefix is not looked at */
	ck_assert_ptr_eq(find_text("abcfff", 12), b);
}
END_TEST

/* --- strie_insert --- */

START_TEST(strie_insert__refusals_change_nothing)
{
	struct rule *first = add("ab", 8, 1), *r;
	u8 key[STRIE_KEY_LEN] = { 0xab };

	r = new_rule(key, 8, 1);
	ck_assert_int_eq(insert(r), -EEXIST);
	r->entry.key[31] = 1;
	ck_assert_int_eq(insert(r), -EINVAL);
	r->entry.key[31] = 0;
	r->entry.bits = STRIE_BITS_MAX + 1;
	ck_assert_int_eq(insert(r), -EINVAL);
	free(r);
	ck_assert_ptr_eq(find_text("ab", 8), first);
	ck_assert_uint_eq(trie.count, 1);
	assert_shape();
}
END_TEST

/* All orders of a handful of prefixes that touch every way of joining a trie */
START_TEST(strie_insert__every_order)
{
	static const struct {
		u8 first;
		unsigned int bits;
	} p[] = { { 0x00, 0 }, { 0x80, 1 }, { 0xc0, 2 }, { 0xc0, 3 }, { 0xe0, 3 }, { 0x40, 256 } };
	unsigned int order, i, j, left;

	for (order = 0; order < 720; order++) {
		unsigned int pool[] = { 0, 1, 2, 3, 4, 5 }, rest = order;
		struct rule *r[ARRAY_SIZE(p)];

		for (left = ARRAY_SIZE(p); left; left--) {
			u8 key[STRIE_KEY_LEN] = { 0 };

			i = pool[rest % left];
			pool[rest % left] = pool[left - 1];
			rest /= left;
			key[0] = p[i].first;
			r[i] = new_rule(key, p[i].bits, 1);
			must(insert(r[i]) == 0);
			assert_shape();
		}
		/* and out again in another order */
		rest = order * 7 % 720;
		for (i = 0; i < ARRAY_SIZE(p); i++)
			pool[i] = i;
		for (left = ARRAY_SIZE(p); left; left--) {
			i = rest % left;
			rest /= left;
			take_out(r[pool[i]]);
			for (j = i; j + 1 < left; j++)
				pool[j] = pool[j + 1];
			assert_shape();
		}
	}
}
END_TEST

/* --- strie_remove --- */

START_TEST(strie_remove__leaves_no_glue)
{
	struct rule *top = add("a", 4, 1), *left = add("a0", 8, 1), *right = add("af", 8, 1);

	add("b", 4, 1);
	ck_assert_uint_eq(nodes, 5);	/* 4 entries; a fork between a and b */
	take_out(top);			/* now a fork between a0 and af */
	ck_assert_uint_eq(nodes, 5);
	assert_shape();
	top = add("a8", 5, 1);		/* between that fork and af */
	ck_assert_uint_eq(nodes, 6);
	take_out(left);			/* its fork goes along */
	ck_assert_uint_eq(nodes, 4);
	assert_shape();
	take_out(top);			/* one child: that moves up */
	ck_assert_uint_eq(nodes, 3);
	assert_shape();
	take_out(right);
	ck_assert_uint_eq(nodes, 1);
	assert_shape();
}
END_TEST

START_TEST(strie_remove__middle_serves_as_glue)
{
	struct rule *top = add("a", 4, 1), *left = add("a0", 8, 1), *right = add("a8", 8, 1);
	u8 key[STRIE_KEY_LEN] = { 0xa0 };

	ck_assert_uint_eq(nodes, 3);
	take_out(top);
	ck_assert_uint_eq(nodes, 3);
	assert_shape();
	ck_assert_ptr_null(find_text("a", 4));
	ck_assert_ptr_eq(strie_longest(&trie, key, STRIE_ANY_BITS, 1, NULL), &left->entry);
	top = add("a", 4, 1);
	ck_assert_uint_eq(nodes, 3);
	ck_assert_ptr_eq(find_text("a8", 8), right);
	ck_assert_ptr_eq(find_text("a", 4), top);
}
END_TEST

/*
 * A reader that stood on any node before a removal must still find all that
 * stays: what is handed back keeps its way down.
 */
START_TEST(strie_remove__old_nodes_lead_on)
{
	struct rule *leaf = add("a0", 8, 1), *stays = add("a8", 8, 1);
	struct strie_node *dead[2], *fork = trie.root;

	strie_remove(&trie, &leaf->entry, dead);
	ck_assert_ptr_eq(dead[1], fork);
	ck_assert_ptr_eq(dead[0], fork->child[0]);
	ck_assert_ptr_eq(dead[0]->entry, &leaf->entry);
	ck_assert_ptr_eq(fork->child[1], trie.root);
	ck_assert_ptr_eq(trie.root->entry, &stays->entry);
	nodes -= 2;
	free(dead[0]);
	free(dead[1]);
	free(leaf);
}
END_TEST

/* --- random operations against a list --- */

/* Keys that meet often: a few bases, one bit turned now and then, lengths near one another */
static unsigned int clustered(u8 *key)
{
	static const unsigned int lengths[] = { 0, 1, 7, 8, 9, 63, 64, 65, 128, 255, 256 };
	u64 keep = rnd_state;
	unsigned int bits;

	rnd_state = 1000 + keep % 5;
	random_key(key);
	rnd_state = keep;
	if (below(2))
		key[0] = 0;
	while (below(3)) {
		unsigned int i = below(4) ? below(24) : below(STRIE_BITS_MAX);

		key[i / 8] ^= 0x80 >> i % 8;
	}
	bits = below(3) ? below(26) : below(STRIE_BITS_MAX + 1);
	return below(4) ? bits : lengths[below(ARRAY_SIZE(lengths))];
}

static void random_insert(void)
{
	u8 key[STRIE_KEY_LEN];
	unsigned int bits = clustered(key);

	model_insert(key, bits, 1 << below(4));
}

static void random_lookups(void)
{
	u8 key[STRIE_KEY_LEN];
	unsigned int bits = clustered(key);

	model_compare(key, bits, below(3) ? STRIE_ANY_BITS : below(STRIE_ANY_BITS + 1),
		      1 + below(15));
}

START_TEST(random__agrees_with_the_model)
{
	unsigned int ops = run_long() ? 1000000 : 100000, op, goal = MODEL_MAX / 2;

	model_n = 0;
	rnd_state = 20;
	for (op = 0; op < ops; op++) {
		/* the size wanders between empty and full */
		if (!below(500))
			goal = below(MODEL_MAX);
		if (below(2))
			random_lookups();
		else if (model_n < MODEL_MAX && (!model_n || below(8) < (model_n < goal ? 6 : 2)))
			random_insert();
		else
			model_remove(below(model_n));
		if (op % 64 == 0 || model_n < 8)
			assert_shape();
	}
	printf("# service_trie: %u random operations agree with the model\n", ops);
}
END_TEST

/* --- strie_next --- */

START_TEST(strie_next__goes_on_after_changes)
{
	struct strie_entry *e, last;
	unsigned int i, seen = 0, kept = 0;
	bool begun = false;

	model_n = 0;
	rnd_state = 30;
	while (model_n < MODEL_MAX)
		random_insert();
	for (i = 0; i < model_n; i++)
		model[i]->listed = false;

	/* Each step also removes one at random, at times the one just seen, and adds one */
	memset(&last, 0, sizeof(last));
	while ((e = strie_next(&trie, begun ? last.key : NULL, last.bits))) {
		if (begun)
			must(order(e->key, e->bits, last.key, last.bits) > 0);
		begun = true;
		last = *e;
		must(!rule_of(e)->listed);
		rule_of(e)->listed = true;
		if (++seen % 4 == 0) {
			for (i = 0; model[i] != rule_of(e); i++)
				;
			model_remove(i);
		} else if (seen % 2) {
			model_remove(below(model_n));
		}
		/* What is added behind the walk's place needs no visit */
		i = model_n;
		if (model_n < MODEL_MAX)
			random_insert();
		if (model_n > i)
			model[i]->listed = order(model[i]->entry.key, model[i]->entry.bits,
						 last.key, last.bits) < 0;
	}
	for (i = 0; i < model_n; i++) {
		must(model[i]->listed);
		kept++;
	}
	must(kept > 100);
	assert_shape();
}
END_TEST

/* --- the worst there can be --- */

START_TEST(adversarial__all_prefixes_of_random_names)
{
	unsigned int names = run_long() ? 4000 : 40, i, bits, steps, worst = 0, rules = 0;
	u8 (*name)[STRIE_KEY_LEN] = calloc(names, STRIE_KEY_LEN);
	struct strie_entry *e;

	rnd_state = 40;
	for (i = 0; i < names; i++) {
		random_key(name[i]);
		for (bits = 1; bits <= STRIE_BITS_MAX; bits++) {
			struct rule *r = new_rule(name[i], bits, 1);

			if (insert(r))
				free(r);	/* two names begin alike */
			else
				rules++;
		}
	}
	must(trie.count == rules);

	for (i = 0; i < names; i++) {
		u8 key[STRIE_KEY_LEN];

		e = strie_longest(&trie, name[i], STRIE_ANY_BITS, 1, &steps);
		must(e && e->bits == STRIE_BITS_MAX);
		ck_assert_mem_eq(e->key, name[i], STRIE_KEY_LEN);
		must(steps <= STRIE_STEPS_MAX);
		worst = steps > worst ? steps : worst;

		/* no tag fits: all the way in vain */
		must(!strie_longest(&trie, name[i], STRIE_ANY_BITS, 2, &steps));
		must(steps <= STRIE_STEPS_MAX);

		/* one bit off */
		memcpy(key, name[i], sizeof(key));
		bits = below(STRIE_BITS_MAX - 40) + 40;
		key[bits / 8] ^= 0x80 >> bits % 8;
		e = strie_longest(&trie, key, STRIE_ANY_BITS, 1, &steps);
		must(e && e->bits == bits);
		must(steps <= STRIE_STEPS_MAX);
	}
	printf("# service_trie: %u rules of %u names, at most %u steps, %.2f nodes a rule\n",
	       rules, names, worst, (double)nodes / rules);
	assert_shape();
	free(name);
}
END_TEST

START_TEST(adversarial__deepest_path)
{
	u8 key[STRIE_KEY_LEN];
	unsigned int bits, steps;
	struct strie_entry *e;

	random_key(key);
	for (bits = 0; bits <= STRIE_BITS_MAX; bits++)
		must(insert(new_rule(key, bits, 1)) == 0);
	e = strie_longest(&trie, key, STRIE_ANY_BITS, 1, &steps);
	must(e->bits == STRIE_BITS_MAX);
	must(steps == STRIE_STEPS_MAX);
	assert_shape();
}
END_TEST

/* The longest way through glue alone: names that differ from one in a single bit each */
START_TEST(adversarial__deepest_glue)
{
	u8 base[STRIE_KEY_LEN], key[STRIE_KEY_LEN];
	unsigned int i, steps;
	struct strie_entry *e;

	random_key(base);
	must(insert(new_rule(base, STRIE_BITS_MAX, 1)) == 0);
	for (i = 0; i < STRIE_BITS_MAX; i++) {
		memcpy(key, base, sizeof(key));
		key[i / 8] ^= 0x80 >> i % 8;
		must(insert(new_rule(key, STRIE_BITS_MAX, 1)) == 0);
	}
	must(nodes == 2 * trie.count - 1);
	e = strie_longest(&trie, base, STRIE_ANY_BITS, 1, &steps);
	ck_assert_mem_eq(e->key, base, sizeof(base));
	must(steps == STRIE_STEPS_MAX);
	assert_shape();
}
END_TEST

/* --- memory --- */

/* The size the kernel's general allocator really takes */
static size_t slab_size(size_t size)
{
	static const size_t classes[] = { 8, 16, 32, 64, 96, 128, 192, 256 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		if (size <= classes[i])
			return classes[i];
	}
	return 8192;
}

START_TEST(memory__rule_with_one_target)
{
	/* Asserted by service_table.c, where they are: a rule, a set of one target */
	const size_t rule = 96, set = 64;
	/* and a word for each of the four objects, to charge it to a memory cgroup */
	const size_t charge = 4 * 8;

	ck_assert_uint_eq(sizeof(struct strie_entry), 36);
	ck_assert_uint_eq(slab_size(sizeof(struct strie_node)), 32);
	ck_assert_uint_le(2 * slab_size(sizeof(struct strie_node)) + rule + set + charge, 256);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("service_trie");
	TCase *tc = tcase_create("service_trie");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, run_long() ? 600 : 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, strie_is_prefix__every_length);
	tcase_add_test(tc, strie_longest__empty);
	tcase_add_test(tc, strie_longest__default_matches_all);
	tcase_add_test(tc, strie_longest__nested);
	tcase_add_test(tc, strie_longest__tags);
	tcase_add_test(tc, strie_longest__unaligned_key);
	tcase_add_test(tc, strie_find__exact_only);
	tcase_add_test(tc, strie_next__goes_on_after_changes);
	tcase_add_test(tc, strie_insert__refusals_change_nothing);
	tcase_add_test(tc, strie_insert__every_order);
	tcase_add_test(tc, strie_remove__leaves_no_glue);
	tcase_add_test(tc, strie_remove__middle_serves_as_glue);
	tcase_add_test(tc, strie_remove__old_nodes_lead_on);
	tcase_add_test(tc, random__agrees_with_the_model);
	tcase_add_test(tc, adversarial__all_prefixes_of_random_names);
	tcase_add_test(tc, adversarial__deepest_path);
	tcase_add_test(tc, adversarial__deepest_glue);
	tcase_add_test(tc, memory__rule_with_one_target);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
