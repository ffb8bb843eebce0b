// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * name.c, text.c and the text functions of netinet/serval.h. The vectors were
 * made with sha256sum, not with the code under test:
 *	printf 'serval-zone-v1\0example' | sha256sum	# the first 24 digits
 *	printf 'serval-name-v1\0web.example' | sha256sum	# the first 40
 */
#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <libserval/serval.h>

#define ARRAY_SIZE(array)	((int)(sizeof(array) / sizeof((array)[0])))

#define L10	"abcdefghij"
#define L63	L10 L10 L10 L10 L10 L10 "abc"
#define A63	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B61	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define N253	A63 "." A63 "." A63 "." B61
#define ZERO	"0x0000000000000000000000000000000000000000000000000000000000000000"
#define WEB	"0xf7f12f217261d31166883141a15d5684b9155f342305fe76f4b8d4413b464893"

static const char *full(const struct service_id *sid)
{
	static char text[SERVAL_ADDRSTRLEN];

	ck_assert_int_eq(sv_sid_format(sid, 256, SV_SID_FULL, text, sizeof(text)), 66);
	return text;
}

static const struct {
	const char *name, *sid;
} names[] = {
	{ "web", "0x2163e73d8ba780b68805c37ac3a2568bdc6ac221489afa319480cae2b4c49366" },
	{ "web.example", WEB },
	{ "WEB.Example", WEB },
	{ "web.example.", WEB },
	{ "api.example", "0xf7f12f217261d31166883141a0760c3b50a5af02c60ddb678d8aa63ac33a5c7f" },
	{ "7.example", "0xf7f12f217261d31166883141efa2f954076947f960c2c39bd0298fa1313f9283" },
	{ "a.b.c.d", "0x764237d8fe0781ed3d6c3bfd74df33f452d4b1fc99efece206c332c431e42652" },
	{ "80.42.z", "0x4a4f9469997f7f2883c8188ed809703b6104a3f814210e9378e66939f5bb5b88" },
	{ "_http.node-7.example",
	  "0xd5c62aad67df1fdead6c7253e08b9963afc6f489e9576e305d3c0d700a8b5a81" },
	{ N253, "0x0a041ed41bcd4586b8a2930fb7c4cb67b7d474f036e0e80b9446b17acb78b602" },
	{ N253 ".", "0x0a041ed41bcd4586b8a2930fb7c4cb67b7d474f036e0e80b9446b17acb78b602" },
};

START_TEST(sv_name_to_sid__vectors)
{
	struct service_id sid;

	memset(&sid, 0xa5, sizeof(sid));
	ck_assert_int_eq(sv_name_to_sid(names[_i].name, &sid), 0);
	ck_assert_str_eq(full(&sid), names[_i].sid);
}
END_TEST

static const char *const bad_names[] = {
	"", ".", "..", ".web", "web..example", "web.example..", "web example", " web", "web\n",
	"web/256", "web:80", "10.0.0.1", "80", "80.", "caf\xc3\xa9", "web.\x80", "a*b", "@",
	L63 "d.example", N253 "b", N253 "b.", A63 "." A63 "." A63 "." A63,
};

START_TEST(sv_name_to_sid__bad)
{
	struct service_id sid, before;

	memset(&sid, 0xa5, sizeof(sid));
	before = sid;
	ck_assert_int_eq(sv_name_to_sid(bad_names[_i], &sid), -EINVAL);
	ck_assert_mem_eq(&sid, &before, sizeof(sid));
}
END_TEST

START_TEST(sv_zone_to_sid__is_the_prefix_of_its_names)
{
	struct service_id zone, sid;

	ck_assert_int_eq(sv_zone_to_sid("Example.", &zone), 0);
	ck_assert_str_eq(full(&zone),
			 "0xf7f12f217261d311668831410000000000000000000000000000000000000000");
	ck_assert_int_eq(sv_name_to_sid("web.example", &sid), 0);
	ck_assert_mem_eq(&zone, &sid, SV_ZONE_BITS / 8);

	ck_assert_int_eq(sv_zone_to_sid("", &zone), 0);
	ck_assert_int_eq(sv_name_to_sid("web", &sid), 0);
	ck_assert_mem_eq(&zone, &sid, SV_ZONE_BITS / 8);

	/* www.42 is a name, so 42 is a zone though it is none */
	ck_assert_int_eq(sv_zone_to_sid("42", &zone), 0);
	ck_assert_str_eq(full(&zone),
			 "0x2725fcdc2267331d69183f660000000000000000000000000000000000000000");
	ck_assert_int_eq(sv_zone_to_sid(".", &zone), -EINVAL);
	ck_assert_int_eq(sv_zone_to_sid("a..b", &zone), -EINVAL);
}
END_TEST

