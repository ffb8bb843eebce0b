// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * show - how things look: in tables, for people, and in JSON, for programs.
 * Keys of JSON are an interface: they may be added, not changed.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include "tool.h"

const char *show_sid(const struct service_id *sid, unsigned int bits, char *buf)
{
	const char *name = opt.numeric ? NULL : name_of(sid, bits);

	if (name)
		snprintf(buf, SHOW_SID_LEN, "%s", name);
	else
		sv_sid_format(sid, bits, SV_SID_BRIEF, buf, SHOW_SID_LEN);
	return buf;
}

const char *show_iface(unsigned int ifindex, char *buf)
{
	if (!ifindex)
		return "-";
	if (!if_indextoname(ifindex, buf))
		snprintf(buf, IF_NAMESIZE, "if%u", ifindex);
	return buf;
}

const char *show_bytes(uint64_t value, char *buf)
{
	static const char units[] = "kMGTPE";
	double scaled = value;
	unsigned int i = 0;

	if (!opt.human || value < 1000) {
		snprintf(buf, 32, "%llu", (unsigned long long)value);
		return buf;
	}
	for (scaled /= 1000; scaled >= 999.95 && units[i + 1]; i++)
		scaled /= 1000;
	snprintf(buf, 32, "%.1f%c", scaled, units[i]);
	return buf;
}

const char *show_protocol(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "stream";
	case IPPROTO_UDP:
		return "dgram";
	default:
		return "?";
	}
}

const char *show_rule_type(unsigned int type)
{
	switch (type) {
	case SERVAL_TYPE_FORWARD:
		return "forward";
	case SERVAL_TYPE_DEMUX:
		return "demux";
	case SERVAL_TYPE_DELAY:
		return "delay";
	case SERVAL_TYPE_DROP:
		return "drop";
	default:
		return "?";
	}
}

const char *show_bold(void)
{
	return opt.color ? "\033[1m" : "";
}

const char *show_plain(void)
{
	return opt.color ? "\033[0m" : "";
}

void json_add_string(struct json_object *to, const char *key, const char *value)
{
	json_object_object_add(to, key, json_object_new_string(value));
}

void json_add_uint(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

void json_add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

void json_add_addr(struct json_object *to, const char *key, uint32_t addr)
{
	char text[INET_ADDRSTRLEN];

	json_add_string(to, key, inet_ntop(AF_INET, &addr, text, sizeof(text)));
}

void json_add_sid(struct json_object *to, const struct service_id *sid, unsigned int bits)
{
	const char *name = opt.numeric ? NULL : name_of(sid, bits);
	char hex[SERVAL_ADDRSTRLEN];

	sv_sid_format(sid, bits, SV_SID_FULL, hex, sizeof(hex));
	json_add_string(to, "service", hex);
	json_add_uint(to, "bits", bits);
	if (name)
		json_add_string(to, "name", name);
}

static int json_style(void)
{
	return opt.pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE :
	       JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
}

void list_begin(struct list *list)
{
	list->n = 0;
	if (opt.json)
		putchar('[');
}

void list_add(struct list *list, struct json_object *object)
{
	printf("%s%s", list->n++ ? ",\n" : "",
	       json_object_to_json_string_ext(object, json_style()));
	json_object_put(object);
}

void list_end(struct list *list)
{
	if (opt.json)
		printf("]\n");
}

void json_line(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(object);
}
