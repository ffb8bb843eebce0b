// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * value - the words of a command that are not keywords: what each kind looks
 * like, and what there is of it on this machine.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

bool tool_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	unsigned long long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, text[1] == 'x' || text[1] == 'X' ? 16 : 10);
	if (errno || *end || number < min || number > max)
		return false;
	*value = number;
	return true;
}

static bool in_range(const char *word, uint64_t min, uint64_t max, char *why, size_t len)
{
	uint64_t value;

	if (tool_number(word, min, max, &value))
		return true;
	snprintf(why, len, "a number from %llu to %llu", (unsigned long long)min,
		 (unsigned long long)max);
	return false;
}

static bool accept_u16(const char *word, char *why, size_t len)
{
	return in_range(word, 0, UINT16_MAX, why, len);
}

static bool accept_count(const char *word, char *why, size_t len)
{
	return in_range(word, 1, 1000000, why, len);
}

static bool accept_flowid(const char *word, char *why, size_t len)
{
	return in_range(word, 1, UINT32_MAX, why, len);
}

static bool accept_pid(const char *word, char *why, size_t len)
{
	return in_range(word, 1, INT32_MAX, why, len);
}

static bool accept_sid(const char *word, char *why, size_t len)
{
	struct service_id sid;
	unsigned int bits;

	return sv_sid_parse(word, &sid, &bits, why, len) == 0;
}

static bool accept_addr(const char *word, char *why, size_t len)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, word, &addr) == 1 && addr.s_addr)
		return true;
	snprintf(why, len, "an IPv4 address, like 10.1.0.2");
	return false;
}

static bool accept_iface(const char *word, char *why, size_t len)
{
	if (*word && strlen(word) < IF_NAMESIZE && !strchr(word, '/'))
		return true;
	snprintf(why, len, "the name of an interface");
	return false;
}

static void write_if(FILE *out, const char *word, const char *begin)
{
	if (strncmp(word, begin, strlen(begin)) == 0)
		fprintf(out, "%s\n", word);
}

struct completion {
	FILE *out;
	const char *begin;
};

static void complete_name(const char *name, void *arg)
{
	struct completion *c = arg;

	write_if(c->out, name, c->begin);
}

static void complete_sid(FILE *out, const char *begin)
{
	struct completion c = { out, begin };

	name_each(complete_name, &c);
	write_if(out, "default", begin);
}

static void complete_iface(FILE *out, const char *begin)
{
	struct if_nameindex *all = if_nameindex();
	struct if_nameindex *one;

	for (one = all; one && one->if_name; one++)
		write_if(out, one->if_name, begin);
	if_freenameindex(all);
}

static int complete_counter_name(const char *name, uint64_t value, void *arg)
{
	complete_name(name, arg);
	return 0;
}

/* What the kernel has can only be offered if it is there; completion is silent about it */
static void complete_counter(FILE *out, const char *begin)
{
	struct completion c = { out, begin };
	struct svctl *ctl;

	if (svctl_open(&ctl))
		return;
	svctl_stats(ctl, complete_counter_name, &c);
	svctl_close(ctl);
}

static int complete_flow(const struct sv_flow_info *flow, void *arg)
{
	struct flow_id id = { .s_id32 = flow->local_flowid };
	char text[SERVAL_ADDRSTRLEN];

	complete_name(flow_id_to_str_r(&id, text, sizeof(text)), arg);
	return 0;
}

static void complete_flowid(FILE *out, const char *begin)
{
	struct completion c = { out, begin };
	struct svctl *ctl;

	if (svctl_open(&ctl))
		return;
	svctl_flow_dump(ctl, complete_flow, &c);
	svctl_close(ctl);
}

const struct gram_value tool_values[] = {
	{ "SID", "{ 0xHEX | DECIMAL | NAME | .ZONE | default }[ /BITS ]", accept_sid,
	  complete_sid },
	{ "ADDR", NULL, accept_addr, NULL },
	{ "IFACE", NULL, accept_iface, complete_iface },
	{ "P", "0..65535, the highest that is usable serves; 1 if not given", accept_u16, NULL },
	{ "W", "0..65535, share of new flows; 1 if not given, 0 takes none", accept_u16, NULL },
	{ "N", NULL, accept_count, NULL },
	{ "PID", NULL, accept_pid, NULL },
	{ "FLOWID", NULL, accept_flowid, complete_flowid },
	{ "COUNTER", NULL, NULL, complete_counter },
	{ "CMD", NULL, NULL, NULL },
	{ "ARG", NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL }
};

void tool_sid(const char *text, struct service_id *sid, unsigned int *bits)
{
	if (sv_sid_parse(text, sid, bits, NULL, 0))
		abort();
}

uint64_t tool_accepted_number(const char *text)
{
	uint64_t value;

	if (!tool_number(text, 0, UINT64_MAX, &value))
		abort();
	return value;
}

struct in_addr tool_addr(const char *text)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, text, &addr) != 1)
		abort();
	return addr;
}

unsigned int tool_ifindex(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		tool_refused(name, -errno, "no such interface");
	return ifindex;
}
