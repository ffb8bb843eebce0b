/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * Made by scripts/genl-gen from include/uapi/linux/serval.yaml; do not edit.
 *
 * The netlink reference of Serval, generic netlink family "serval".
 *
 * Rules of the service table, flows, counters and events of the network namespace the
 * netlink socket was opened in.
 *
 * Every attribute is checked: an unknown one, one that does not belong to the command, one
 * of the wrong length and one given twice (unless marked "may be repeated") fail the
 * request and change nothing. Every error carries an extended-ack text (NETLINK_EXT_ACK)
 * and, where one attribute is to blame, its place or, if it is missing, its number. A dump
 * may report its error, with the text, in the message that ends it (NLMSG_DONE).
 *
 * Errors common to all commands: EPERM (changing commands need CAP_NET_ADMIN in the user
 * namespace that owns the network namespace), EINVAL (an attribute is missing, unknown,
 * misplaced, given twice or of the wrong length; or bits are set after the prefix), ERANGE
 * (a number out of range, a serviceID that is not 32 bytes), EOPNOTSUPP (no such command).
 */
#ifndef _UAPI_LINUX_SERVAL_GENL_H
#define _UAPI_LINUX_SERVAL_GENL_H

#define SERVAL_GENL_NAME	"serval"
#define SERVAL_GENL_VERSION	1

/* Multicast groups; joining one needs CAP_NET_ADMIN */
#define SERVAL_MCGRP_SERVICE	"service"	/* rules and bound names */
#define SERVAL_MCGRP_FLOW	"flow"	/* connections made, closed and reset */
#define SERVAL_MCGRP_MIGRATE	"migrate"	/* flows that change addresses */
#define SERVAL_MCGRP_DROP	"drop"	/* packets dropped, by reason */

/* What a rule does with a packet that has no flow yet. */
enum serval_type {
	/* it goes to one of the rule's next hops */
	SERVAL_TYPE_FORWARD = 1,
	/* it goes to a socket of this host; bind() makes these, netlink only shows them */
	SERVAL_TYPE_DEMUX = 2,
	/* it waits while the daemon is asked */
	SERVAL_TYPE_DELAY = 3,
	/* it is refused */
	SERVAL_TYPE_DROP = 4,
};

/* A rule of the service table. */
enum {
	SERVAL_A_RULE_UNSPEC,
	SERVAL_A_RULE_PAD,	/* padding */
	/*
	 * binary, 32 bytes: serviceID; bits after the prefix are zero (with match, the
	 * full name asked for)
	 */
	SERVAL_A_RULE_SERVICE,
	/* u16: significant bits of service, 0 (the default rule) to 256 */
	SERVAL_A_RULE_PREFIX_BITS,
	SERVAL_A_RULE_TYPE,	/* u8: forward, delay or drop; replies also have demux */
	/*
	 * nest of SERVAL_A_NEXTHOP_*, may be repeated: a target of a forward rule; at most
	 * 256 a rule
	 */
	SERVAL_A_RULE_NEXTHOP,
	/* nest of SERVAL_A_SOCKET_*, may be repeated: a socket of a demux rule */
	SERVAL_A_RULE_SOCKET,
	/*
	 * u32: how many targets the rule has; more than there are nexthop and socket
	 * attributes if not all fitted into the message
	 */
	SERVAL_A_RULE_TARGETS,
	SERVAL_A_RULE_HITS,	/* u64: resolutions that ended at this rule */
	/* flag: explain the lookup of a full serviceID instead of showing a prefix */
	SERVAL_A_RULE_MATCH,
	/*
	 * u32: only in events: counts those of the group service in this namespace; a gap
	 * means that events were lost and a dump is due
	 */
	SERVAL_A_RULE_EVENT_SEQ,

	__SERVAL_A_RULE_MAX,
	SERVAL_A_RULE_MAX = __SERVAL_A_RULE_MAX - 1
};

