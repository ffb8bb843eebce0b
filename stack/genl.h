/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genl - the netlink interface (include/uapi/linux/serval.yaml).
 *
 * genl.c: the family, statistics and facts. genl_rule.c: rules. genl_flow.c:
 * flows. genl_policy.c: generated; what a request may carry.
 */
#ifndef SERVAL_GENL_H
#define SERVAL_GENL_H

#include <linux/uidgid.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <uapi/linux/serval.h>

extern struct genl_family serval_genl_family;

/** serval_genl_init() - last step of loading: everything commands reach is up */
int serval_genl_init(void);

/** serval_genl_exit() - first step of unloading; events are dropped from here on */
void serval_genl_exit(void);

/**
 * serval_genl_listening() - would anybody hear an event?
 * @net: namespace
 * @group: SERVAL_NL_MCGRP_*
 * Context: any, rcu_read_lock() held until the event is sent.
 */
bool serval_genl_listening(struct net *net, unsigned int group);

/**
 * serval_genl_once() - refuse attributes given twice
 * @head: first attribute, @len: bytes of them
 * @repeatable: bit per attribute type that may be repeated
 * @extack: told which one
 *
 * The parser keeps the last of two and says nothing; a request that says two
 * things would be half obeyed. Types above 31 are the policy's to refuse.
 * Return: 0 or -EINVAL.
 */
int serval_genl_once(const struct nlattr *head, int len, u32 repeatable,
		     struct netlink_ext_ack *extack);

/** serval_genl_once_in() - the same for the attributes of a whole message */
static inline int serval_genl_once_in(const struct nlmsghdr *nlh, u32 repeatable,
				      struct netlink_ext_ack *extack)
{
	return serval_genl_once(nlmsg_attrdata(nlh, GENL_HDRLEN), nlmsg_attrlen(nlh, GENL_HDRLEN),
				repeatable, extack);
}

/**
 * serval_genl_put_flow() - write a flow's attributes
 * @skb: the message
 * @info: the flow
 * Return: 0 or -EMSGSIZE, the message is then to be dropped.
 */
int serval_genl_put_flow(struct sk_buff *skb, const struct sv_flow_info *info);

/**
 * serval_genl_may_see() - may this user see the flow?
 * @net: namespace
 * @admin: it has CAP_NET_ADMIN there
 * @uid: who asks
 * @info: the flow
 *
 * Who talks to whom is nobody else's business; the ids would help an attacker.
 */
bool serval_genl_may_see(const struct net *net, bool admin, kuid_t uid,
			 const struct sv_flow_info *info);

#endif
