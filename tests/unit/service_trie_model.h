/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What check_service_trie and fuzz_service_trie share: rules around entries,
 * a check of a trie's shape, and a list that does the same too simply to be
 * wrong. One trie and one list: every rule of "trie" is in "model" if the test
 * put it there by model_insert().
 */
#ifndef SERVAL_SERVICE_TRIE_MODEL_H
#define SERVAL_SERVICE_TRIE_MODEL_H

#include <stdio.h>
#include <stdlib.h>

#include "service_trie.h"

/* A rule of the tests: what service_table.c keeps around an entry, in small */
struct rule {
	struct strie_entry entry;	/* first: see rule_of() */
	bool listed;
};

/* Not ck_assert(): libcheck writes a record at each, and these are asked millions of times */
#define must(cond) do {								\
	if (!(cond)) {								\
		fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #cond);	\
		abort();							\
	}									\
} while (0)

static struct strie trie;
static unsigned int nodes;	/* in the trie: given in minus handed back */

static unsigned int key_bit(const u8 *key, unsigned int i)
{
	return key[i / 8] & (0x80 >> i % 8) ? 1 : 0;
}

static void cut(u8 *key, unsigned int bits)
{
	unsigned int i;

	for (i = bits; i < STRIE_BITS_MAX; i++)
		key[i / 8] &= ~(0x80 >> i % 8);
}

static struct rule *new_rule(const u8 *key, unsigned int bits, u16 tags)
{
	struct rule *r = calloc(1, sizeof(*r));

	memcpy(r->entry.key, key, STRIE_KEY_LEN);
	cut(r->entry.key, bits);
	r->entry.bits = bits;
	r->entry.tags = tags;
	return r;
}

/* Nodes are malloced one by one, so that ASan sees any use of one that left */
static int insert(struct rule *r)
{
	struct strie_node *spare[2];
	int i, err;

	for (i = 0; i < 2; i++) {
		spare[i] = malloc(sizeof(*spare[i]));
		memset(spare[i], 0xa5, sizeof(*spare[i]));
	}
	err = strie_insert(&trie, &r->entry, spare);
	for (i = 0; i < 2; i++) {
		if (!spare[i])
			nodes++;
		else if (err)
			must(spare[i]->bits == 0xa5a5);
		free(spare[i]);
	}
	return err;
}

static void take_out(struct rule *r)
{
	struct strie_node *dead[2];
	int i;

	strie_remove(&trie, &r->entry, dead);
	for (i = 0; i < 2; i++) {
		if (dead[i])
			nodes--;
		free(dead[i]);
	}
	free(r);
}

/*
 * Shape of a subtree: glue has two children, bits grow, every entry hangs at
 * its length and agrees with the bits that lead there. Counts what it sees.
 */
static void check_shape(const struct strie_node *n, int parent_bits, u8 *path,
			unsigned int *n_nodes, unsigned int *n_entries)
{
	const struct strie_entry *e = n->entry, *sample;
	const struct strie_node *m = n;
	unsigned int i;

	(*n_nodes)++;
	must(n->bits > parent_bits);
	must(n->bits <= STRIE_BITS_MAX);
	if (!e)
		must(n->child[0] && n->child[1]);
	if (n->bits == STRIE_BITS_MAX)
		must(!n->child[0] && !n->child[1]);

	/* any entry below tells the bits between the parent and here */
	while (!m->entry)
		m = m->child[0];
	sample = m->entry;
	for (i = 0; i < n->bits; i++) {
		if ((int)i < parent_bits + 1 && parent_bits >= 0)
			must(key_bit(sample->key, i) == key_bit(path, i));
		path[i / 8] &= ~(0x80 >> i % 8);
		path[i / 8] |= key_bit(sample->key, i) << (7 - i % 8);
	}
	if (e) {
		(*n_entries)++;
		must(e->bits == n->bits);
	}
	for (i = 0; i < 2; i++) {
		u8 sub[STRIE_KEY_LEN];

		if (!n->child[i])
			continue;
		memcpy(sub, path, sizeof(sub));
		sub[n->bits / 8] &= ~(0x80 >> n->bits % 8);
		sub[n->bits / 8] |= i << (7 - n->bits % 8);
		check_shape(n->child[i], n->bits, sub, n_nodes, n_entries);
	}
}

static void assert_shape(void)
{
	unsigned int n_nodes = 0, n_entries = 0;
	u8 path[STRIE_KEY_LEN] = { 0 };

	if (trie.root)
		check_shape(trie.root, -1, path, &n_nodes, &n_entries);
	must(n_entries == trie.count);
	must(n_nodes == nodes);
	if (n_entries)
		must(n_nodes <= 2 * n_entries - 1);
}

#define MODEL_MAX 400

static struct rule *model[MODEL_MAX];
static unsigned int model_n;

static bool model_matches(const struct rule *r, const u8 *key)
{
	unsigned int i, bytes = r->entry.bits / 8;

	if (memcmp(r->entry.key, key, bytes))
		return false;
	for (i = bytes * 8; i < r->entry.bits; i++) {
		if (key_bit(r->entry.key, i) != key_bit(key, i))
			return false;
	}
	return true;
}

static struct rule *model_longest(const u8 *key, unsigned int limit, u16 tags)
{
	struct rule *best = NULL;
	unsigned int i;

	for (i = 0; i < model_n; i++) {
		struct rule *r = model[i];

		if (r->entry.bits < limit && r->entry.tags & tags && model_matches(r, key) &&
		    (!best || r->entry.bits > best->entry.bits))
			best = r;
	}
	return best;
}

static unsigned int model_find(const u8 *key, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < model_n; i++) {
		if (model[i]->entry.bits == bits && model_matches(model[i], key))
			break;
	}
	return i;
}

static int order(const u8 *a, unsigned int a_bits, const u8 *b, unsigned int b_bits)
{
	int c = memcmp(a, b, STRIE_KEY_LEN);

	return c ? c : (int)a_bits - (int)b_bits;
}

static struct rule *model_next(const u8 *key, unsigned int bits)
{
	struct rule *best = NULL;
	unsigned int i;

	for (i = 0; i < model_n; i++) {
		struct rule *r = model[i];

		if (key && order(r->entry.key, r->entry.bits, key, bits) <= 0)
			continue;
		if (!best || order(r->entry.key, r->entry.bits,
				   best->entry.key, best->entry.bits) < 0)
			best = r;
	}
	return best;
}

/* Do to both; the list says what the trie has to answer */
static void model_insert(const u8 *key, unsigned int bits, u16 tags)
{
	struct rule *r = new_rule(key, bits, tags);
	int want = model_find(key, bits) < model_n ? -EEXIST : 0;

	must(insert(r) == want);
	if (want)
		free(r);
	else
		model[model_n++] = r;
}

static void model_remove(unsigned int i)
{
	take_out(model[i]);
	model[i] = model[--model_n];
}

/* Ask both the same; @key is cut to @bits */
static void model_compare(u8 *key, unsigned int bits, unsigned int limit, u16 tags)
{
	struct rule *want = model_longest(key, limit, tags);
	unsigned int i = model_find(key, bits), steps;

	must(strie_longest(&trie, key, limit, tags, &steps) == (want ? &want->entry : NULL));
	must(steps <= STRIE_STEPS_MAX);
	must(strie_find(&trie, key, bits) == (i < model_n ? &model[i]->entry : NULL));
	cut(key, bits);
	want = model_next(key, bits);
	must(strie_next(&trie, key, bits) == (want ? &want->entry : NULL));
}

#endif
