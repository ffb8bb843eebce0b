// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * service_trie - which prefixes of a 256-bit name are there, longest first.
 *
 * service_trie.h describes the shape. Entries hang on nodes instead of being
 * nodes, so that taking one out of the middle of the trie leaves a node that
 * serves as glue: removal never needs memory, and a reader never meets a node
 * that changed its place. Every change is one pointer stored last.
 */
#include "service_trie.h"

/* Writers only: the caller excludes others, in a way that this room does not know */
#define writer_dereference(p) rcu_dereference_protected(p, 1)

static unsigned int bit_at(const u8 *key, unsigned int i)
{
	return key[i >> 3] >> (7 - (i & 7)) & 1;
}

/* Do two keys agree in bits [from, to)? Bits shortly before from may be compared too. */
static bool same_bits(const u8 *a, const u8 *b, unsigned int from, unsigned int to)
{
	unsigned int i = from >> 3, end = to >> 3;

	for (; i + sizeof(u64) <= end; i += sizeof(u64)) {
		u64 x, y;

		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		if (x != y)
			return false;
	}
	for (; i < end; i++) {
		if (a[i] != b[i])
			return false;
	}
	return !(to & 7) || !((a[end] ^ b[end]) >> (8 - (to & 7)));
}

/* How many leading bits two keys share, at most max */
static unsigned int common_bits(const u8 *a, const u8 *b, unsigned int max)
{
	unsigned int i = 0;

	while (i + 8 <= max && a[i >> 3] == b[i >> 3])
		i += 8;
	while (i < max && bit_at(a, i) == bit_at(b, i))
		i++;
	return i;
}

bool strie_is_prefix(const u8 *key, unsigned int bits)
{
	static const u8 zero[STRIE_KEY_LEN];
	unsigned int byte = bits >> 3;

	if (bits > STRIE_BITS_MAX)
		return false;
	if (bits & 7) {
		if (key[byte] & (0xff >> (bits & 7)))
			return false;
		byte++;
	}
	return !memcmp(key + byte, zero, STRIE_KEY_LEN - byte);
}

struct strie_entry *strie_longest(const struct strie *trie, const u8 *key, unsigned int below,
				  u16 tags, unsigned int *steps)
{
	struct strie_node *node = rcu_dereference(trie->root);
	struct strie_entry *best = NULL;
	unsigned int matched = 0, n = 0;

	while (node && node->bits < below) {
		struct strie_entry *entry = rcu_dereference(node->entry);

		n++;
		if (entry) {
			/* All below begins with this prefix: if it differs, so do they. */
			if (!same_bits(entry->key, key, matched, node->bits))
				break;
			matched = node->bits;
			if (READ_ONCE(entry->tags) & tags)
				best = entry;
		}
		if (node->bits == STRIE_BITS_MAX)
			break;
		node = rcu_dereference(node->child[bit_at(key, node->bits)]);
	}
	if (steps)
		*steps = n;
	return best;
}

struct strie_entry *strie_find(const struct strie *trie, const u8 *key, unsigned int bits)
{
	struct strie_node *node = writer_dereference(trie->root);
	struct strie_entry *entry;

	while (node && node->bits < bits)
		node = writer_dereference(node->child[bit_at(key, node->bits)]);
	if (!node || node->bits != bits)
		return NULL;
	entry = writer_dereference(node->entry);
	return entry && same_bits(entry->key, key, 0, bits) ? entry : NULL;
}

/* The first entry of a subtree in the order of a walk. Glue has a left child, always. */
static struct strie_entry *first_entry(const struct strie_node *node)
{
	struct strie_entry *entry = NULL;

	while (node) {
		entry = writer_dereference(node->entry);
		if (entry)
			break;
		node = writer_dereference(node->child[0]);
	}
	return entry;
}

/*
 * An entry that shows all the prefixes on the way of (key, bits): no other one
 * of the trie shares more leading bits with it. NULL if the trie is empty.
 */
static struct strie_entry *closest(const struct strie *trie, const u8 *key, unsigned int bits)
{
	struct strie_node *node = writer_dereference(trie->root), *next = node;

