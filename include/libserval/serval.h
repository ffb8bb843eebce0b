/* SPDX-License-Identifier: MIT */
/*
 * The application library: the socket calls under the original's names, and
 * names and text of services. Knows nothing of rules and flows: that is
 * <libserval/ctl.h>.
 *
 * A program that defines SERVAL_NATIVE gets the system's own calls under the
 * *_sv names; they work as long as the module has its usual family number.
 */
#ifndef _LIBSERVAL_SERVAL_H
#define _LIBSERVAL_SERVAL_H

#include <netinet/serval.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef SERVAL_NATIVE

#define socket_sv	socket
#define bind_sv		bind
#define connect_sv	connect
#define listen_sv	listen
#define accept_sv	accept
#define accept4_sv	accept4
#define send_sv		send
#define recv_sv		recv
#define sendto_sv	sendto
#define recvfrom_sv	recvfrom
#define sendmsg_sv	sendmsg
#define recvmsg_sv	recvmsg
#define shutdown_sv	shutdown
#define close_sv	close
#define getsockopt_sv	getsockopt
#define setsockopt_sv	setsockopt
#define getsockname_sv	getsockname
#define getpeername_sv	getpeername
#define strerror_sv	strerror
#define strerror_sv_r	strerror_r

#else

/*
 * As the calls without _sv, for every family. Where the module has another
 * family number than AF_SERVAL, they put it in place of AF_SERVAL on the way
 * in and AF_SERVAL in its place on the way out.
 */
int socket_sv(int domain, int type, int protocol);
int bind_sv(int fd, const struct sockaddr *addr, socklen_t len);
int connect_sv(int fd, const struct sockaddr *addr, socklen_t len);
int listen_sv(int fd, int backlog);
int accept_sv(int fd, struct sockaddr *addr, socklen_t *len);
int accept4_sv(int fd, struct sockaddr *addr, socklen_t *len, int flags);
ssize_t send_sv(int fd, const void *buf, size_t len, int flags);
ssize_t recv_sv(int fd, void *buf, size_t len, int flags);
ssize_t sendto_sv(int fd, const void *buf, size_t len, int flags,
		  const struct sockaddr *addr, socklen_t addrlen);
ssize_t recvfrom_sv(int fd, void *buf, size_t len, int flags,
		    struct sockaddr *addr, socklen_t *addrlen);
ssize_t sendmsg_sv(int fd, const struct msghdr *msg, int flags);
ssize_t recvmsg_sv(int fd, struct msghdr *msg, int flags);
int shutdown_sv(int fd, int how);
int close_sv(int fd);
int getsockopt_sv(int fd, int level, int name, void *value, socklen_t *len);
int setsockopt_sv(int fd, int level, int name, const void *value, socklen_t len);
int getsockname_sv(int fd, struct sockaddr *addr, socklen_t *len);
int getpeername_sv(int fd, struct sockaddr *addr, socklen_t *len);

/*
 * An errno's text, with what it means for a service where that is more than
 * strerror() says. strerror_sv() has one buffer per thread; strerror_sv_r()
 * writes to buf, what fits, and returns it.
 */
char *strerror_sv(int errnum);
char *strerror_sv_r(int errnum, char *buf, size_t len);

#endif /* SERVAL_NATIVE */

/* A name's longest form: without the final dot, and NUL not counted */
#define SV_NAME_MAX		253
/* How many bits all names directly in one zone have in common */
#define SV_ZONE_BITS		96

/**
 * sv_family() - the number of the Serval family on this machine
 *
 * Return: the loaded module's; AF_SERVAL if it is not loaded. Never fails,
 *	   errno stays.
 */
int sv_family(void);

/**
 * sv_name_to_sid() - the serviceID of a name
 * @name: DNS labels of letters, digits, _ and -, not all of them numbers;
 *	  case and one final dot do not count
 * @sid: where to write it
 *
 * The first 96 bits come from the name without its first label, the zone, the
 * other 160 from the whole name: all names of a zone share a prefix.
 *
 * Return: 0, or -EINVAL; @sid is then as it was.
 */
int sv_name_to_sid(const char *name, struct service_id *sid);

/**
 * sv_zone_to_sid() - the prefix, SV_ZONE_BITS long, of all names in a zone
 * @zone: as the name above, but numbers are allowed; "" is the zone of names
 *	  of a single label
 * @sid: where to write it; the bits after the prefix are zero
 *
 * Return: 0, or -EINVAL; @sid is then as it was.
 */
int sv_zone_to_sid(const char *zone, struct service_id *sid);

/**
 * sv_sid_parse() - serviceID or prefix from its text
 * @text: ( 0xHEX | DECIMAL | NAME | .ZONE | default ) [ /BITS | :BITS ]
 * @sid: where to write the serviceID
 * @bits: where to write the length of the prefix, 0 to 256; NULL if the text
 *	  must be a full serviceID
 * @err: where to write what is wrong with @text, or NULL
 * @err_len: room at @err
 *
 * 0xHEX is 2 to 64 digits, an even number, the first ones; without BITS, they
 * are the prefix. DECIMAL is a number up to 2^32 - 1 in the first four bytes,
 * most significant first. A NAME or .ZONE followed by BITS is its first BITS
 * bits; of the others, no bit after the prefix may be set.
 *
 * Return: 0, or -EINVAL; @sid and @bits are then as they were.
 */
int sv_sid_parse(const char *text, struct service_id *sid, unsigned int *bits,
		 char *err, size_t err_len);

/* Forms of sv_sid_format() */
enum sv_sid_form {
	/* What sv_sid_parse() reads back: default, 0x0a00/16, 0x and 64 digits */
	SV_SID_EXACT,
	/* Always 0x and 64 digits, without the length of the prefix */
	SV_SID_FULL,
	/* For people: as exact, but of more than 8 digits the first 8 and .. */
	SV_SID_BRIEF
};

/**
 * sv_sid_format() - text of a serviceID or prefix
 * @sid: the serviceID
 * @bits: length of the prefix, 0 to 256
 * @form: one of enum sv_sid_form
 * @buf: where to write; SERVAL_ADDRSTRLEN is enough for any
 * @len: room at @buf
 *
 * Bits after the prefix do not show, except with SV_SID_FULL.
 *
 * Return: the length of the text, -EINVAL for wrong @bits or @form, -ENOSPC if
 *	   it does not fit; nothing is written then.
 */
int sv_sid_format(const struct service_id *sid, unsigned int bits, enum sv_sid_form form,
		  char *buf, size_t len);

/**
 * sv_sockaddr() - socket address from the text of a service
 * @text: as for sv_sid_parse(); default does not name anything to talk to
 * @addr: where to write it
 *
 * Return: 0, or -EINVAL; @addr is then as it was.
 */
int sv_sockaddr(const char *text, struct sockaddr_sv *addr);

#ifdef __cplusplus
}
#endif

#endif