/* A next hop, the target of a forward rule. */
enum {
	SERVAL_A_NEXTHOP_UNSPEC,
	SERVAL_A_NEXTHOP_PAD,	/* padding */
	SERVAL_A_NEXTHOP_ADDR,	/* u32, network byte order: IPv4 address, not 0.0.0.0 */
	SERVAL_A_NEXTHOP_IFINDEX,	/* u32: interface to use; absent, whatever the route says */
	/* u16: the highest set with a usable target serves; 1 if absent */
	SERVAL_A_NEXTHOP_PRIORITY,
	/*
	 * u16: share of new flows within its set; 0 takes none, old flows live on; 1 if
	 * absent
	 */
	SERVAL_A_NEXTHOP_WEIGHT,
	SERVAL_A_NEXTHOP_HITS,	/* u64: resolutions that chose this target; only in replies */

	__SERVAL_A_NEXTHOP_MAX,
	SERVAL_A_NEXTHOP_MAX = __SERVAL_A_NEXTHOP_MAX - 1
};

/* A socket that is the target of a demux rule; only in replies. */
enum {
	SERVAL_A_SOCKET_UNSPEC,
	SERVAL_A_SOCKET_PAD,	/* padding */
	SERVAL_A_SOCKET_PROTOCOL,	/* u8: IPPROTO_TCP or IPPROTO_UDP */
	SERVAL_A_SOCKET_UID,	/* u32: owner, in the user namespace of the network namespace */
	/* u64: of the socket, as in /proc/PID/fd; 0 if no process holds it any more */
	SERVAL_A_SOCKET_INODE,
	SERVAL_A_SOCKET_LISTENING,	/* flag: it accepts connections now */
	SERVAL_A_SOCKET_HITS,	/* u64: resolutions that chose this socket */

	__SERVAL_A_SOCKET_MAX,
	SERVAL_A_SOCKET_MAX = __SERVAL_A_SOCKET_MAX - 1
};

/*
 * A flow, as struct sv_flow_info in <linux/serval.h> describes it. Nonces are never shown
 * to anyone.
 */
enum {
	SERVAL_A_FLOW_UNSPEC,
	SERVAL_A_FLOW_PAD,	/* padding */
	/* u32, network byte order: our flow id, unique in the namespace */
	SERVAL_A_FLOW_LOCAL_FLOWID,
	/* u32, network byte order: the peer's; 0 while it is not known */
	SERVAL_A_FLOW_PEER_FLOWID,
	SERVAL_A_FLOW_LOCAL_ADDR,	/* u32, network byte order: IPv4 address in use here */
	SERVAL_A_FLOW_PEER_ADDR,	/* u32, network byte order: IPv4 address of the peer */
	SERVAL_A_FLOW_STATE,	/* u8: enum sv_flow_state */
	SERVAL_A_FLOW_TRANSPORT_STATE,	/* u8: TCP_ESTABLISHED and so on, 0 if there is none */
	SERVAL_A_FLOW_PROTOCOL,	/* u8: IPPROTO_TCP or IPPROTO_UDP */
	SERVAL_A_FLOW_VERSION,	/* u8: of the protocol, 1 or 2; 0 while it is not known */
	SERVAL_A_FLOW_FLAGS,	/* u32: SV_FLOW_F_* */
	SERVAL_A_FLOW_IFINDEX,	/* u32: interface of the route in use, 0 if unknown */
	SERVAL_A_FLOW_UID,	/* u32: owner, in the user namespace of the network namespace */
	SERVAL_A_FLOW_INODE,	/* u64: of the socket, 0 if no process holds it */
	SERVAL_A_FLOW_BYTES_SENT,	/* u64: acknowledged by the peer */
	SERVAL_A_FLOW_BYTES_RECEIVED,	/* u64: delivered in order */
	SERVAL_A_FLOW_RTT_US,	/* u32: smoothed round-trip time, microseconds */
	SERVAL_A_FLOW_CWND,	/* u32: congestion window, packets */
	SERVAL_A_FLOW_MSS,	/* u32: payload bytes a packet */
	SERVAL_A_FLOW_RETRANS,	/* u32: segments sent again, in all */
	SERVAL_A_FLOW_AGE_MS,	/* u64: milliseconds since the flow began */
	SERVAL_A_FLOW_MIGRATIONS,	/* u32: how often it changed its address or its peer did */
	/* u32: microseconds without traffic at the last migration */
	SERVAL_A_FLOW_LAST_GAP_US,
	SERVAL_A_FLOW_SERVICE,	/* binary, 32 bytes: the serviceID the connection was made to */
	/* binary, 32 bytes: the peer's own serviceID; absent if it sent none */
	SERVAL_A_FLOW_PEER_SERVICE,
	/*
	 * u32: only in events: counts those of the group flow in this namespace; a gap
	 * means that events were lost and a dump is due
	 */
	SERVAL_A_FLOW_EVENT_SEQ,

