// SPDX-License-Identifier: GPL-2.0-only
/*
 * flow_table - flow id -> socket, request or closing entry.
 *
 * One hash table of nulls lists per namespace. Flow ids are random, so their
 * low bits are the hash. What is found may be freed and used again while a
 * reader walks (the slabs are SLAB_TYPESAFE_BY_RCU): a reader takes a
 * reference, looks at the key once more, and starts over if the list it
 * ended on is not the one it began with.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist_nulls.h>
#include <linux/slab.h>
#include "closing.h"
#include "flow_table.h"
#include "sock.h"

#define FLOW_BITS_INIT	16	/* buckets of the initial namespace, as a power of two */
#define FLOW_BITS	13	/* of every other */
#define FLOW_LOCKS	256

/*
 * @mask: number of buckets, less one
 * @serial: upper part of the values that end this table's lists. They differ
 *	between tables: an object freed from one namespace's list may reappear
 *	in the bucket of the same number of another namespace.
 * @heads: the buckets
 * @locks: guard additions to and removals from heads; one serves several
 */
struct serval_flow_table {
	u32			mask;
	unsigned long		serial;
	struct hlist_nulls_head	*heads;
	spinlock_t		locks[FLOW_LOCKS];	/* guard changes of heads */
};

static atomic_t table_serial = ATOMIC_INIT(0);
#define SERIAL_SHIFT	20

static struct hlist_nulls_head *head_of(struct serval_flow_table *t, u32 flowid)
{
	return &t->heads[flowid & t->mask];
}

static spinlock_t *lock_of(struct serval_flow_table *t, u32 flowid)
{
	return &t->locks[flowid & t->mask & (FLOW_LOCKS - 1)];
}

static bool matches(const struct sock *sk, const struct net *net, u32 flowid)
{
	return READ_ONCE(sk->sk_hash) == flowid && net_eq(sock_net(sk), net);
}

/**
 * serval_flow_put() - release what a lookup returned
 * @sk: socket, request or closing entry
 */
void serval_flow_put(struct sock *sk)
{
	switch (sk->sk_state) {
	case TCP_TIME_WAIT:
		serval_closing_put(serval_closing(sk));
		break;
	case TCP_NEW_SYN_RECV:
		reqsk_put(inet_reqsk(sk));
		break;
	default:
		sock_put(sk);
	}
}

/**
 * serval_flow_lookup() - find by flow id
 * @net: namespace
 * @flowid: ours, host order
 *
 * Context: any.
 * Return: the entry with a reference (serval_flow_put()), or NULL.
 */
struct sock *serval_flow_lookup(struct net *net, u32 flowid)
{
	const struct hlist_nulls_node *node;
	struct serval_flow_table *t;
	struct hlist_nulls_head *head;
	struct sock *sk;

	rcu_read_lock();
	t = serval_net_rcu(net)->flows;
	head = head_of(t, flowid);
again:
	sk_nulls_for_each_rcu(sk, node, head) {
		if (!matches(sk, net, flowid))
			continue;
		if (unlikely(!refcount_inc_not_zero(&sk->sk_refcnt)))
			goto none;
		if (unlikely(!matches(sk, net, flowid))) {
			serval_flow_put(sk);
			goto again;
		}
		rcu_read_unlock();
		return sk;
	}
	/* ended on another list: the entry we stood on was moved */
	if (unlikely(get_nulls_value(node) != (t->serial | (flowid & t->mask))))
		goto again;
none:
	rcu_read_unlock();
	return NULL;
}

static bool taken(struct hlist_nulls_head *head, const struct net *net, u32 flowid)
{
	const struct hlist_nulls_node *node;
	struct sock *sk;

	sk_nulls_for_each(sk, node, head)
		if (matches(sk, net, flowid))
			return true;
	return false;
}

/**
 * serval_flow_insert() - give an entry a fresh flow id and make it findable
 * @sk: socket, request or closing entry; its reference count is not touched
 *
 * Context: any.
 * Return: 0, or -EAGAIN if no free id came up, which means the table is
 * full beyond all reason.
 */