static const struct {
	const char *text, *sid;
	unsigned int bits;
	const char *exact, *brief;
} texts[] = {
	{ "default", ZERO, 0, "default", "default" },
	{ "default/0", ZERO, 0, "default", "default" },
	{ "0/0", ZERO, 0, "default", "default" },
	{ "web.example", WEB, 256, WEB, "0xf7f12f21.." },
	{ WEB, WEB, 256, WEB, "0xf7f12f21.." },
	{ "WEB.example./256", WEB, 256, WEB, "0xf7f12f21.." },
	{ "web.example/96", "0xf7f12f217261d311668831410000000000000000000000000000000000000000",
	  96, "0xf7f12f217261d31166883141/96", "0xf7f12f21../96" },
	{ ".example", "0xf7f12f217261d311668831410000000000000000000000000000000000000000",
	  96, "0xf7f12f217261d31166883141/96", "0xf7f12f21../96" },
	{ ".", "0x2163e73d8ba780b68805c37a0000000000000000000000000000000000000000",
	  96, "0x2163e73d8ba780b68805c37a/96", "0x2163e73d../96" },
	{ ".example:12", "0xf7f0000000000000000000000000000000000000000000000000000000000000",
	  12, "0xf7f0/12", "0xf7f0/12" },
	{ "web.example/1", "0x8000000000000000000000000000000000000000000000000000000000000000",
	  1, "0x80/1", "0x80/1" },
	{ "80", "0x0000005000000000000000000000000000000000000000000000000000000000",
	  256, "0x0000005000000000000000000000000000000000000000000000000000000000",
	  "0x00000050.." },
	{ "080:32", "0x0000005000000000000000000000000000000000000000000000000000000000",
	  32, "0x00000050/32", "0x00000050/32" },
	{ "4294967295", "0xffffffff00000000000000000000000000000000000000000000000000000000",
	  256, "0xffffffff00000000000000000000000000000000000000000000000000000000",
	  "0xffffffff.." },
	{ "0x0a00", "0x0a00000000000000000000000000000000000000000000000000000000000000",
	  16, "0x0a00/16", "0x0a00/16" },
	{ "0X0A/007", "0x0a00000000000000000000000000000000000000000000000000000000000000",
	  7, "0x0a/7", "0x0a/7" },
	{ "0x0a/20", "0x0a00000000000000000000000000000000000000000000000000000000000000",
	  20, "0x0a0000/20", "0x0a0000/20" },
	{ "0x0123456780/33", "0x0123456780000000000000000000000000000000000000000000000000000000",
	  33, "0x0123456780/33", "0x01234567../33" },
};

START_TEST(sv_sid_parse__forms)
{
	char text[SERVAL_ADDRSTRLEN], err[80] = "untouched";
	struct service_id sid, again;
	unsigned int bits, bits_again;

	ck_assert_int_eq(sv_sid_parse(texts[_i].text, &sid, &bits, err, sizeof(err)), 0);
	ck_assert_str_eq(err, "untouched");
	ck_assert_str_eq(full(&sid), texts[_i].sid);
	ck_assert_uint_eq(bits, texts[_i].bits);
	ck_assert_int_eq(sv_sid_format(&sid, bits, SV_SID_EXACT, text, sizeof(text)),
			 (int)strlen(texts[_i].exact));
	ck_assert_str_eq(text, texts[_i].exact);
	ck_assert_int_eq(sv_sid_parse(text, &again, &bits_again, err, sizeof(err)), 0);
	ck_assert_mem_eq(&again, &sid, sizeof(sid));
	ck_assert_uint_eq(bits_again, bits);
	ck_assert_int_eq(sv_sid_format(&sid, bits, SV_SID_BRIEF, text, sizeof(text)),
			 (int)strlen(texts[_i].brief));
	ck_assert_str_eq(text, texts[_i].brief);
}
END_TEST

#define EMPTY_LABEL	"a label of the name is empty"
#define BAD_CHARACTER	"a name has only letters, digits, '-', '_' and '.'"
#define BAD_BITS	"the length of the prefix is a number from 0 to 256"
#define ALL_NUMBERS	"a name needs a label that is not a number"
#define AFTER_PREFIX	"bits are set after the prefix"

