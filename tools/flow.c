// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flow - showing connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include "tool.h"

/* Which flows are wanted, and how they are shown */
struct view {
	struct list list;
	unsigned int shown;
	const char *state;
	bool by_service;
	struct service_id sid;
	unsigned int bits;
	uint32_t peer;
	unsigned int ifindex;
	int pid;
};

static const char * const state_names[SV_FLOW_STATE_MAX] = {
	[SV_FLOW_CLOSED]	= "closed",
	[SV_FLOW_REQUEST]	= "request",
	[SV_FLOW_LISTEN]	= "listen",
	[SV_FLOW_RESPOND]	= "respond",
	[SV_FLOW_CONNECTED]	= "connected",
	[SV_FLOW_FINWAIT1]	= "finwait1",
	[SV_FLOW_FINWAIT2]	= "finwait2",
	[SV_FLOW_CLOSING]	= "closing",
	[SV_FLOW_CLOSEWAIT]	= "closewait",
	[SV_FLOW_LASTACK]	= "lastack",
	[SV_FLOW_TIMEWAIT]	= "timewait",
};

const char *flow_state_name(unsigned int state)
{
	return state < SV_FLOW_STATE_MAX ? state_names[state] : "?";
}

/* Are the first bits of a serviceID those of a prefix? */
static bool has_prefix(const struct service_id *sid, const struct service_id *prefix,
		       unsigned int bits)
{
	unsigned int rest = bits % 8;

	if (memcmp(sid, prefix, bits / 8) != 0)
		return false;
	return !rest || !((sid->s_sid[bits / 8] ^ prefix->s_sid[bits / 8]) >> (8 - rest));
}

static bool is_held_by(const struct sv_flow_info *flow, int pid)
{
	unsigned int nth;
	int holder;

	for (nth = 0; (holder = proc_pid(flow->inode, nth)); nth++)
		if (holder == pid)
			return true;
	return false;
}

static bool is_wanted(const struct view *view, const struct sv_flow_info *flow)
{
	if (view->state && strcmp(view->state, flow_state_name(flow->state)) != 0)
		return false;
	if (view->by_service && !has_prefix(&flow->service, &view->sid, view->bits))
		return false;
	if (view->peer && flow->peer_addr != view->peer)
		return false;
	if (view->ifindex && flow->ifindex != view->ifindex)
		return false;
	return !view->pid || is_held_by(flow, view->pid);
}

static bool is_set(const struct service_id *sid)
{
	static const struct service_id none;

	return memcmp(sid, &none, sizeof(none)) != 0;
}

static struct json_object *flags_json(uint32_t flags)
{
	struct json_object *to = json_object_new_array();

	if (flags & SV_FLOW_F_FROZEN)
		json_object_array_add(to, json_object_new_string("frozen"));
	if (flags & SV_FLOW_F_ENCAP)
		json_object_array_add(to, json_object_new_string("encap"));
	if (flags & SV_FLOW_F_PASSIVE)
		json_object_array_add(to, json_object_new_string("passive"));
	if (flags & SV_FLOW_F_ORPHAN)
		json_object_array_add(to, json_object_new_string("orphan"));
	return to;
}

struct json_object *flow_json(const struct sv_flow_info *flow)
{
	struct json_object *to = json_object_new_object();
	char text[SERVAL_ADDRSTRLEN], iface[IF_NAMESIZE];

	json_add_uint(to, "flowid", ntohl(flow->local_flowid));
	json_add_uint(to, "peer_flowid", ntohl(flow->peer_flowid));
	json_add_string(to, "state", flow_state_name(flow->state));
	json_add_string(to, "protocol", show_protocol(flow->protocol));
	json_add_sid(to, &flow->service, SERVICE_ID_MAX_PREFIX_BITS);
	if (is_set(&flow->peer_service)) {
		sv_sid_format(&flow->peer_service, SERVICE_ID_MAX_PREFIX_BITS, SV_SID_FULL, text,
			      sizeof(text));
		json_add_string(to, "peer_service", text);
	}
	json_add_addr(to, "local", flow->local_addr);
	json_add_addr(to, "peer", flow->peer_addr);
	if (flow->ifindex)
		json_add_string(to, "dev", show_iface(flow->ifindex, iface));
	json_object_object_add(to, "flags", flags_json(flow->flags));
	json_add_uint(to, "version", flow->version);
	json_add_uint(to, "transport_state", flow->transport_state);
	json_add_uint(to, "uid", flow->uid);
	json_add_uint(to, "inode", flow->inode);
	json_add_uint(to, "bytes_sent", flow->bytes_sent);
	json_add_uint(to, "bytes_received", flow->bytes_received);
	json_add_uint(to, "rtt_us", flow->rtt_us);
	json_add_uint(to, "cwnd", flow->cwnd);
	json_add_uint(to, "mss", flow->mss);
	json_add_uint(to, "retrans", flow->retrans);
	json_add_uint(to, "age_ms", flow->age_ms);
	json_add_uint(to, "migrations", flow->migrations);
	json_add_uint(to, "last_gap_us", flow->last_gap_us);
	return to;
}

