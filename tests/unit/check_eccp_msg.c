// SPDX-License-Identifier: GPL-2.0-or-later
/* eccp_msg: what we say is what the original said (golden packets), and RST replies (4.5). */
#include <check.h>
#include <stdlib.h>

#include "eccp_pair.h"
#include "tests/vectors/vectors.h"

static struct vector golden[VECTOR_MAX];
static unsigned int n_golden;

/* The original's flow of golden.txt, its migration included, as our variables */
static struct eccp original(bool client)
{
	struct eccp e;

	eccp_init(&e, client ? 3 : 6, client ? 0x7b8fb2d588e9caa4 : 0x7bb8f3d2b270a8f6,
		  client ? 0x3044f994 : 0x608c4e74);
	e.pflow = client ? 6 : 3;
	e.rv = client ? 0x608c4e74 : 0x3044f994;
	e.version = 1;
	return e;
}

static const struct {
	const char *name;
	enum eccp_kind kind;
	bool client;
	u32 moves;		/* of the client, known to the sender */
} packets[] = {
	{ "UDP SYN", ECCP_SYN, true, 0 },
	{ "UDP SYN-ACK", ECCP_SYNACK, false, 0 },
	{ "UDP third ACK", ECCP_ACK3, true, 0 },
	{ "RSYN", ECCP_CTL, true, 1 },
	{ "RSYN-ACK", ECCP_CTLACK, false, 1 },
	{ "final ACK", ECCP_ACK, true, 1 },
};

START_TEST(eccp_make__golden)
{
	struct eccp e = original(packets[_i].client);
	const struct vector *v = NULL;
	u8 bytes[SAL_HDR_MAX_LEN];
	u8 service[32] = { 0, 0, 0x40, 1 };
	struct eccp_msg m;
	unsigned int i;

	if (packets[_i].client)
		e.lv = e.v += packets[_i].moves;
	else
		e.rv += packets[_i].moves;
	eccp_make(&e, packets[_i].kind, &m);
	m.hdr.protocol = 17;
	if (packets[_i].kind == ECCP_SYN || packets[_i].kind == ECCP_ACK3) {
		/* the transport adds it */
		m.hdr.present |= SAL_HAS_SERVICE;
		m.hdr.n_service = 1;
		m.hdr.service[0] = service;
	}
	if (packets[_i].kind == ECCP_SYN) {
		ck_assert(m.hdr.present & SAL_HAS_V2);
		m.hdr.present &= ~SAL_HAS_V2;
	}
	for (i = 0; i < n_golden; i++)
		if (!strcmp(golden[i].name, packets[_i].name))
			v = &golden[i];
	ck_assert_ptr_nonnull(v);
	ck_assert_uint_eq(sal_build(bytes, sizeof(bytes), &m.hdr), v->header_len);
	ck_assert_mem_eq(bytes, v->bytes, v->header_len);
}
END_TEST

/* Only towards a version 2 peer, and to where the challenge must reach it */
START_TEST(eccp_make__ctlack)
{
	struct eccp_msg m;

	connected(_i);
	c.pchal = 5;
	c.pend = at(7);
	eccp_make(&c, ECCP_CTLACK, &m);
	ck_at(m.to, S_AT);
	ck_assert_uint_eq(!!(m.hdr.present & SAL_HAS_CHALLENGE), _i == 2);
	if (_i == 2)
		ck_assert_uint_eq(m.hdr.challenge, 5);
	c.flags |= ECCP_F_PEND;
	eccp_make(&c, ECCP_CTLACK, &m);
	ck_at(m.to, at(7));
}
END_TEST

/* 4.5, each column */
static const struct {
	u8 flags;		/* received; 0: data */
	bool any;
	u8 reply;
	u32 ackno;		/* received verno + this */
} replies[] = {
	{ SAL_CTL_SYN, true, SAL_CTL_RST | SAL_CTL_ACK, 1 },
	{ SAL_CTL_SYN | SAL_CTL_ACK, true, SAL_CTL_RST, 1 },
	{ SAL_CTL_ACK, true, SAL_CTL_RST, 0 },
	{ SAL_CTL_FIN, true, SAL_CTL_RST | SAL_CTL_ACK, 1 },
	{ SAL_CTL_RSYN, true, SAL_CTL_RST | SAL_CTL_ACK, 1 },
	{ SAL_CTL_RSYN | SAL_CTL_ACK, true, SAL_CTL_RST, 1 },
	{ SAL_CTL_RST, false, 0, 0 },
	{ SAL_CTL_RST | SAL_CTL_ACK, false, 0, 0 },
	{ 0, true, SAL_CTL_RST | SAL_CTL_ACK, 0 },
};

START_TEST(eccp_reset_reply__each_kind)
{
	struct eccp_addr from = ELSE;
	struct eccp_msg r;
	struct sal_msg m = {
		.src_flow = 3, .dst_flow = 6, .flags = replies[_i].flags,
		.present = replies[_i].flags ? SAL_HAS_CONTROL : 0,
		/* a data packet's are not defined */
		.verno = 100, .ackno = 200, .nonce = 300,
	};

	ck_assert_int_eq(eccp_reset_reply(&m, &from, &r), replies[_i].any);
	if (!replies[_i].any)
		return;
	ck_assert_uint_eq(r.kind, ECCP_RST);
	ck_at(r.to, ELSE);
	ck_assert_uint_eq(r.hdr.src_flow, 6);
	ck_assert_uint_eq(r.hdr.dst_flow, 3);
	ck_assert_uint_eq(r.hdr.flags, replies[_i].reply);
	ck_assert_uint_eq(r.hdr.nonce, replies[_i].flags ? 300 : 0);
	ck_assert_uint_eq(r.hdr.verno, replies[_i].flags ? 200 : 0);
	ck_assert_uint_eq(r.hdr.ackno, replies[_i].flags ? 100 + replies[_i].ackno : 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("eccp_msg");
	TCase *tc = tcase_create("messages");
	SRunner *sr;
	int failed;

	n_golden = vectors_read("golden.txt", golden);
	tcase_add_loop_test(tc, eccp_make__golden, 0, ARRAY_SIZE(packets));
	tcase_add_loop_test(tc, eccp_make__ctlack, 1, 3);
	tcase_add_loop_test(tc, eccp_reset_reply__each_kind, 0, ARRAY_SIZE(replies));
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