static const struct {
	const char *text, *error;
} bad_texts[] = {
	{ "", "no service given" },
	{ "/8", "no service given" },
	{ ":", "no service given" },
	{ " web", BAD_CHARACTER },
	{ "web ", BAD_CHARACTER },
	{ "a b", BAD_CHARACTER },
	{ "web.example\n", BAD_CHARACTER },
	{ "web..example", EMPTY_LABEL },
	{ "..example", EMPTY_LABEL },
	{ "..", EMPTY_LABEL },
	{ L63 "d.example", "a label of the name is longer than 63 characters" },
	{ N253 "b", "a name has at most 253 characters" },
	{ "10.0.0.1", ALL_NUMBERS },
	{ "80.", ALL_NUMBERS },
	{ "4294967296", "a decimal serviceID is at most 4294967295" },
	{ "99999999999999999999999999", "a decimal serviceID is at most 4294967295" },
	{ "0x", "no digit after 0x" },
	{ "0x/8", "no digit after 0x" },
	{ "0xa", "an odd number of hex digits" },
	{ "0x0a0", "an odd number of hex digits" },
	{ "0x0g", "not a hex digit after 0x" },
	{ "0x-1", "not a hex digit after 0x" },
	{ "0x12.example", "not a hex digit after 0x" },
	{ "0xf7f12f21..", "'..' stands for digits left out: all of them are needed" },
	{ "0xf7f12f21../96", "'..' stands for digits left out: all of them are needed" },
	{ WEB "00", "a serviceID has at most 64 hex digits" },
	{ "web/", BAD_BITS },
	{ "web:", BAD_BITS },
	{ "web/257", BAD_BITS },
	{ "web/1000", BAD_BITS },
	{ "web/0016", BAD_BITS },
	{ "web/-1", BAD_BITS },
	{ "web/+1", BAD_BITS },
	{ "web/ 1", BAD_BITS },
	{ "web/0x10", BAD_BITS },
	{ "web/8/8", BAD_BITS },
	{ "web:8/8", BAD_BITS },
	{ "default/1", "default has no bits" },
	{ "default/256", "default has no bits" },
	{ "80/24", AFTER_PREFIX },
	{ "0x0a00/4", AFTER_PREFIX },
	{ "0x80/0", AFTER_PREFIX },
	{ WEB "/255", AFTER_PREFIX },
	{ ".example/97", "the names of a zone have 96 bits in common, not more" },
};

START_TEST(sv_sid_parse__bad)
{
	struct service_id sid, before;
	unsigned int bits = 4711;
	char err[80], tiny[4] = "";

	memset(&sid, 0xa5, sizeof(sid));
	before = sid;
	ck_assert_int_eq(sv_sid_parse(bad_texts[_i].text, &sid, &bits, err, sizeof(err)), -EINVAL);
	ck_assert_str_eq(err, bad_texts[_i].error);
	ck_assert_mem_eq(&sid, &before, sizeof(sid));
	ck_assert_uint_eq(bits, 4711);

	ck_assert_int_eq(sv_sid_parse(bad_texts[_i].text, &sid, &bits, NULL, 0), -EINVAL);
	ck_assert_int_eq(sv_sid_parse(bad_texts[_i].text, &sid, &bits, tiny, sizeof(tiny)),
			 -EINVAL);
	ck_assert_int_eq((int)strlen(tiny), 3);
}
END_TEST

START_TEST(sv_sid_parse__full_wanted)
{
	struct service_id sid;
	char err[80];

	ck_assert_int_eq(sv_sid_parse("web.example", &sid, NULL, err, sizeof(err)), 0);
	ck_assert_str_eq(full(&sid), WEB);
	ck_assert_int_eq(sv_sid_parse("0x0a00", &sid, NULL, err, sizeof(err)), -EINVAL);
	ck_assert_str_eq(err, "a full serviceID is needed here, not a prefix");
	ck_assert_int_eq(sv_sid_parse("0x0a00/256", &sid, NULL, err, sizeof(err)), 0);
	ck_assert_int_eq(sv_sid_parse("default", &sid, NULL, err, sizeof(err)), -EINVAL);
}
END_TEST

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(random_state >> 8) * limit >> 24);
}

/* One of the texts above with some characters changed, or characters at random */
static void random_text(char *text, size_t size)
{
	static const char alphabet[] = "0000123456789abcdefxX..//::gz-_ GZ\x80\n";
	uint32_t i, changes, len = random_below(80);

	if (random_below(2)) {
		for (i = 0; i < len; i++)
			text[i] = alphabet[random_below(sizeof(alphabet) - 1)];
		text[len] = '\0';
		return;
	}
	snprintf(text, size, "%s", texts[random_below(ARRAY_SIZE(texts))].text);
	len = (uint32_t)strlen(text);
	for (changes = random_below(3); changes; changes--)
		text[random_below(len)] = alphabet[random_below(sizeof(alphabet) - 1)];
}

