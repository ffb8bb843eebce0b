/* SPDX-License-Identifier: MIT */
/*
 * The control library: rules, flows, counters and events of the Serval module,
 * over generic netlink. Knows nothing of names: see sv_name_to_sid() and
 * sv_sid_parse() in <libserval/serval.h>. Link with -lservalctl.
 *
 * A handle belongs to the network namespace it was opened in and to one thread
 * at a time. Functions return 0 or -errno unless they say otherwise; where the
 * kernel gave its reason in words, svctl_error() has it.
 */
#ifndef _LIBSERVAL_CTL_H
#define _LIBSERVAL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <linux/serval.h>
#include <linux/serval_genl.h>

#ifdef __cplusplus
extern "C" {
#endif

struct svctl;

/**
 * svctl_open() - connect to the module
 * @ctl: where to write the handle; NULL there after an error
 *
 * The kernel loads the module for this if it is installed and the caller may.
 *
 * Return: 0; -EAFNOSUPPORT if there is no module; -errno
 */
int svctl_open(struct svctl **ctl);

/** svctl_close() - end it; NULL is allowed */
void svctl_close(struct svctl *ctl);

/**
 * svctl_error() - why the last function on this handle failed
 *
 * Return: the kernel's text, "" if it gave none; lasts until the next call
 */
const char *svctl_error(const struct svctl *ctl);

/* --- rules ---------------------------------------------------------------- */

/**
 * struct svctl_nexthop - a target of a rule of SERVAL_TYPE_FORWARD
 * @addr: where to
 * @ifindex: interface to use, 0: whatever the route says
 * @priority: the highest set with a usable target serves
 * @weight: share of new flows within the set; 0 takes none, old flows live on
 * @hits: resolutions that chose it; only when reading
 */
struct svctl_nexthop {
	struct in_addr	addr;
	unsigned int	ifindex;
	uint16_t	priority;
	uint16_t	weight;
	uint64_t	hits;
};

/**
 * struct svctl_socket - a target of a rule of SERVAL_TYPE_DEMUX
 * @inode: as in /proc/PID/fd, 0 if no process holds it any more
 * @hits: resolutions that chose it
 * @uid: owner
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @listening: it accepts connections
 */
struct svctl_socket {
	uint64_t	inode;
	uint64_t	hits;
	uint32_t	uid;
	uint8_t		protocol;
	bool		listening;
};

/**
 * struct svctl_rule - a rule of the service table
 * @sid: serviceID, bits after the prefix are zero
 * @bits: length of the prefix, 0 (the default rule) to 256
 * @type: enum serval_type
 * @hits: resolutions that ended here; only when reading
 * @n_targets: how many targets it has; when reading, more than @n_nexthops and
 *	@n_sockets together if not all of them fitted into a message
 * @nexthop: SERVAL_TYPE_FORWARD: @n_nexthops targets
 * @socket: SERVAL_TYPE_DEMUX: @n_sockets targets; only when reading
 */
struct svctl_rule {
	struct service_id		sid;
	unsigned int			bits;
	enum serval_type		type;
	uint64_t			hits;
	unsigned int			n_targets;
	unsigned int			n_nexthops;
	unsigned int			n_sockets;
	const struct svctl_nexthop	*nexthop;
	const struct svctl_socket	*socket;
};

/**
 * svctl_rule_add() - a new rule, or more targets for one of SERVAL_TYPE_FORWARD
 *
 * All or nothing. Of @rule, what is only for reading is ignored.
 *
 * Return: 0; -EEXIST if a rule of another type or one of the targets is there;
 *	   -EPERM, -EINVAL, -E2BIG, -ENOSPC, -ENODEV
 */
int svctl_rule_add(struct svctl *ctl, const struct svctl_rule *rule);

/**
 * svctl_rule_replace() - from now on this is the rule of its prefix
 *
 * A connection meets the old targets or the new ones, never a mixture.
 *
 * Return: as svctl_rule_add(), without -EEXIST
 */
int svctl_rule_replace(struct svctl *ctl, const struct svctl_rule *rule);

/**
 * svctl_rule_del() - delete a rule, or one of its targets
 * @via: only the target with this address and interface; the last one takes
 *	the rule along. NULL: the rule. Sockets stay bound in any case.
 *
 * Return: 0; -ENOENT if there is no such rule or target; -EPERM, -EINVAL
 */
int svctl_rule_del(struct svctl *ctl, const struct service_id *sid, unsigned int bits,
		   const struct svctl_nexthop *via);

/** svctl_rule_flush() - delete every rule but those of sockets */
int svctl_rule_flush(struct svctl *ctl);

/**
 * typedef svctl_rule_fn - receives one rule
 * @rule: valid during the call
 *
 * Must not use the handle that calls it. Return: 0 to go on; anything else ends
 * the walk and is what its function returns.
 */
typedef int (*svctl_rule_fn)(const struct svctl_rule *rule, void *arg);

/**
 * svctl_rule_dump() - every rule, in the order of their prefixes
 *
 * A prefix with sockets and next hops comes as two rules, sockets first.
 *
 * Return: 0; 1 if the table was changed meanwhile, so that what was shown may
 *	   never have been there at one time; -errno
 */
int svctl_rule_dump(struct svctl *ctl, svctl_rule_fn fn, void *arg);

/** svctl_rule_get() - the rules of exactly this prefix; none: -ENOENT, else as svctl_rule_dump() */
int svctl_rule_get(struct svctl *ctl, const struct service_id *sid, unsigned int bits,
		   svctl_rule_fn fn, void *arg);

/**
 * svctl_rule_match() - the rules that a connection to this service would consider first
 *
 * Sends nothing and counts nothing. None is -ENOENT; else as svctl_rule_dump().
 */
int svctl_rule_match(struct svctl *ctl, const struct service_id *sid, svctl_rule_fn fn,
		     void *arg);

/* --- flows ---------------------------------------------------------------- */

/** typedef svctl_flow_fn - receives one flow; as svctl_rule_fn */
typedef int (*svctl_flow_fn)(const struct sv_flow_info *flow, void *arg);

/**
 * svctl_flow_dump() - every flow; without CAP_NET_ADMIN those of the user's own sockets
 *
 * Return: as svctl_rule_dump()
 */
int svctl_flow_dump(struct svctl *ctl, svctl_flow_fn fn, void *arg);

/**
 * svctl_flow_get() - one flow
 * @flowid: the local flow id, in network byte order as in struct sv_flow_info
 *
 * Return: 0; -ENOENT; -errno
 */
int svctl_flow_get(struct svctl *ctl, uint32_t flowid, struct sv_flow_info *flow);

/* --- counters and facts --------------------------------------------------- */

/** typedef svctl_counter_fn - receives one counter; as svctl_rule_fn */
typedef int (*svctl_counter_fn)(const char *name, uint64_t value, void *arg);

/** svctl_stats() - every counter of the namespace, in the order of /proc/net/serval/snmp */
int svctl_stats(struct svctl *ctl, svctl_counter_fn fn, void *arg);

/**
 * struct svctl_info - facts about the loaded module
 * @version: the module's
 * @family: number for socket()
 * @max_rules: rules a namespace may have
 * @max_targets: targets a rule may have
 * @ip_protocol: of SAL packets
 * @sal_version: highest version of the protocol that it offers
 */
struct svctl_info {
	char		version[32];
	unsigned int	family;
	unsigned int	max_rules;
	unsigned int	max_targets;
	uint8_t		ip_protocol;
	uint8_t		sal_version;
};

int svctl_info(struct svctl *ctl, struct svctl_info *info);

/* --- events --------------------------------------------------------------- */

enum svctl_event_type {
	/*
	 * Events were lost: too many came while nobody read. What the program
	 * knows of rules and flows is out of date; ask for all of it again.
	 */
	SVCTL_EVENT_OVERRUN	= 0,
	/* Those of the service group, numbered as the netlink commands */
	SVCTL_EVENT_RULE_NEW	= SERVAL_CMD_RULE_NEW,
	SVCTL_EVENT_RULE_GONE	= SERVAL_CMD_RULE_GONE,
	SVCTL_EVENT_BOUND	= SERVAL_CMD_SERVICE_BOUND,
	SVCTL_EVENT_LISTENING	= SERVAL_CMD_SERVICE_LISTENING,
	SVCTL_EVENT_CLOSED	= SERVAL_CMD_SERVICE_CLOSED,
	/* Those of the flow group */
	SVCTL_EVENT_FLOW_CONNECTED	= SERVAL_CMD_FLOW_CONNECTED,
	SVCTL_EVENT_FLOW_CLOSED		= SERVAL_CMD_FLOW_CLOSED,
	SVCTL_EVENT_FLOW_RESET		= SERVAL_CMD_FLOW_RESET,
};

/**
 * struct svctl_event - what happened
 * @type: decides which of the others count
 * @seq: of the event in its group; not with SVCTL_EVENT_OVERRUN
 * @sid: RULE_*, BOUND, LISTENING, CLOSED: the prefix
 * @bits: its length
 * @rule_type: RULE_*: enum serval_type; 0: all rules were flushed
 * @protocol: BOUND, LISTENING, CLOSED: of the socket
 * @uid: its owner
 * @pid: process that made the call, 0 if none did
 * @inode: of the socket
 * @flow: FLOW_*
 */
struct svctl_event {
	enum svctl_event_type	type;
	uint32_t		seq;
	struct service_id	sid;
	unsigned int		bits;
	unsigned int		rule_type;
	uint8_t			protocol;
	uint32_t		uid;
	uint32_t		pid;
	uint64_t		inode;
	struct sv_flow_info	flow;
};

/* Groups of svctl_subscribe() */
#define SVCTL_GROUP_SERVICE	0x1
#define SVCTL_GROUP_FLOW	0x2

/**
 * svctl_subscribe() - from now on this handle receives events
 * @groups: SVCTL_GROUP_*
 *
 * A handle with events takes no other requests: open a second one for them.
 * Needs CAP_NET_ADMIN.
 *
 * Return: 0; -EPERM; -errno
 */
int svctl_subscribe(struct svctl *ctl, unsigned int groups);

/** svctl_fd() - for poll(): readable when there are events; nobody else may read from it */
int svctl_fd(const struct svctl *ctl);

/** typedef svctl_event_fn - receives one event; as svctl_rule_fn */
typedef int (*svctl_event_fn)(const struct svctl_event *event, void *arg);

/**
 * svctl_events() - hand over the events that have come, without waiting for more
 *
 * A loss is reported as SVCTL_EVENT_OVERRUN where it happened in the order of
 * events, and is no error. If @fn ends the walk, what was read with that event
 * is lost; so it should only do so to give up.
 *
 * Return: 0; what @fn returned; -errno
 */
int svctl_events(struct svctl *ctl, svctl_event_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
