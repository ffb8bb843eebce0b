// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sal_hdr - bytes <-> struct sal_msg (PROTOCOL.md 1).
 *
 * All length arithmetic on received headers happens here, and each byte is
 * proved to be inside the header before it is read. The room decides what is
 * well formed; it must not know what a flow is, so whether a well-formed
 * packet is welcome is decided elsewhere. Parser and builder share one test
 * of meaning, valid(): what we refuse to read we refuse to write.
 */
#include "sal_hdr.h"

#define ADDR_LEN	4

static const u8 v2_pattern[SAL_V2_LEN] = SAL_V2_PATTERN;

/* The flags that say something; NACK and the two low bits are never read */
#define KNOWN_FLAGS	(SAL_CTL_SYN | SAL_CTL_RSYN | SAL_CTL_ACK | SAL_CTL_RST | SAL_CTL_FIN)

/* Sums go through memcpy(): a header need not be aligned, and the compiler
 * makes a plain load of it where the machine has one for that.
 */
u16 sal_checksum(const u8 *hdr, size_t len)
{
	u64 sum = 0;
	u32 word;
	u16 half;

	for (; len >= sizeof(word); len -= sizeof(word), hdr += sizeof(word)) {
		memcpy(&word, hdr, sizeof(word));
		sum += word;
	}
	if (len >= sizeof(half)) {
		memcpy(&half, hdr, sizeof(half));
		sum += half;
	}
	/* at most 255 words were added: 40 bits; three folds leave no carry */
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static u64 from_be64(__be64 wire)
{
	const u8 *b = (const u8 *)&wire;
	u64 v = 0;
	int i;

	for (i = 0; i < 8; i++)
		v = v << 8 | b[i];
	return v;
}

static __be64 to_be64(u64 v)
{
	__be64 wire;
	u8 *b = (u8 *)&wire;
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		b[i] = (u8)v;
	return wire;
}

/* 1.3: what a message may not say, whatever its lengths */
static enum sal_error valid(const struct sal_msg *msg)
{
	u8 flags = msg->flags;

	if (!(msg->present & SAL_HAS_CONTROL)) {
		if (!msg->src_flow)
			return SAL_ERR_FLOWID;
		/* 1.5: only a datagram to a service has no flow to name */
		if (!msg->dst_flow &&
		    !(msg->protocol == 17 && (msg->present & SAL_HAS_SERVICE)))
			return SAL_ERR_FLOWID;
		return SAL_OK;
	}

	if (!flags)
		return SAL_ERR_FLAGS;
	/* where the version is being agreed, the message itself has to say it */
	if ((flags & SAL_CTL_SYN) && !(msg->present & SAL_HAS_V2) &&
	    (msg->present & (SAL_HAS_SKIPPED | SAL_HAS_CHALLENGE | SAL_HAS_JOIN)))
		return SAL_ERR_EXT_UNKNOWN;
	if ((flags & SAL_CTL_SYN) && (flags & (SAL_CTL_RSYN | SAL_CTL_RST | SAL_CTL_FIN)))
		return SAL_ERR_FLAGS;
	if ((flags & SAL_CTL_RST) && (flags & (SAL_CTL_RSYN | SAL_CTL_FIN)))
		return SAL_ERR_FLAGS;
	/* a RSYN-ACK announces nothing, a FIN does */
	if ((flags & SAL_CTL_FIN) && (flags & SAL_CTL_RSYN) && (flags & SAL_CTL_ACK))
		return SAL_ERR_FLAGS;

	/* 4.5: a RST that answers a SYN has swapped flow ids, so no source */
	if (!msg->src_flow && !(flags & SAL_CTL_RST))
		return SAL_ERR_FLOWID;
	if (!msg->dst_flow && (flags & (SAL_CTL_SYN | SAL_CTL_ACK)) != SAL_CTL_SYN)
		return SAL_ERR_FLOWID;
	return SAL_OK;
}

/* Shortest and longest length of each known extension, and how often it may
 * come. The lists' lengths besides are a fixed part and whole addresses; all
 * fixed parts are multiples of 4.
 */
static const struct {
	u8	min;
	u8	max;
	u8	often;
} limits[] = {
	[SAL_EXT_CONTROL]   = { SAL_CONTROL_LEN, SAL_CONTROL_LEN, 1 },
	[SAL_EXT_SERVICE]   = { SAL_SERVICE_LEN, SAL_SERVICE_LEN, 2 },
	[SAL_EXT_ADDRESS]   = { sizeof(struct sal_address_ext),
				sizeof(struct sal_address_ext) + SAL_ADDRESS_MAX * ADDR_LEN, 1 },
	[SAL_EXT_SOURCE]    = { sizeof(struct sal_source_ext) + SAL_SOURCE_MIN * ADDR_LEN,
				sizeof(struct sal_source_ext) + SAL_SOURCE_MAX * ADDR_LEN, 1 },
	[SAL_EXT_CHALLENGE] = { SAL_CHALLENGE_LEN, SAL_CHALLENGE_LEN, 1 },
	[SAL_EXT_JOIN]      = { SAL_JOIN_LEN, SAL_JOIN_LEN, 1 },
};

/* One extension whose place, length and number are already checked */
static void take(struct sal_msg *msg, u8 type, const u8 *p, u8 len)
{
	switch (type) {
	case SAL_EXT_CONTROL: {
		const struct sal_control_ext *x = (const void *)p;

		msg->flags = x->flags & KNOWN_FLAGS;
		msg->verno = ntohl(x->verno);
		msg->ackno = ntohl(x->ackno);
		msg->nonce = from_be64(x->nonce);
		break;
	}
	case SAL_EXT_SERVICE:
		msg->service[msg->n_service++] = ((const struct sal_service_ext *)p)->srvid;
		break;
	case SAL_EXT_ADDRESS: {
		const struct sal_address_ext *x = (const void *)p;

		msg->address_verno = ntohl(x->verno);
		msg->address_ackno = ntohl(x->ackno);
		msg->address = p + sizeof(*x);
		msg->n_address = (len - sizeof(*x)) / ADDR_LEN;
		break;
	}
	case SAL_EXT_SOURCE:
		msg->source = p + sizeof(struct sal_source_ext);
		msg->n_source = (len - sizeof(struct sal_source_ext)) / ADDR_LEN;
		break;
	case SAL_EXT_CHALLENGE:
		msg->challenge = from_be64(((const struct sal_challenge_ext *)p)->random);
		break;
	case SAL_EXT_JOIN: {
		const struct sal_join_ext *x = (const void *)p;

		msg->join_flow = ntohl(x->flowid);
		msg->join_proof = from_be64(x->proof);
		break;
	}
	}
	msg->present |= 1U << type;
}

/* A run of PAD bytes; returns its length. 1.6: exactly the four bytes of the
 * pattern, with no extension behind them but a router's SOURCE, is version 2.
 */
static size_t pads(struct sal_msg *msg, const u8 *p, size_t left)
{
	size_t n = 1;

	while (n < left && p[n] >> 4 == SAL_EXT_PAD)
		n++;
	if (n == SAL_V2_LEN && !memcmp(p, v2_pattern, SAL_V2_LEN))
		msg->present |= SAL_HAS_V2;
	return n;
}

static enum sal_error extensions(const u8 *p, size_t left, struct sal_msg *msg)
{
	u8 seen[ARRAY_SIZE(limits)] = { 0 };
	unsigned int count = 0;

	while (left) {
		u8 type = *p >> 4;
		size_t len;

		if (type == SAL_EXT_PAD) {
			len = pads(msg, p, left);
			p += len;
			left -= len;
			continue;
		}
		if (left < 2)
			return SAL_ERR_EXT_LENGTH;
		len = p[1];
		if (len < 2 || len > left)
			return SAL_ERR_EXT_LENGTH;
		if (++count > SAL_EXT_MAX)
			return SAL_ERR_EXT_COUNT;
		if (type != SAL_EXT_SOURCE)
			msg->present &= ~SAL_HAS_V2;

		if (type & 8) {
			msg->present |= SAL_HAS_SKIPPED;
		} else {
			if (type >= ARRAY_SIZE(limits))
				return SAL_ERR_EXT_UNKNOWN;
			if (len < limits[type].min || len > limits[type].max || len % 4)
				return SAL_ERR_EXT_LENGTH;
			if (++seen[type] > limits[type].often)
				return SAL_ERR_EXT_DUPLICATE;
			take(msg, type, p, len);
		}
		p += len;
		left -= len;
	}
	return SAL_OK;
}

enum sal_error sal_parse(const u8 *data, size_t len, struct sal_msg *msg)
{
	const struct sal_hdr *h = (const void *)data;
	enum sal_error err;
	size_t hlen;

	if (len < SAL_HDR_LEN)
		return SAL_ERR_TRUNCATED;
	hlen = (size_t)h->shl * 4;
	if (hlen < SAL_HDR_LEN)
		return SAL_ERR_SHL;
	if (hlen > len)
		return SAL_ERR_TRUNCATED;
	if (sal_checksum(data, hlen))
		return SAL_ERR_CHECKSUM;
	if (h->protocol != 6 && h->protocol != 17)
		return SAL_ERR_PROTOCOL;

	/* a data packet pays for nothing but this */
	if (likely(hlen == SAL_HDR_LEN)) {
		msg->flags = 0;
		msg->present = 0;
		msg->n_service = 0;
		msg->n_source = 0;
		msg->n_address = 0;
	} else {
		memset(msg, 0, sizeof(*msg));
		err = extensions(data + SAL_HDR_LEN, hlen - SAL_HDR_LEN, msg);
		if (err)
			return err;
	}
	msg->src_flow = ntohl(h->src_flowid);
	msg->dst_flow = ntohl(h->dst_flowid);
	msg->protocol = h->protocol;
	msg->hdr_len = (u16)hlen;
	return valid(msg);
}

size_t sal_length(const struct sal_msg *msg)
{
	size_t len = SAL_HDR_LEN;

	if (msg->protocol != 6 && msg->protocol != 17)
		return 0;
	if ((msg->present & SAL_HAS_SKIPPED) || (msg->flags & ~KNOWN_FLAGS) || valid(msg))
		return 0;

	if (msg->present & SAL_HAS_CONTROL)
		len += SAL_CONTROL_LEN;
	if (msg->present & SAL_HAS_SERVICE) {
		if (!msg->n_service || msg->n_service > limits[SAL_EXT_SERVICE].often)
			return 0;
		len += msg->n_service * SAL_SERVICE_LEN;
	}
	if (msg->present & SAL_HAS_ADDRESS) {
		if (msg->n_address > SAL_ADDRESS_MAX)
			return 0;
		len += sizeof(struct sal_address_ext) + msg->n_address * ADDR_LEN;
	}
	if (msg->present & SAL_HAS_SOURCE) {
		if (msg->n_source < SAL_SOURCE_MIN || msg->n_source > SAL_SOURCE_MAX)
			return 0;
		len += sizeof(struct sal_source_ext) + msg->n_source * ADDR_LEN;
	}
	if (msg->present & SAL_HAS_CHALLENGE)
		len += SAL_CHALLENGE_LEN;
	if (msg->present & SAL_HAS_JOIN)
		len += SAL_JOIN_LEN;
	if (msg->present & SAL_HAS_V2)
		len += SAL_V2_LEN;
	return len;
}

/* The order of the original's packets, so that golden ones come out bit for bit */
static u8 *put_control(u8 *p, const struct sal_msg *msg)
{
	struct sal_control_ext *x = (void *)p;

	x->type = SAL_EXT_CONTROL << 4;
	x->length = sizeof(*x);
	x->flags = msg->flags;
	x->reserved = 0;
	x->verno = htonl(msg->verno);
	x->ackno = htonl(msg->ackno);
	x->nonce = to_be64(msg->nonce);
	return p + sizeof(*x);
}

static u8 *put_service(u8 *p, const u8 *srvid)
{
	struct sal_service_ext *x = (void *)p;

	x->type = SAL_EXT_SERVICE << 4;
	x->length = sizeof(*x);
	x->reserved = 0;
	memcpy(x->srvid, srvid, sizeof(x->srvid));
	return p + sizeof(*x);
}

static u8 *put_address(u8 *p, const struct sal_msg *msg)
{
	struct sal_address_ext *x = (void *)p;
	size_t list = msg->n_address * ADDR_LEN;

	x->type = SAL_EXT_ADDRESS << 4;
	x->length = (u8)(sizeof(*x) + list);
	x->reserved = 0;
	x->verno = htonl(msg->address_verno);
	x->ackno = htonl(msg->address_ackno);
	if (list)
		memcpy(p + sizeof(*x), msg->address, list);
	return p + sizeof(*x) + list;
}

static u8 *put_source(u8 *p, const struct sal_msg *msg)
{
	struct sal_source_ext *x = (void *)p;
	size_t list = msg->n_source * ADDR_LEN;

	x->type = SAL_EXT_SOURCE << 4;
	x->length = (u8)(sizeof(*x) + list);
	x->reserved = 0;
	memcpy(p + sizeof(*x), msg->source, list);
	return p + sizeof(*x) + list;
}

static u8 *put_challenge(u8 *p, const struct sal_msg *msg)
{
	struct sal_challenge_ext *x = (void *)p;

	x->type = SAL_EXT_CHALLENGE << 4;
	x->length = sizeof(*x);
	x->reserved = 0;
	x->random = to_be64(msg->challenge);
	return p + sizeof(*x);
}

static u8 *put_join(u8 *p, const struct sal_msg *msg)
{
	struct sal_join_ext *x = (void *)p;

	x->type = SAL_EXT_JOIN << 4;
	x->length = sizeof(*x);
	x->reserved = 0;
	x->flowid = htonl(msg->join_flow);
	x->proof = to_be64(msg->join_proof);
	return p + sizeof(*x);
}

size_t sal_build(u8 *buf, size_t size, const struct sal_msg *msg)
{
	struct sal_hdr *h = (void *)buf;
	size_t len = sal_length(msg);
	u8 *p = buf + SAL_HDR_LEN;
	u16 sum;
	int i;

	if (!len || len > size)
		return 0;

	h->src_flowid = htonl(msg->src_flow);
	h->dst_flowid = htonl(msg->dst_flow);
	h->shl = (u8)(len / 4);
	h->protocol = msg->protocol;
	h->check = 0;

	if (msg->present & SAL_HAS_CONTROL)
		p = put_control(p, msg);
	if (msg->present & SAL_HAS_SERVICE)
		for (i = 0; i < msg->n_service; i++)
			p = put_service(p, msg->service[i]);
	if (msg->present & SAL_HAS_ADDRESS)
		p = put_address(p, msg);
	if (msg->present & SAL_HAS_SOURCE)
		p = put_source(p, msg);
	if (msg->present & SAL_HAS_CHALLENGE)
		p = put_challenge(p, msg);
	if (msg->present & SAL_HAS_JOIN)
		p = put_join(p, msg);
	if (msg->present & SAL_HAS_V2)
		memcpy(p, v2_pattern, SAL_V2_LEN);

	sum = sal_checksum(buf, len);
	memcpy(buf + offsetof(struct sal_hdr, check), &sum, sizeof(sum));
	return len;
}

const char *sal_error_name(enum sal_error err)
{
	static const char * const names[SAL_ERR_MAX] = {
		[SAL_OK]		= "ok",
		[SAL_ERR_TRUNCATED]	= "truncated",
		[SAL_ERR_SHL]		= "shl",
		[SAL_ERR_CHECKSUM]	= "checksum",
		[SAL_ERR_PROTOCOL]	= "protocol",
		[SAL_ERR_EXT_LENGTH]	= "ext-length",
		[SAL_ERR_EXT_DUPLICATE]	= "ext-duplicate",
		[SAL_ERR_EXT_COUNT]	= "ext-count",
		[SAL_ERR_EXT_UNKNOWN]	= "ext-unknown",
		[SAL_ERR_FLAGS]		= "flags",
		[SAL_ERR_FLOWID]	= "flowid",
	};

	if ((unsigned int)err >= ARRAY_SIZE(names))
		return "unknown";
	return names[err];
}
