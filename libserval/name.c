// SPDX-License-Identifier: MIT
/*
 * From names to serviceIDs: the one rule that every program of every machine
 * must share. Decides what a name is; knows no other text form.
 */
#include <errno.h>
#include <sha2.h>

#include "private.h"

#define LABEL_MAX	63
#define ZONE_BYTES	(SV_ZONE_BITS / 8)

static const char zone_label[] = "serval-zone-v1";
static const char name_label[] = "serval-name-v1";

/* In the C locale, whatever the program's is: a name means the same everywhere */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Copy @len bytes of @text in lower case, and check that they are labels */
static const char *fold(const char *text, size_t len, bool zone, char *out)
{
	bool numeric = true;
	size_t label = 0, i;

	for (i = 0; i < len; i++) {
		char c = lower(text[i]);

		out[i] = c;
		if (c == '.') {
			if (!label)
				return "a label of the name is empty";
			label = 0;
			continue;
		}
		if (!is_digit(c)) {
			if ((c < 'a' || c > 'z') && c != '_' && c != '-')
				return "a name has only letters, digits, '-', '_' and '.'";
			numeric = false;
		}
		if (++label > LABEL_MAX)
			return "a label of the name is longer than 63 characters";
	}
	if (!label)
		return "a label of the name is empty";
	if (numeric && !zone)
		return "a name needs a label that is not a number";
	return NULL;
}

/* The first @bytes bytes of SHA-256(@label NUL @text) */
static void hash(const char *label, size_t label_size, const char *text, size_t len,
		 void *out, size_t bytes)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)label, label_size);
	SHA256Update(&ctx, (const uint8_t *)text, len);
	SHA256Final(digest, &ctx);
	memcpy(out, digest, bytes);
}

const char *sv_name_hash(const char *text, size_t len, bool zone, struct service_id *sid)
{
	char name[SV_NAME_MAX];
	const char *parent, *dot, *error = NULL;
	bool root = zone && !len;
	struct service_id result;

	if (len && text[len - 1] == '.')
		len--;
	if (len > sizeof(name))
		return "a name has at most 253 characters";
	if (!root)
		error = fold(text, len, zone, name);
	if (error)
		return error;
	memset(&result, 0, sizeof(result));
	parent = name;
	if (!zone) {
		dot = memchr(name, '.', len);
		parent = dot ? dot + 1 : name + len;
		hash(name_label, sizeof(name_label), name, len, result.s_sid + ZONE_BYTES,
		     SERVICE_ID_LEN - ZONE_BYTES);
	}
	hash(zone_label, sizeof(zone_label), parent, (size_t)(name + len - parent),
	     result.s_sid, ZONE_BYTES);
	*sid = result;
	return NULL;
}

SV_EXPORT int sv_name_to_sid(const char *name, struct service_id *sid)
{
	return sv_name_hash(name, strlen(name), false, sid) ? -EINVAL : 0;
}

SV_EXPORT int sv_zone_to_sid(const char *zone, struct service_id *sid)
{
	return sv_name_hash(zone, strlen(zone), true, sid) ? -EINVAL : 0;
}
