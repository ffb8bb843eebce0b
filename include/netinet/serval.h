/* SPDX-License-Identifier: MIT */
/*
 * What a program that speaks Serval includes: the family, its addresses and
 * their text. Needs no library, and knows nothing of rules or of the module;
 * names (web.example) and the *_sv() calls are in <libserval/serval.h>.
 *
 * The names are those of the original Serval, so that its programs compile.
 */
#ifndef _NETINET_SERVAL_H
#define _NETINET_SERVAL_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/serval.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The family's usual number. The module may have been loaded with another
 * one: socket_sv() of libserval takes care of that, sv_family() tells it.
 */
#define PF_SERVAL		28
#define AF_SERVAL		PF_SERVAL

/* Room for any text made here, the final NUL included */
#define SERVAL_ADDRSTRLEN	80

/**
 * struct flow_id - one end's number of a connection, in network byte order
 */
struct flow_id {
	union {
		__u8	fl_id8[4];
		__be16	fl_id16[2];
		__be32	fl_id32;
	} fl_id;
};
#define s_id8	fl_id.fl_id8
#define s_id16	fl_id.fl_id16
#define s_id32	fl_id.fl_id32

/* Of a hex digit its value, of anything else -1 */
static __inline__ int __serval_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * serval_pton() - serviceID from hex digits
 * @src: 2 to 64 hex digits, an even number of them, with or without 0x
 * @dst: the struct service_id, or its 32 bytes, to fill in
 *
 * Fewer than 64 digits are the first ones, zeros follow. For names and
 * decimal numbers see sv_sid_parse() of libserval.
 *
 * Return: 1, or 0 if @src is not that; @dst is then as it was.
 */
static __inline__ int serval_pton(const char *src, void *dst)
{
	struct service_id sid;
	unsigned int n;
	int high, low;

	memset(&sid, 0, sizeof(sid));
	if (src[0] == '0' && (src[1] == 'x' || src[1] == 'X'))
		src += 2;
	for (n = 0; *src && n < SERVICE_ID_LEN; n++, src += 2) {
		high = __serval_hex_digit(src[0]);
		low = high < 0 ? -1 : __serval_hex_digit(src[1]);
		if (low < 0)
			return 0;
		sid.s_sid[n] = (__u8)(high << 4 | low);
	}
	if (!n || *src)
		return 0;
	memcpy(dst, &sid, sizeof(sid));
	return 1;
}

/**
 * serval_ntop() - serviceID to text: 0x and 64 hex digits
 * @src: the struct service_id, or its 32 bytes
 * @dst: where to write
 * @size: room there; SERVAL_ADDRSTRLEN is enough
 *
 * Return: @dst, or NULL with errno ENOSPC if @size is too small.
 */
static __inline__ const char *serval_ntop(const void *src, char *dst, socklen_t size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = (const unsigned char *)src;
	unsigned int i;

	if (size < 2 + 2 * SERVICE_ID_LEN + 1) {
		errno = ENOSPC;
		return NULL;
	}
	dst[0] = '0';
	dst[1] = 'x';
	for (i = 0; i < SERVICE_ID_LEN; i++) {
		dst[2 + 2 * i] = digits[byte[i] >> 4];
		dst[3 + 2 * i] = digits[byte[i] & 15];
	}
	dst[2 + 2 * SERVICE_ID_LEN] = '\0';
	return dst;
}

/*
 * The buffers of the forms without one. Four a thread, used in turn: a single
 * one as in the original makes printf() of two serviceIDs print one of them
 * twice.
 */
static __inline__ char *__serval_str_buf(void)
{
	__extension__ static __thread char buf[4][SERVAL_ADDRSTRLEN];
	__extension__ static __thread unsigned int turn;

	return buf[turn++ % 4];
}

/**
 * service_id_to_str_r() - serviceID to text in the caller's buffer
 * @srvid: the serviceID
 * @buf: where to write
 * @len: room there; SERVAL_ADDRSTRLEN is enough
 *
 * Return: @buf, or NULL with errno ENOSPC.
 */
static __inline__ const char *service_id_to_str_r(const struct service_id *srvid, char *buf,
						  size_t len)
{
	return serval_ntop(srvid, buf, len > SERVAL_ADDRSTRLEN ? SERVAL_ADDRSTRLEN :
			   (socklen_t)len);
}

/**
 * service_id_to_str() - serviceID to text
 * @srvid: the serviceID
 *
 * Return: text that lasts until the thread's fourth call after this one, of
 *	   this function and flow_id_to_str() together.
 */
static __inline__ const char *service_id_to_str(const struct service_id *srvid)
{
	return service_id_to_str_r(srvid, __serval_str_buf(), SERVAL_ADDRSTRLEN);
}

/**
 * flow_id_to_str_r() - flow id to text, a decimal number, in the caller's buffer
 * @flowid: the flow id
 * @buf: where to write
 * @len: room there; SERVAL_ADDRSTRLEN is enough
 *
 * Return: @buf, or NULL with errno ENOSPC.
 */
static __inline__ const char *flow_id_to_str_r(const struct flow_id *flowid, char *buf, size_t len)
{
	char text[sizeof("4294967295")];
	size_t need;

	need = (size_t)sprintf(text, "%u", (unsigned int)ntohl(flowid->s_id32)) + 1;
	if (need > len) {
		errno = ENOSPC;
		return NULL;
	}
	memcpy(buf, text, need);
	return buf;
}

/**
 * flow_id_to_str() - flow id to text, a decimal number
 * @flowid: the flow id
 *
 * Return: text that lasts as long as that of service_id_to_str().
 */
static __inline__ const char *flow_id_to_str(const struct flow_id *flowid)
{
	return flow_id_to_str_r(flowid, __serval_str_buf(), SERVAL_ADDRSTRLEN);
}

#ifdef __cplusplus
}
#endif

#endif