	__SERVAL_A_FLOW_MAX,
	SERVAL_A_FLOW_MAX = __SERVAL_A_FLOW_MAX - 1
};

/* What happened to a name that a socket of this host holds; only in events. */
enum {
	SERVAL_A_SERVICE_UNSPEC,
	SERVAL_A_SERVICE_PAD,	/* padding */
	/* binary, 32 bytes: serviceID; bits after the prefix are zero */
	SERVAL_A_SERVICE_SERVICE,
	SERVAL_A_SERVICE_PREFIX_BITS,	/* u16: significant bits of service */
	SERVAL_A_SERVICE_PROTOCOL,	/* u8: IPPROTO_TCP or IPPROTO_UDP */
	/* u32: owner of the socket, in the user namespace of the network namespace */
	SERVAL_A_SERVICE_UID,
	/*
	 * u32: process that made the call, as its own pid namespace numbers it; absent if
	 * no process did (the kernel cleaned up)
	 */
	SERVAL_A_SERVICE_PID,
	SERVAL_A_SERVICE_INODE,	/* u64: of the socket, 0 if no process holds it any more */
	/*
	 * u32: counts the events of the group service in this namespace; a gap means that
	 * events were lost and a dump is due
	 */
	SERVAL_A_SERVICE_EVENT_SEQ,

	__SERVAL_A_SERVICE_MAX,
	SERVAL_A_SERVICE_MAX = __SERVAL_A_SERVICE_MAX - 1
};

/* One counter. */
enum {
	SERVAL_A_COUNTER_UNSPEC,
	SERVAL_A_COUNTER_PAD,	/* padding */
	SERVAL_A_COUNTER_NAME,	/* string: as in /proc/net/serval/snmp and serval(7) */
	SERVAL_A_COUNTER_VALUE,	/* u64: since the namespace or the module began, never reset */

	__SERVAL_A_COUNTER_MAX,
	SERVAL_A_COUNTER_MAX = __SERVAL_A_COUNTER_MAX - 1
};

/* All counters of the namespace. */
enum {
	SERVAL_A_STATS_UNSPEC,
	SERVAL_A_STATS_MODULE_VERSION,	/* string: as info-get says */
	/*
	 * nest of SERVAL_A_COUNTER_*, may be repeated: one counter; the order is that of
	 * /proc/net/serval/snmp
	 */
	SERVAL_A_STATS_COUNTER,

	__SERVAL_A_STATS_MAX,
	SERVAL_A_STATS_MAX = __SERVAL_A_STATS_MAX - 1
};

/* Facts about the module that no setting changes while it is loaded. */
enum {
	SERVAL_A_INFO_UNSPEC,
	/* string: version the module was built as; compare it with the tool's own */
	SERVAL_A_INFO_MODULE_VERSION,
	SERVAL_A_INFO_FAMILY,	/* u32: number to use for AF_SERVAL in socket() */
	SERVAL_A_INFO_IP_PROTOCOL,	/* u8: IP protocol number of SAL packets */
	SERVAL_A_INFO_SAL_VERSION,	/* u8: highest version of the protocol that is offered */
	SERVAL_A_INFO_MAX_RULES,	/* u32: no namespace may have more rules than this */
	SERVAL_A_INFO_MAX_TARGETS,	/* u32: targets a rule may have */

	__SERVAL_A_INFO_MAX,
	SERVAL_A_INFO_MAX = __SERVAL_A_INFO_MAX - 1
};

/*
 * Commands and events. Attributes are named without their prefix: that of the set given
 * first.
 */