int serval_flow_insert(struct sock *sk)
{
	struct net *net = sock_net(sk);
	struct serval_flow_table *t = serval_net(net)->flows;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		u32 flowid = get_random_u32();
		struct hlist_nulls_head *head = head_of(t, flowid);

		if (!flowid)
			continue;
		spin_lock_bh(lock_of(t, flowid));
		if (!taken(head, net, flowid)) {
			sk->sk_hash = flowid;
			__sk_nulls_add_node_rcu(sk, head);
			spin_unlock_bh(lock_of(t, flowid));
			return 0;
		}
		spin_unlock_bh(lock_of(t, flowid));
	}
	return -EAGAIN;
}

/**
 * serval_flow_remove() - no lookup finds @sk any more
 * @sk: the entry; keeps its flow id in sk_hash
 * Return: true if it was there and this call took it out.
 */
bool serval_flow_remove(struct sock *sk)
{
	struct serval_flow_table *t = serval_net(sock_net(sk))->flows;
	bool removed;

	spin_lock_bh(lock_of(t, sk->sk_hash));
	removed = __sk_nulls_del_node_init_rcu(sk);
	spin_unlock_bh(lock_of(t, sk->sk_hash));
	return removed;
}

/**
 * serval_flow_replace() - put @new in the place and under the flow id of @old
 * @old: what is there now
 * @new: not in the table yet, same namespace
 *
 * Whoever gets true has won: of two CPUs that both turn a request into a
 * socket only one does.
 */
bool serval_flow_replace(struct sock *old, struct sock *new)
{
	struct serval_flow_table *t = serval_net(sock_net(old))->flows;
	u32 flowid = old->sk_hash;
	bool replaced;

	spin_lock_bh(lock_of(t, flowid));
	replaced = !sk_unhashed(old);
	if (replaced) {	/* in one step: a lookup finds the one or the other */
		new->sk_hash = flowid;
		hlist_nulls_replace_init_rcu(&old->sk_nulls_node, &new->sk_nulls_node);
	}
	spin_unlock_bh(lock_of(t, flowid));
	return replaced;
}

/* The entry of a bucket with the lowest flow id above @after */
static struct sock *next_in(struct hlist_nulls_head *head, u32 after)
{
	const struct hlist_nulls_node *node;
	struct sock *sk, *best = NULL;

	sk_nulls_for_each(sk, node, head)
		if (sk->sk_hash > after && (!best || sk->sk_hash < best->sk_hash))
			best = sk;
	return best;
}

struct sock *serval_flow_next(struct net *net, struct serval_flow_iter *it)
{
	struct serval_flow_table *t = serval_net(net)->flows;

	for (; it->bucket <= t->mask; it->bucket++, it->after = 0) {
		struct hlist_nulls_head *head = &t->heads[it->bucket];
		struct sock *sk;

		if (hlist_nulls_empty(head))
			continue;
		spin_lock_bh(lock_of(t, it->bucket));
		while ((sk = next_in(head, it->after)) != NULL) {
			it->after = sk->sk_hash;
			if (refcount_inc_not_zero(&sk->sk_refcnt))
				break;
		}
		spin_unlock_bh(lock_of(t, it->bucket));
		if (sk)
			return sk;
	}
	return NULL;
}

int serval_flow_net_init(struct net *net)
{
	u32 size = 1U << (net_eq(net, &init_net) ? FLOW_BITS_INIT : FLOW_BITS), i;
	struct serval_flow_table *t;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->heads = kvmalloc_array(size, sizeof(*t->heads), GFP_KERNEL);
	if (!t->heads) {
		kfree(t);
		return -ENOMEM;
	}
	t->mask = size - 1;
	t->serial = (unsigned long)atomic_inc_return(&table_serial) << SERIAL_SHIFT;
	for (i = 0; i < size; i++)
		INIT_HLIST_NULLS_HEAD(&t->heads[i], t->serial | i);
	for (i = 0; i < FLOW_LOCKS; i++)
		spin_lock_init(&t->locks[i]);
	serval_net(net)->flows = t;
	return 0;
}

/*
 * Sockets hold their namespace and requests hold a socket, so what is left
 * here are closing entries.
 */
void serval_flow_net_exit(struct net *net)
{
	struct serval_flow_table *t = serval_net(net)->flows;
	struct serval_flow_iter it = {};
	struct sock *sk;

	while ((sk = serval_flow_next(net, &it)) != NULL) {
		if (!WARN_ON_ONCE(sk->sk_state != TCP_TIME_WAIT))
			serval_closing_kill(serval_closing(sk));
		serval_flow_put(sk);
	}
	kvfree(t->heads);
	kfree(t);
}
