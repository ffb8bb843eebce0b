/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * common - what the traffic programs of tests/net and tests/bench share:
 * addresses of either family, a checkable byte pattern, the guest's clock.
 *
 * Every program runs over plain TCP and over Serval with the same words, so
 * that a difference is the stack's and not the program's. Nothing here uses
 * libserval: the tests must not depend on what they test.
 */
#ifndef TESTS_NET_COMMON_H
#define TESTS_NET_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/serval.h>

/**
 * struct addr - a socket address of either family
 * @len: bytes of the union that count
 */
struct addr {
	union {
		struct sockaddr		sa;
		struct sockaddr_in	in;
		struct sockaddr_sv	sv;
	};
	socklen_t	len;
};

/**
 * addr_parse() - read an address from the command line
 * @text: tcp:IP:PORT, or serval:0xHEX[/BITS]; as with the tool, BITS is four
 *	for each digit if not given, so a short name that is whole ends in /256
 * @addr: filled in
 *
 * Ends the program with status 2 where @text is neither.
 */
void addr_parse(const char *text, struct addr *addr);

/**
 * serval_family() - number of the address family
 *
 * Return: the module's default, or what SERVAL_FAMILY in the environment says
 */
int serval_family(void);

/* Print the text and errno's, end with status 1. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Microseconds of the monotonic clock. */
uint64_t now_us(void);

void set_nonblock(int fd);

/* Allow as many open files as the hard limit does. */
void raise_nofile(void);

/* The whole text is a number from @min to @max, or the program ends with status 2. */
uint64_t number(const char *text, uint64_t min, uint64_t max);

/**
 * pattern_fill() - bytes @off ... of the endless pattern of @seed
 *
 * Each byte depends on its position and on the seed, so that a byte lost,
 * doubled, moved or taken from another connection shows.
 */
void pattern_fill(uint8_t *buf, size_t len, uint64_t off, uint64_t seed);

/**
 * pattern_check() - compare with the pattern
 *
 * Return: bytes that agree, counted from the start
 */
size_t pattern_check(const uint8_t *buf, size_t len, uint64_t off, uint64_t seed);

#endif
