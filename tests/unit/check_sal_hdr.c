// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sal_hdr: every vector of tests/vectors, every cut and every flipped bit, and
 * what is built reads back.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "eccp.h"
#include "sal_hdr.h"
#include "tests/vectors/vectors.h"

static struct vector golden[VECTOR_MAX], odd[VECTOR_MAX], malformed[VECTOR_MAX];
static unsigned int n_golden, n_odd, n_malformed;

/* splitmix64: the tests' own random numbers, the same in every run */
static u64 rnd_state;

static u64 rnd(void)
{
	u64 z = (rnd_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Exactly @len bytes behind an allocation's end and at an odd address, so that
 * the sanitizers see each byte too many and each load that wants alignment
 */
static u8 *tight(const u8 *bytes, size_t len, void **mem)
{
	u8 *p;

	*mem = malloc(len + 1);
	p = (u8 *)*mem + 1;
	memcpy(p, bytes, len);
	return p;
}

static u64 number(const char *hex)
{
	return strtoull(hex, NULL, 16);
}

static u64 field_of(const struct sal_msg *m, const char *name)
{
	static const char * const events[ECCP_EV_MAX] = {
		[ECCP_EV_SYN] = "SYN", [ECCP_EV_SYNACK] = "SYNACK", [ECCP_EV_ACK] = "ACK",
		[ECCP_EV_CTL] = "CTL", [ECCP_EV_CTLACK] = "CTLACK", [ECCP_EV_RST] = "RST",
		[ECCP_EV_DATA] = "DATA",
	};
	const struct { const char *name; u64 value; } f[] = {
		{ "src_flow", m->src_flow }, { "dst_flow", m->dst_flow },
		{ "protocol", m->protocol }, { "flags", m->flags },
		{ "verno", m->verno }, { "ackno", m->ackno }, { "nonce", m->nonce },
		{ "challenge", m->challenge }, { "addresses", m->n_address },
		{ "address_verno", m->address_verno }, { "address_ackno", m->address_ackno },
		{ "join_flow", m->join_flow }, { "join_proof", m->join_proof },
		{ "v2", !!(m->present & SAL_HAS_V2) },
		{ "skipped", !!(m->present & SAL_HAS_SKIPPED) },
	};
	unsigned int i;

	for (i = 0; i < ECCP_EV_MAX; i++)
		if (events[i] && !strcmp(name, events[i]))
			return i;
	for (i = 0; i < ARRAY_SIZE(f); i++)
		if (!strcmp(name, f[i].name))
			return f[i].value;
	ck_abort_msg("no field %s", name);
	return 0;
}

/* The UDP sum under the pseudo header of the addresses (1.5) */
static void assert_udp_sum(const struct vector *v, const char *ips)
{
	const u8 *p = v->bytes + v->header_len;
	size_t len = v->len - v->header_len;
	unsigned int a[8];
	u32 sum = 17 + (u32)len;
	size_t i;
	int n;

	n = sscanf(ips, "%u.%u.%u.%u %u.%u.%u.%u", &a[0], &a[1], &a[2], &a[3],
		   &a[4], &a[5], &a[6], &a[7]);
	ck_assert_int_eq(n, 8);
	for (i = 0; i < 8; i += 2)
		sum += a[i] << 8 | a[i + 1];
	for (i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (u32)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ck_assert_uint_eq(sum, 0xffff);
}

static void assert_fields(const struct vector *v, const struct sal_msg *m)
{
	u8 want[200];
	unsigned int i;
	size_t len;

	for (i = 0; i < v->n_fields; i++) {
		const char *name = v->field[i].name, *value = v->field[i].value;

		if (!strcmp(name, "event")) {
			ck_assert_msg(eccp_event_of(m) == field_of(m, value),
				      "%s: event %d, not %s", v->name, eccp_event_of(m), value);
		} else if (!strcmp(name, "service")) {
			len = vector_hex(value, want, sizeof(want));
			ck_assert(m->present & SAL_HAS_SERVICE);
			ck_assert_uint_eq(m->n_service, len / 32);
			ck_assert_mem_eq(m->service[0], want, 32);
			if (m->n_service == 2)
				ck_assert_mem_eq(m->service[1], want + 32, 32);
		} else if (!strcmp(name, "source")) {
			len = vector_hex(value, want, sizeof(want));
			ck_assert(m->present & SAL_HAS_SOURCE);
			ck_assert_uint_eq(m->n_source, len / 4);
			ck_assert_mem_eq(m->source, want, len);
		} else if (!strcmp(name, "ip")) {
			assert_udp_sum(v, value);
		} else {
			unsigned long long got = field_of(m, name);

			ck_assert_msg(got == number(value), "%s: %s is %llx, not %s", v->name,
				      name, got, value);
		}
	}
}

static void assert_right(const struct vector *v)
{
	struct sal_msg m;
	u8 out[SAL_HDR_MAX_LEN];
	enum sal_error err;
	void *mem;
	u8 *p = tight(v->bytes, v->len, &mem);

	memset(&m, 0xa5, sizeof(m));
	err = sal_parse(p, v->len, &m);
	ck_assert_msg(err == SAL_OK, "%s: %s", v->name, sal_error_name(err));
	ck_assert_uint_eq(m.hdr_len, v->header_len);
	assert_fields(v, &m);
	if (v->rebuilt) {
		memset(out, 0xa5, sizeof(out));
		ck_assert_uint_eq(sal_build(out, sizeof(out), &m), v->header_len);
		ck_assert_mem_eq(out, v->bytes, v->header_len);
		ck_assert_uint_eq(out[v->header_len], 0xa5);
	}
	free(mem);
}

/* ---- sal_checksum ---- */

START_TEST(sal_checksum__of_golden_headers)
{
	const struct vector *v = &golden[_i];
	u8 hdr[256];
	u16 sum, was;

	ck_assert_uint_eq(sal_checksum(v->bytes, v->header_len), 0);
	memcpy(hdr, v->bytes, v->header_len);
	memcpy(&was, hdr + 10, 2);
	memset(hdr + 10, 0, 2);
	sum = sal_checksum(hdr, v->header_len);
	ck_assert_mem_eq(&sum, &was, 2);
}
END_TEST

/* Against the definition, at every length and with carries at every place */
START_TEST(sal_checksum__carries)
{
	u8 buf[SAL_HDR_MAX_LEN];
	size_t len, i;

	rnd_state = 1;
	for (len = 0; len <= sizeof(buf); len += 2) {
		u32 sum = 0;
		u16 got;
		u8 b[2];

		for (i = 0; i < len; i++)
			buf[i] = rnd() % 3 ? 0xff : (u8)rnd();
		for (i = 0; i < len; i += 2)
			sum += (u32)(buf[i] << 8 | buf[i + 1]);
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		got = sal_checksum(buf, len);
		memcpy(b, &got, 2);
		ck_assert_uint_eq(b[0] << 8 | b[1], ~sum & 0xffff);
	}
}
END_TEST

/* ---- sal_parse ---- */

START_TEST(sal_parse__golden)
{
	assert_right(&golden[_i]);
}
END_TEST

START_TEST(sal_parse__odd)
{
	assert_right(&odd[_i]);
}
END_TEST

START_TEST(sal_parse__malformed)
{
	const struct vector *v = &malformed[_i];
	struct sal_msg m;
	enum sal_error err;
	void *mem;
	u8 *p = tight(v->bytes, v->len, &mem);

	err = sal_parse(p, v->len, &m);
	ck_assert_msg(!strcmp(sal_error_name(err), v->error), "%s: %s, not %s", v->name,
		      sal_error_name(err), v->error);
	free(mem);
}
END_TEST

START_TEST(sal_parse__every_error_is_reached)
{
	unsigned int reached = BIT(SAL_OK);
	unsigned int i;
	int err;

	for (i = 0; i < n_malformed; i++)
		for (err = 0; err < SAL_ERR_MAX; err++)
			if (!strcmp(sal_error_name(err), malformed[i].error))
				reached |= BIT(err);
	ck_assert_uint_eq(reached, BIT(SAL_ERR_MAX) - 1);
}
END_TEST

/* P8: no byte beyond what is there, wherever the packet ends */
START_TEST(sal_parse__cut_anywhere)
{
	const struct vector *v = &golden[_i];
	struct sal_msg m;
	size_t len;

	for (len = 0; len < v->header_len; len++) {
		void *mem;
		u8 *p = tight(v->bytes, len, &mem);

		ck_assert_int_eq(sal_parse(p, len, &m), SAL_ERR_TRUNCATED);
		free(mem);
	}
}
END_TEST

/* Lengths that lie, each with a right sum: a cut inside any extension */
START_TEST(sal_parse__shortened_shl)
{
	const struct vector *v = &golden[_i];
	unsigned int words;
	struct sal_msg m;

	for (words = 3; words < v->header_len / 4; words++) {
		void *mem;
		u8 *p = tight(v->bytes, words * 4, &mem);
		enum sal_error err;
		u16 sum;

		p[8] = (u8)words;
		memset(p + 10, 0, 2);
		sum = sal_checksum(p, words * 4);
		memcpy(p + 10, &sum, 2);
		err = sal_parse(p, words * 4, &m);
		/* 3: a SYN cut to data without a flow; 8, 17: whole extensions are left */
		if (words == 3)
			ck_assert_int_eq(err, m.dst_flow ? SAL_OK : SAL_ERR_FLOWID);
		else
			ck_assert_int_eq(err, words == 8 || words == 17 ? SAL_OK :
							 SAL_ERR_EXT_LENGTH);
		free(mem);
	}
}
END_TEST

START_TEST(sal_parse__any_flipped_bit_is_refused)
{
	const struct vector *v = &golden[_i];
	struct sal_msg m;
	void *mem;
	u8 *p = tight(v->bytes, v->len, &mem);
	size_t bit;

	for (bit = 0; bit < v->header_len * 8; bit++) {
		p[bit / 8] ^= (u8)(1 << bit % 8);
		ck_assert_int_ne(sal_parse(p, v->len, &m), SAL_OK);
		p[bit / 8] ^= (u8)(1 << bit % 8);
	}
	ck_assert_int_eq(sal_parse(p, v->len, &m), SAL_OK);
	free(mem);
}
END_TEST

/* What the contract names is defined even where nothing was cleared */
START_TEST(sal_parse__data_defines_its_scalars)
{
	static const u8 data[12] = { 0, 0, 0, 3, 0, 0, 0, 6, 3, 0x11, 0xfc, 0xe5 };
	struct sal_msg m;

	memset(&m, 0xff, sizeof(m));
	ck_assert_int_eq(sal_parse(data, sizeof(data), &m), SAL_OK);
	ck_assert_uint_eq(m.src_flow, 3);
	ck_assert_uint_eq(m.dst_flow, 6);
	ck_assert_uint_eq(m.protocol, 17);
	ck_assert_uint_eq(m.hdr_len, 12);
	ck_assert_uint_eq(m.present, 0);
	ck_assert_uint_eq(m.flags, 0);
	ck_assert_uint_eq(m.n_service, 0);
	ck_assert_uint_eq(m.n_source, 0);
	ck_assert_uint_eq(m.n_address, 0);
}
END_TEST

/* ---- sal_length, sal_build ---- */

static u8 bytes[SAL_SOURCE_MAX * 4 + 64];

static void random_message(struct sal_msg *m)
{
	static const u8 flags[] = {
		SAL_CTL_SYN, SAL_CTL_SYN | SAL_CTL_ACK, SAL_CTL_ACK, SAL_CTL_RSYN, SAL_CTL_FIN,
		SAL_CTL_FIN | SAL_CTL_ACK, SAL_CTL_RSYN | SAL_CTL_FIN, SAL_CTL_RSYN | SAL_CTL_ACK,
		SAL_CTL_RST, SAL_CTL_RST | SAL_CTL_ACK,
	};
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (u8)rnd();
	memset(m, 0, sizeof(*m));
	m->src_flow = (u32)rnd() | 1;
	m->dst_flow = (u32)rnd() | 1;
	m->protocol = rnd() % 2 ? 6 : 17;
	m->present = rnd() & (SAL_HAS_CONTROL | SAL_HAS_SERVICE | SAL_HAS_ADDRESS | SAL_HAS_SOURCE |
			      SAL_HAS_CHALLENGE | SAL_HAS_JOIN | SAL_HAS_V2);
	if (m->present & SAL_HAS_CONTROL) {
		m->flags = flags[rnd() % ARRAY_SIZE(flags)];
		m->verno = (u32)rnd();
		m->ackno = (u32)rnd();
		m->nonce = rnd();
		if (m->flags == SAL_CTL_SYN && rnd() % 2)
			m->dst_flow = 0;
		/* where the version is agreed, what only version 2 has needs its pattern */
		if ((m->flags & SAL_CTL_SYN) && (m->present & (SAL_HAS_CHALLENGE | SAL_HAS_JOIN)))
			m->present |= SAL_HAS_V2;
	}
	if (m->present & SAL_HAS_SERVICE) {
		m->n_service = 1 + rnd() % 2;
		m->service[0] = bytes + 1;
		if (m->n_service == 2)
			m->service[1] = bytes + 33;
	}
	if (m->present & SAL_HAS_ADDRESS) {
		m->n_address = rnd() % 9;
		m->address = bytes + 3;
		m->address_verno = (u32)rnd();
		m->address_ackno = (u32)rnd();
	}
	if (m->present & SAL_HAS_SOURCE) {
		m->n_source = 2 + rnd() % 19;
		m->source = bytes + 5;
	}
	if (m->present & SAL_HAS_CHALLENGE)
		m->challenge = rnd();
	if (m->present & SAL_HAS_JOIN) {
		m->join_flow = (u32)rnd();
		m->join_proof = rnd();
	}
}

static void assert_same(const struct sal_msg *a, const struct sal_msg *b)
{
	int i;

	for (i = 0; i < a->n_service; i++)
		ck_assert_mem_eq(a->service[i], b->service[i], 32);
	if (a->n_source)
		ck_assert_mem_eq(a->source, b->source, a->n_source * 4U);
	if (a->n_address)
		ck_assert_mem_eq(a->address, b->address, a->n_address * 4U);
	ck_assert_uint_eq(a->src_flow, b->src_flow);
	ck_assert_uint_eq(a->dst_flow, b->dst_flow);
	ck_assert_uint_eq(a->protocol, b->protocol);
	ck_assert_uint_eq(a->present, b->present);
	ck_assert_uint_eq(a->flags, b->flags);
	ck_assert_uint_eq(a->n_service, b->n_service);
	ck_assert_uint_eq(a->n_source, b->n_source);
	ck_assert_uint_eq(a->n_address, b->n_address);
	if (a->present & SAL_HAS_CONTROL) {
		ck_assert_uint_eq(a->verno, b->verno);
		ck_assert_uint_eq(a->ackno, b->ackno);
		ck_assert_uint_eq(a->nonce, b->nonce);
	}
	if (a->present & SAL_HAS_ADDRESS) {
		ck_assert_uint_eq(a->address_verno, b->address_verno);
		ck_assert_uint_eq(a->address_ackno, b->address_ackno);
	}
	if (a->present & SAL_HAS_CHALLENGE)
		ck_assert_uint_eq(a->challenge, b->challenge);
	if (a->present & SAL_HAS_JOIN) {
		ck_assert_uint_eq(a->join_flow, b->join_flow);
		ck_assert_uint_eq(a->join_proof, b->join_proof);
	}
}

START_TEST(sal_build__reads_back)
{
	int i;

	rnd_state = 2;
	for (i = 0; i < 20000; i++) {
		struct sal_msg m, back;
		size_t len, got;
		void *mem;
		u8 *p;

		random_message(&m);
		len = sal_length(&m);
		ck_assert_uint_ge(len, 12);
		ck_assert_uint_eq(len % 4, 0);
		mem = malloc(len + 1);
		p = (u8 *)mem + 1;
		memset(p, 0xa5, len);
		ck_assert_uint_eq(sal_build(p, len - 1, &m), 0);
		got = sal_build(p, len, &m);
		ck_assert_uint_eq(got, len);
		ck_assert_int_eq(sal_parse(p, len, &back), SAL_OK);
		ck_assert_uint_eq(back.hdr_len, len);
		assert_same(&m, &back);
		free(mem);
	}
}
END_TEST

START_TEST(sal_build__reserved_bits_are_zero)
{
	struct sal_msg m = {
		.src_flow = 1, .dst_flow = 2, .protocol = 6,
		.present = SAL_HAS_CONTROL | SAL_HAS_SERVICE | SAL_HAS_ADDRESS | SAL_HAS_SOURCE |
			   SAL_HAS_CHALLENGE | SAL_HAS_JOIN | SAL_HAS_V2,
		.flags = SAL_CTL_ACK, .n_service = 1, .service = { bytes }, .n_source = 2,
		.source = bytes, .n_address = 1, .address = bytes,
	};
	static const u8 v2[] = SAL_V2_PATTERN;
	u8 p[200];

	memset(p, 0xff, sizeof(p));
	ck_assert_uint_eq(sal_build(p, sizeof(p), &m), 12 + 20 + 36 + 16 + 12 + 12 + 16 + 4);
	ck_assert_mem_eq(p + 12, "\x10\x14\x20\x00", 4);
	ck_assert_mem_eq(p + 32, "\x20\x24\x00\x00", 4);
	ck_assert_mem_eq(p + 68, "\x30\x10\x00\x00", 4);
	ck_assert_mem_eq(p + 84, "\x40\x0c\x00\x00", 4);
	ck_assert_mem_eq(p + 96, "\x50\x0c\x00\x00", 4);
	ck_assert_mem_eq(p + 108, "\x60\x10\x00\x00", 4);
	ck_assert_mem_eq(p + 124, v2, 4);
	ck_assert_uint_eq(p[128], 0xff);
}
END_TEST

/* 1.2: everything at its longest is far below 255 words */
START_TEST(sal_build__largest)
{
	struct sal_msg m = {
		.src_flow = 1, .dst_flow = 2, .protocol = 6,
		.present = SAL_HAS_CONTROL | SAL_HAS_SERVICE | SAL_HAS_ADDRESS | SAL_HAS_SOURCE |
			   SAL_HAS_CHALLENGE | SAL_HAS_JOIN | SAL_HAS_V2,
		.flags = SAL_CTL_ACK, .n_service = 2, .service = { bytes, bytes }, .n_source = 20,
		.source = bytes, .n_address = 8, .address = bytes,
	};

	ck_assert_uint_eq(sal_length(&m), 12 + 20 + 72 + 44 + 84 + 12 + 16 + 4);
}
END_TEST

static const struct {
	const char *name;
	struct sal_msg m;
} inexpressible[] = {
	{ "protocol", { .src_flow = 1, .dst_flow = 2, .protocol = 1 } },
	{ "source flow", { .dst_flow = 2, .protocol = 6 } },
	{ "destination flow", { .src_flow = 1, .protocol = 6 } },
	{ "no flags", { .src_flow = 1, .dst_flow = 2, .protocol = 6, .present = SAL_HAS_CONTROL } },
	{ "contradictory flags", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_CONTROL, .flags = SAL_CTL_SYN | SAL_CTL_FIN } },
	{ "reserved flags", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_CONTROL, .flags = SAL_CTL_ACK | 1 } },
	{ "NACK", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_CONTROL, .flags = SAL_CTL_ACK | SAL_CTL_NACK } },
	{ "no service", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_SERVICE } },
	{ "three services", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_SERVICE, .n_service = 3 } },
	{ "one source", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_SOURCE, .n_source = 1 } },
	{ "21 sources", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_SOURCE, .n_source = 21 } },
	{ "nine addresses", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_ADDRESS, .n_address = 9 } },
	{ "skipped extension", { .src_flow = 1, .dst_flow = 2, .protocol = 6,
	  .present = SAL_HAS_SKIPPED } },
};

