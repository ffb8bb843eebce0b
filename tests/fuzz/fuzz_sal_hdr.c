// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a SAL header. What is accepted must point into the packet and
 * mean the same when it is built and read again. Chance does not find right
 * checksums, so each input is tried with its own and with the right one.
 *
 * Linked with stack/sal_hdr.c (fuzz.mk).
 */
#include <stdlib.h>

#include "sal_hdr.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define must(what) do { \
	if (!(what)) \
		abort(); \
} while (0)

static bool inside(const u8 *p, size_t len, const u8 *data, size_t size)
{
	return p >= data + SAL_HDR_LEN && p + len <= data + size;
}

static void same(const struct sal_msg *a, const struct sal_msg *b)
{
	int i;

	must(a->src_flow == b->src_flow && a->dst_flow == b->dst_flow);
	must(a->protocol == b->protocol && a->present == b->present && a->flags == b->flags);
	must(a->n_service == b->n_service && a->n_source == b->n_source);
	must(a->n_address == b->n_address);
	if (a->present & SAL_HAS_CONTROL)
		must(a->verno == b->verno && a->ackno == b->ackno && a->nonce == b->nonce);
	if (a->present & SAL_HAS_CHALLENGE)
		must(a->challenge == b->challenge);
	if (a->present & SAL_HAS_JOIN)
		must(a->join_flow == b->join_flow && a->join_proof == b->join_proof);
	for (i = 0; i < a->n_service; i++)
		must(!memcmp(a->service[i], b->service[i], 32));
	if (a->n_source)
		must(!memcmp(a->source, b->source, a->n_source * 4U));
	if (a->present & SAL_HAS_ADDRESS)
		must(a->address_verno == b->address_verno && a->address_ackno == b->address_ackno);
	if (a->n_address)
		must(!memcmp(a->address, b->address, a->n_address * 4U));
}

static void accepted(const u8 *data, size_t size, const struct sal_msg *m)
{
	u8 out[SAL_HDR_MAX_LEN];
	struct sal_msg again;
	size_t len;
	int i;

	must(m->hdr_len >= SAL_HDR_LEN && m->hdr_len <= size && m->hdr_len % 4 == 0);
	must(m->n_service <= 2 && m->n_source <= SAL_SOURCE_MAX && m->n_address <= SAL_ADDRESS_MAX);
	for (i = 0; i < m->n_service; i++)
		must(inside(m->service[i], 32, data, m->hdr_len));
	if (m->n_source)
		must(inside(m->source, m->n_source * 4U, data, m->hdr_len));
	if (m->n_address)
		must(inside(m->address, m->n_address * 4U, data, m->hdr_len));

	len = sal_build(out, sizeof(out), m);
	if (m->present & SAL_HAS_SKIPPED) {
		must(!len);
		return;
	}
	must(len >= SAL_HDR_LEN && len == sal_length(m));
	must(sal_parse(out, len, &again) == SAL_OK);
	same(m, &again);
}

static void try_parse(const u8 *data, size_t size)
{
	struct sal_msg m;
	enum sal_error err;

	/* what the contract leaves undefined must not matter */
	memset(&m, 0xa5, sizeof(m));
	err = sal_parse(data, size, &m);
	must(err >= SAL_OK && err < SAL_ERR_MAX);
	if (!err)
		accepted(data, size, &m);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	size_t hlen;
	u8 *copy;
	u16 sum;

	try_parse(data, size);
	if (size < SAL_HDR_LEN)
		return 0;
	hlen = data[8] * 4UL;
	if (hlen < SAL_HDR_LEN || hlen > size)
		return 0;
	/* of its very size, so that the sanitizer sees each byte too many */
	copy = malloc(size);
	must(copy);
	memcpy(copy, data, size);
	memset(copy + 10, 0, 2);
	sum = sal_checksum(copy, hlen);
	memcpy(copy + 10, &sum, 2);
	must(!sal_checksum(copy, hlen));
	try_parse(copy, size);
	free(copy);
	return 0;
}
