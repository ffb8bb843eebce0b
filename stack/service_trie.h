/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * service_trie - which prefixes of a 256-bit name are there, longest first.
 *
 * A path-compressed bitwise trie. It knows prefixes and tag bits, and nothing
 * of rules, targets or memory: entries live inside whatever the caller keeps
 * for a prefix, and nodes are handed in and handed back.
 *
 * Lookups run under rcu_read_lock() beside one writer; writers exclude one
 * another. Whatever strie_remove() hands back stays readable until the caller
 * has waited for a grace period.
 *
 * Shape: a node stands for a prefix of node->bits bits. It has an entry, or
 * it has none and then exactly two children ("glue", where two prefixes part).
 * So n entries need at most 2n - 1 nodes. bits grows at each step downwards,
 * from 0 to 256 at most: a path has at most STRIE_STEPS_MAX nodes, whatever
 * prefixes somebody chose. A node does not repeat the prefix it stands for:
 * a lookup follows single bits and compares where there is an entry.
 */
#ifndef SERVAL_SERVICE_TRIE_H
#define SERVAL_SERVICE_TRIE_H

#include "pure.h"

enum strie_limits {
	STRIE_KEY_LEN	= 32,
	STRIE_BITS_MAX	= STRIE_KEY_LEN * 8,
	STRIE_STEPS_MAX	= STRIE_BITS_MAX + 1,
	STRIE_ANY_BITS	= STRIE_BITS_MAX + 1,	/* strie_longest(): no prefix is too long */
};

/**
 * struct strie_entry - a prefix; embedded in what the caller keeps for it
 * @bits: length of the prefix, 0..256; fixed while the entry is in a trie
 * @tags: bits of the caller's choice, which lookups ask for. The caller may
 *	change them at any time by WRITE_ONCE().
 * @key: the prefix, first byte first, bits after @bits zero; fixed like @bits
 */
struct strie_entry {
	u16	bits;
	u16	tags;
	u8	key[STRIE_KEY_LEN];
};

/**
 * struct strie_node - a fork or the place of an entry
 * @child: subtrees by the bit that follows the node's prefix
 * @entry: the entry with exactly this prefix, or NULL
 * @bits: length of the prefix, fixed
 */
struct strie_node {
	struct strie_node __rcu		*child[2];
	struct strie_entry __rcu	*entry;
	u16				bits;
};

/**
 * struct strie - a trie; all zero is an empty one
 * @root: its shortest node
 * @count: entries; for writers
 */
struct strie {
	struct strie_node __rcu	*root;
	u32			count;
};

/**
 * strie_longest() - the longest prefix of a key that has a tag
 * @trie: the trie
 * @key: STRIE_KEY_LEN bytes, any alignment
 * @below: consider only prefixes shorter than this; STRIE_ANY_BITS for all.
 *	With the length of a match it finds the next shorter one.
 * @tags: the entry must have one of these
 * @steps: if not NULL, set to the number of nodes visited, at most STRIE_STEPS_MAX
 *
 * Context: rcu_read_lock(), a writer too.
 * Return: the entry or NULL.
 */
struct strie_entry *strie_longest(const struct strie *trie, const u8 *key, unsigned int below,
				  u16 tags, unsigned int *steps);

/**
 * strie_find() - the entry of exactly this prefix
 * @trie: the trie
 * @key: STRIE_KEY_LEN bytes; those after @bits are not looked at
 * @bits: 0..256
 *
 * Context: a writer.
 * Return: the entry or NULL.
 */
struct strie_entry *strie_find(const struct strie *trie, const u8 *key, unsigned int bits);

/**
 * strie_next() - the entry that follows a prefix in the order of a walk
 * @trie: the trie
 * @key: the prefix before, there or not, bits after @bits zero; NULL: from the beginning
 * @bits: its length
 *
 * The order is that of the keys' bytes, of equal keys the shorter prefix
 * first. A walk that remembers the last prefix it saw can thus go on after
 * any change.
 *
 * Context: a writer.
 * Return: the entry or NULL at the end.
 */
struct strie_entry *strie_next(const struct strie *trie, const u8 *key, unsigned int bits);

/**
 * strie_insert() - add an entry
 * @trie: the trie
 * @entry: complete with bits, tags and key
 * @spare: two nodes, contents do not matter; those that were used are set to NULL
 *
 * Context: a writer.
 * Return: 0; -EEXIST if the prefix is there already, -EINVAL if @entry is not
 * a prefix (too long, or bits set behind it): nothing has changed then.
 */
int strie_insert(struct strie *trie, struct strie_entry *entry, struct strie_node *spare[2]);

/**
 * strie_remove() - take an entry out
 * @trie: the trie
 * @entry: in this trie
 * @dead: set to the nodes that left with it, NULL where there are less than two
 *
 * Needs no memory and cannot fail. @entry and @dead stay as they are for
 * readers under way: to be freed after a grace period.
 *
 * Context: a writer.
 */
void strie_remove(struct strie *trie, struct strie_entry *entry, struct strie_node *dead[2]);

/**
 * strie_is_prefix() - is a name a prefix of that length, in its one proper form
 * @key: STRIE_KEY_LEN bytes
 * @bits: its length
 * Return: true if @bits is at most 256 and no bit is set after it.
 */
bool strie_is_prefix(const u8 *key, unsigned int bits);

#endif