START_TEST(sal_length__inexpressible)
{
	u8 p[400];

	ck_assert_msg(!sal_length(&inexpressible[_i].m), "%s", inexpressible[_i].name);
	ck_assert_uint_eq(sal_build(p, sizeof(p), &inexpressible[_i].m), 0);
}
END_TEST

/* ---- sal_error_name ---- */

START_TEST(sal_error_name__all_different)
{
	int i, j;

	for (i = 0; i < SAL_ERR_MAX; i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(sal_error_name(i), sal_error_name(j));
	ck_assert_str_eq(sal_error_name(SAL_ERR_MAX), "unknown");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sal_hdr");
	TCase *sum = tcase_create("sal_checksum");
	TCase *parse = tcase_create("sal_parse");
	TCase *build = tcase_create("sal_build");
	SRunner *sr;
	int failed;

	n_golden = vectors_read("golden.txt", golden);
	n_odd = vectors_read("odd.txt", odd);
	n_malformed = vectors_read("malformed.txt", malformed);

	tcase_add_loop_test(sum, sal_checksum__of_golden_headers, 0, (int)n_golden);
	tcase_add_test(sum, sal_checksum__carries);
	suite_add_tcase(s, sum);

	tcase_add_loop_test(parse, sal_parse__golden, 0, (int)n_golden);
	tcase_add_loop_test(parse, sal_parse__odd, 0, (int)n_odd);
	tcase_add_loop_test(parse, sal_parse__malformed, 0, (int)n_malformed);
	tcase_add_test(parse, sal_parse__every_error_is_reached);
	tcase_add_loop_test(parse, sal_parse__cut_anywhere, 0, (int)n_golden);
	tcase_add_loop_test(parse, sal_parse__shortened_shl, 0, (int)n_golden);
	tcase_add_loop_test(parse, sal_parse__any_flipped_bit_is_refused, 0, (int)n_golden);
	tcase_add_test(parse, sal_parse__data_defines_its_scalars);
	suite_add_tcase(s, parse);

	tcase_add_test(build, sal_build__reads_back);
	tcase_add_test(build, sal_build__reserved_bits_are_zero);
	tcase_add_test(build, sal_build__largest);
	tcase_add_loop_test(build, sal_length__inexpressible, 0, ARRAY_SIZE(inexpressible));
	tcase_add_test(build, sal_error_name__all_different);
	suite_add_tcase(s, build);

	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
