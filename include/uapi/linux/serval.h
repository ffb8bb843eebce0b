/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * Numbers and structs that programs and the Serval module share.
 *
 * Programs include <netinet/serval.h>, which brings these in; rules, flows
 * and events are reached over generic netlink, see <linux/serval_genl.h>.
 */
#ifndef _UAPI_LINUX_SERVAL_H
#define _UAPI_LINUX_SERVAL_H

#include <linux/types.h>

/*
 * The family number is a parameter of the module (family=); 28 is the
 * default. Ask sv_family() of libserval rather than this constant.
 */
#define SERVAL_FAMILY_DEFAULT		28

#define SERVICE_ID_LEN			32
#define SERVICE_ID_MAX_PREFIX_BITS	256

/**
 * struct service_id - the name of a service, 256 bits
 *
 * Matched by longest prefix, first byte first. The views overlap.
 */
struct service_id {
	union {
		struct {
			__u8	ss[4];		/* scope and type, by convention */
			__u8	local[4];
			__u8	group[4];
			__u8	selfcert[20];	/* hash of key and prefix */
		} un_ss;
		__u8	un_sid[32];
		__be16	un_sid16[16];
		__be32	un_sid32[8];
	} srv_un;
};

#define s_ss		srv_un.un_ss.ss
#define s_local		srv_un.un_ss.local
#define s_group		srv_un.un_ss.group
#define s_selfcert	srv_un.un_ss.selfcert
#define s_sid		srv_un.un_sid
#define s_sid16		srv_un.un_sid16
#define s_sid32		srv_un.un_sid32

/**
 * struct sockaddr_sv - the address of a Serval socket, 36 bytes
 * @sv_family: AF_SERVAL
 * @sv_flags: SVSF_*, unknown bits are refused with EINVAL
 * @sv_prefix_bits: significant bits of @sv_srvid; 0 means all 256
 * @sv_srvid: the service; bits after the prefix must be zero
 */
struct sockaddr_sv {
	__u16			sv_family;
	__u8			sv_flags;
	__u8			sv_prefix_bits;
	struct service_id	sv_srvid;
};

/* sockaddr_sv.sv_flags. Scope: how far a bound name is announced. */
#define SVSF_SCOPE_MASK		0x03
#define SVSF_SCOPE_GLOBAL	0x00
#define SVSF_SCOPE_HOST		0x01
#define SVSF_SCOPE_LINK		0x02
#define SVSF_STRICT_SCOPE	0x08
#define SVSF_ANYCAST		0x10
#define SVSF_MULTICAST		0x20
#define SVSF_ANONYMOUS		0x40	/* getpeername(): the peer sent no name of its own */

/* Protocols of socket(AF_SERVAL, type, protocol); 0 picks the type's own */
#define SERVAL_PROTO_TCP	6
#define SERVAL_PROTO_UDP	17

/* setsockopt() and getsockopt() level, and its options */
#define SOL_SERVAL		1144
enum {
	SV_FLOW_INFO	= 1,	/* get: struct sv_flow_info */
	SV_MIGRATE	= 2,	/* set: int, interface index */
	SV_MULTIPATH	= 3,
	SV_PEER_ADDRS	= 4,
	SV_REG_STATE	= 5,	/* get: int, enum sv_reg_state */
	SV_REG_ERROR	= 6,
	SV_HOME_ROUTER	= 7,
	SV_RECVERR	= 8,
	SV_DONTFRAG	= 9,
	SV_CONNECT_LAZY	= 10,
	SV_REUSEPORT	= 11,	/* set, get: int; SO_REUSEPORT where that does not reach us (6.1) */
};

enum sv_reg_state {
	SV_REG_NONE	= 0,	/* not bound */
	SV_REG_LOCAL	= 1,	/* in this host's service table */
	SV_REG_UPSTREAM	= 2,	/* and acknowledged by a service router */
};

/* Connection control state of a flow (stack/PROTOCOL.md 4.2) */
enum sv_flow_state {
	SV_FLOW_CLOSED		= 0,
	SV_FLOW_REQUEST		= 1,
	SV_FLOW_LISTEN		= 2,
	SV_FLOW_RESPOND		= 3,
	SV_FLOW_CONNECTED	= 4,
	SV_FLOW_FINWAIT1	= 5,
	SV_FLOW_FINWAIT2	= 6,
	SV_FLOW_CLOSING		= 7,
	SV_FLOW_CLOSEWAIT	= 8,
	SV_FLOW_LASTACK		= 9,
	SV_FLOW_TIMEWAIT	= 10,
	SV_FLOW_STATE_MAX,
};

/* sv_flow_info.flags */
#define SV_FLOW_F_FROZEN	0x01	/* no usable local address */
#define SV_FLOW_F_ENCAP		0x02	/* SAL inside UDP */
#define SV_FLOW_F_PASSIVE	0x04	/* the peer opened it */
#define SV_FLOW_F_ORPHAN	0x08	/* no process holds its socket any more */

/**
 * struct sv_flow_info - one flow, as seen now
 *
 * The kernel writes as many bytes as the caller asked for, up to its own
 * size; members are only ever added at the end. Flow ids and addresses are
 * in network byte order, times in microseconds unless named otherwise.
 * Nonces are never exported.
 */
struct sv_flow_info {
	__be32	local_flowid;
	__be32	peer_flowid;
	__be32	local_addr;
	__be32	peer_addr;
	__u8	state;			/* enum sv_flow_state */
	__u8	transport_state;	/* TCP_ESTABLISHED ..., 0 if there is none */
	__u8	protocol;		/* IPPROTO_TCP, IPPROTO_UDP */
	__u8	version;		/* 1 the original's protocol, 2 ours, 0 not known yet */
	__u32	flags;			/* SV_FLOW_F_* */
	__u32	ifindex;		/* of the route in use, 0 unknown */
	__u32	uid;
	__u64	inode;
	__u64	bytes_sent;		/* acknowledged by the peer */
	__u64	bytes_received;
	__u32	rtt_us;
	__u32	cwnd;			/* packets */
	__u32	mss;
	__u32	retrans;		/* segments sent again, in all */
	__u64	age_ms;
	__u32	migrations;
	__u32	last_gap_us;
	struct service_id	service;	/* the name the connection was made to */
	struct service_id	peer_service;	/* the peer's own name, zero if it sent none */
};

#endif
