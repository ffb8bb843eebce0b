// SPDX-License-Identifier: GPL-2.0-only
/*
 * service_table - which rule a serviceID matches, per network namespace.
 *
 * A rule is a prefix with what hangs on it: the sockets bound to it (DEMUX,
 * its members) and what netlink said of it (FORWARD, DELAY or DROP, its set).
 * It decides who may bind what, and who serves; it knows neither packets nor
 * flows, and a socket only as something to count references of.
 *
 * Lifetime. Writers hold the table's mutex. Readers see a rule through the
 * trie, its tags saying what hangs on it; a rule without tags is passed by, so
 * it enters the trie bare and gets its first member or set there. A set is
 * never changed but for its statistics: the next one takes its place by one
 * pointer. Whatever was taken out is freed after a grace period; with a rule
 * go the trie nodes that left with it. Sockets are not held: a member leaves
 * in close() before the socket's last reference can go, and SOCK_RCU_FREE
 * keeps the memory of one that a reader still looks at.
 *
 * Taking out needs no memory and cannot fail.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "serval.h"
#include "service_pick.h"
#include "service_table.h"
#include "service_trie.h"

/* Rules of namespaces other than the first, which anybody may make */
#define RULES_MAX_OTHER	65536

/**
 * struct member - a socket bound to a prefix
 * @node: in rule.members
 * @sk: the socket, not held
 * @hits: resolutions that chose it
 * @rcu: frees it
 * @uid: the socket's owner when it was bound
 * @reuseport: SO_REUSEPORT was set then
 * @listening: accepts new flows; written under the mutex
 */
struct member {
	struct hlist_node	node;
	struct sock		*sk;
	atomic64_t		hits;
	struct rcu_head		rcu;
	kuid_t			uid;
	bool			reuseport;
	bool			listening;
};

/* What service_pick need not know of a target */
struct target_rest {
	atomic64_t	hits;
	int		ifindex;
};

/**
 * struct rule_set - what netlink said of a prefix
 * @rcu: frees it
 * @hits: resolutions that chose no target, or one that is not here any more
 * @n: number of targets, 0 but for FORWARD
 * @type: SERVAL_RULE_FORWARD, DELAY or DROP
 * @targets: @n of them, and behind them as many struct target_rest
 */
struct rule_set {
	struct rcu_head		rcu;
	atomic64_t		hits;
	u16			n;
	u8			type;
	struct spick_target	targets[] __aligned(8);
};

/**
 * struct rule - a prefix and what hangs on it
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
struct rule {
	struct strie_entry	entry;
	u16			n_members;
	u16			n_listening;
	struct rule_set __rcu	*set;
	struct hlist_head	members;
	atomic64_t		hits;
	struct rcu_head		rcu;
	struct strie_node	*dead[2];
};

/*
 * A rule with one target takes at most 256 bytes: this and two nodes in slabs
 * of 96, 64 and twice 32 bytes, and a word for each to charge it to a cgroup.
 */
static_assert(sizeof(struct rule) <= 96);
static_assert(offsetof(struct rule_set, targets) + sizeof(struct spick_target) +
	      sizeof(struct target_rest) <= 64);
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

static struct rule *rule_of(struct strie_entry *entry)
{
	return container_of(entry, struct rule, entry);
}

static struct target_rest *rest_of(struct rule_set *set)
{
	return (struct target_rest *)&set->targets[set->n];
}

static struct rule_set *set_of(const struct serval_service_table *t, const struct rule *rule)
{
	return rcu_dereference_protected(rule->set, lockdep_is_held(&t->lock));
}

/* --- rules --- */

static struct rule *rule_find(struct serval_service_table *t, const struct service_id *sid,
			      u16 bits)
{
	struct strie_entry *entry;

	lockdep_assert_held(&t->lock);
	entry = strie_find(&t->trie, sid->s_sid, bits);
	return entry ? rule_of(entry) : NULL;
}

