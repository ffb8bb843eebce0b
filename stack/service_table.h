/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_table - which rule a serviceID matches, per network namespace.
 *
 * Rules, their targets and their statistics around the trie. Lookups run
 * under RCU; writers take the table's mutex, which is the third lock of the
 * order in serval.h (genl -> lock_sock -> service table).
 */
#ifndef SERVAL_SERVICE_TABLE_H
#define SERVAL_SERVICE_TABLE_H

#include <linux/netlink.h>
#include <net/sock.h>
#include <uapi/linux/serval.h>

enum serval_rule_type {
	SERVAL_RULE_NONE	= 0,
	SERVAL_RULE_FORWARD	= 1,
	SERVAL_RULE_DEMUX	= 2,
	SERVAL_RULE_DELAY	= 3,
	SERVAL_RULE_DROP	= 4,
};

/* What a FORWARD target is, apart from its statistics */
struct serval_nexthop {
	__be32	addr;
	int	ifindex;	/* 0: whatever the route says */
	u16	priority;	/* the highest set with a usable target serves; default 1 */
	u16	weight;		/* 0: no new flows; default 1 */
};

/* One target as a dump shows it */
struct serval_target_info {
	struct serval_nexthop nh;
	u64	hits;		/* resolutions that chose it */
	struct sock *sk;	/* DEMUX only; valid during the callback */
};

/* A rule as a dump shows it. A prefix with both sockets and next hops is dumped twice. */
struct serval_rule_info {
	struct service_id sid;
	u16	bits;
	u8	type;		/* enum serval_rule_type */
	u64	hits;
	unsigned int n_targets;
	const struct serval_target_info *targets;
};

/* What a name resolved to */
struct serval_resolution {
	u8	type;		/* enum serval_rule_type */
	u16	bits;		/* of the rule that matched */
	bool	listening;	/* DEMUX: a socket accepts; false: only bound ones, sk is NULL */
	struct sock *sk;	/* DEMUX: held, to be released by sock_put() */
	struct serval_nexthop nh;	/* FORWARD */
};

/* serval_service_resolve() flags */
enum {
	SERVAL_RESOLVE_NO_DEMUX	= BIT(0),	/* skip local sockets */
	SERVAL_RESOLVE_NO_DELAY	= BIT(1),
	SERVAL_RESOLVE_QUIET	= BIT(2),	/* explain only: no statistics */
};

#define SERVAL_TARGETS_MAX	256
#define SERVAL_RULES_MAX	1048576

int serval_service_net_init(struct net *net);

/**
 * serval_service_net_exit() - free the table, which nobody can reach any more
 * @net: namespace
 *
 * The memory goes through RCU callbacks of the module: it must not be
 * unloaded before an rcu_barrier().
 */
void serval_service_net_exit(struct net *net);

/**
 * serval_service_resolve() - longest-prefix match and target selection
 * @net: namespace
 * @sid: the full serviceID
 * @hash: decides among weighted targets: equal values choose equal targets
 *	while the rule stays as it is
 * @exclude: addresses not to be chosen, @n_exclude of them (refused, unreachable)
 * @flags: SERVAL_RESOLVE_*
 * @res: the answer
 *
 * Honours the namespace's service_resolution_mode.
 * Context: any, takes rcu_read_lock() itself.
 * Return: 0; -EHOSTUNREACH no rule or no usable target; -ECONNREFUSED all
 * usable targets are in @exclude; -EACCES a DROP rule. A DELAY rule is 0
 * with @res->type DELAY.
 */
int serval_service_resolve(struct net *net, const struct service_id *sid, u64 hash,
			   const __be32 *exclude, unsigned int n_exclude,
			   unsigned int flags, struct serval_resolution *res);

