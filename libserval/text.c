// SPDX-License-Identifier: MIT
/*
 * serviceIDs and prefixes as people write and read them. Decides which form a
 * text has and says what is wrong with it; what a name means is name.c's.
 */
#include <errno.h>
#include <stdio.h>

#include "private.h"

#define HEX_DIGITS	(2 * SERVICE_ID_LEN)
#define BRIEF_DIGITS	8

static bool all_digits(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return len;
}

/* Clear what comes after the first @bits bits; true if anything was there */
static bool clear_after(struct service_id *sid, unsigned int bits)
{
	bool found = false;
	unsigned int i;

	for (i = bits / 8; i < SERVICE_ID_LEN; i++) {
		__u8 keep = i == bits / 8 ? (__u8)(0xff00 >> bits % 8) : 0;

		found = found || (sid->s_sid[i] & ~keep);
		sid->s_sid[i] &= keep;
	}
	return found;
}

static const char *parse_bits(const char *text, unsigned int *bits)
{
	size_t len = strlen(text), i;

	*bits = 0;
	if (!all_digits(text, len) || len > 3)
		return "the length of the prefix is a number from 0 to 256";
	for (i = 0; i < len; i++)
		*bits = *bits * 10 + (unsigned int)(text[i] - '0');
	if (*bits > SERVICE_ID_MAX_PREFIX_BITS)
		return "the length of the prefix is a number from 0 to 256";
	return NULL;
}

static const char *parse_hex(const char *text, size_t len, struct service_id *sid,
			     unsigned int *bits)
{
	char digits[HEX_DIGITS + 1];

	if (!len)
		return "no digit after 0x";
	if (len > HEX_DIGITS)
		return "a serviceID has at most 64 hex digits";
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (strstr(digits, ".."))
		return "'..' stands for digits left out: all of them are needed";
	if (strspn(digits, "0123456789abcdefABCDEF") != len)
		return "not a hex digit after 0x";
	if (len % 2)
		return "an odd number of hex digits";
	memset(sid, 0, sizeof(*sid));
	for (*bits = 0; *bits < 4 * len; *bits += 8) {
		const char *pair = digits + *bits / 4;

		sid->s_sid[*bits / 8] = (__u8)(__serval_hex_digit(pair[0]) << 4 |
					       __serval_hex_digit(pair[1]));
	}
	return NULL;
}

static const char *parse_decimal(const char *text, size_t len, struct service_id *sid)
{
	unsigned long long number = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		number = number * 10 + (unsigned long long)(text[i] - '0');
		if (number > 0xffffffffULL)
			return "a decimal serviceID is at most 4294967295";
	}
	memset(sid, 0, sizeof(*sid));
	sid->s_sid32[0] = htonl((uint32_t)number);
	return NULL;
}

/*
 * Everything before BITS. @bits is the length that the text has by itself;
 * @cut tells that a shorter one cuts, that is: the bits are a hash.
 */
static const char *parse_body(const char *text, size_t len, struct service_id *sid,
			      unsigned int *bits, bool *cut)
{
	*cut = false;
	*bits = SERVICE_ID_MAX_PREFIX_BITS;
	if (!len)
		return "no service given";
	if (len == strlen("default") && !memcmp(text, "default", len)) {
		*bits = 0;
		memset(sid, 0, sizeof(*sid));
		return NULL;
	}
	if (len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return parse_hex(text + 2, len - 2, sid, bits);
	if (all_digits(text, len))
		return parse_decimal(text, len, sid);
	*cut = true;
	if (text[0] == '.') {
		*bits = SV_ZONE_BITS;
		return sv_name_hash(text + 1, len - 1, true, sid);
	}
	return sv_name_hash(text, len, false, sid);
}

static const char *parse(const char *text, struct service_id *sid, unsigned int *bits)
{
	size_t len = strcspn(text, "/:");
	unsigned int natural;
	const char *error;
	bool cut;

	error = parse_body(text, len, sid, &natural, &cut);
	*bits = natural;
	if (error || !text[len])
		return error;
	error = parse_bits(text + len + 1, bits);
	if (error)
		return error;
	if (!natural && *bits)
		return "default has no bits";
	if (natural == SV_ZONE_BITS && cut && *bits > natural)
		return "the names of a zone have 96 bits in common, not more";
	if (clear_after(sid, *bits) && !cut)
		return "bits are set after the prefix";
	return NULL;
}

SV_EXPORT int sv_sid_parse(const char *text, struct service_id *sid, unsigned int *bits,
			   char *err, size_t err_len)
{
	struct service_id result;
	unsigned int result_bits;
	const char *error;

	error = parse(text, &result, &result_bits);
	if (!error && !bits && result_bits != SERVICE_ID_MAX_PREFIX_BITS)
		error = "a full serviceID is needed here, not a prefix";
	if (error) {
		if (err && err_len)
			snprintf(err, err_len, "%s", error);
		return -EINVAL;
	}
	*sid = result;
	if (bits)
		*bits = result_bits;
	return 0;
}

SV_EXPORT int sv_sid_format(const struct service_id *sid, unsigned int bits, enum sv_sid_form form,
			    char *buf, size_t len)
{
	char full[SERVAL_ADDRSTRLEN], text[SERVAL_ADDRSTRLEN];
	struct service_id shown = *sid;
	const char *dots = "";
	int digits, n;

	if (bits > SERVICE_ID_MAX_PREFIX_BITS || form > SV_SID_BRIEF)
		return -EINVAL;
	if (form == SV_SID_FULL)
		bits = SERVICE_ID_MAX_PREFIX_BITS;
	clear_after(&shown, bits);
	serval_ntop(&shown, full, sizeof(full));
	digits = (int)(bits + 7) / 8 * 2;
	if (form == SV_SID_BRIEF && digits > BRIEF_DIGITS) {
		digits = BRIEF_DIGITS;
		dots = "..";
	}
	if (!bits)
		n = snprintf(text, sizeof(text), "default");
	else if (bits == SERVICE_ID_MAX_PREFIX_BITS)
		n = snprintf(text, sizeof(text), "%.*s%s", 2 + digits, full, dots);
	else
		n = snprintf(text, sizeof(text), "%.*s%s/%u", 2 + digits, full, dots, bits);
	if ((size_t)n >= len)
		return -ENOSPC;
	memcpy(buf, text, (size_t)n + 1);
	return n;
}

SV_EXPORT int sv_sockaddr(const char *text, struct sockaddr_sv *addr)
{
	struct service_id sid;
	unsigned int bits;

	if (sv_sid_parse(text, &sid, &bits, NULL, 0) || !bits)
		return -EINVAL;
	memset(addr, 0, sizeof(*addr));
	addr->sv_family = AF_SERVAL;
	/* 0 stands for all 256, which an octet cannot say */
	addr->sv_prefix_bits = (__u8)(bits % SERVICE_ID_MAX_PREFIX_BITS);
	addr->sv_srvid = sid;
	return 0;
}