/* The rule of a prefix, made if it is not there: readers pass it by until it has tags */
static struct rule *rule_make(struct serval_service_table *t, const struct service_id *sid,
			      u16 bits)
{
	struct rule *rule = rule_find(t, sid, bits);
	struct strie_node *spare[2];
	int err = -ENOMEM;

	if (rule)
		return rule;
	if (t->trie.count >= t->rules_max)
		return ERR_PTR(-ENOSPC);

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	spare[0] = kmalloc(sizeof(*spare[0]), GFP_KERNEL_ACCOUNT);
	spare[1] = kmalloc(sizeof(*spare[1]), GFP_KERNEL_ACCOUNT);
	if (rule && spare[0] && spare[1]) {
		memcpy(rule->entry.key, sid->s_sid, STRIE_KEY_LEN);
		rule->entry.bits = bits;
		err = strie_insert(&t->trie, &rule->entry, spare);
	}
	kfree(spare[0]);
	kfree(spare[1]);
	if (err) {
		kfree(rule);
		return ERR_PTR(err);
	}
	return rule;
}

static void rule_free_rcu(struct rcu_head *rcu)
{
	struct rule *rule = container_of(rcu, struct rule, rcu);

	kfree(rule->dead[0]);
	kfree(rule->dead[1]);
	kfree(rule);
}

/* After every change of a rule: tell readers what it has, and take it out if that is nothing */
static void rule_changed(struct serval_service_table *t, struct rule *rule)
{
	const struct rule_set *set = set_of(t, rule);
	u16 tags = 0;

	if (rule->n_members)
		tags |= BIT(SERVAL_RULE_DEMUX);
	if (set)
		tags |= BIT(set->type);
	WRITE_ONCE(rule->entry.tags, tags);
	WRITE_ONCE(t->generation, t->generation + 1 ? t->generation + 1 : 1);
	if (!tags) {
		strie_remove(&t->trie, &rule->entry, rule->dead);
		call_rcu(&rule->rcu, rule_free_rcu);
	}
}

/* --- sets --- */

static struct rule_set *set_alloc(u8 type, unsigned int n)
{
	size_t size = offsetof(struct rule_set, targets) +
		      n * (sizeof(struct spick_target) + sizeof(struct target_rest));
	struct rule_set *set = kzalloc(size, GFP_KERNEL_ACCOUNT);

	if (set) {
		set->type = type;
		set->n = n;
	}
	return set;
}

static void set_put_target(struct rule_set *set, unsigned int i, const struct serval_nexthop *nh)
{
	set->targets[i].addr = nh->addr;
	set->targets[i].priority = nh->priority;
	set->targets[i].weight = nh->weight;
	rest_of(set)[i].ifindex = nh->ifindex;
}

static void set_get_target(struct rule_set *set, unsigned int i, struct serval_nexthop *nh)
{
	nh->addr = set->targets[i].addr;
	nh->priority = set->targets[i].priority;
	nh->weight = set->targets[i].weight;
	nh->ifindex = rest_of(set)[i].ifindex;
}

/* Index of the target with this address and interface, or -1 */
static int set_find(struct rule_set *set, __be32 addr, int ifindex)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		if (set->targets[i].addr == addr && rest_of(set)[i].ifindex == ifindex)
			return i;
	}
	return -1;
}

/*
 * Carry the statistics over to the set that is already in place. Readers that
 * still count on the old one meanwhile are lost: one or two, and the only way
 * not to lose them is to share the counters, 32 bytes a rule.
 */
static void set_inherit(struct rule_set *set, struct rule_set *old)
{
	unsigned int i;
	int at;

	atomic64_add(atomic64_read(&old->hits), &set->hits);
	for (i = 0; i < old->n; i++) {
		at = set_find(set, old->targets[i].addr, rest_of(old)[i].ifindex);
		atomic64_add(atomic64_read(&rest_of(old)[i].hits),
			     at < 0 ? &set->hits : &rest_of(set)[at].hits);
	}
}

/* Put a set, or NULL, in the place of the present one; @rule may be gone afterwards */
static void set_replace(struct serval_service_table *t, struct rule *rule, struct rule_set *set)
{
	struct rule_set *old = set_of(t, rule);

	rcu_assign_pointer(rule->set, set);
	rule_changed(t, rule);
	if (!old)
		return;
	if (set)
		set_inherit(set, old);
	kfree_rcu(old, rcu);
}

/* --- resolution --- */