enum serval_cmd {
	SERVAL_CMD_UNSPEC,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * A new rule, or more targets for the forward rule of this prefix. Takes service,
	 * prefix-bits, type and, for forward, one or more nexthops. EEXIST: a rule of
	 * another type is there, or one of the next hops is. E2BIG: more than 256 targets.
	 * ENOSPC: the table is full. ENODEV: no such interface. All or nothing. Event:
	 * rule-new.
	 *
	 * Needs CAP_NET_ADMIN.
	 *
	 * do request: service, prefix-bits, type, nexthop.
	 */
	SERVAL_CMD_RULE_ADD,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * The rule of this prefix becomes exactly this one, whatever was there before; a
	 * lookup meets the old set of targets or the new one, never a mixture. Attributes
	 * and errors as for rule-add, without EEXIST. Event: rule-new.
	 *
	 * Needs CAP_NET_ADMIN.
	 *
	 * do request: service, prefix-bits, type, nexthop.
	 */
	SERVAL_CMD_RULE_REPLACE,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * Deletes the rule of this prefix, or with one nexthop (addr, ifindex) only that
	 * target; the last target takes the rule along. Sockets stay bound. ENOENT: there is
	 * no such rule or target. Event: rule-gone.
	 *
	 * Needs CAP_NET_ADMIN.
	 *
	 * do request: service, prefix-bits, nexthop.
	 */
	SERVAL_CMD_RULE_DEL,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * Deletes every rule of type forward, delay and drop of the namespace. Takes no
	 * attributes. Event: one rule-gone for the prefix 0/0, of no type.
	 *
	 * Needs CAP_NET_ADMIN.
	 *
	 * do request: nothing.
	 */
	SERVAL_CMD_RULE_FLUSH,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * A dump (NLM_F_DUMP), one message a rule. Without attributes: all rules, in the
	 * order of their prefixes. With service and prefix-bits: the rules of exactly this
	 * prefix. With service and match: the rules that a lookup of this full serviceID
	 * considers first. ENOENT: there is none. A prefix that has both sockets and next
	 * hops is shown as two rules, demux first. NLM_F_DUMP_INTR on a message says that
	 * the table changed meanwhile: ask again for an exact picture. Receive with a buffer
	 * of 32 KiB or more.
	 *
	 * dump request: service, prefix-bits, match.
	 *
	 * dump reply: service, prefix-bits, type, hits, targets, nexthop, socket.
	 */
	SERVAL_CMD_RULE_GET,

	/*
	 * SERVAL_A_FLOW_*
	 *
	 * With local-flowid: that flow, ENOENT if there is none. As a dump: all flows of the
	 * namespace, one message each. Without CAP_NET_ADMIN a user sees the flows of his
	 * own sockets only.
	 *
	 * do request: local-flowid.
	 *
	 * do reply: local-flowid, peer-flowid, local-addr, peer-addr, state,
	 * transport-state, protocol, version, flags, ifindex, uid, inode, bytes-sent,
	 * bytes-received, rtt-us, cwnd, mss, retrans, age-ms, migrations, last-gap-us,
	 * service, peer-service.
	 *
	 * dump reply: local-flowid, peer-flowid, local-addr, peer-addr, state,
	 * transport-state, protocol, version, flags, ifindex, uid, inode, bytes-sent,
	 * bytes-received, rtt-us, cwnd, mss, retrans, age-ms, migrations, last-gap-us,
	 * service, peer-service.
	 */
	SERVAL_CMD_FLOW_GET,

	/*
	 * SERVAL_A_STATS_*
	 *
	 * All counters in one message. Takes no attributes.
	 *
	 * do request: nothing.
	 *
	 * do reply: module-version, counter.
	 */
	SERVAL_CMD_STATS_GET,

	/*
	 * SERVAL_A_INFO_*
	 *
	 * Facts about the loaded module. Takes no attributes.
	 *
	 * do request: nothing.
	 *
	 * do reply: module-version, family, ip-protocol, sal-version, max-rules,
	 * max-targets.
	 */
	SERVAL_CMD_INFO_GET,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * A rule was added, replaced or given another target; rule-get tells what it is now.
	 *
	 * event, group service: service, prefix-bits, type, event-seq.
	 */
	SERVAL_CMD_RULE_NEW,

