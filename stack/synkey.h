/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synkey - finds what a repeated SYN belongs to.
 *
 * A SYN names no flow of ours, so requests, and the sockets made from them,
 * are also kept by what the SYN did say: client flow id, client nonce and
 * serviceID, hashed with a secret key (PROTOCOL.md 5.2).
 */
#ifndef SERVAL_SYNKEY_H
#define SERVAL_SYNKEY_H

#include "sock.h"

int serval_syn_net_init(struct net *net);
void serval_syn_net_exit(struct net *net);

/** serval_syn_hash() - the key of a SYN: client flow id, client nonce, 32 bytes of serviceID */
u64 serval_syn_hash(struct net *net, u32 flowid, u64 nonce, const u8 *sid);

/**
 * serval_syn_lookup() - find the request or socket of a SYN
 * @net: namespace
 * @hash: serval_syn_hash()
 * Return: it, with a reference (serval_flow_put()), or NULL.
 */
struct sock *serval_syn_lookup(struct net *net, u64 hash);

/** serval_syn_insert() - false if another CPU put the same SYN in first */
bool serval_syn_insert(struct serval_synkey *key, struct sock *sk, u64 hash);

/** serval_syn_remove() - no lookup finds it any more; harmless if it was not in */
void serval_syn_remove(struct serval_synkey *key);

/** serval_syn_move() - the socket @sk with @to takes the place of the request with @from */
bool serval_syn_move(struct serval_synkey *from, struct serval_synkey *to, struct sock *sk);

/** serval_syn_each_request() - call @fn for every request of a listener; @fn may drop it */
void serval_syn_each_request(struct sock *listener, void (*fn)(struct request_sock *req));

#endif