/* What a lookup may end at. DELAY and DROP are no targets: the mode leaves them alone. */
static u16 wanted_tags(struct net *net, unsigned int flags)
{
	int mode = READ_ONCE(serval_net(net)->sysctl.service_resolution_mode);
	u16 tags = BIT(SERVAL_RULE_DROP);

	if (mode != 2 && !(flags & SERVAL_RESOLVE_NO_DEMUX))
		tags |= BIT(SERVAL_RULE_DEMUX);
	if (mode != 1)
		tags |= BIT(SERVAL_RULE_FORWARD);
	if (!(flags & SERVAL_RESOLVE_NO_DELAY))
		tags |= BIT(SERVAL_RULE_DELAY);
	return tags;
}

/* A listening member with a reference to its socket, by hash; NULL if there is none */
static struct member *member_pick(struct rule *rule, u64 hash)
{
	u32 n = READ_ONCE(rule->n_listening);
	u32 at = reciprocal_scale(hash ^ hash >> 32, n);
	struct member *m;
	int round;

	/* The one that was meant may be closing: then the next, at last from the beginning */
	for (round = 0; n && round < 2; round++) {
		u32 i = 0;

		hlist_for_each_entry_rcu(m, &rule->members, node) {
			if (!READ_ONCE(m->listening) || (i++ < at && !round))
				continue;
			if (refcount_inc_not_zero(&m->sk->sk_refcnt))
				return m;
		}
	}
	return NULL;
}

/* Bound but silent sockets answer as well: with a refusal, which is the caller's */
static void resolve_members(struct rule *rule, u64 hash, unsigned int flags,
			    struct serval_resolution *res)
{
	struct member *m = member_pick(rule, hash);

	res->type = SERVAL_RULE_DEMUX;
	if (m) {
		res->listening = true;
		res->sk = m->sk;
	}
	if (!(flags & SERVAL_RESOLVE_QUIET))
		atomic64_inc(m ? &m->hits : &rule->hits);
}

static int resolve_set(struct rule_set *set, u64 hash, const __be32 *exclude,
		       unsigned int n_exclude, unsigned int flags, struct serval_resolution *res)
{
	int err = 0, at = -1;

	res->type = set->type;
	if (set->type == SERVAL_RULE_DROP) {
		err = -EACCES;
	} else if (set->type == SERVAL_RULE_FORWARD) {
		at = spick_choose(set->targets, set->n, hash, exclude, n_exclude);
		if (at < 0)
			err = at;
		else
			set_get_target(set, at, &res->nh);
	}
	if (!(flags & SERVAL_RESOLVE_QUIET))
		atomic64_inc(at < 0 ? &set->hits : &rest_of(set)[at].hits);
	return err;
}

int serval_service_resolve(struct net *net, const struct service_id *sid, u64 hash,
			   const __be32 *exclude, unsigned int n_exclude,
			   unsigned int flags, struct serval_resolution *res)
{
	struct serval_service_table *t = serval_net(net)->services;
	u16 wanted = wanted_tags(net, flags);
	unsigned int below = STRIE_ANY_BITS;
	struct strie_entry *entry;
	int err = -EHOSTUNREACH;

	memset(res, 0, sizeof(*res));
	rcu_read_lock();
	while ((entry = strie_longest(&t->trie, sid->s_sid, below, wanted, NULL))) {
		struct rule *rule = rule_of(entry);
		struct rule_set *set;

		res->bits = entry->bits;
		if (wanted & BIT(SERVAL_RULE_DEMUX) && !hlist_empty(&rule->members)) {
			resolve_members(rule, hash, flags, res);
			err = 0;
			break;
		}
		set = rcu_dereference(rule->set);
		if (set && wanted & BIT(set->type)) {
			err = resolve_set(set, hash, exclude, n_exclude, flags, res);
			break;
		}
		/* It went while we looked: as if it had before, the next shorter one serves */
		below = entry->bits;
	}
	if (!res->type)
		res->bits = 0;
	rcu_read_unlock();
	return err;
}

/* --- sockets --- */

static struct member *member_find(struct rule *rule, const struct sock *sk)
{
	struct member *m;

	hlist_for_each_entry(m, &rule->members, node) {
		if (m->sk == sk)
			return m;
	}
	return NULL;
}

