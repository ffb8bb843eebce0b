/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * The Service Access Layer on the wire, byte by byte (stack/PROTOCOL.md 1).
 *
 * A SAL packet is an IPv4 packet of protocol 144: a base header of 12 bytes,
 * extensions, and then a TCP segment, a UDP datagram or nothing. Everything
 * is in network byte order. These structs are for reading and writing bytes;
 * no program needs them to use a Serval socket.
 */
#ifndef _UAPI_LINUX_SERVAL_SAL_H
#define _UAPI_LINUX_SERVAL_SAL_H

#include <linux/types.h>

/* IP protocol number and UDP ports: defaults, the module's parameters decide */
#ifndef IPPROTO_SERVAL
#define IPPROTO_SERVAL		144
#endif
#define SAL_ENCAP_CLIENT_PORT	54324
#define SAL_ENCAP_SERVER_PORT	54325

/**
 * struct sal_hdr - the base header, at the start of every packet
 * @src_flowid: the sender's flow id, never 0
 * @dst_flowid: the receiver's flow id, 0 while it is not known
 * @shl: header length with all extensions, in 32-bit words, 3..255
 * @protocol: what follows, IPPROTO_TCP (6) or IPPROTO_UDP (17)
 * @check: RFC 1071 sum over the header and its extensions only
 */
struct sal_hdr {
	__be32	src_flowid;
	__be32	dst_flowid;
	__u8	shl;
	__u8	protocol;
	__be16	check;
} __attribute__((packed));

enum sal_ext_type {
	SAL_EXT_PAD		= 0,	/* one byte, no length */
	SAL_EXT_CONTROL		= 1,
	SAL_EXT_SERVICE		= 2,
	SAL_EXT_ADDRESS		= 3,
	SAL_EXT_SOURCE		= 4,
	SAL_EXT_CHALLENGE	= 5,	/* version 2 */
	SAL_EXT_JOIN		= 6,	/* version 2 */
};

/* CONTROL flags */
enum sal_control_flags {
	SAL_CTL_FIN	= 0x04,
	SAL_CTL_RST	= 0x08,
	SAL_CTL_NACK	= 0x10,		/* never sent, ignored */
	SAL_CTL_ACK	= 0x20,
	SAL_CTL_RSYN	= 0x40,
	SAL_CTL_SYN	= 0x80,
};

struct sal_control_ext {
	__u8	type;			/* high nibble SAL_EXT_CONTROL, low nibble reserved */
	__u8	length;			/* 20 */
	__u8	flags;
	__u8	reserved;
	__be32	verno;
	__be32	ackno;
	__be64	nonce;
} __attribute__((packed));

struct sal_service_ext {
	__u8	type;
	__u8	length;			/* 36 */
	__be16	reserved;
	__u8	srvid[32];
} __attribute__((packed));

struct sal_address_ext {
	__u8	type;
	__u8	length;			/* 12 + 4n, n <= 8 */
	__be16	reserved;
	__be32	verno;
	__be32	ackno;
	__be32	addr[];
} __attribute__((packed));

struct sal_source_ext {
	__u8	type;
	__u8	length;			/* 4 + 4n, 2 <= n <= 20 */
	__be16	reserved;
	__be32	addr[];			/* client, first router, ... */
} __attribute__((packed));

struct sal_challenge_ext {
	__u8	type;
	__u8	length;			/* 12 */
	__be16	reserved;
	__be64	random;
} __attribute__((packed));

struct sal_join_ext {
	__u8	type;
	__u8	length;			/* 16 */
	__be16	reserved;
	__be32	flowid;
	__be64	proof;
} __attribute__((packed));

enum sal_limits {
	SAL_HDR_LEN		= 12,
	SAL_HDR_MAX_LEN		= 255 * 4,
	SAL_EXT_MAX		= 10,	/* extensions in one packet, PAD bytes not counted */
	SAL_CONTROL_LEN		= 20,
	SAL_SERVICE_LEN		= 36,
	SAL_CHALLENGE_LEN	= 12,
	SAL_JOIN_LEN		= 16,
	SAL_ADDRESS_MAX		= 8,
	SAL_SOURCE_MIN		= 2,
	SAL_SOURCE_MAX		= 20,
	SAL_V2_LEN		= 4,	/* the four PAD bytes that offer version 2 */
};

/* Four PAD bytes after the last other extension: "I speak version 2" (1.6) */
#define SAL_V2_PATTERN		{ 0x05, 0x0e, 0x02, 0x00 }

#endif
