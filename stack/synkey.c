// SPDX-License-Identifier: GPL-2.0-only
/*
 * synkey - finds what a repeated SYN belongs to.
 */
#include <linux/siphash.h>
#include <linux/slab.h>
#include "flow_table.h"
#include "synkey.h"

#define SYN_BUCKETS	1024

struct serval_syn_table {
	siphash_key_t	key;
	struct {
		spinlock_t		lock;	/* guards head and the nodes on it */
		struct hlist_head	head;
	} bucket[SYN_BUCKETS];
};

#define bucket_of(sk, hash) \
	(&serval_net(sock_net(sk))->syns->bucket[(hash) & (SYN_BUCKETS - 1)])

u64 serval_syn_hash(struct net *net, u32 flowid, u64 nonce, const u8 *sid)
{
	struct {
		u64	nonce;
		u32	flowid;
		u32	zero;
		u8	sid[SERVICE_ID_LEN];
	} __aligned(SIPHASH_ALIGNMENT) in = { .nonce = nonce, .flowid = flowid };

	memcpy(in.sid, sid, sizeof(in.sid));
	return siphash(&in, sizeof(in), &serval_net(net)->syns->key);
}

static struct serval_synkey *find(struct hlist_head *head, u64 hash)
{
	struct serval_synkey *key;

	hlist_for_each_entry(key, head, node)
		if (key->hash == hash)
			return key;
	return NULL;
}

struct sock *serval_syn_lookup(struct net *net, u64 hash)
{
	struct serval_syn_table *t = serval_net(net)->syns;
	struct serval_synkey *key;
	struct sock *sk = NULL;

	spin_lock_bh(&t->bucket[hash & (SYN_BUCKETS - 1)].lock);
	key = find(&t->bucket[hash & (SYN_BUCKETS - 1)].head, hash);
	if (key && refcount_inc_not_zero(&key->sk->sk_refcnt))
		sk = key->sk;
	spin_unlock_bh(&t->bucket[hash & (SYN_BUCKETS - 1)].lock);
	return sk;
}

bool serval_syn_insert(struct serval_synkey *key, struct sock *sk, u64 hash)
{
	bool inserted = false;

	key->hash = hash;
	key->sk = sk;
	spin_lock_bh(&bucket_of(sk, hash)->lock);
	if (!find(&bucket_of(sk, hash)->head, hash)) {
		hlist_add_head(&key->node, &bucket_of(sk, hash)->head);
		inserted = true;
	}
	spin_unlock_bh(&bucket_of(sk, hash)->lock);
	return inserted;
}

void serval_syn_remove(struct serval_synkey *key)
{
	if (!key->sk)
		return;
	spin_lock_bh(&bucket_of(key->sk, key->hash)->lock);
	hlist_del_init(&key->node);
	spin_unlock_bh(&bucket_of(key->sk, key->hash)->lock);
}

bool serval_syn_move(struct serval_synkey *from, struct serval_synkey *to, struct sock *sk)
{
	bool moved = false;

	to->hash = from->hash;
	to->sk = sk;
	INIT_HLIST_NODE(&to->node);
	spin_lock_bh(&bucket_of(sk, to->hash)->lock);
	if (!hlist_unhashed(&from->node)) {
		hlist_del_init(&from->node);
		hlist_add_head(&to->node, &bucket_of(sk, to->hash)->head);
		moved = true;
	}
	spin_unlock_bh(&bucket_of(sk, to->hash)->lock);
	return moved;
}

static struct request_sock *first_of(struct hlist_head *head, const struct sock *listener)
{
	struct serval_synkey *key;

	hlist_for_each_entry(key, head, node) {
		if (key->sk->sk_state != TCP_NEW_SYN_RECV)
			continue;
		if (inet_reqsk(key->sk)->rsk_listener == listener &&
		    refcount_inc_not_zero(&key->sk->sk_refcnt))
			return inet_reqsk(key->sk);
	}
	return NULL;
}

void serval_syn_each_request(struct sock *listener, void (*fn)(struct request_sock *req))
{
	struct serval_syn_table *t = serval_net(sock_net(listener))->syns;
	struct request_sock *req;
	int i;

	for (i = 0; i < SYN_BUCKETS; i++) {
		while (!hlist_empty(&t->bucket[i].head)) {
			spin_lock_bh(&t->bucket[i].lock);
			req = first_of(&t->bucket[i].head, listener);
			/* off the list at once: one that is being accepted must not be met again */
			if (req)
				hlist_del_init(&serval_req(req)->synkey.node);
			spin_unlock_bh(&t->bucket[i].lock);
			if (!req)
				break;
			fn(req);
			reqsk_put(req);
		}
	}
}

int serval_syn_net_init(struct net *net)
{
	struct serval_syn_table *t = kvmalloc(sizeof(*t), GFP_KERNEL);
	int i;

	if (!t)
		return -ENOMEM;
	get_random_bytes(&t->key, sizeof(t->key));
	for (i = 0; i < SYN_BUCKETS; i++) {
		spin_lock_init(&t->bucket[i].lock);
		INIT_HLIST_HEAD(&t->bucket[i].head);
	}
	serval_net(net)->syns = t;
	return 0;
}

void serval_syn_net_exit(struct net *net)
{
	kvfree(serval_net(net)->syns);
}
