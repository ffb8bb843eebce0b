/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * closing - what remains of a connection after its socket (PROTOCOL.md 4.2a).
 *
 * Repeats our FIN until it is acknowledged, answers the peer's, acknowledges
 * a repeated TCP FIN, and keeps the flow id from being used again: TIMEWAIT
 * and the states before it, for both ends.
 */
#ifndef SERVAL_CLOSING_H
#define SERVAL_CLOSING_H

#include <linux/skbuff.h>
#include "sock.h"

int serval_closing_init(void);
void serval_closing_exit(void);

/**
 * serval_closing_prepare() - allocate the entry of a socket that begins to close
 * @sk: socket, locked
 *
 * Failure is not an error: the connection then ends without TIMEWAIT, which is counted.
 */
void serval_closing_prepare(struct sock *sk);

/** serval_closing_discard() - free an entry that was never used */
void serval_closing_discard(struct sock *sk);

/**
 * serval_closing_take_over() - the entry takes the socket's place in the flow table
 * @sk: socket, locked, both TCP FINs exchanged, still in the table
 * @timewait: we closed first
 * Return: false if there is no entry or the limit is reached; @sk is then still in the table.
 */
bool serval_closing_take_over(struct sock *sk, bool timewait);

/**
 * serval_closing_rcv() - a packet for an entry
 * @c: entry, referenced
 * @skb: transport header set, data behind the SAL header; not consumed
 * @msg: its header, @from: its source
 */
void serval_closing_rcv(struct serval_closing *c, struct sk_buff *skb, const struct sal_msg *msg,
			const struct eccp_addr *from);

/** serval_closing_kill() - end it now; process or softirq context, the caller holds a reference */
void serval_closing_kill(struct serval_closing *c);

void serval_closing_put(struct serval_closing *c);

#endif