	/*
	 * SERVAL_A_RULE_*
	 *
	 * A rule or one of its targets was deleted; rule-get tells what is left. Without
	 * type: all rules were flushed.
	 *
	 * event, group service: service, prefix-bits, type, event-seq.
	 */
	SERVAL_CMD_RULE_GONE,

	/*
	 * SERVAL_A_SERVICE_*
	 *
	 * A socket took a name.
	 *
	 * event, group service: service, prefix-bits, protocol, uid, pid, inode, event-seq.
	 */
	SERVAL_CMD_SERVICE_BOUND,

	/*
	 * SERVAL_A_SERVICE_*
	 *
	 * The socket accepts connections from now on.
	 *
	 * event, group service: service, prefix-bits, protocol, uid, pid, inode, event-seq.
	 */
	SERVAL_CMD_SERVICE_LISTENING,

	/*
	 * SERVAL_A_SERVICE_*
	 *
	 * The socket gave the name back, by closing, by unbinding or because its process
	 * died.
	 *
	 * event, group service: service, prefix-bits, protocol, uid, pid, inode, event-seq.
	 */
	SERVAL_CMD_SERVICE_CLOSED,

	/*
	 * SERVAL_A_FLOW_*
	 *
	 * A connection is established, at either end. Attributes as in flow-get, with
	 * event-seq.
	 *
	 * event, group flow: local-flowid, peer-flowid, local-addr, peer-addr, state,
	 * transport-state, protocol, version, flags, ifindex, uid, inode, bytes-sent,
	 * bytes-received, rtt-us, cwnd, mss, retrans, age-ms, migrations, last-gap-us,
	 * service, peer-service, event-seq.
	 */
	SERVAL_CMD_FLOW_CONNECTED,

	/*
	 * SERVAL_A_FLOW_*
	 *
	 * A connection ended in order. Attributes as in flow-get, with event-seq.
	 *
	 * event, group flow: local-flowid, peer-flowid, local-addr, peer-addr, state,
	 * transport-state, protocol, version, flags, ifindex, uid, inode, bytes-sent,
	 * bytes-received, rtt-us, cwnd, mss, retrans, age-ms, migrations, last-gap-us,
	 * service, peer-service, event-seq.
	 */
	SERVAL_CMD_FLOW_CLOSED,

	/*
	 * SERVAL_A_FLOW_*
	 *
	 * A connection was reset, refused or given up. Attributes as in flow-get, with
	 * event-seq.
	 *
	 * event, group flow: local-flowid, peer-flowid, local-addr, peer-addr, state,
	 * transport-state, protocol, version, flags, ifindex, uid, inode, bytes-sent,
	 * bytes-received, rtt-us, cwnd, mss, retrans, age-ms, migrations, last-gap-us,
	 * service, peer-service, event-seq.
	 */
	SERVAL_CMD_FLOW_RESET,

	__SERVAL_CMD_MAX,
	SERVAL_CMD_MAX = __SERVAL_CMD_MAX - 1
};

/* Initialisers of arrays of strings: the name of each attribute, by its number */
#define SERVAL_A_RULE_NAMES { \
	[SERVAL_A_RULE_PAD] = "pad", \
	[SERVAL_A_RULE_SERVICE] = "service", \
	[SERVAL_A_RULE_PREFIX_BITS] = "prefix-bits", \
	[SERVAL_A_RULE_TYPE] = "type", \
	[SERVAL_A_RULE_NEXTHOP] = "nexthop", \
	[SERVAL_A_RULE_SOCKET] = "socket", \
	[SERVAL_A_RULE_TARGETS] = "targets", \
	[SERVAL_A_RULE_HITS] = "hits", \
	[SERVAL_A_RULE_MATCH] = "match", \
	[SERVAL_A_RULE_EVENT_SEQ] = "event-seq", \
}

#define SERVAL_A_NEXTHOP_NAMES { \
	[SERVAL_A_NEXTHOP_PAD] = "pad", \
	[SERVAL_A_NEXTHOP_ADDR] = "addr", \
	[SERVAL_A_NEXTHOP_IFINDEX] = "ifindex", \
	[SERVAL_A_NEXTHOP_PRIORITY] = "priority", \
	[SERVAL_A_NEXTHOP_WEIGHT] = "weight", \
	[SERVAL_A_NEXTHOP_HITS] = "hits", \
}

