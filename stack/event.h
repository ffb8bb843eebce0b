/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event - tells user space what happened, over the netlink multicast groups.
 * May be called from any context; an event nobody listens to costs a test.
 */
#ifndef SERVAL_EVENT_H
#define SERVAL_EVENT_H

#include <net/sock.h>
#include <uapi/linux/serval.h>

enum serval_service_event {
	SERVAL_SERVICE_BOUND,		/* a socket took the name */
	SERVAL_SERVICE_LISTENING,	/* it accepts now */
	SERVAL_SERVICE_CLOSED,		/* the name is free again */
};

void serval_event_service(struct sock *sk, enum serval_service_event what,
			  const struct service_id *sid, u16 bits);

/* A rule was added, replaced or deleted by netlink; type SERVAL_RULE_* */
void serval_event_rule(struct net *net, bool deleted, const struct service_id *sid, u16 bits,
		       u8 type);

enum serval_flow_event {
	SERVAL_FLOW_CONNECTED,
	SERVAL_FLOW_CLOSED,		/* in order */
	SERVAL_FLOW_RESET,
};

void serval_event_flow(struct sock *sk, enum serval_flow_event what);

#endif
