// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * name - the names this machine has heard of, so that nobody has to read 64
 * hex digits. A serviceID is the hash of its name and cannot be turned back;
 * what can be kept is a list of names, and whoever writes to it can only add
 * true ones.
 *
 * Read are the first words of the lines of SERVAL_NAMES, or without it of
 * /etc/serval/services, /run/serval/names and ~/.cache/serval/names. Names
 * learnt go to SERVAL_NAMES, or to the second if we are root, or to the last.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tool.h"

#define SERVICES_PATH	"/etc/serval/services"
#define RUN_PATH	"/run/serval/names"
/* Beyond this size nothing is added any more */
#define FILE_BYTES_MAX	(1024 * 1024)
#define PATH_LEN	1024

struct entry {
	struct service_id sid;
	unsigned int bits;
	char *name;
};

static struct entry *entries;
static size_t n_entries;
/* What the files looked like when they were read: a monitor outlives new names */
static uint64_t loaded_state;

static int by_prefix(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = memcmp(&x->sid, &y->sid, sizeof(x->sid));

	return order ? order : (int)x->bits - (int)y->bits;
}

/* Is it a form that says more than the number? */
static bool is_name(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return strncasecmp(text, "0x", 2) != 0 && strncmp(text, "default", 7) != 0 &&
	       (text[digits] && text[digits] != '/' && text[digits] != ':');
}

static void add(const char *text)
{
	struct entry entry, *more;

	if (!is_name(text) || sv_sid_parse(text, &entry.sid, &entry.bits, NULL, 0))
		return;
	entry.name = strdup(text);
	more = realloc(entries, (n_entries + 1) * sizeof(*more));
	if (more)
		entries = more;
	if (more && entry.name)
		entries[n_entries++] = entry;
	else
		free(entry.name);
}

static void read_names(const char *path)
{
	char line[1024], *word, *rest;
	FILE *in = fopen(path, "re");

	if (!in)
		return;
	while (fgets(line, sizeof(line), in)) {
		word = strtok_r(line, " \t\n", &rest);
		if (word && *word != '#')
			add(word);
	}
	fclose(in);
}

/* The user's own file; false if he has no home */
static bool cache_path(char *path, size_t len)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int n;

	if (cache && *cache == '/')
		n = snprintf(path, len, "%s/serval/names", cache);
	else if (home && *home == '/')
		n = snprintf(path, len, "%s/.cache/serval/names", home);
	else
		return false;
	return n > 0 && (size_t)n < len;
}

/* The files to read names from, at most three */
static unsigned int name_files(char path[3][PATH_LEN])
{
	const char *given = getenv("SERVAL_NAMES");

	snprintf(path[0], PATH_LEN, "%s", given ? given : SERVICES_PATH);
	if (given)
		return 1;
	snprintf(path[1], PATH_LEN, "%s", RUN_PATH);
	return cache_path(path[2], PATH_LEN) ? 3 : 2;
}

/* Something that changes when one of the files grows or is replaced */
static uint64_t files_state(char path[3][PATH_LEN], unsigned int n)
{
	uint64_t state = 1;
	struct stat st;

	while (n--)
		if (stat(path[n], &st) == 0)
			state += st.st_size + st.st_mtim.tv_sec * 1000003 + st.st_mtim.tv_nsec +
				 st.st_ino;
	return state;
}

static void load(void)
{
	char path[3][PATH_LEN];
	unsigned int i, n = name_files(path);
	uint64_t state = files_state(path, n);

	if (state == loaded_state)
		return;
	loaded_state = state;
	while (n_entries)
		free(entries[--n_entries].name);
	for (i = 0; i < n; i++)
		read_names(path[i]);
	if (n_entries)
		qsort(entries, n_entries, sizeof(*entries), by_prefix);
}

static const char *find(const struct service_id *sid, unsigned int bits)
{
	struct entry key = { .sid = *sid, .bits = bits };
	struct entry *found;

	found = n_entries ? bsearch(&key, entries, n_entries, sizeof(*entries), by_prefix) : NULL;
	return found ? found->name : NULL;
}

const char *name_of(const struct service_id *sid, unsigned int bits)
{
	const char *name = find(sid, bits);

	if (name)
		return name;
	load();
	return find(sid, bits);
}

void name_each(void (*fn)(const char *name, void *arg), void *arg)
{
	size_t i;

	load();
	for (i = 0; i < n_entries; i++)
		if (!i || strcmp(entries[i].name, entries[i - 1].name) != 0)
			fn(entries[i].name, arg);
}

/* Make the folders on the way to a file; those that are there stay as they are */
static void make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

/* A line with the name in lower case and without a final dot; its length, -1 if it is too long */
static int usual_form(const char *text, char *line, size_t room)
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '.' && strchr("/:", text[1]))
			continue;
		if (n + 2 >= room)
			return -1;
		line[n++] = tolower((unsigned char)*text);
	}
	line[n++] = '\n';
	line[n] = '\0';
	return n;
}

void name_learn(const char *text)
{
	const char *given = getenv("SERVAL_NAMES");
	struct service_id sid;
	unsigned int bits;
	struct stat st;
	char path[PATH_LEN];
	char line[512];
	int n, fd;

	if (!is_name(text) || sv_sid_parse(text, &sid, &bits, NULL, 0) || name_of(&sid, bits))
		return;
	if (given)
		n = snprintf(path, sizeof(path), "%s", given);
	else if (geteuid() == 0)
		n = snprintf(path, sizeof(path), "%s", RUN_PATH);
	else
		n = cache_path(path, sizeof(path)) ? 1 : -1;
	if (n <= 0 || (size_t)n >= sizeof(path))
		return;
	make_folders(path);

	n = usual_form(text, line, sizeof(line));
	if (n < 0)
		return;
	/* one write, so that lines of several processes stay whole */
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < FILE_BYTES_MAX &&
	    write(fd, line, n) < 0)
		fprintf(stderr, "serval: %s: cannot be written\n", path);
	close(fd);
}
