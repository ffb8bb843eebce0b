// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * common - addresses, pattern, clock: see common.h.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "common.h"

void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(1);
}

static void usage(const char *what, const char *text)
{
	fprintf(stderr, "%s: %s\n", what, text);
	exit(2);
}

uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void set_nonblock(int fd)
{
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		die("O_NONBLOCK");
}

void raise_nofile(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		die("getrlimit");
	lim.rlim_cur = lim.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &lim))
		die("setrlimit");
}

uint64_t number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end || n < min || n > max)
		usage("not a number in range", text);
	return n;
}

int serval_family(void)
{
	const char *text = getenv("SERVAL_FAMILY");

	return text ? (int)number(text, 1, 45) : SERVAL_FAMILY_DEFAULT;
}

static void parse_tcp(const char *text, struct addr *addr)
{
	char ip[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof(ip))
		usage("no IP:PORT", text);
	memcpy(ip, text, (size_t)(colon - text));
	ip[colon - text] = '\0';
	if (inet_pton(AF_INET, ip, &addr->in.sin_addr) != 1)
		usage("no IPv4 address", text);
	addr->in.sin_family = AF_INET;
	addr->in.sin_port = htons((uint16_t)number(colon + 1, 0, UINT16_MAX));
	addr->len = sizeof(addr->in);
}

static void parse_serval(const char *text, struct addr *addr)
{
	unsigned int nibble = 0;
	const char *p = text;
	uint64_t bits;

	if (strncmp(p, "0x", 2))
		usage("no 0xHEX", text);
	for (p += 2; isxdigit((unsigned char)*p); p++, nibble++) {
		uint8_t v = isdigit((unsigned char)*p) ? (uint8_t)(*p - '0') :
			    (uint8_t)(tolower((unsigned char)*p) - 'a' + 10);

		if (nibble >= 2 * SERVICE_ID_LEN)
			usage("serviceID too long", text);
		addr->sv.sv_srvid.s_sid[nibble / 2] |= nibble % 2 ? v : (uint8_t)(v << 4);
	}
	if (!nibble || nibble % 2)
		usage("an even number of hex digits is needed", text);
	bits = 4 * nibble;
	if (*p == '/')
		bits = number(p + 1, 1, SERVICE_ID_MAX_PREFIX_BITS);
	else if (*p)
		usage("serviceID", text);
	addr->sv.sv_prefix_bits = (uint8_t)bits;	/* 256 does not fit: 0 stands for it */
	addr->sv.sv_family = (uint16_t)serval_family();
	addr->len = sizeof(addr->sv);
}

void addr_parse(const char *text, struct addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (!strncmp(text, "tcp:", 4))
		parse_tcp(text + 4, addr);
	else if (!strncmp(text, "serval:", 7))
		parse_serval(text + 7, addr);
	else
		usage("neither tcp: nor serval:", text);
}

static uint64_t pattern_word(uint64_t index, uint64_t seed)
{
	uint64_t x = (index ^ (seed << 40)) * 0x9e3779b97f4a7c15ull;

	return x ^ (x >> 29);
}

void pattern_fill(uint8_t *buf, size_t len, uint64_t off, uint64_t seed)
{
	while (len) {
		uint64_t word = pattern_word(off / 8, seed);
		size_t skip = off % 8;
		size_t n = 8 - skip < len ? 8 - skip : len;

		if (n == 8)	/* nearly always: a copy of constant size is one store */
			memcpy(buf, &word, 8);
		else
			memcpy(buf, (uint8_t *)&word + skip, n);
		buf += n;
		off += n;
		len -= n;
	}
}

size_t pattern_check(const uint8_t *buf, size_t len, uint64_t off, uint64_t seed)
{
	uint8_t want[4096];
	size_t done = 0;

	while (done < len) {
		size_t n = len - done < sizeof(want) ? len - done : sizeof(want);

		pattern_fill(want, n, off + done, seed);
		if (memcmp(want, buf + done, n)) {
			size_t i;

			for (i = 0; want[i] == buf[done + i]; i++)
				;
			return done + i;
		}
		done += n;
	}
	return len;
}
