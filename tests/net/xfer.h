/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xfer - one checked exchange over a non-blocking stream: the half that sends
 * and the half that receives, for svload and svserve.
 *
 * The client sends a struct xfer_req and then @up bytes of pattern; the server
 * sends @down bytes of pattern and, once it has had everything, a struct
 * xfer_reply that says what arrived. Both ends are one machine, so numbers
 * travel as they are. The halves know nothing of connections or of epoll.
 */
#ifndef TESTS_NET_XFER_H
#define TESTS_NET_XFER_H

#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>

#define XFER_MAGIC	0x53764c64u
#define XFER_LABEL	28

enum {
	XF_ECHO		= 1,	/* send back whatever comes until the end of it */
	XF_FIN_FIRST	= 2,	/* the client shuts down after its bytes, the server waits for it */
	XF_SERVER_CLOSES = 4,	/* the server closes first */
	XF_SHA		= 8,	/* compare SHA-256 as well */
};

struct xfer_req {
	uint32_t	magic;
	uint32_t	flags;
	uint64_t	up;
	uint64_t	down;
	uint64_t	seed;
};

struct xfer_reply {
	uint32_t	magic;
	char		label[XFER_LABEL];
	uint64_t	good;		/* bytes that arrived as they were sent */
	uint8_t		sha_got[SHA256_DIGEST_LENGTH];
	uint8_t		sha_sent[SHA256_DIGEST_LENGTH];
};

/**
 * struct half - one direction of an exchange
 * @ctrl: the request or reply, @ctrl_len bytes, @ctrl_off of them done
 * @ctrl_first: it comes before the pattern
 * @ctrl_held: not yet, its content is not known (sender only)
 * @off: bytes of pattern done, of @len
 * @good: bytes that agreed with the pattern; less than @off is a failure
 */
struct half {
	union {
		struct xfer_req		req;
		struct xfer_reply	reply;
		uint8_t			bytes[1];
	} ctrl;
	size_t		ctrl_len, ctrl_off;
	bool		ctrl_first, ctrl_held;
	uint64_t	off, len, good, seed;
	bool		hash;
	SHA2_CTX	sha;
};

/* What half_send() and half_recv() return, else a negative errno. */
enum { HALF_AGAIN, HALF_DONE, HALF_EOF };

/* Start a pattern of @len bytes; leaves the control part alone. */
void half_start(struct half *h, uint64_t len, uint64_t seed, bool hash);

/* Send what the socket takes: HALF_DONE when all is sent, HALF_AGAIN before. */
int half_send(int fd, struct half *h);

/* Receive what is there: HALF_DONE when complete, HALF_EOF when it ended before. */
int half_recv(int fd, struct half *h);

#endif