	while (next) {
		node = next;
		if (node->bits >= bits)
			break;
		next = writer_dereference(node->child[bit_at(key, node->bits)]);
	}
	return first_entry(node);
}

struct strie_entry *strie_next(const struct strie *trie, const u8 *key, unsigned int bits)
{
	struct strie_node *node = writer_dereference(trie->root), *after = NULL;
	struct strie_entry *near;
	unsigned int common;

	if (!key || !node)
		return first_entry(node);

	near = closest(trie, key, bits);
	common = common_bits(key, near->key, near->bits < bits ? near->bits : bits);
	while (node && node->bits <= common && node->bits < bits) {
		unsigned int b = bit_at(key, node->bits);
		struct strie_node *right = writer_dereference(node->child[1]);

		if (!b && right)
			after = right;
		node = b ? right : writer_dereference(node->child[0]);
	}

	if (!node)
		return first_entry(after);
	if (common < bits)	/* all of this subtree is on one side of the key */
		return first_entry(bit_at(key, common) ? after : node);
	if (node->bits > bits)
		return first_entry(node);
	/* The place of the prefix itself */
	near = first_entry(writer_dereference(node->child[0]));
	if (!near)
		near = first_entry(writer_dereference(node->child[1]));
	return near ? near : first_entry(after);
}

static struct strie_node *take_spare(struct strie_node *spare[2], unsigned int bits)
{
	unsigned int i = spare[0] ? 0 : 1;
	struct strie_node *node = spare[i];

	spare[i] = NULL;
	memset(node, 0, sizeof(*node));
	node->bits = bits;
	return node;
}

int strie_insert(struct strie *trie, struct strie_entry *entry, struct strie_node *spare[2])
{
	struct strie_node __rcu **link = &trie->root;
	unsigned int bits = entry->bits, common = 0;
	struct strie_node *node, *own, *fork;
	const struct strie_entry *near;

	if (!strie_is_prefix(entry->key, bits))
		return -EINVAL;

	near = closest(trie, entry->key, bits);
	if (near)
		common = common_bits(entry->key, near->key,
				     near->bits < bits ? near->bits : bits);
	while ((node = writer_dereference(*link)) && node->bits <= common && node->bits < bits)
		link = &node->child[bit_at(entry->key, node->bits)];

	if (node && node->bits == bits && common == bits) {
		if (writer_dereference(node->entry))
			return -EEXIST;
		rcu_assign_pointer(node->entry, entry);
		trie->count++;
		return 0;
	}

	own = take_spare(spare, bits);
	rcu_assign_pointer(own->entry, entry);
	if (node && common == bits) {
		rcu_assign_pointer(own->child[bit_at(near->key, bits)], node);
	} else if (node) {
		unsigned int b = bit_at(entry->key, common);

		fork = take_spare(spare, common);
		rcu_assign_pointer(fork->child[b], own);
		rcu_assign_pointer(fork->child[!b], node);
		own = fork;
	}
	rcu_assign_pointer(*link, own);
	trie->count++;
	return 0;
}

void strie_remove(struct strie *trie, struct strie_entry *entry, struct strie_node *dead[2])
{
	struct strie_node __rcu **link = &trie->root, **above = NULL;
	struct strie_node *node = writer_dereference(*link), *parent = NULL;
	struct strie_node *left, *right;

	while (node->bits < entry->bits) {
		parent = node;
		above = link;
		link = &node->child[bit_at(entry->key, node->bits)];
		node = writer_dereference(*link);
	}

	trie->count--;
	dead[0] = NULL;
	dead[1] = NULL;
	left = writer_dereference(node->child[0]);
	right = writer_dereference(node->child[1]);
	if (left && right) {
		rcu_assign_pointer(node->entry, NULL);
		return;
	}

	dead[0] = node;
	if (!left && !right && parent && !writer_dereference(parent->entry)) {
		/* The parent was the fork between this leaf and its sibling */
		dead[1] = parent;
		right = writer_dereference(parent->child[0]);
		if (right == node)
			right = writer_dereference(parent->child[1]);
		link = above;
	}
	rcu_assign_pointer(*link, left ? left : right);
}
