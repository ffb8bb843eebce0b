// SPDX-License-Identifier: GPL-2.0-only
/*
 * service_rule - what hangs on a prefix, and how it comes and goes.
 *
 * A rule is a prefix with the sockets bound to it (DEMUX, its members) and
 * what netlink said of it (FORWARD, DELAY or DROP, its set). Here are rules
 * and sets, and netlink's commands to change them; service_table.c has the
 * members, and the readers.
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
 * Taking out a member or a rule needs no memory and cannot fail.
 */
#include <linux/kernel.h>
#include <linux/slab.h>

#include "serval.h"
#include "service_rule.h"

/* --- rules --- */

struct serval_rule *serval_rule_find(struct serval_service_table *t, const struct service_id *sid,
				     u16 bits)
{
	struct strie_entry *entry;

	lockdep_assert_held(&t->lock);
	entry = strie_find(&t->trie, sid->s_sid, bits);
	return entry ? serval_rule_of(entry) : NULL;
}

struct serval_rule *serval_rule_make(struct serval_service_table *t, const struct service_id *sid,
				     u16 bits)
{
	struct serval_rule *rule = serval_rule_find(t, sid, bits);
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
	struct serval_rule *rule = container_of(rcu, struct serval_rule, rcu);

	kfree(rule->dead[0]);
	kfree(rule->dead[1]);
	kfree(rule);
}

void serval_rule_changed(struct serval_service_table *t, struct serval_rule *rule)
{
	const struct serval_rule_set *set = serval_rule_set_of(t, rule);
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

static struct serval_rule_set *set_alloc(u8 type, unsigned int n)
{
	size_t size = offsetof(struct serval_rule_set, targets) +
		      n * (sizeof(struct spick_target) + sizeof(struct serval_target_rest));
	struct serval_rule_set *set = kzalloc(size, GFP_KERNEL_ACCOUNT);

	if (set) {
		set->type = type;
		set->n = n;
	}
	return set;
}

static void set_put_target(struct serval_rule_set *set, unsigned int i,
			   const struct serval_nexthop *nh)
{
	set->targets[i].addr = nh->addr;
	set->targets[i].priority = nh->priority;
	set->targets[i].weight = nh->weight;
	serval_set_rest(set)[i].ifindex = nh->ifindex;
}

/* Index of the target with this address and interface, or -1 */
static int set_find(struct serval_rule_set *set, __be32 addr, int ifindex)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		if (set->targets[i].addr == addr && serval_set_rest(set)[i].ifindex == ifindex)
			return i;
	}
	return -1;
}

/*
 * Carry the statistics over to the set that is already in place. Readers that
 * still count on the old one meanwhile are lost: one or two, and the only way
 * not to lose them is to share the counters, 32 bytes a rule.
 */
static void set_inherit(struct serval_rule_set *set, struct serval_rule_set *old)
{
	unsigned int i;
	int at;

	atomic64_add(atomic64_read(&old->hits), &set->hits);
	for (i = 0; i < old->n; i++) {
		at = set_find(set, old->targets[i].addr, serval_set_rest(old)[i].ifindex);
		atomic64_add(atomic64_read(&serval_set_rest(old)[i].hits),
			     at < 0 ? &set->hits : &serval_set_rest(set)[at].hits);
	}
}

/* Put a set, or NULL, in the place of the present one; @rule may be gone afterwards */
static void set_replace(struct serval_service_table *t, struct serval_rule *rule,
			struct serval_rule_set *set)
{
	struct serval_rule_set *old = serval_rule_set_of(t, rule);

	rcu_assign_pointer(rule->set, set);
	serval_rule_changed(t, rule);
	if (!old)
		return;
	if (set)
		set_inherit(set, old);
	kfree_rcu(old, rcu);
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
static int check_added(struct serval_rule_set *old, u8 type, const struct serval_nexthop *nh,
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
	struct serval_rule *rule = serval_rule_find(t, sid, bits);
	struct serval_rule_set *old = rule && !replace ? serval_rule_set_of(t, rule) : NULL;
	unsigned int i, n_old = old ? old->n : 0;
	struct serval_nexthop kept;
	struct serval_rule_set *set;
	int err;

	if (old) {
		err = check_added(old, type, nh, n_nh, extack);
		if (err)
			return err;
	}
	set = set_alloc(type, n_old + n_nh);
	rule = set ? serval_rule_make(t, sid, bits) : ERR_PTR(-ENOMEM);
	if (IS_ERR(rule)) {
		kfree(set);
		if (PTR_ERR(rule) == -ENOSPC)
			NL_SET_ERR_MSG(extack, "the namespace has as many rules as it may");
		else
			NL_SET_ERR_MSG(extack, "out of memory");
		return PTR_ERR(rule);
	}
	for (i = 0; i < n_old; i++) {
		serval_set_target(old, i, &kept);
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
static struct serval_rule_set *set_without(struct serval_rule_set *old, unsigned int out)
{
	struct serval_nexthop nh;
	struct serval_rule_set *set;
	unsigned int i;

	if (old->n == 1)
		return NULL;
	set = set_alloc(old->type, old->n - 1);
	if (!set)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < set->n; i++) {
		serval_set_target(old, i < out ? i : i + 1, &nh);
		set_put_target(set, i, &nh);
	}
	return set;
}

static int rule_del(struct serval_service_table *t, const struct service_id *sid, u16 bits,
		    const struct serval_nexthop *nh, struct netlink_ext_ack *extack)
{
	struct serval_rule *rule = serval_rule_find(t, sid, bits);
	struct serval_rule_set *old = rule ? serval_rule_set_of(t, rule) : NULL, *set = NULL;
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
		if (serval_rule_set_of(t, serval_rule_of(entry)))
			set_replace(t, serval_rule_of(entry), NULL);
		cond_resched();
	}
	mutex_unlock(&t->lock);
}
