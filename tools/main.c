// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main - options, help, batch files and completion of the serval command, and
 * how it says that something failed. What commands there are is in commands.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

#define BATCH_WORDS_MAX	2048	/* of one line: a rule with 256 targets has up to 2,052 */
#define ERROR_LEN	512

struct tool_options opt;

static struct gram *gram;
static struct svctl *ctl;

/* Options with a value */
static const char *netns, *batch;
static bool want_version, want_help;
static const char *color_when;

/*
 * To add one: a line here with the fewest letters that will do, one in
 * serval(8). A longer beginning stands before a shorter one.
 */
static const struct option_def {
	const char *name;
	unsigned int least;
	bool *flag;
	const char **value;
} option_defs[] = {
	{ "help",	2, &want_help, NULL },
	{ "human",	1, &opt.human, NULL },
	{ "json",	1, &opt.json, NULL },
	{ "pretty",	1, &opt.pretty, NULL },
	{ "details",	1, &opt.details, NULL },
	{ "stats",	1, &opt.statistics, NULL },
	{ "statistics",	1, &opt.statistics, NULL },
	{ "oneline",	1, &opt.oneline, NULL },
	{ "brief",	2, &opt.brief, NULL },
	{ "timestamp",	1, &opt.timestamp, NULL },
	{ "tshort",	2, &opt.tshort, NULL },
	{ "Numeric",	1, &opt.numeric, NULL },
	{ "netns",	1, NULL, &netns },
	{ "batch",	1, NULL, &batch },
	{ "force",	5, &opt.force, NULL },
	{ "Version",	1, &want_version, NULL },
};

int tool_usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "serval: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return TOOL_USAGE;
}

int tool_refused(const char *what, int err, const char *why)
{
	const char *name = strerrorname_np(-err);

	if (why && *why && strcmp(why, strerror(-err)) != 0)
		fprintf(stderr, "serval: %s: %s (%s: %s)\n", what, why, name ? name : "?",
			strerror(-err));
	else
		fprintf(stderr, "serval: %s: %s (%s)\n", what, strerror(-err), name ? name : "?");
	return TOOL_REFUSED;
}

struct svctl *tool_open(void)
{
	struct svctl *opened;
	int err = svctl_open(&opened);

	if (err == -EAFNOSUPPORT)
		tool_refused("no module", err, "serval.ko is not loaded, try: modprobe serval");
	else if (err)
		tool_refused("netlink", err, NULL);
	return opened;
}

struct svctl *tool_ctl(void)
{
	if (!ctl)
		ctl = tool_open();
	return ctl;
}

static const struct option_def *find_option(const char *name)
{
	const struct option_def *def = option_defs;
	size_t len = strlen(name);

	for (; def < option_defs + sizeof(option_defs) / sizeof(*option_defs); def++)
		if (len >= def->least && strncmp(def->name, name, len) == 0)
			return def;
	return NULL;
}

/*
 * Take the options out of the words, up to a "--".
 *
 * Return: the number of words left, -1 after a message
 */
static int take_options(int n, char **word)
{
	const struct option_def *def;
	const char *name;
	int in, out = 0;

	for (in = 0; in < n; in++) {
		if (strcmp(word[in], "--") == 0)
			break;
		if (word[in][0] != '-' || !word[in][1]) {
			word[out++] = word[in];
			continue;
		}
		name = word[in] + (word[in][1] == '-' ? 2 : 1);
		if (*name == 'c' && strncmp("color", name, strcspn(name, "=")) == 0) {
			color_when = strchr(name, '=') ? strchr(name, '=') + 1 : "always";
			continue;
		}
		def = find_option(name);
		if (!def) {
			tool_usage("no option %s; serval help shows all", word[in]);
			return -1;
		}
		if (def->flag) {
			*def->flag = true;
		} else if (++in < n) {
			*def->value = word[in];
		} else {
			tool_usage("option -%s needs a value", def->name);
			return -1;
		}
	}
	for (; in < n; in++)
		word[out++] = word[in];
	return out;
}

static int decide_color(void)
{
	const char *no = getenv("NO_COLOR");

	if (!color_when)
		return TOOL_OK;
	if (strcmp(color_when, "always") == 0)
		opt.color = true;
	else if (strcmp(color_when, "auto") == 0)
		opt.color = isatty(STDOUT_FILENO) && !(no && *no);
	else if (strcmp(color_when, "never") != 0)
		return tool_usage("-color=%s: expected always, auto or never", color_when);
	return TOOL_OK;
}

static int enter_netns(const char *name)
{
	char path[4096];
	int fd, err;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tool_refused(path, -errno, "no such network namespace");
	err = setns(fd, CLONE_NEWNET) ? errno : 0;
	close(fd);
	return err ? tool_refused(path, -err, "cannot enter this network namespace") : TOOL_OK;
}

static void help(const char *object, FILE *out)
{
	if (!object)
		fprintf(out, "Usage: serval [ OPTIONS ] OBJECT { COMMAND | help }\n"
			     "       serval [ -force ] -batch FILE\n");
	gram_help(gram, object, out);
	if (!object)
		fprintf(out, "OPTIONS := { -V[ersion] | -h[uman] | -s[tatistics] | -d[etails] | -o[neline] |\n"
			     "             -br[ief] | -j[son] | -p[retty] | -t[imestamp] | -ts[hort] |\n"
			     "             -N[umeric] | -c[olor][={always|auto|never}] | -n[etns] NETNS }\n"
			     "Any beginning of a keyword that fits no other will do. See serval(8).\n");
}

