/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_rule - what hangs on a prefix, and how it comes and goes.
 *
 * Shared by service_rule.c (rules of netlink) and service_table.c (sockets,
 * lookups); everybody else includes service_table.h. The lifetime of all this
 * is described at the head of service_rule.c.
 */
#ifndef SERVAL_SERVICE_RULE_H
#define SERVAL_SERVICE_RULE_H

#include <linux/mutex.h>
#include <linux/rculist.h>

#include "service_pick.h"
#include "service_table.h"
#include "service_trie.h"

/**
 * struct serval_member - a socket bound to a prefix
 * @node: in rule.members
 * @sk: the socket, not held
 * @hits: resolutions that chose it
 * @rcu: frees it
 * @uid: the socket's owner when it was bound
 * @reuseport: SO_REUSEPORT was set then
 * @listening: accepts new flows; written under the mutex
 */
struct serval_member {
	struct hlist_node	node;
	struct sock		*sk;
	atomic64_t		hits;
	struct rcu_head		rcu;
	kuid_t			uid;
	bool			reuseport;
	bool			listening;
};

/* What service_pick need not know of a target */
struct serval_target_rest {
	atomic64_t	hits;
	int		ifindex;
};

/**
 * struct serval_rule_set - what netlink said of a prefix
 * @rcu: frees it
 * @hits: resolutions that chose no target, or one that is not here any more
 * @n: number of targets, 0 but for FORWARD
 * @type: SERVAL_RULE_FORWARD, DELAY or DROP
 * @targets: @n of them, and behind them as many struct serval_target_rest
 */
struct serval_rule_set {
	struct rcu_head		rcu;
	atomic64_t		hits;
	u16			n;
	u8			type;
	struct spick_target	targets[] __aligned(8);
};

/**
 * struct serval_rule - a prefix and what hangs on it
 * @entry: in the trie; its tags are BIT(type) of what is there
 * @n_members: length of @members
 * @n_listening: how many of them listen
 * @set: FORWARD, DELAY or DROP; NULL if there is none
 * @members: bound sockets
 * @hits: resolutions for DEMUX that chose no member, or one that left
 * @rcu: frees it, with @dead
 * @dead: nodes that left the trie with it
 *
 * All is written under the mutex but the statistics.
 */
struct serval_rule {
	struct strie_entry	entry;
	u16			n_members;
	u16			n_listening;
	struct serval_rule_set __rcu	*set;
	struct hlist_head	members;
	atomic64_t		hits;
	struct rcu_head		rcu;
	struct strie_node	*dead[2];
};

/*
 * A rule with one target takes at most 256 bytes: this and two nodes in slabs
 * of 96, 64 and twice 32 bytes, and a word for each to charge it to a cgroup.
 */
static_assert(sizeof(struct serval_rule) <= 96);
static_assert(offsetof(struct serval_rule_set, targets) + sizeof(struct spick_target) +
	      sizeof(struct serval_target_rest) <= 64);
static_assert(sizeof(struct strie_node) <= 32);
static_assert(STRIE_KEY_LEN == SERVICE_ID_LEN);

/**
 * struct serval_service_table - the rules of a namespace
 * @lock: held by writers
 * @trie: the rules
 * @generation: changes with them, never 0; read without the lock
 * @rules_max: limit of trie.count
 * @rcu: frees the table
 */
struct serval_service_table {
	struct mutex	lock;	/* all here and all rules; statistics are atomic */
	struct strie	trie;
	u32		generation;
	u32		rules_max;
	struct rcu_head	rcu;
};

static inline struct serval_rule *serval_rule_of(struct strie_entry *entry)
{
	return container_of(entry, struct serval_rule, entry);
}

static inline struct serval_target_rest *serval_set_rest(struct serval_rule_set *set)
{
	return (struct serval_target_rest *)&set->targets[set->n];
}

static inline struct serval_rule_set *serval_rule_set_of(const struct serval_service_table *t,
							 const struct serval_rule *rule)
{
	return rcu_dereference_protected(rule->set, lockdep_is_held(&t->lock));
}

static inline void serval_set_target(struct serval_rule_set *set, unsigned int i,
				     struct serval_nexthop *nh)
{
	nh->addr = set->targets[i].addr;
	nh->priority = set->targets[i].priority;
	nh->weight = set->targets[i].weight;
	nh->ifindex = serval_set_rest(set)[i].ifindex;
}

/**
 * serval_rule_find() - the rule of exactly this prefix
 * @t: the table, its mutex held
 * @sid: prefix, @bits: its length
 * Return: the rule or NULL.
 */
struct serval_rule *serval_rule_find(struct serval_service_table *t, const struct service_id *sid,
				     u16 bits);

/**
 * serval_rule_make() - the same, made if it is not there
 * @t: the table, its mutex held
 * @sid: prefix, @bits: its length
 *
 * Readers pass a new rule by until it has tags: the caller gives it something
 * and calls serval_rule_changed().
 * Return: the rule, ERR_PTR(-ENOMEM), or ERR_PTR(-ENOSPC).
 */
struct serval_rule *serval_rule_make(struct serval_service_table *t, const struct service_id *sid,
				     u16 bits);

/**
 * serval_rule_changed() - tell readers what a rule has now
 * @t: the table, its mutex held
 * @rule: changed; taken out and freed after a grace period if nothing is left
 */
void serval_rule_changed(struct serval_service_table *t, struct serval_rule *rule);

#endif