#define SERVAL_A_SOCKET_NAMES { \
	[SERVAL_A_SOCKET_PAD] = "pad", \
	[SERVAL_A_SOCKET_PROTOCOL] = "protocol", \
	[SERVAL_A_SOCKET_UID] = "uid", \
	[SERVAL_A_SOCKET_INODE] = "inode", \
	[SERVAL_A_SOCKET_LISTENING] = "listening", \
	[SERVAL_A_SOCKET_HITS] = "hits", \
}

#define SERVAL_A_FLOW_NAMES { \
	[SERVAL_A_FLOW_PAD] = "pad", \
	[SERVAL_A_FLOW_LOCAL_FLOWID] = "local-flowid", \
	[SERVAL_A_FLOW_PEER_FLOWID] = "peer-flowid", \
	[SERVAL_A_FLOW_LOCAL_ADDR] = "local-addr", \
	[SERVAL_A_FLOW_PEER_ADDR] = "peer-addr", \
	[SERVAL_A_FLOW_STATE] = "state", \
	[SERVAL_A_FLOW_TRANSPORT_STATE] = "transport-state", \
	[SERVAL_A_FLOW_PROTOCOL] = "protocol", \
	[SERVAL_A_FLOW_VERSION] = "version", \
	[SERVAL_A_FLOW_FLAGS] = "flags", \
	[SERVAL_A_FLOW_IFINDEX] = "ifindex", \
	[SERVAL_A_FLOW_UID] = "uid", \
	[SERVAL_A_FLOW_INODE] = "inode", \
	[SERVAL_A_FLOW_BYTES_SENT] = "bytes-sent", \
	[SERVAL_A_FLOW_BYTES_RECEIVED] = "bytes-received", \
	[SERVAL_A_FLOW_RTT_US] = "rtt-us", \
	[SERVAL_A_FLOW_CWND] = "cwnd", \
	[SERVAL_A_FLOW_MSS] = "mss", \
	[SERVAL_A_FLOW_RETRANS] = "retrans", \
	[SERVAL_A_FLOW_AGE_MS] = "age-ms", \
	[SERVAL_A_FLOW_MIGRATIONS] = "migrations", \
	[SERVAL_A_FLOW_LAST_GAP_US] = "last-gap-us", \
	[SERVAL_A_FLOW_SERVICE] = "service", \
	[SERVAL_A_FLOW_PEER_SERVICE] = "peer-service", \
	[SERVAL_A_FLOW_EVENT_SEQ] = "event-seq", \
}

#define SERVAL_A_SERVICE_NAMES { \
	[SERVAL_A_SERVICE_PAD] = "pad", \
	[SERVAL_A_SERVICE_SERVICE] = "service", \
	[SERVAL_A_SERVICE_PREFIX_BITS] = "prefix-bits", \
	[SERVAL_A_SERVICE_PROTOCOL] = "protocol", \
	[SERVAL_A_SERVICE_UID] = "uid", \
	[SERVAL_A_SERVICE_PID] = "pid", \
	[SERVAL_A_SERVICE_INODE] = "inode", \
	[SERVAL_A_SERVICE_EVENT_SEQ] = "event-seq", \
}

#define SERVAL_A_COUNTER_NAMES { \
	[SERVAL_A_COUNTER_PAD] = "pad", \
	[SERVAL_A_COUNTER_NAME] = "name", \
	[SERVAL_A_COUNTER_VALUE] = "value", \
}

#define SERVAL_A_STATS_NAMES { \
	[SERVAL_A_STATS_MODULE_VERSION] = "module-version", \
	[SERVAL_A_STATS_COUNTER] = "counter", \
}

#define SERVAL_A_INFO_NAMES { \
	[SERVAL_A_INFO_MODULE_VERSION] = "module-version", \
	[SERVAL_A_INFO_FAMILY] = "family", \
	[SERVAL_A_INFO_IP_PROTOCOL] = "ip-protocol", \
	[SERVAL_A_INFO_SAL_VERSION] = "sal-version", \
	[SERVAL_A_INFO_MAX_RULES] = "max-rules", \
	[SERVAL_A_INFO_MAX_TARGETS] = "max-targets", \
}

#endif