/**
 * serval_service_bind() - a socket takes a serviceID (DEMUX rule)
 * @sk: the socket; its namespace, uid and SO_REUSEPORT decide (PROTOCOL.md 5.6)
 * @sid: name, bits after @bits are zero
 * @bits: 1..256
 *
 * Context: process, lock_sock(sk) held; takes the table mutex.
 * Return: 0, -EADDRINUSE, -EACCES, -ENOMEM, -ENOSPC (too many rules, or
 * sockets of one name); -EINVAL if @sid is no prefix of @bits.
 */
int serval_service_bind(struct sock *sk, const struct service_id *sid, u16 bits);

/** serval_service_listen() - a bound socket accepts new flows from now on, or no more */
void serval_service_listen(struct sock *sk, const struct service_id *sid, u16 bits, bool on);

/**
 * serval_service_unbind() - undo serval_service_bind(), if it was done
 * @sk: the socket
 * @sid: as bound
 * @bits: as bound
 *
 * No lookup that starts after it finds @sk; readers under way may still hold
 * a reference they took. Needs no memory.
 */
void serval_service_unbind(struct sock *sk, const struct service_id *sid, u16 bits);

/**
 * serval_service_rule_add() - a FORWARD, DELAY or DROP rule
 * @net: namespace
 * @sid: prefix, @bits: its length 0..256, bits after it zero
 * @type: FORWARD, DELAY or DROP
 * @nh: FORWARD: targets, @n_nh of them (1..SERVAL_TARGETS_MAX)
 * @replace: replace what is there (atomically for readers); else an existing
 *	rule of another type or an existing (address, ifindex) is -EEXIST and
 *	new targets are added to the present ones
 * @extack: told the reason of every error, may be NULL
 *
 * Context: process; takes the table mutex.
 */
int serval_service_rule_add(struct net *net, const struct service_id *sid, u16 bits, u8 type,
			    const struct serval_nexthop *nh, unsigned int n_nh, bool replace,
			    struct netlink_ext_ack *extack);

/**
 * serval_service_rule_del() - delete a FORWARD, DELAY or DROP rule, or one target
 * @net: namespace
 * @sid: prefix
 * @bits: its length
 * @nh: NULL: the rule; else only this target, known by address and ifindex.
 *	The last one takes the rule along.
 * @extack: told the reason of every error, may be NULL
 *
 * Sockets bound to the prefix are never touched.
 * Return: 0, -ENOENT, -EINVAL, -ENOMEM (only with @nh).
 */
int serval_service_rule_del(struct net *net, const struct service_id *sid, u16 bits,
			    const struct serval_nexthop *nh, struct netlink_ext_ack *extack);

/** serval_service_flush() - every FORWARD, DELAY and DROP rule of the namespace */
void serval_service_flush(struct net *net);

/**
 * serval_service_walk() - visit rules in the order of their prefixes
 * @net: namespace
 * @sid: start behind this prefix (with @bits and @type); NULL: from the beginning
 * @bits: see @sid
 * @type: of the rule last seen: where a prefix is shown twice, DEMUX comes first
 * @fn: called with the table mutex held; a non-zero return ends the walk and is returned
 *	(the rule just shown is then not counted as seen)
 * @arg: for @fn
 *
 * Resumable: a dump remembers the last rule it could show, by prefix and
 * type. serval_service_generation() changes with every change and is never 0,
 * for NLM_F_DUMP_INTR.
 *
 * Context: process; @fn must not call back into the table.
 * Return: 0 at the end, -ENOMEM, or what @fn returned.
 */
int serval_service_walk(struct net *net, const struct service_id *sid, u16 bits, u8 type,
			int (*fn)(const struct serval_rule_info *rule, void *arg), void *arg);
u32 serval_service_generation(struct net *net);

/**
 * serval_service_match() - explain a lookup
 * @net: namespace
 * @sid: full serviceID
 * @fn: shown, as in a walk, what serval_service_resolve() would consider first
 * @arg: for @fn
 *
 * Return: 0, -ENOENT if nothing matches, -ENOMEM, or what @fn returned.
 */
int serval_service_match(struct net *net, const struct service_id *sid,
			 int (*fn)(const struct serval_rule_info *rule, void *arg), void *arg);

#endif
