// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xfer - the two halves of a checked exchange: see xfer.h.
 */
#include <errno.h>
#include <sys/socket.h>

#include "common.h"
#include "xfer.h"

#define CHUNK	65536
#define TURNS	16	/* chunks a call, so that one connection cannot starve the others */

void half_start(struct half *h, uint64_t len, uint64_t seed, bool hash)
{
	h->off = 0;
	h->good = 0;
	h->len = len;
	h->seed = seed;
	h->hash = hash;
	if (hash)
		SHA256Init(&h->sha);
}

static bool ctrl_turn(const struct half *h)
{
	return h->ctrl_off < h->ctrl_len && (h->ctrl_first || h->off == h->len);
}

static bool complete(const struct half *h)
{
	return h->ctrl_off == h->ctrl_len && h->off == h->len;
}

/* Both buffers are shared by all connections: nothing stays in them between calls. */
int half_send(int fd, struct half *h)
{
	static uint8_t buf[CHUNK];
	ssize_t n;

	for (int turn = 0; !complete(h); turn++) {
		if (turn == TURNS)
			return HALF_AGAIN;
		if (ctrl_turn(h)) {
			if (h->ctrl_held)
				return HALF_AGAIN;
			n = send(fd, h->ctrl.bytes + h->ctrl_off, h->ctrl_len - h->ctrl_off,
				 MSG_NOSIGNAL);
			if (n > 0)
				h->ctrl_off += (size_t)n;
		} else {
			size_t want = h->len - h->off < CHUNK ? h->len - h->off : CHUNK;

			pattern_fill(buf, want, h->off, h->seed);
			n = send(fd, buf, want, MSG_NOSIGNAL);
			if (n > 0) {
				if (h->hash)
					SHA256Update(&h->sha, buf, (size_t)n);
				h->off += (uint64_t)n;
			}
		}
		if (n < 0)
			return errno == EAGAIN ? HALF_AGAIN : -errno;
	}
	return HALF_DONE;
}

int half_recv(int fd, struct half *h)
{
	static uint8_t buf[CHUNK];
	ssize_t n;

	for (int turn = 0; !complete(h); turn++) {
		if (turn == TURNS)
			return HALF_AGAIN;
		if (ctrl_turn(h)) {
			n = recv(fd, h->ctrl.bytes + h->ctrl_off, h->ctrl_len - h->ctrl_off, 0);
			if (n > 0)
				h->ctrl_off += (size_t)n;
		} else {
			size_t want = h->len - h->off < CHUNK ? h->len - h->off : CHUNK;

			n = recv(fd, buf, want, 0);
			if (n > 0) {
				if (h->good == h->off)
					h->good += pattern_check(buf, (size_t)n, h->off, h->seed);
				if (h->hash)
					SHA256Update(&h->sha, buf, (size_t)n);
				h->off += (uint64_t)n;
			}
		}
		if (!n)
			return HALF_EOF;
		if (n < 0)
			return errno == EAGAIN ? HALF_AGAIN : -errno;
	}
	return HALF_DONE;
}
