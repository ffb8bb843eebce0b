/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every kernel room shares: the per-namespace state and the lock order.
 *
 * THE LOCK ORDER, outermost first:
 *	1. genl (netlink's own)
 *	2. lock_sock(sk) / bh_lock_sock(sk); a listener before its child
 *	3. the service table's mutex (bind runs under the sock lock)
 *	4. a request's or closing entry's own spinlock
 *	5. leaves, never held together and nothing inside them: a flow bucket, a
 *	   request bucket, an event
 * The data path takes only the sock lock and leaves; everything else is RCU.
 */
#ifndef SERVAL_SERVAL_H
#define SERVAL_SERVAL_H

#include <linux/ratelimit.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

struct serval_service_table;
struct serval_flow_table;
struct serval_syn_table;
struct serval_mib_cpu;
struct ctl_table_header;

/* Defaults are set in sysctl.c; all are plain ints, read with READ_ONCE() */
struct serval_sysctls {
	int	service_resolution_mode;
	int	syn_retries;
	int	max_syn_backlog;
	int	timewait_ms;
	int	timewait_max;
	int	rst_rate;
};

struct serval_net {
	struct serval_mib_cpu __percpu	*mib;
	struct serval_service_table	*services;	/* service_table.c */
	struct serval_flow_table	*flows;		/* flow_table.c */
	struct serval_syn_table		*syns;		/* synkey.c: requests by their SYN */
	atomic_t			n_closing;	/* closing entries */
	atomic_t			n_requests;	/* half-open requests */
	struct ratelimit_state		rst_limit;	/* RSTs that anybody may ask for */
	u32				event_seq[2];	/* event.c: last number, by group */
	struct serval_sysctls		sysctl;
	struct ctl_table_header		*sysctl_header;
};

extern unsigned int serval_net_id;

static inline struct serval_net *serval_net(const struct net *net)
{
	return net_generic(net, serval_net_id);
}

/*
 * The same where an RCU read section protects the namespace's array of
 * pointers anyway: net_generic() enters one of its own, a quarter of what
 * counting a packet costs.
 */
static inline struct serval_net *serval_net_rcu(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[serval_net_id];
}

/* Module parameters (main.c) */
extern int serval_family;
extern int serval_protocol;

#endif
