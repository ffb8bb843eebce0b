/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sal_hdr - bytes <-> struct sal_msg (PROTOCOL.md 1).
 *
 * The one parser and the one builder of the SAL header, for the module, the
 * tests and the fuzzers. It knows bytes and lengths, and nothing of sockets,
 * addresses or state: what a well-formed packet means is eccp's business.
 */
#ifndef SERVAL_SAL_HDR_H
#define SERVAL_SAL_HDR_H

#include "pure.h"

#ifdef __KERNEL__
#include <uapi/linux/serval_sal.h>
#else
#include <linux/serval_sal.h>
#endif

/* Which extensions a message has: bits of sal_msg.present */
enum sal_present {
	SAL_HAS_CONTROL		= BIT(SAL_EXT_CONTROL),
	SAL_HAS_SERVICE		= BIT(SAL_EXT_SERVICE),
	SAL_HAS_ADDRESS		= BIT(SAL_EXT_ADDRESS),
	SAL_HAS_SOURCE		= BIT(SAL_EXT_SOURCE),
	SAL_HAS_CHALLENGE	= BIT(SAL_EXT_CHALLENGE),
	SAL_HAS_JOIN		= BIT(SAL_EXT_JOIN),
	SAL_HAS_V2		= BIT(14),	/* the version pattern is there */
	SAL_HAS_SKIPPED		= BIT(15),	/* unknown ones with the top bit set: sal_parse() */
};

/**
 * struct sal_msg - a SAL header, taken apart or to be put together
 * @src_flow: sender's flow id, host order; 0 only in the RST that answers a SYN
 * @dst_flow: receiver's flow id, host order, 0 not known
 * @protocol: transport protocol, 6 or 17
 * @hdr_len: header with extensions, bytes; output of sal_parse(), ignored by sal_build()
 * @present: enum sal_present
 * @flags: CONTROL flags, SAL_CTL_*
 * @verno: CONTROL verno
 * @ackno: CONTROL ackno
 * @nonce: CONTROL nonce, as a number (first byte on the wire is the top one)
 * @challenge: CHALLENGE random
 * @n_service: number of SERVICE extensions, 0..2
 * @service: their 32-byte serviceIDs. After sal_parse() they point into the
 *	packet and live only as long as its bytes stay where they are.
 * @n_source: addresses in SOURCE
 * @source: them, network order, unaligned; lifetime as @service
 * @n_address: addresses in ADDRESS
 * @address: them, network order, unaligned; lifetime as @service
 * @address_verno: ADDRESS verno
 * @address_ackno: ADDRESS ackno
 * @join_flow: JOIN flowid, host order
 * @join_proof: JOIN proof
 */
struct sal_msg {
	u32		src_flow;
	u32		dst_flow;
	u8		protocol;
	u8		flags;
	u16		hdr_len;
	u16		present;
	u8		n_service;
	u8		n_source;
	u8		n_address;
	u32		verno;
	u32		ackno;
	u64		nonce;
	u64		challenge;
	const u8	*service[2];
	const u8	*source;
	const u8	*address;
	u32		address_verno;
	u32		address_ackno;
	u32		join_flow;
	u64		join_proof;
};

/* Why a header was refused. Each has a counter of its own (mib.h). */
enum sal_error {
	SAL_OK = 0,
	SAL_ERR_TRUNCATED,	/* shorter than its own lengths */
	SAL_ERR_SHL,		/* shl below 3 */
	SAL_ERR_CHECKSUM,
	SAL_ERR_PROTOCOL,	/* neither TCP nor UDP */
	SAL_ERR_EXT_LENGTH,	/* an extension too short, too long, or not inside the header */
	SAL_ERR_EXT_DUPLICATE,	/* more of a type than 1.3 allows */
	SAL_ERR_EXT_COUNT,	/* more than 10 */
	SAL_ERR_EXT_UNKNOWN,
	SAL_ERR_FLAGS,		/* contradictory CONTROL flags */
	SAL_ERR_FLOWID,		/* source flow id 0 (but in a RST, that may answer a SYN),
				 * or 0 to where a flow must be named
				 */
	SAL_ERR_MAX,
};

/**
 * sal_parse() - check and take apart the header at the start of a packet
 * @data: the packet, from the first byte of the SAL header
 * @len: bytes that may be read at @data; all extensions must be among them
 * @msg: valid on SAL_OK, undefined otherwise. Flow ids, protocol, length,
 *	@present, @flags and the three counts always; fields of an extension only
 *	if @present names it (they are not cleared for a data packet)
 *
 * Checks, in this order: base length, shl against @len, the checksum, the
 * protocol, every extension's place, length and number, and that the flags do
 * not contradict one another. Reserved bits are never read. Unknown types
 * with the top bit set are skipped and marked SAL_HAS_SKIPPED: only a flow
 * that negotiated version 2 may take such a message. A SYN or SYN-ACK has to
 * offer version 2 itself, or such a type is unknown.
 *
 * Return: SAL_OK or the reason.
 */
enum sal_error sal_parse(const u8 *data, size_t len, struct sal_msg *msg);

/**
 * sal_build() - write the header of a message
 * @buf: where, any alignment
 * @size: bytes available there
 * @msg: what; SAL_HAS_V2 puts the version pattern last
 *
 * Every byte up to the returned length is written, padding as zero, the
 * checksum filled in.
 *
 * Return: the header's length in bytes, a multiple of 4; 0 if @size is too
 * small or @msg cannot be expressed.
 */
size_t sal_build(u8 *buf, size_t size, const struct sal_msg *msg);

/**
 * sal_length() - how many bytes sal_build() will write, 0 if it cannot
 * @msg: the message
 */
size_t sal_length(const struct sal_msg *msg);

/**
 * sal_checksum() - RFC 1071 checksum of a header as it stands
 * @hdr: the header
 * @len: its length in bytes, even
 *
 * Return: 0 if @hdr holds its right sum; else, with the check field zero,
 * the value for that field (as it lies in memory).
 */
u16 sal_checksum(const u8 *hdr, size_t len);

/** sal_error_name() - a reason as a word, for counters and tests */
const char *sal_error_name(enum sal_error err);

#endif
