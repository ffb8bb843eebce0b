// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of known names: what is learnt is found again, nothing stands for a
 * serviceID that is not its own, and files in any state do no harm.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/tool.h"

static char folder[] = "/tmp/check_tools_name.XXXXXX";
static char path[sizeof(folder) + 32];

static void setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert(!!mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/deep/names", folder);
	setenv("SERVAL_NAMES", path, 1);
}

static void teardown(void)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(folder);
}

/* The name known for what @text means, "" if there is none */
static const char *known(const char *text)
{
	struct service_id sid;
	unsigned int bits;
	const char *name;

	ck_assert_int_eq(sv_sid_parse(text, &sid, &bits, NULL, 0), 0);
	name = name_of(&sid, bits);
	return name ? name : "";
}

static void write_file(const char *text, size_t len)
{
	FILE *out;

	mkdir(folder, 0700);
	*strrchr(path, '/') = '\0';
	mkdir(path, 0700);
	path[strlen(path)] = '/';
	out = fopen(path, "w");
	ck_assert(!!out);
	ck_assert_uint_eq(fwrite(text, 1, len, out), len);
	fclose(out);
}

static const char *file(void)
{
	static char text[4096];
	FILE *in = fopen(path, "r");
	size_t len = 0;

	if (in) {
		len = fread(text, 1, sizeof(text) - 1, in);
		fclose(in);
	}
	text[len] = '\0';
	return text;
}

START_TEST(name_learn__found_again)
{
	ck_assert_str_eq(known("web.example"), "");
	name_learn("web.example");
	ck_assert_str_eq(known("web.example"), "web.example");
	ck_assert_str_eq(known("web.example/255"), "");
	ck_assert_str_eq(known("www.example"), "");
	ck_assert_str_eq(known("default"), "");
}
END_TEST

START_TEST(name_learn__once_and_in_one_form)
{
	name_learn("Web.Example.");
	name_learn("web.example");
	name_learn("WEB.EXAMPLE");
	name_learn(".example");
	name_learn("web.example./128");
	ck_assert_str_eq(file(), "web.example\n.example\nweb.example/128\n");
	ck_assert_str_eq(known(".example"), ".example");
	ck_assert_str_eq(known("web.example/128"), "web.example/128");
}
END_TEST

/* Forms that say no more than the number are not kept, nor is what is wrong */
static const char * const not_names[] = {
	"0x0a", "0X0a00/16", "88888", "88888/32", "default", "default/0", "", "no name", "a..b", "-",
	"web.example/257", "7:8",
};

START_TEST(name_learn__not_a_name)
{
	name_learn(not_names[_i]);
	ck_assert_str_eq(file(), strcmp(not_names[_i], "-") ? "" : "-\n");
}
END_TEST

START_TEST(name_learn__longest)
{
	char name[SV_NAME_MAX + 1];
	size_t i;

	for (i = 0; i < SV_NAME_MAX; i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[SV_NAME_MAX] = '\0';
	name_learn(name);
	ck_assert_str_eq(known(name), name);
}
END_TEST

/* Another process has added to the file after it was read */
START_TEST(name_of__file_has_grown)
{
	write_file("a.example\n", 10);
	ck_assert_str_eq(known("a.example"), "a.example");
	ck_assert_str_eq(known("b.example"), "");
	write_file("a.example\nb.example\n", 20);
	ck_assert_str_eq(known("b.example"), "b.example");
}
END_TEST

START_TEST(name_of__file_in_any_state)
{
	static const char text[] =
		"# comment\n\n  \t\n../../etc/passwd\n\033[31mred\nweb.example 10.0.0.1 weight 3\n"
		"\0hidden.example\n0x0a\ndefault\nlast.example";
	char *large = malloc(70000);

	ck_assert(!!large);
	write_file(text, sizeof(text) - 1);
	ck_assert_str_eq(known("web.example"), "web.example");
	ck_assert_str_eq(known("last.example"), "last.example");
	ck_assert_str_eq(known("0x0a"), "");
	memset(large, 'a', 70000);
	write_file(large, 70000);
	ck_assert_str_eq(known("other.example"), "");
	free(large);
}
END_TEST

START_TEST(name_learn__nowhere)
{
	setenv("SERVAL_NAMES", "", 1);
	name_learn("web.example");
	ck_assert_str_eq(known("web.example"), "");
	setenv("SERVAL_NAMES", "/proc/no/such/place", 1);
	name_learn("web.example");
	ck_assert_str_eq(known("web.example"), "");
}
END_TEST

static void count(const char *name, void *arg)
{
	++*(unsigned int *)arg;
}

START_TEST(name_each__all)
{
	unsigned int n = 0;

	write_file("b\na\nc\na\n", 8);
	name_each(count, &n);
	ck_assert_uint_eq(n, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tools_name");
	TCase *tcase = tcase_create("name");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, name_learn__found_again);
	tcase_add_test(tcase, name_learn__once_and_in_one_form);
	tcase_add_loop_test(tcase, name_learn__not_a_name, 0,
			    sizeof(not_names) / sizeof(not_names[0]));
	tcase_add_test(tcase, name_learn__longest);
	tcase_add_test(tcase, name_of__file_has_grown);
	tcase_add_test(tcase, name_of__file_in_any_state);
	tcase_add_test(tcase, name_learn__nowhere);
	tcase_add_test(tcase, name_each__all);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