/* Only a group of SO_REUSEPORT sockets of one user shares a name (PROTOCOL.md 5.6) */
static int may_join(const struct rule *rule, const struct member *new)
{
	const struct member *m;

	hlist_for_each_entry(m, &rule->members, node) {
		if (!m->reuseport || !new->reuseport || !uid_eq(m->uid, new->uid))
			return -EADDRINUSE;
	}
	return rule->n_members < SERVAL_TARGETS_MAX ? 0 : -ENOSPC;
}

/* A name inside another user's wildcard would steal from it (PROTOCOL.md 5.6) */
static bool inside_foreign(struct serval_service_table *t, const struct service_id *sid, u16 bits,
			   kuid_t uid)
{
	unsigned int below = bits;
	struct strie_entry *entry;
	const struct member *m;
	bool foreign = false;

	rcu_read_lock();
	while (!foreign && (entry = strie_longest(&t->trie, sid->s_sid, below,
						  BIT(SERVAL_RULE_DEMUX), NULL))) {
		hlist_for_each_entry_rcu(m, &rule_of(entry)->members, node)
			foreign |= !uid_eq(m->uid, uid);
		below = entry->bits;
	}
	rcu_read_unlock();
	return foreign;
}

static int member_add(struct serval_service_table *t, const struct service_id *sid, u16 bits,
		      struct member *m)
{
	struct rule *rule = rule_find(t, sid, bits);
	int err;

	if (rule) {
		err = may_join(rule, m);
		if (err)
			return err;
	}
	if (inside_foreign(t, sid, bits, m->uid))
		return -EACCES;
	rule = rule_make(t, sid, bits);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	hlist_add_head_rcu(&m->node, &rule->members);
	rule->n_members++;
	rule_changed(t, rule);
	return 0;
}

int serval_service_bind(struct sock *sk, const struct service_id *sid, u16 bits)
{
	struct net *net = sock_net(sk);
	struct serval_service_table *t = serval_net(net)->services;
	struct member *m;
	int err;

	sock_owned_by_me(sk);
	if (!bits || !strie_is_prefix(sid->s_sid, bits))
		return -EINVAL;
	if (bits < SERVICE_ID_MAX_PREFIX_BITS &&
	    !ns_capable(net->user_ns, bits < 32 ? CAP_NET_ADMIN : CAP_NET_BIND_SERVICE))
		return -EACCES;

	m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return -ENOMEM;
	m->sk = sk;
	m->uid = sk->sk_uid;
	m->reuseport = sk->sk_reuseport;
	sock_set_flag(sk, SOCK_RCU_FREE);

	mutex_lock(&t->lock);
	err = member_add(t, sid, bits, m);
	mutex_unlock(&t->lock);
	if (err)
		kfree(m);
	return err;
}

void serval_service_listen(struct sock *sk, const struct service_id *sid, u16 bits, bool on)
{
	struct serval_service_table *t = serval_net(sock_net(sk))->services;
	struct member *m = NULL;
	struct rule *rule;

	mutex_lock(&t->lock);
	rule = rule_find(t, sid, bits);
	if (rule)
		m = member_find(rule, sk);
	if (m && m->listening != on) {
		WRITE_ONCE(m->listening, on);
		WRITE_ONCE(rule->n_listening, rule->n_listening + (on ? 1 : -1));
		rule_changed(t, rule);
	}
	mutex_unlock(&t->lock);
}

void serval_service_unbind(struct sock *sk, const struct service_id *sid, u16 bits)
{
	struct serval_service_table *t = serval_net(sock_net(sk))->services;
	struct member *m = NULL;
	struct rule *rule;

	mutex_lock(&t->lock);
	rule = rule_find(t, sid, bits);
	if (rule)
		m = member_find(rule, sk);
	if (m) {
		if (m->listening)
			WRITE_ONCE(rule->n_listening, rule->n_listening - 1);
		hlist_del_rcu(&m->node);
		rule->n_members--;
		atomic64_add(atomic64_read(&m->hits), &rule->hits);
		rule_changed(t, rule);
		kfree_rcu(m, rcu);
	}
	mutex_unlock(&t->lock);
}