/* Whatever the text, it is refused with a reason and no trace, or it is read back the same */
START_TEST(sv_sid_parse__random)
{
	unsigned int bits, bits_again, read = 0, refused = 0;
	char text[400], out[SERVAL_ADDRSTRLEN], err[80];
	struct service_id sid, again, before;
	int i;

	memset(&before, 0x5a, sizeof(before));
	random_state = (uint32_t)_i + 1;
	for (i = 0; i < 40000; i++) {
		random_text(text, sizeof(text));
		sid = before;
		bits = 4711;
		err[0] = '\0';
		if (sv_sid_parse(text, &sid, &bits, err, sizeof(err))) {
			ck_assert_msg(err[0], "'%s': no reason", text);
			ck_assert_msg(!memcmp(&sid, &before, sizeof(sid)) && bits == 4711,
				      "'%s': refused, but written", text);
			refused++;
			continue;
		}
		ck_assert_msg(bits <= 256 && !err[0], "'%s': bits %u, '%s'", text, bits, err);
		ck_assert_int_gt(sv_sid_format(&sid, bits, SV_SID_EXACT, out, sizeof(out)), 0);
		ck_assert_int_eq(sv_sid_parse(out, &again, &bits_again, NULL, 0), 0);
		ck_assert_msg(bits == bits_again && !memcmp(&sid, &again, sizeof(sid)),
			      "'%s' is not '%s'", text, out);
		read++;
	}
	ck_assert_uint_gt(read, 4000);
	ck_assert_uint_gt(refused, 4000);
}
END_TEST

/* Every prefix length of a serviceID whose bits are all set */
START_TEST(sv_sid_format__all_lengths)
{
	char text[SERVAL_ADDRSTRLEN];
	struct service_id sid, again;
	unsigned int bits, read, i;

	for (bits = 0; bits <= 256; bits++) {
		memset(&sid, 0xff, sizeof(sid));
		ck_assert_int_gt(sv_sid_format(&sid, bits, SV_SID_EXACT, text, sizeof(text)), 0);
		ck_assert_int_eq(sv_sid_parse(text, &again, &read, NULL, 0), 0);
		ck_assert_uint_eq(read, bits);
		for (i = 0; i < 256; i++)
			ck_assert_int_eq(again.s_sid[i / 8] >> (7 - i % 8) & 1, i < bits);
	}
}
END_TEST

