// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * monitor - events as they come, a line each. A loss is a line too: whoever
 * keeps a picture of rules and flows from these lines has to read all again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include "tool.h"

static const char *event_name(enum svctl_event_type type)
{
	switch (type) {
	case SVCTL_EVENT_OVERRUN:
		return "overrun";
	case SVCTL_EVENT_RULE_NEW:
		return "rule-new";
	case SVCTL_EVENT_RULE_GONE:
		return "rule-gone";
	case SVCTL_EVENT_BOUND:
		return "bound";
	case SVCTL_EVENT_LISTENING:
		return "listening";
	case SVCTL_EVENT_CLOSED:
	case SVCTL_EVENT_FLOW_CLOSED:
		return "closed";
	case SVCTL_EVENT_FLOW_CONNECTED:
		return "connected";
	case SVCTL_EVENT_FLOW_RESET:
		return "reset";
	}
	return "?";
}

static bool is_rule(const struct svctl_event *event)
{
	return event->type == SVCTL_EVENT_RULE_NEW || event->type == SVCTL_EVENT_RULE_GONE;
}

static bool is_flow(const struct svctl_event *event)
{
	return event->type == SVCTL_EVENT_FLOW_CONNECTED ||
	       event->type == SVCTL_EVENT_FLOW_CLOSED || event->type == SVCTL_EVENT_FLOW_RESET;
}

/* The time of day, with the date if @full */
static const char *now(char *buf, size_t len, bool full)
{
	struct timespec ts;
	struct tm tm;
	char zone[8];
	size_t used;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	used = strftime(buf, len, full ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &tm);
	snprintf(buf + used, len - used, ".%06ld%s", ts.tv_nsec / 1000, full ? zone : "");
	return buf;
}

static void event_json(const struct svctl_event *event)
{
	struct json_object *to;
	char stamp[64];

	to = is_flow(event) ? flow_json(&event->flow) : json_object_new_object();
	json_add_string(to, "time", now(stamp, sizeof(stamp), true));
	json_add_string(to, "event", event_name(event->type));
	if (event->type != SVCTL_EVENT_OVERRUN) {
		json_add_string(to, "group", is_flow(event) ? "flow" : "service");
		json_add_uint(to, "seq", event->seq);
	}
	if (is_rule(event) && event->rule_type) {
		json_add_sid(to, &event->sid, event->bits);
		json_add_string(to, "action", show_rule_type(event->rule_type));
	} else if (is_rule(event)) {
		json_add_bool(to, "all", true);
	} else if (!is_flow(event) && event->type != SVCTL_EVENT_OVERRUN) {
		json_add_sid(to, &event->sid, event->bits);
		json_add_string(to, "socket", show_protocol(event->protocol));
		if (event->pid)
			json_add_uint(to, "pid", event->pid);
		json_add_uint(to, "uid", event->uid);
		json_add_uint(to, "inode", event->inode);
	}
	json_line(to);
}

static void flow_text(const struct sv_flow_info *flow, const char *name)
{
	char local[INET_ADDRSTRLEN], peer[INET_ADDRSTRLEN], service[SHOW_SID_LEN];
	char iface[IF_NAMESIZE], sent[32], received[32];

	printf("flow %-10s %s %u %s %s %s dev %s sent %s received %s\n", name,
	       show_sid(&flow->service, SERVICE_ID_MAX_PREFIX_BITS, service),
	       ntohl(flow->local_flowid),
	       inet_ntop(AF_INET, &flow->local_addr, local, sizeof(local)),
	       flow->flags & SV_FLOW_F_PASSIVE ? "<-" : "->",
	       inet_ntop(AF_INET, &flow->peer_addr, peer, sizeof(peer)),
	       show_iface(flow->ifindex, iface), show_bytes(flow->bytes_sent, sent),
	       show_bytes(flow->bytes_received, received));
}

static void event_text(const struct svctl_event *event)
{
	const char *name = event_name(event->type);
	char service[SHOW_SID_LEN];
	char stamp[64];

	if (opt.timestamp || opt.tshort)
		printf("[%s] ", now(stamp, sizeof(stamp), !opt.tshort));
	if (event->type == SVCTL_EVENT_OVERRUN) {
		printf("OVERRUN resync: events were lost\n");
	} else if (is_flow(event)) {
		flow_text(&event->flow, name);
	} else if (is_rule(event) && !event->rule_type) {
		printf("service %-10s all\n", name);
	} else if (is_rule(event)) {
		printf("service %-10s %s %s\n", name, show_sid(&event->sid, event->bits, service),
		       show_rule_type(event->rule_type));
	} else {
		printf("service %-10s %s %s", name, show_sid(&event->sid, event->bits, service),
		       show_protocol(event->protocol));
		if (event->pid)
			printf(" pid %u", event->pid);
		printf(" uid %u\n", event->uid);
	}
	fflush(stdout);
}

static int show_event(const struct svctl_event *event, void *arg)
{
	if (opt.json)
		event_json(event);
	else
		event_text(event);
	/* whoever read the lines has gone: SIGPIPE may be ignored */
	return ferror(stdout) ? -EPIPE : 0;
}

int monitor_run(const struct gram_match *match)
{
	unsigned int groups = SVCTL_GROUP_SERVICE | SVCTL_GROUP_FLOW;
	struct svctl *ctl;
	struct pollfd fd;
	int err;

	if (gram_has(match, "service"))
		groups = SVCTL_GROUP_SERVICE;
	else if (gram_has(match, "flow"))
		groups = SVCTL_GROUP_FLOW;

	/* a handle of its own: one with events takes no requests */
	ctl = tool_open();
	if (!ctl)
		return TOOL_REFUSED;
	err = svctl_subscribe(ctl, groups);
	fd = (struct pollfd){ .fd = svctl_fd(ctl), .events = POLLIN };
	while (!err) {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			err = -errno;
		else
			err = svctl_events(ctl, show_event, NULL);
	}
	svctl_close(ctl);
	return tool_refused("monitor", err, err == -EPERM ? "events are for administrators" : "");
}