/* Is it a call for help? Then give it */
static bool helped(unsigned int n, char **word)
{
	const char *object = NULL;

	if (n >= 2 && strcmp(word[1], "help") == 0)
		object = gram_object(gram, word[0]);
	else if (n == 2 && strcmp(word[0], "help") == 0)
		object = gram_object(gram, word[1]);
	else if (n != 1 || strcmp(word[0], "help") != 0)
		return false;
	if (!object && n > 1)
		return false;
	help(object, stdout);
	return true;
}

static int run(unsigned int n, char **word)
{
	struct gram_match match;
	char err[ERROR_LEN] = "";
	int status;

	if (helped(n, word))
		return TOOL_OK;
	/* help for what is no object: the message is about that word */
	if (n == 2 && strcmp(word[0], "help") == 0)
		return run(1, word + 1);
	if (gram_parse(gram, n, word, &match, err, sizeof(err)))
		return tool_usage("%s", err);
	status = match.rule->run(&match);
	gram_match_free(&match);
	if (fflush(stdout) && errno != EPIPE)
		status = tool_refused("output", -errno, NULL);
	return status;
}

/* The words of a line; 0 for a comment or an empty line, -1 if there are too many */
static int split(char *line, char **word)
{
	char *rest = NULL;
	char *next;
	int n = 0;

	for (; (next = strtok_r(line, " \t\r\n", &rest)); line = NULL) {
		if (*next == '#')
			break;
		if (n == BATCH_WORDS_MAX)
			return -1;
		word[n++] = next;
	}
	return n;
}

int tool_batch(FILE *in, const char *name, const char *object)
{
	static char *word[BATCH_WORDS_MAX];
	int status = TOOL_OK, failed;
	unsigned int number = 0;
	const char *found;
	char *line = NULL;
	size_t room = 0;
	int n;

	while ((status == TOOL_OK || opt.force) && getline(&line, &room, in) > 0) {
		number++;
		n = split(line, word);
		if (!n)
			continue;
		found = n > 0 ? gram_object(gram, word[0]) : NULL;
		if (n < 0)
			failed = tool_usage("more than %d words", BATCH_WORDS_MAX);
		else if (object && (!found || strcmp(found, object) != 0))
			failed = tool_usage("only commands of the object %s stand here", object);
		else
			failed = run(n, word);
		if (failed)
			fprintf(stderr, "serval: the command at %s:%u failed\n", name, number);
		if (status == TOOL_OK)
			status = failed;
	}
	if (ferror(in))
		status = tool_refused(name, -EIO, NULL);
	free(line);
	return status;
}

static int run_batch(const char *name)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "re") : stdin;
	int status;

	if (!in)
		return tool_refused(name, -errno, NULL);
	status = tool_batch(in, name, NULL);
	if (in != stdin)
		fclose(in);
	return status;
}

static void complete_options(const char *begin)
{
	size_t i;

	for (i = 0; i < sizeof(option_defs) / sizeof(*option_defs); i++)
		if (strncmp(option_defs[i].name, begin, strlen(begin)) == 0)
			printf("-%s\n", option_defs[i].name);
	if (strncmp("color", begin, strlen(begin)) == 0)
		printf("-color\n");
}

/* The words behind __complete: those of the command line so far, the last one unfinished */
static int complete(int n, char **word)
{
	const char *begin = n ? word[n - 1] : "";
	int left;

	if (begin[0] == '-' && strncmp(begin, "--", 2) != 0) {
		complete_options(begin + 1);
		return TOOL_OK;
	}
	left = take_options(n ? n - 1 : 0, word);
	if (left < 0 || (netns && enter_netns(netns)))
		return TOOL_USAGE;
	gram_complete(gram, left, word, begin, stdout);
	if (left < 2 && strncmp("help", begin, strlen(begin)) == 0)
		printf("help\n");
	return TOOL_OK;
}

static int command_line(int n, char **word)
{
	int status;

	if (n && strcmp(word[0], "__complete") == 0)
		return complete(n - 1, word + 1);
	n = take_options(n, word);
	if (n < 0)
		return TOOL_USAGE;
	if (want_version) {
		printf("serval " SERVAL_VERSION "\n");
		return TOOL_OK;
	}
	if (want_help) {
		help(n ? gram_object(gram, word[0]) : NULL, stdout);
		return TOOL_OK;
	}
	status = decide_color();
	if (!status && netns)
		status = enter_netns(netns);
	if (status)
		return status;
	if (batch && n)
		return tool_usage("-batch stands alone, not with \"%s\"", word[0]);
	if (batch)
		return run_batch(batch);
	if (!n) {
		help(NULL, stderr);
		return TOOL_USAGE;
	}
	return run(n, word);
}

/* A socket must not become the standard input of somebody who has none */
static bool open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
	char err[ERROR_LEN] = "";
	int status;

	if (!open_standard())
		return TOOL_REFUSED;
	gram = gram_compile(&tool_grammar, err, sizeof(err));
	if (!gram)
		return tool_usage("%s", err);
	status = command_line(argc - 1, argv + 1);
	svctl_close(ctl);
	gram_free(gram);
	return status;
}