START_TEST(sv_sid_format__refuses)
{
	struct service_id sid;
	char text[SERVAL_ADDRSTRLEN] = "kept";

	memset(&sid, 0x11, sizeof(sid));
	ck_assert_int_eq(sv_sid_format(&sid, 257, SV_SID_EXACT, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(sv_sid_format(&sid, 8, (enum sv_sid_form)3, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(sv_sid_format(&sid, 256, SV_SID_FULL, text, 66), -ENOSPC);
	ck_assert_int_eq(sv_sid_format(&sid, 8, SV_SID_EXACT, text, 0), -ENOSPC);
	ck_assert_str_eq(text, "kept");
	ck_assert_int_eq(sv_sid_format(&sid, 8, SV_SID_EXACT, text, 7), 6);
	ck_assert_str_eq(text, "0x11/8");
}
END_TEST

START_TEST(sv_sockaddr__fields)
{
	struct sockaddr_sv addr, before;

	ck_assert_int_eq(sv_sockaddr("web.example", &addr), 0);
	ck_assert_int_eq(addr.sv_family, AF_SERVAL);
	ck_assert_int_eq(addr.sv_flags, 0);
	ck_assert_int_eq(addr.sv_prefix_bits, 0);
	ck_assert_str_eq(full(&addr.sv_srvid), WEB);

	ck_assert_int_eq(sv_sockaddr(".example/95", &addr), 0);
	ck_assert_int_eq(addr.sv_prefix_bits, 95);

	before = addr;
	ck_assert_int_eq(sv_sockaddr("default", &addr), -EINVAL);
	ck_assert_int_eq(sv_sockaddr("web..example", &addr), -EINVAL);
	ck_assert_mem_eq(&addr, &before, sizeof(addr));
}
END_TEST

static const struct {
	const char *text;
	int ret;
	const char *sid;
} ptons[] = {
	{ WEB, 1, WEB },
	{ "f7f12f217261d31166883141a15d5684b9155f342305fe76f4b8d4413b464893", 1, WEB },
	{ "F7F12F217261D31166883141A15D5684B9155F342305FE76F4B8D4413B464893", 1, WEB },
	{ "0X0A00", 1, "0x0a00000000000000000000000000000000000000000000000000000000000000" },
	{ "80", 1, "0x8000000000000000000000000000000000000000000000000000000000000000" },
	{ "", 0, NULL },
	{ "0x", 0, NULL },
	{ "0x0", 0, NULL },
	{ "8", 0, NULL },
	{ "080", 0, NULL },
	{ "web.example", 0, NULL },
	{ "0x0x00", 0, NULL },
	{ "12 34", 0, NULL },
	{ "1234/16", 0, NULL },
	{ WEB "00", 0, NULL },
	{ WEB "0", 0, NULL },
};

START_TEST(serval_pton__forms)
{
	struct service_id sid, before;

	memset(&sid, 0x5a, sizeof(sid));
	before = sid;
	ck_assert_int_eq(serval_pton(ptons[_i].text, &sid), ptons[_i].ret);
	if (ptons[_i].ret)
		ck_assert_str_eq(service_id_to_str(&sid), ptons[_i].sid);
	else
		ck_assert_mem_eq(&sid, &before, sizeof(sid));
}
END_TEST

START_TEST(serval_ntop__room)
{
	char text[SERVAL_ADDRSTRLEN];
	struct service_id sid;

	ck_assert_int_eq(serval_pton(WEB, sid.s_sid), 1);
	ck_assert_ptr_eq(serval_ntop(sid.s_sid, text, 67), text);
	ck_assert_str_eq(text, WEB);
	errno = 0;
	ck_assert_ptr_null(serval_ntop(&sid, text, 66));
	ck_assert_int_eq(errno, ENOSPC);
	errno = 0;
	ck_assert_ptr_null(service_id_to_str_r(&sid, text, 0));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_ptr_eq(service_id_to_str_r(&sid, text, sizeof(text)), text);
}
END_TEST

START_TEST(service_id_to_str__two_at_once)
{
	struct service_id one, two;
	const char *a, *b;

	ck_assert_int_eq(serval_pton("01", &one), 1);
	ck_assert_int_eq(serval_pton("02", &two), 1);
	a = service_id_to_str(&one);
	b = service_id_to_str(&two);
	ck_assert_str_ne(a, b);
	ck_assert_int_eq(strncmp(a, "0x0100", 6), 0);
	ck_assert_int_eq(strncmp(b, "0x0200", 6), 0);
}
END_TEST

START_TEST(flow_id_to_str__decimal)
{
	struct flow_id flowid;
	char text[12];

	flowid.s_id32 = htonl(4294967295u);
	ck_assert_str_eq(flow_id_to_str(&flowid), "4294967295");
	errno = 0;
	ck_assert_ptr_null(flow_id_to_str_r(&flowid, text, 10));
	ck_assert_int_eq(errno, ENOSPC);
	ck_assert_ptr_eq(flow_id_to_str_r(&flowid, text, 11), text);
	flowid.s_id32 = htonl(7);
	ck_assert_int_eq(flowid.s_id8[3], 7);
	ck_assert_str_eq(flow_id_to_str_r(&flowid, text, 2), "7");
}
END_TEST

static Suite *name_suite(void)
{
	Suite *suite = suite_create("libserval names");
	TCase *tcase = tcase_create("name");

	tcase_add_loop_test(tcase, sv_name_to_sid__vectors, 0, ARRAY_SIZE(names));
	tcase_add_loop_test(tcase, sv_name_to_sid__bad, 0, ARRAY_SIZE(bad_names));
	tcase_add_test(tcase, sv_zone_to_sid__is_the_prefix_of_its_names);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("text");
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, sv_sid_parse__forms, 0, ARRAY_SIZE(texts));
	tcase_add_loop_test(tcase, sv_sid_parse__bad, 0, ARRAY_SIZE(bad_texts));
	tcase_add_test(tcase, sv_sid_parse__full_wanted);
	tcase_add_loop_test(tcase, sv_sid_parse__random, 0, 3);
	tcase_add_test(tcase, sv_sid_format__all_lengths);
	tcase_add_test(tcase, sv_sid_format__refuses);
	tcase_add_test(tcase, sv_sockaddr__fields);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("header");
	tcase_add_loop_test(tcase, serval_pton__forms, 0, ARRAY_SIZE(ptons));
	tcase_add_test(tcase, serval_ntop__room);
	tcase_add_test(tcase, service_id_to_str__two_at_once);
	tcase_add_test(tcase, flow_id_to_str__decimal);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(name_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
