// SPDX-License-Identifier: GPL-2.0-only
/*
 * event - builds the messages of the multicast groups and numbers them.
 *
 * The rooms say what happened and never wait for anyone: an event that cannot
 * be delivered is counted and leaves a gap in the numbers, which tells its
 * listeners to ask for a dump.
 */
#include <linux/pid.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <net/genetlink.h>
#include "event.h"
#include "flow_table.h"
#include "genl.h"
#include "genl_policy.h"
#include "mib.h"
#include "serval.h"
#include "service_table.h"

/* Room for the attributes of the longest event, a flow's */
#define EVENT_SIZE	512

/* A leaf of the lock order: events of a group leave in the order of their numbers */
static DEFINE_SPINLOCK(event_lock);

/* One message under way */
struct event {
	struct net	*net;
	unsigned int	group;
	struct sk_buff	*skb;	/* NULL: no memory, the event is lost */
	void		*hdr;
	bool		full;	/* an attribute did not fit */
};

/* False if nobody listens. The family may go unless rcu_read_lock() is held until finish(). */
static bool begin(struct event *e, struct net *net, unsigned int group, u8 cmd)
{
	if (!serval_genl_listening(net, group))
		return false;
	*e = (struct event) { .net = net, .group = group };
	e->skb = genlmsg_new(EVENT_SIZE, GFP_ATOMIC);
	if (e->skb)
		e->hdr = genlmsg_put(e->skb, 0, 0, &serval_genl_family, 0, cmd);
	return true;
}

static void finish(struct event *e, int seq_attr)
{
	u32 *last = &serval_net(e->net)->event_seq[e->group];
	bool lost = true;
	int err;

	spin_lock_bh(&event_lock);
	++*last;
	if (e->hdr && !e->full && !nla_put_u32(e->skb, seq_attr, *last)) {
		genlmsg_end(e->skb, e->hdr);
		err = genlmsg_multicast_netns(&serval_genl_family, e->net, e->skb, 0, e->group,
					      GFP_ATOMIC);
		/* no listener in this namespace, only in another: nothing is lost */
		lost = err && err != -ESRCH;
		e->skb = NULL;
	}
	spin_unlock_bh(&event_lock);

	if (lost)
		serval_mib_inc(e->net, EVENT_LOST);
	nlmsg_free(e->skb);
}

/* The process whose call this is, 0 if the kernel does it on its own */
static u32 calling_process(void)
{
	if (!in_task() || current->flags & PF_KTHREAD)
		return 0;
	return task_tgid_vnr(current);
}

/**
 * serval_event_service() - a socket's name was taken, accepts, or is free again
 * @sk: socket
 * @what: which of these
 * @sid: name
 * @bits: its prefix length
 */
void serval_event_service(struct sock *sk, enum serval_service_event what,
			  const struct service_id *sid, u16 bits)
{
	static const u8 cmds[] = {
		[SERVAL_SERVICE_BOUND]		= SERVAL_CMD_SERVICE_BOUND,
		[SERVAL_SERVICE_LISTENING]	= SERVAL_CMD_SERVICE_LISTENING,
		[SERVAL_SERVICE_CLOSED]		= SERVAL_CMD_SERVICE_CLOSED,
	};
	struct net *net = sock_net(sk);
	u32 pid = calling_process();
	struct event e;

	rcu_read_lock();
	if (begin(&e, net, SERVAL_NL_MCGRP_SERVICE, cmds[what])) {
		if (e.hdr)
			e.full = nla_put(e.skb, SERVAL_A_SERVICE_SERVICE, sizeof(*sid), sid) ||
				 nla_put_u16(e.skb, SERVAL_A_SERVICE_PREFIX_BITS, bits) ||
				 nla_put_u8(e.skb, SERVAL_A_SERVICE_PROTOCOL, sk->sk_protocol) ||
				 nla_put_u32(e.skb, SERVAL_A_SERVICE_UID,
					     from_kuid_munged(net->user_ns,
							      sock_net_uid(net, sk))) ||
				 (pid && nla_put_u32(e.skb, SERVAL_A_SERVICE_PID, pid)) ||
				 nla_put_u64_64bit(e.skb, SERVAL_A_SERVICE_INODE, sock_i_ino(sk),
						   SERVAL_A_SERVICE_PAD);
		finish(&e, SERVAL_A_SERVICE_EVENT_SEQ);
	}
	rcu_read_unlock();
}

/**
 * serval_event_rule() - a rule was set or deleted by netlink
 * @net: namespace
 * @deleted: the rule or one of its targets is gone; else it is new or changed
 * @sid: prefix
 * @bits: its length
 * @type: SERVAL_RULE_*; NONE: every rule is gone
 */
void serval_event_rule(struct net *net, bool deleted, const struct service_id *sid, u16 bits,
		       u8 type)
{
	struct event e;

	rcu_read_lock();
	if (begin(&e, net, SERVAL_NL_MCGRP_SERVICE,
		  deleted ? SERVAL_CMD_RULE_GONE : SERVAL_CMD_RULE_NEW)) {
		if (e.hdr)
			e.full = nla_put(e.skb, SERVAL_A_RULE_SERVICE, sizeof(*sid), sid) ||
				 nla_put_u16(e.skb, SERVAL_A_RULE_PREFIX_BITS, bits) ||
				 (type && nla_put_u8(e.skb, SERVAL_A_RULE_TYPE, type));
		finish(&e, SERVAL_A_RULE_EVENT_SEQ);
	}
	rcu_read_unlock();
}

/**
 * serval_event_flow() - a connection was made or ended
 * @sk: its socket, locked
 * @what: which of these
 */
void serval_event_flow(struct sock *sk, enum serval_flow_event what)
{
	static const u8 cmds[] = {
		[SERVAL_FLOW_CONNECTED]	= SERVAL_CMD_FLOW_CONNECTED,
		[SERVAL_FLOW_CLOSED]	= SERVAL_CMD_FLOW_CLOSED,
		[SERVAL_FLOW_RESET]	= SERVAL_CMD_FLOW_RESET,
	};
	struct sv_flow_info info;
	struct event e;

	rcu_read_lock();
	if (begin(&e, sock_net(sk), SERVAL_NL_MCGRP_FLOW, cmds[what])) {
		serval_flow_info(sk, &info);
		if (e.hdr)
			e.full = serval_genl_put_flow(e.skb, &info);
		finish(&e, SERVAL_A_FLOW_EVENT_SEQ);
	}
	rcu_read_unlock();
}
