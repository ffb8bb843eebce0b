/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flow_table - flow id -> socket, request or closing entry.
 *
 * A flow id is 32 random bits, unique in its namespace, and lives in
 * sk_hash of whatever holds it (all three kinds begin with sock_common).
 * Lookups take no lock; entries come and go under a bucket lock.
 */
#ifndef SERVAL_FLOW_TABLE_H
#define SERVAL_FLOW_TABLE_H

#include <net/sock.h>
#include <uapi/linux/serval.h>

int serval_flow_net_init(struct net *net);
void serval_flow_net_exit(struct net *net);

struct sock *serval_flow_lookup(struct net *net, u32 flowid);
void serval_flow_put(struct sock *sk);
int serval_flow_insert(struct sock *sk);
bool serval_flow_remove(struct sock *sk);
bool serval_flow_replace(struct sock *old, struct sock *new);

/* Position of a walk over all flows of a namespace */
struct serval_flow_iter {
	u32	bucket;
	u32	after;	/* flow id of the last entry shown in it */
};

/**
 * serval_flow_next() - the next flow of a walk
 * @net: namespace
 * @it: zeroed before the first call; may be kept across calls
 * Return: an entry with a reference (serval_flow_put()), NULL at the end.
 * A walk sees every flow that was there all the time, exactly once.
 */
struct sock *serval_flow_next(struct net *net, struct serval_flow_iter *it);

/** serval_flow_info() - describe an entry of the table (any of the three kinds) */
void serval_flow_info(struct sock *sk, struct sv_flow_info *info);

#endif
