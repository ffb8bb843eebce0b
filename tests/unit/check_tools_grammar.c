// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The grammar: texts of rules, what is taken for which command, what is said
 * when it is none, what is completed; and the serval command's own tables.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tools/grammar.h"

static bool accept_number(const char *word, char *why, size_t len)
{
	if (*word && strspn(word, "0123456789") == strlen(word))
		return true;
	snprintf(why, len, "digits");
	return false;
}

static void complete_name(FILE *out, const char *begin)
{
	if (strncmp("web.example", begin, strlen(begin)) == 0)
		fputs("web.example\n", out);
}

static int nothing(const struct gram_match *match)
{
	return 0;
}

static const struct gram_value values[] = {
	{ "N", "a number", accept_number, NULL },
	{ "NAME", NULL, NULL, complete_name },
	{ "CMD", NULL, NULL, NULL },
	{ "ARG", NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL }
};

static const struct gram_def defs[] = {
	{ "HOP", "via N [ weight N ] [ dev NAME ]" },
	{ NULL, NULL }
};

static const struct gram_rule rules[] = {
	{ "service show [ NAME ] [ type { forward | drop } ]", nothing },
	{ "service add NAME { forward HOP... | drop }", nothing },
	{ "service del NAME", nothing },
	{ "stats", nothing },
	{ "listen NAME [ max N ] -- CMD [ ARG... ]", nothing },
	{ "pick N", nothing },
	{ NULL, NULL }
};

static const struct gram_rule hidden[] = {
	{ "service", nothing },
	{ "service subtract NAME", nothing },
	{ NULL, NULL }
};

static const struct gram_table table = { rules, hidden, defs, values };
static struct gram *gram;
static char err[512];

static void setup(void)
{
	gram = gram_compile(&table, err, sizeof(err));
	ck_assert_msg(!!gram, "%s", err);
}

static void teardown(void)
{
	gram_free(gram);
}

/* Split @line at spaces in place; the number of words */
static unsigned int split(char *line, char **word)
{
	unsigned int n = 0;
	char *rest;

	for (line = strtok_r(line, " ", &rest); line; line = strtok_r(NULL, " ", &rest))
		word[n++] = line;
	return n;
}

/* What the words of @line are: the rule's text and each token, or "error: " and the message */
static const char *parsed(const char *line)
{
	static char out[1024];
	struct gram_match match;
	char copy[512], *word[64];
	unsigned int i, n;

	snprintf(copy, sizeof(copy), "%s", line);
	n = split(copy, word);
	err[0] = '\0';
	if (gram_parse(gram, n, word, &match, err, sizeof(err))) {
		snprintf(out, sizeof(out), "error: %s", err);
		return out;
	}
	out[0] = '\0';
	for (i = 0; i < match.n; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s%s%s", i ? " " : "",
			 match.token[i].symbol ? match.token[i].symbol : "",
			 match.token[i].symbol ? "=" : "", match.token[i].text);
	gram_match_free(&match);
	return out;
}

static const char *completed(const char *line, const char *begin)
{
	static char out[1024];
	char copy[512], *word[64];
	FILE *f;

	snprintf(copy, sizeof(copy), "%s", line);
	memset(out, 0, sizeof(out));
	f = fmemopen(out, sizeof(out) - 1, "w");
	gram_complete(gram, split(copy, word), word, begin, f);
	fclose(f);
	return out;
}

static const struct {
	const char *line, *want;
} lines[] = {
	/* keywords, in full and shortened */
	{ "service show", "service show" },
	{ "se sh", "service show" },
	{ "ser a web dr", "service add NAME=web drop" },
	{ "st", "stats" },
	{ "s", "error: \"s\" may be service or stats" },
	{ "servicex", "error: \"servicex\": expected service | stats | listen | pick" },
	{ "SERVICE show", "error: \"SERVICE\": expected service | stats | listen | pick" },
	/* a value may stand here: only the whole keyword is one */
	{ "service show type forward", "service show type forward" },
	{ "service show typ", "service show NAME=typ" },
	{ "service show web typ drop", "service show NAME=web type drop" },
	/* optional parts in any order, each once */
	{ "service show type drop web", "service show type drop NAME=web" },
	/* "type" is used up, so this one is a NAME */
	{ "service show type drop type drop", "error: \"drop\": expected nothing more" },
	{ "service add web forward via 1 dev eth0 weight 2",
	  "service add NAME=web forward via N=1 dev NAME=eth0 weight N=2" },
	{ "service add web forward via 1 weight 2 weight 3",
	  "error: \"weight\": expected dev | via | nothing more" },
	/* and again in the next turn of a loop */
	{ "service add web f v 1 w 2 v 3 w 4 d lo",
	  "service add NAME=web forward via N=1 weight N=2 via N=3 weight N=4 dev NAME=lo" },
	{ "service add web forward", "error: behind forward: more is needed: via" },
	{ "service add web forward via x", "error: \"x\" is no N: digits" },
	{ "service add web forward drop", "error: \"drop\": expected via" },
	{ "pick x", "error: \"x\" is no N: digits" },
	{ "pick 7 8", "error: \"8\": expected nothing more" },
	{ "", "error: nothing given: more is needed: service | stats | listen | pick" },
	/* what comes after -- is the command's own */
	{ "listen web -- cat", "listen NAME=web -- CMD=cat" },
	{ "listen web max 3 -- sh -c -- max 3",
	  "listen NAME=web max N=3 -- CMD=sh ARG=-c ARG=-- ARG=max ARG=3" },
	{ "listen web --", "error: behind --: more is needed: CMD" },
	/* hidden ones: in full only, and named nowhere */
	{ "service", "service" },
	{ "service subtract x", "service subtract NAME=x" },
	{ "service sub x", "error: \"sub\": expected show | add | del" },
	{ "service s x", "service show NAME=x" },
};