/* --- rules from netlink --- */

static int check_prefix(const struct service_id *sid, u16 bits, struct netlink_ext_ack *extack)
{
	if (bits > SERVICE_ID_MAX_PREFIX_BITS) {
		NL_SET_ERR_MSG(extack, "a prefix has at most 256 bits");
		return -EINVAL;
	}
	if (!strie_is_prefix(sid->s_sid, bits)) {
		NL_SET_ERR_MSG(extack, "the serviceID has bits set behind the prefix");
		return -EINVAL;
	}
	return 0;
}

static int check_targets(u8 type, const struct serval_nexthop *nh, unsigned int n_nh,
			 struct netlink_ext_ack *extack)
{
	unsigned int i, j;

	if (type != SERVAL_RULE_FORWARD && type != SERVAL_RULE_DELAY && type != SERVAL_RULE_DROP) {
		NL_SET_ERR_MSG(extack, "a rule is of type forward, delay or drop");
		return -EINVAL;
	}
	if (type != SERVAL_RULE_FORWARD && n_nh) {
		NL_SET_ERR_MSG(extack, "only a forward rule has next hops");
		return -EINVAL;
	}
	if (type == SERVAL_RULE_FORWARD && !n_nh) {
		NL_SET_ERR_MSG(extack, "a forward rule needs a next hop");
		return -EINVAL;
	}
	if (n_nh > SERVAL_TARGETS_MAX) {
		NL_SET_ERR_MSG(extack, "a rule has at most 256 next hops");
		return -E2BIG;
	}
	for (i = 0; i < n_nh; i++) {
		if (!nh[i].addr || nh[i].ifindex < 0) {
			NL_SET_ERR_MSG(extack, "a next hop needs an address; ifindex is 0 or more");
			return -EINVAL;
		}
		for (j = 0; j < i; j++) {
			if (nh[i].addr == nh[j].addr && nh[i].ifindex == nh[j].ifindex) {
				NL_SET_ERR_MSG(extack, "a next hop is given twice");
				return -EINVAL;
			}
		}
	}
	return 0;
}

/* May these targets be added to what a rule already has? */
static int check_added(struct rule_set *old, u8 type, const struct serval_nexthop *nh,
		       unsigned int n_nh, struct netlink_ext_ack *extack)
{
	unsigned int i;

	if (old->type != type) {
		NL_SET_ERR_MSG(extack, "the prefix has a rule of another type");
		return -EEXIST;
	}
	if (type != SERVAL_RULE_FORWARD) {
		NL_SET_ERR_MSG(extack, "the rule is there already");
		return -EEXIST;
	}
	for (i = 0; i < n_nh; i++) {
		if (set_find(old, nh[i].addr, nh[i].ifindex) >= 0) {
			NL_SET_ERR_MSG(extack, "the rule has this next hop already");
			return -EEXIST;
		}
	}
	if (old->n + n_nh > SERVAL_TARGETS_MAX) {
		NL_SET_ERR_MSG(extack, "a rule has at most 256 next hops");
		return -E2BIG;
	}
	return 0;
}

static int rule_add(struct serval_service_table *t, const struct service_id *sid, u16 bits, u8 type,
		    const struct serval_nexthop *nh, unsigned int n_nh, bool replace,
		    struct netlink_ext_ack *extack)
{
	struct rule *rule = rule_find(t, sid, bits);
	struct rule_set *old = rule && !replace ? set_of(t, rule) : NULL;
	unsigned int i, n_old = old ? old->n : 0;
	struct serval_nexthop kept;
	struct rule_set *set;
	int err;

	if (old) {
		err = check_added(old, type, nh, n_nh, extack);
		if (err)
			return err;
	}
	set = set_alloc(type, n_old + n_nh);
	rule = set ? rule_make(t, sid, bits) : ERR_PTR(-ENOMEM);
	if (IS_ERR(rule)) {
		kfree(set);
		if (PTR_ERR(rule) == -ENOSPC)
			NL_SET_ERR_MSG(extack, "the namespace has as many rules as it may");
		else
			NL_SET_ERR_MSG(extack, "out of memory");
		return PTR_ERR(rule);
	}
	for (i = 0; i < n_old; i++) {
		set_get_target(old, i, &kept);
		set_put_target(set, i, &kept);
	}
	for (i = 0; i < n_nh; i++)
		set_put_target(set, n_old + i, &nh[i]);
	set_replace(t, rule, set);
	return 0;
}