/* What does not fit into a line: under it, or behind it with -o */
static void flow_more(const struct sv_flow_info *flow)
{
	char hex[SERVAL_ADDRSTRLEN];
	int pid = proc_pid(flow->inode, 0);

	printf("%s", opt.oneline ? " " : "\n        ");
	if (opt.details) {
		printf("%s %s v%u peer flow %u", serval_ntop(&flow->service, hex, sizeof(hex)),
		       show_protocol(flow->protocol), flow->version, ntohl(flow->peer_flowid));
		if (is_set(&flow->peer_service))
			printf(" peer service %s",
			       serval_ntop(&flow->peer_service, hex, sizeof(hex)));
		if (pid)
			printf(" pid %d", pid);
		printf(" uid %u inode %llu%s%s%s%s", flow->uid, (unsigned long long)flow->inode,
		       flow->flags & SV_FLOW_F_PASSIVE ? " passive" : "",
		       flow->flags & SV_FLOW_F_FROZEN ? " frozen" : "",
		       flow->flags & SV_FLOW_F_ENCAP ? " encap" : "",
		       flow->flags & SV_FLOW_F_ORPHAN ? " orphan" : "");
		printf("%s", opt.oneline ? " " : "\n        ");
	}
	printf("age %.3fs rtt %.3fms cwnd %u mss %u retrans %u migrations %u", flow->age_ms / 1e3,
	       flow->rtt_us / 1e3, flow->cwnd, flow->mss, flow->retrans, flow->migrations);
	if (flow->migrations)
		printf(" last gap %.1fms", flow->last_gap_us / 1e3);
}

static void flow_line(struct view *view, const struct sv_flow_info *flow)
{
	char service[SHOW_SID_LEN], local[INET_ADDRSTRLEN], peer[INET_ADDRSTRLEN];
	char iface[IF_NAMESIZE], sent[32], received[32];

	inet_ntop(AF_INET, &flow->local_addr, local, sizeof(local));
	inet_ntop(AF_INET, &flow->peer_addr, peer, sizeof(peer));
	show_sid(&flow->service, SERVICE_ID_MAX_PREFIX_BITS, service);
	if (opt.brief) {
		printf("%-10u %-9s %s %s\n", ntohl(flow->local_flowid),
		       flow_state_name(flow->state), service, peer);
		return;
	}
	if (!view->shown && !opt.oneline)
		printf("%-10s %-9s %-24s %-15s %-15s %-8s %10s %10s\n", "FLOW", "STATE", "SERVICE",
		       "LOCAL", "PEER", "DEV", "SENT", "RECEIVED");
	printf("%-10u %-9s %s%-24s%s %-15s %-15s %-8s %10s %10s", ntohl(flow->local_flowid),
	       flow_state_name(flow->state), show_bold(), service, show_plain(), local, peer,
	       show_iface(flow->ifindex, iface), show_bytes(flow->bytes_sent, sent),
	       show_bytes(flow->bytes_received, received));
	if (opt.details || opt.statistics)
		flow_more(flow);
	putchar('\n');
}

static int show_flow(const struct sv_flow_info *flow, void *arg)
{
	struct view *view = arg;
	struct json_object *to;
	int pid;

	if (!is_wanted(view, flow))
		return 0;
	if (opt.json) {
		to = flow_json(flow);
		pid = proc_pid(flow->inode, 0);
		if (pid)
			json_add_uint(to, "pid", pid);
		list_add(&view->list, to);
	} else {
		flow_line(view, flow);
	}
	view->shown++;
	return 0;
}

int flow_show(const struct gram_match *match)
{
	const char *service = gram_text(match, "SID", 0);
	const char *iface = gram_text(match, "IFACE", 0);
	const char *peer = gram_text(match, "ADDR", 0);
	const char *pid = gram_text(match, "PID", 0);
	struct view view = { .state = gram_after(match, "state") };
	struct svctl *ctl;
	int err;

	if (service) {
		view.by_service = true;
		tool_sid(service, &view.sid, &view.bits);
	}
	if (iface) {
		view.ifindex = tool_ifindex(iface);
		if (!view.ifindex)
			return TOOL_REFUSED;
	}
	if (peer)
		view.peer = tool_addr(peer).s_addr;
	if (pid)
		view.pid = tool_accepted_number(pid);
	ctl = tool_ctl();
	if (!ctl)
		return TOOL_REFUSED;
	list_begin(&view.list);
	err = svctl_flow_dump(ctl, show_flow, &view);
	list_end(&view.list);
	return err < 0 ? tool_refused("flow show", err, svctl_error(ctl)) : TOOL_OK;
}

int flow_get(const struct gram_match *match)
{
	const char *flowid = gram_text(match, "FLOWID", 0);
	struct svctl *ctl = tool_ctl();
	struct view view = { 0 };
	struct sv_flow_info flow;
	int err;

	if (!ctl)
		return TOOL_REFUSED;
	err = svctl_flow_get(ctl, htonl(tool_accepted_number(flowid)), &flow);
	list_begin(&view.list);
	if (!err)
		show_flow(&flow, &view);
	list_end(&view.list);
	return err ? tool_refused(flowid, err, svctl_error(ctl)) : TOOL_OK;
}