START_TEST(gram_parse__lines)
{
	ck_assert_str_eq(parsed(lines[_i].line), lines[_i].want);
}
END_TEST

START_TEST(gram_parse__no_room_for_message)
{
	char *word[] = { "service", "add", "web", "forward", "via", "x" };
	struct gram_match match;
	char small[8];

	ck_assert_int_eq(gram_parse(gram, 6, word, &match, small, sizeof(small)), -EINVAL);
	ck_assert_uint_lt(strlen(small), sizeof(small));
}
END_TEST

START_TEST(gram_complete__words)
{
	ck_assert_str_eq(completed("", ""), "service\nstats\nlisten\npick\n");
	ck_assert_str_eq(completed("", "s"), "service\nstats\n");
	ck_assert_str_eq(completed("service", ""), "show\nadd\ndel\n");
	ck_assert_str_eq(completed("se show", ""), "web.example\ntype\n");
	ck_assert_str_eq(completed("se show", "w"), "web.example\n");
	ck_assert_str_eq(completed("se show type", ""), "forward\ndrop\n");
	ck_assert_str_eq(completed("se add x forward via 1", ""), "weight\ndev\nvia\n");
	ck_assert_str_eq(completed("se add x forward via 1 dev", ""), "web.example\n");
	ck_assert_str_eq(completed("no such thing", ""), "");
}
END_TEST

START_TEST(gram_object__beginnings)
{
	ck_assert_str_eq(gram_object(gram, "service"), "service");
	ck_assert_str_eq(gram_object(gram, "l"), "listen");
	ck_assert_ptr_null(gram_object(gram, "s"));
	ck_assert_ptr_null(gram_object(gram, "x"));
	ck_assert_ptr_null(gram_object(gram, ""));
}
END_TEST

START_TEST(gram_text__values)
{
	char *word[] = { "service", "add", "a", "forward", "via", "1", "weight", "2", "via", "3" };
	struct gram_match match;

	ck_assert_int_eq(gram_parse(gram, 10, word, &match, err, sizeof(err)), 0);
	ck_assert_ptr_eq(match.rule, &rules[1]);
	ck_assert_str_eq(gram_text(&match, "NAME", 0), "a");
	ck_assert_ptr_null(gram_text(&match, "NAME", 1));
	ck_assert_str_eq(gram_text(&match, "N", 2), "3");
	ck_assert_ptr_null(gram_text(&match, "N", 3));
	ck_assert(gram_has(&match, "forward"));
	ck_assert(!gram_has(&match, "drop"));
	ck_assert_str_eq(gram_after(&match, "weight"), "2");
	ck_assert_ptr_null(gram_after(&match, "dev"));
	gram_match_free(&match);
}
END_TEST

/* Texts that are not of the notation are refused with a reason, and never accepted by accident */
static const char * const wrong[] = {
	"", "a |", "| a", "[ a", "{ a", "a ]", "a }", "[ ]", "{ }", "a ...", "UNKNOWN", "a $", "LOOP",
};

START_TEST(gram_compile__wrong_texts)
{
	const struct gram_rule one[] = { { wrong[_i], nothing }, { NULL, NULL } };
	const struct gram_rule none[] = { { NULL, NULL } };
	const struct gram_def loop[] = { { "LOOP", "a LOOP" }, { NULL, NULL } };
	const struct gram_table bad = { one, none, loop, values };

	err[0] = '\0';
	ck_assert_ptr_null(gram_compile(&bad, err, sizeof(err)));
	ck_assert_str_ne(err, "");
}
END_TEST

START_TEST(gram_help__rules_and_definitions)
{
	char out[2048] = "";
	FILE *f = fmemopen(out, sizeof(out) - 1, "w");

	gram_help(gram, "service", f);
	fclose(f);
	ck_assert_str_eq(out, "Usage: serval service show [ NAME ] [ type { forward | drop } ]\n"
			      "       serval service add NAME { forward HOP... | drop }\n"
			      "       serval service del NAME\n"
			      "HOP := via N [ weight N ] [ dev NAME ]\n"
			      "N := a number\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tools_grammar");
	TCase *tcase = tcase_create("grammar");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, gram_parse__lines, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(tcase, gram_parse__no_room_for_message);
	tcase_add_test(tcase, gram_complete__words);
	tcase_add_test(tcase, gram_object__beginnings);
	tcase_add_test(tcase, gram_text__values);
	tcase_add_loop_test(tcase, gram_compile__wrong_texts, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tcase, gram_help__rules_and_definitions);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
