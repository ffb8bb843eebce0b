// SPDX-License-Identifier: GPL-2.0-only
/*
 * service_table - which rule a serviceID matches, per network namespace.
 *
 * It decides who may bind what, and who serves; it knows neither packets nor
 * flows, and a socket only as something to count references of. How rules are
 * kept, and how long what readers see stays there: service_rule.c.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "serval.h"
#include "service_rule.h"

/* Rules of namespaces other than the first, which anybody may make */
#define RULES_MAX_OTHER	65536

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
static struct serval_member *member_pick(struct serval_rule *rule, u64 hash)
{
	u32 n = READ_ONCE(rule->n_listening);
	u32 at = reciprocal_scale(hash ^ hash >> 32, n);
	struct serval_member *m;
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
static void resolve_members(struct serval_rule *rule, u64 hash, unsigned int flags,
			    struct serval_resolution *res)
{
	struct serval_member *m = member_pick(rule, hash);

	res->type = SERVAL_RULE_DEMUX;
	if (m) {
		res->listening = true;
		res->sk = m->sk;
	}
	if (!(flags & SERVAL_RESOLVE_QUIET))
		atomic64_inc(m ? &m->hits : &rule->hits);
}

static int resolve_set(struct serval_rule_set *set, u64 hash, const __be32 *exclude,
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
			serval_set_target(set, at, &res->nh);
	}
	if (!(flags & SERVAL_RESOLVE_QUIET))
		atomic64_inc(at < 0 ? &set->hits : &serval_set_rest(set)[at].hits);
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
		struct serval_rule *rule = serval_rule_of(entry);
		struct serval_rule_set *set;

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

static struct serval_member *member_find(struct serval_rule *rule, const struct sock *sk)
{
	struct serval_member *m;

	hlist_for_each_entry(m, &rule->members, node) {
		if (m->sk == sk)
			return m;
	}
	return NULL;
}

/* Only a group of SO_REUSEPORT sockets of one user shares a name (PROTOCOL.md 5.6) */
static int may_join(const struct serval_rule *rule, const struct serval_member *new)
{
	const struct serval_member *m;

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
	const struct serval_member *m;
	bool foreign = false;

	rcu_read_lock();
	while (!foreign && (entry = strie_longest(&t->trie, sid->s_sid, below,
						  BIT(SERVAL_RULE_DEMUX), NULL))) {
		hlist_for_each_entry_rcu(m, &serval_rule_of(entry)->members, node)
			foreign |= !uid_eq(m->uid, uid);
		below = entry->bits;
	}
	rcu_read_unlock();
	return foreign;
}

static int member_add(struct serval_service_table *t, const struct service_id *sid, u16 bits,
		      struct serval_member *m)
{
	struct serval_rule *rule = serval_rule_find(t, sid, bits);
	int err;

	if (rule) {
		err = may_join(rule, m);
		if (err)
			return err;
	}
	if (inside_foreign(t, sid, bits, m->uid))
		return -EACCES;
	rule = serval_rule_make(t, sid, bits);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	hlist_add_head_rcu(&m->node, &rule->members);
	rule->n_members++;
	serval_rule_changed(t, rule);
	return 0;
}

int serval_service_bind(struct sock *sk, const struct service_id *sid, u16 bits)
{
	struct net *net = sock_net(sk);
	struct serval_service_table *t = serval_net(net)->services;
	struct serval_member *m;
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
	struct serval_member *m = NULL;
	struct serval_rule *rule;

	mutex_lock(&t->lock);
	rule = serval_rule_find(t, sid, bits);
	if (rule)
		m = member_find(rule, sk);
	if (m && m->listening != on) {
		WRITE_ONCE(m->listening, on);
		WRITE_ONCE(rule->n_listening, rule->n_listening + (on ? 1 : -1));
		serval_rule_changed(t, rule);
	}
	mutex_unlock(&t->lock);
}

void serval_service_unbind(struct sock *sk, const struct service_id *sid, u16 bits)
{
	struct serval_service_table *t = serval_net(sock_net(sk))->services;
	struct serval_member *m = NULL;
	struct serval_rule *rule;

	mutex_lock(&t->lock);
	rule = serval_rule_find(t, sid, bits);
	if (rule)
		m = member_find(rule, sk);
	if (m) {
		if (m->listening)
			WRITE_ONCE(rule->n_listening, rule->n_listening - 1);
		hlist_del_rcu(&m->node);
		rule->n_members--;
		atomic64_add(atomic64_read(&m->hits), &rule->hits);
		serval_rule_changed(t, rule);
		kfree_rcu(m, rcu);
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

static int show_members(const struct show *show, const struct serval_rule *rule)
{
	struct serval_rule_info info = {
		.bits = rule->entry.bits,
		.type = SERVAL_RULE_DEMUX,
		.hits = atomic64_read(&rule->hits),
		.targets = show->targets,
	};
	const struct serval_member *m;

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

static int show_set(const struct show *show, const struct serval_rule *rule,
		    struct serval_rule_set *set)
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
		serval_set_target(set, i, &target->nh);
		target->hits = atomic64_read(&serval_set_rest(set)[i].hits);
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
	struct serval_rule *rule;
	int err = 0;

	show.targets = kvcalloc(SERVAL_TARGETS_MAX, sizeof(*show.targets), GFP_KERNEL);
	if (!show.targets)
		return -ENOMEM;
	mutex_lock(&t->lock);
	if (sid && type == SERVAL_RULE_DEMUX) {
		rule = serval_rule_find(t, sid, bits);
		if (rule)
			err = show_set(&show, rule, serval_rule_set_of(t, rule));
	}
	while (!err && (entry = strie_next(&t->trie, key, bits))) {
		rule = serval_rule_of(entry);
		err = show_members(&show, rule);
		if (!err)
			err = show_set(&show, rule, serval_rule_set_of(t, rule));
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
	struct serval_rule_set *set;
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
		set = serval_rule_set_of(t, serval_rule_of(entry));
		if (wanted & BIT(SERVAL_RULE_DEMUX))
			err = show_members(&show, serval_rule_of(entry));
		if (!err && set && wanted & BIT(set->type))
			err = show_set(&show, serval_rule_of(entry), set);
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