int serval_service_rule_add(struct net *net, const struct service_id *sid, u16 bits, u8 type,
			    const struct serval_nexthop *nh, unsigned int n_nh, bool replace,
			    struct netlink_ext_ack *extack)
{
	struct serval_service_table *t = serval_net(net)->services;
	int err;

	err = check_prefix(sid, bits, extack);
	if (!err)
		err = check_targets(type, nh, n_nh, extack);
	if (err)
		return err;
	mutex_lock(&t->lock);
	err = rule_add(t, sid, bits, type, nh, n_nh, replace, extack);
	mutex_unlock(&t->lock);
	return err;
}

/* The set without target @out; NULL if nothing would be left, ERR_PTR(-ENOMEM) */
static struct rule_set *set_without(struct rule_set *old, unsigned int out)
{
	struct serval_nexthop nh;
	struct rule_set *set;
	unsigned int i;

	if (old->n == 1)
		return NULL;
	set = set_alloc(old->type, old->n - 1);
	if (!set)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < set->n; i++) {
		set_get_target(old, i < out ? i : i + 1, &nh);
		set_put_target(set, i, &nh);
	}
	return set;
}

static int rule_del(struct serval_service_table *t, const struct service_id *sid, u16 bits,
		    const struct serval_nexthop *nh, struct netlink_ext_ack *extack)
{
	struct rule *rule = rule_find(t, sid, bits);
	struct rule_set *old = rule ? set_of(t, rule) : NULL, *set = NULL;
	int at;

	if (!old) {
		NL_SET_ERR_MSG(extack, "no forward, delay or drop rule for exactly this prefix");
		return -ENOENT;
	}
	if (nh) {
		at = set_find(old, nh->addr, nh->ifindex);
		if (at < 0) {
			NL_SET_ERR_MSG(extack, "the rule has no such next hop");
			return -ENOENT;
		}
		set = set_without(old, at);
		if (IS_ERR(set)) {
			NL_SET_ERR_MSG(extack, "out of memory");
			return PTR_ERR(set);
		}
	}
	set_replace(t, rule, set);
	return 0;
}

int serval_service_rule_del(struct net *net, const struct service_id *sid, u16 bits,
			    const struct serval_nexthop *nh, struct netlink_ext_ack *extack)
{
	struct serval_service_table *t = serval_net(net)->services;
	int err = check_prefix(sid, bits, extack);

	if (err)
		return err;
	mutex_lock(&t->lock);
	err = rule_del(t, sid, bits, nh, extack);
	mutex_unlock(&t->lock);
	return err;
}

void serval_service_flush(struct net *net)
{
	struct serval_service_table *t = serval_net(net)->services;
	struct strie_entry *entry, at;
	const u8 *key = NULL;

	mutex_lock(&t->lock);
	at.bits = 0;
	while ((entry = strie_next(&t->trie, key, at.bits))) {
		at = *entry;
		key = at.key;
		if (set_of(t, rule_of(entry)))
			set_replace(t, rule_of(entry), NULL);
		cond_resched();
	}
	mutex_unlock(&t->lock);
}

/* --- showing --- */

/* Who is shown what; @targets has room for SERVAL_TARGETS_MAX */
struct show {
	int (*fn)(const struct serval_rule_info *rule, void *arg);
	void *arg;
	struct serval_target_info *targets;
};

static int show_members(const struct show *show, const struct rule *rule)
{
	struct serval_rule_info info = {
		.bits = rule->entry.bits,
		.type = SERVAL_RULE_DEMUX,
		.hits = atomic64_read(&rule->hits),
		.targets = show->targets,
	};
	const struct member *m;

	if (!rule->n_members)
		return 0;
	memcpy(info.sid.s_sid, rule->entry.key, STRIE_KEY_LEN);
	hlist_for_each_entry(m, &rule->members, node) {
		struct serval_target_info *target = &show->targets[info.n_targets++];

		memset(target, 0, sizeof(*target));
		target->sk = m->sk;
		target->hits = atomic64_read(&m->hits);
		info.hits += target->hits;
	}
	return show->fn(&info, show->arg);
}

