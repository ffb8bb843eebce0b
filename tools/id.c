// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * id - what a text means as serviceID, without asking anyone.
 */
#include <string.h>
#include "tool.h"

/* The labels behind the first one; NULL if @text is no name of that many */
static const char *zone_of(const char *text, char *zone, size_t len)
{
	size_t end = strcspn(text, "/:");
	const char *dot = memchr(text, '.', end);

	if (strncasecmp(text, "0x", 2) == 0 || *text == '.' || !dot ||
	    dot + 1 == text + end)
		return NULL;
	snprintf(zone, len, "%.*s", (int)(text + end - dot), dot);
	return zone;
}

static void show_one(struct list *list, const char *text)
{
	char exact[SERVAL_ADDRSTRLEN], full[SERVAL_ADDRSTRLEN], zone[SV_NAME_MAX + 3];
	struct json_object *to;
	struct service_id sid;
	unsigned int bits;

	tool_sid(text, &sid, &bits);
	sv_sid_format(&sid, bits, SV_SID_EXACT, exact, sizeof(exact));
	sv_sid_format(&sid, bits, SV_SID_FULL, full, sizeof(full));
	if (opt.json) {
		to = json_object_new_object();
		json_add_string(to, "text", text);
		json_add_sid(to, &sid, bits);
		if (zone_of(text, zone, sizeof(zone)))
			json_add_string(to, "zone", zone);
		list_add(list, to);
	} else if (opt.brief) {
		printf("%s\n", exact);
	} else {
		printf("%s%s%s\n        %s bits %u\n", show_bold(), text, show_plain(), full, bits);
		if (zone_of(text, zone, sizeof(zone))) {
			tool_sid(zone, &sid, &bits);
			sv_sid_format(&sid, bits, SV_SID_EXACT, exact, sizeof(exact));
			printf("        zone %s is %s\n", zone, exact);
		}
	}
}

int id_show(const struct gram_match *match)
{
	struct list list;
	const char *text;
	unsigned int i;

	list_begin(&list);
	for (i = 0; (text = gram_text(match, "SID", i)); i++)
		show_one(&list, text);
	list_end(&list);
	return TOOL_OK;
}
