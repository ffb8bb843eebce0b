// SPDX-License-Identifier: GPL-2.0-or-later
/* vectors - reads tests/vectors/NAME.txt. Strict: a line it does not know ends the program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

static const char *path;
static unsigned int line_no;

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "tests/vectors/%s:%u: %s: %s\n", path, line_no, what, text);
	exit(1);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

size_t vector_hex(const char *hex, uint8_t *out, size_t size)
{
	size_t n = strlen(hex);
	size_t i;

	if (n % 2 || n / 2 > size)
		fail("odd or long hex", hex);
	for (i = 0; i < n / 2; i++) {
		int high = digit(hex[2 * i]);
		int low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			fail("no hex", hex);
		out[i] = (uint8_t)(high << 4 | low);
	}
	return n / 2;
}

/* Words of HEX or HEX*N, appended to the packet */
static void append(struct vector *v, char *text)
{
	char *save, *word;

	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *star = strchr(word, '*');
		unsigned long times = 1;

		if (star) {
			*star = '\0';
			times = strtoul(star + 1, NULL, 10);
		}
		while (times--)
			v->len += vector_hex(word, v->bytes + v->len, sizeof(v->bytes) - v->len);
	}
}

/* RFC 1071, not the code under test */
static void set_sum(struct vector *v)
{
	uint32_t sum = 0;
	size_t i;

	if (v->header_len < 12)
		fail("sum needs a header", v->name);
	v->bytes[10] = 0;
	v->bytes[11] = 0;
	for (i = 0; i < v->header_len; i += 2)
		sum += (uint32_t)(v->bytes[i] << 8 | v->bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	v->bytes[10] = (uint8_t)(~sum >> 8);
	v->bytes[11] = (uint8_t)~sum;
}

static void copy(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size)
		fail("too long", from);
	strcpy(to, from);
}

static void take(struct vector *v, const char *key, char *value)
{
	if (!strcmp(key, "header")) {
		if (v->len != v->header_len)
			fail("header after behind", v->name);
		append(v, value);
		v->header_len = v->len;
	} else if (!strcmp(key, "behind")) {
		append(v, value);
	} else if (!strcmp(key, "sum")) {
		set_sum(v);
	} else if (!strcmp(key, "error")) {
		copy(v->error, sizeof(v->error), value);
	} else if (!strcmp(key, "rebuilt")) {
		v->rebuilt = strcmp(value, "no");
	} else {
		if (v->n_fields == VECTOR_FIELDS)
			fail("too many fields", key);
		copy(v->field[v->n_fields].name, sizeof(v->field[0].name), key);
		copy(v->field[v->n_fields].value, sizeof(v->field[0].value), value);
		v->n_fields++;
	}
}

unsigned int vectors_read(const char *file, struct vector *v)
{
	char name[200], line[400];
	unsigned int n = 0;
	FILE *f;

	path = file;
	line_no = 0;
	snprintf(name, sizeof(name), "tests/vectors/%s", file);
	f = fopen(name, "r");
	if (!f)
		fail("cannot be read from here", "run it from the top of the tree");
	while (fgets(line, sizeof(line), f)) {
		char *value;

		line_no++;
		if (!strchr(line, '\n'))
			fail("line too long", line);
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		value = strchr(line, ' ');
		if (value)
			*value++ = '\0';
		else
			value = line + strlen(line);
		if (!strcmp(line, "packet")) {
			if (n == VECTOR_MAX)
				fail("too many packets", value);
			memset(&v[n], 0, sizeof(v[n]));
			v[n].line = line_no;
			v[n].rebuilt = true;
			copy(v[n].name, sizeof(v[n].name), value);
			n++;
		} else if (!n) {
			fail("no packet yet", line);
		} else {
			take(&v[n - 1], line, value);
		}
	}
	fclose(f);
	return n;
}