static int show_set(const struct show *show, const struct rule *rule, struct rule_set *set)
{
	struct serval_rule_info info = {
		.bits = rule->entry.bits,
		.targets = show->targets,
	};
	unsigned int i;

	if (!set)
		return 0;
	memcpy(info.sid.s_sid, rule->entry.key, STRIE_KEY_LEN);
	info.type = set->type;
	info.hits = atomic64_read(&set->hits);
	info.n_targets = set->n;
	for (i = 0; i < set->n; i++) {
		struct serval_target_info *target = &show->targets[i];

		memset(target, 0, sizeof(*target));
		set_get_target(set, i, &target->nh);
		target->hits = atomic64_read(&rest_of(set)[i].hits);
		info.hits += target->hits;
	}
	return show->fn(&info, show->arg);
}

int serval_service_walk(struct net *net, const struct service_id *sid, u16 bits, u8 type,
			int (*fn)(const struct serval_rule_info *rule, void *arg), void *arg)
{
	struct serval_service_table *t = serval_net(net)->services;
	const u8 *key = sid ? sid->s_sid : NULL;
	struct show show = { fn, arg };
	struct strie_entry *entry;
	struct rule *rule;
	int err = 0;

	show.targets = kvcalloc(SERVAL_TARGETS_MAX, sizeof(*show.targets), GFP_KERNEL);
	if (!show.targets)
		return -ENOMEM;
	mutex_lock(&t->lock);
	if (sid && type == SERVAL_RULE_DEMUX) {
		rule = rule_find(t, sid, bits);
		if (rule)
			err = show_set(&show, rule, set_of(t, rule));
	}
	while (!err && (entry = strie_next(&t->trie, key, bits))) {
		rule = rule_of(entry);
		err = show_members(&show, rule);
		if (!err)
			err = show_set(&show, rule, set_of(t, rule));
		key = entry->key;
		bits = entry->bits;
	}
	mutex_unlock(&t->lock);
	kvfree(show.targets);
	return err;
}

int serval_service_match(struct net *net, const struct service_id *sid,
			 int (*fn)(const struct serval_rule_info *rule, void *arg), void *arg)
{
	struct serval_service_table *t = serval_net(net)->services;
	u16 wanted = wanted_tags(net, 0);
	struct show show = { fn, arg };
	struct strie_entry *entry;
	struct rule_set *set;
	int err = -ENOENT;

	show.targets = kvcalloc(SERVAL_TARGETS_MAX, sizeof(*show.targets), GFP_KERNEL);
	if (!show.targets)
		return -ENOMEM;
	mutex_lock(&t->lock);
	rcu_read_lock();
	entry = strie_longest(&t->trie, sid->s_sid, STRIE_ANY_BITS, wanted, NULL);
	rcu_read_unlock();
	if (entry) {
		/* Stays where it is: we hold the mutex */
		err = 0;
		set = set_of(t, rule_of(entry));
		if (wanted & BIT(SERVAL_RULE_DEMUX))
			err = show_members(&show, rule_of(entry));
		if (!err && set && wanted & BIT(set->type))
			err = show_set(&show, rule_of(entry), set);
	}
	mutex_unlock(&t->lock);
	kvfree(show.targets);
	return err;
}

u32 serval_service_generation(struct net *net)
{
	return READ_ONCE(serval_net(net)->services->generation);
}

/* --- namespaces --- */

int serval_service_net_init(struct net *net)
{
	struct serval_service_table *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	mutex_init(&t->lock);
	t->generation = 1;
	t->rules_max = net_eq(net, &init_net) ? SERVAL_RULES_MAX : RULES_MAX_OTHER;
	serval_net(net)->services = t;
	return 0;
}

void serval_service_net_exit(struct net *net)
{
	struct serval_service_table *t = serval_net(net)->services;

	/* Sockets hold their namespace: by now they have all unbound, and these are all rules */
	serval_service_flush(net);
	WARN_ON_ONCE(t->trie.count);
	mutex_destroy(&t->lock);
	kfree_rcu(t, rcu);
}
