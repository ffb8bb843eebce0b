// SPDX-License-Identifier: MIT
/*
 * ctl_flow - flows from netlink messages.
 */
#include "ctl_priv.h"

/* Which member of struct sv_flow_info an attribute is */
static const struct {
	uint16_t offset;
	uint16_t size;
} members[SERVAL_A_FLOW_MAX + 1] = {
#define MEMBER(name) { offsetof(struct sv_flow_info, name), \
		       sizeof(((struct sv_flow_info *)0)->name) }
	[SERVAL_A_FLOW_LOCAL_FLOWID]	= MEMBER(local_flowid),
	[SERVAL_A_FLOW_PEER_FLOWID]	= MEMBER(peer_flowid),
	[SERVAL_A_FLOW_LOCAL_ADDR]	= MEMBER(local_addr),
	[SERVAL_A_FLOW_PEER_ADDR]	= MEMBER(peer_addr),
	[SERVAL_A_FLOW_STATE]		= MEMBER(state),
	[SERVAL_A_FLOW_TRANSPORT_STATE]	= MEMBER(transport_state),
	[SERVAL_A_FLOW_PROTOCOL]	= MEMBER(protocol),
	[SERVAL_A_FLOW_VERSION]		= MEMBER(version),
	[SERVAL_A_FLOW_FLAGS]		= MEMBER(flags),
	[SERVAL_A_FLOW_IFINDEX]		= MEMBER(ifindex),
	[SERVAL_A_FLOW_UID]		= MEMBER(uid),
	[SERVAL_A_FLOW_INODE]		= MEMBER(inode),
	[SERVAL_A_FLOW_BYTES_SENT]	= MEMBER(bytes_sent),
	[SERVAL_A_FLOW_BYTES_RECEIVED]	= MEMBER(bytes_received),
	[SERVAL_A_FLOW_RTT_US]		= MEMBER(rtt_us),
	[SERVAL_A_FLOW_CWND]		= MEMBER(cwnd),
	[SERVAL_A_FLOW_MSS]		= MEMBER(mss),
	[SERVAL_A_FLOW_RETRANS]		= MEMBER(retrans),
	[SERVAL_A_FLOW_AGE_MS]		= MEMBER(age_ms),
	[SERVAL_A_FLOW_MIGRATIONS]	= MEMBER(migrations),
	[SERVAL_A_FLOW_LAST_GAP_US]	= MEMBER(last_gap_us),
	[SERVAL_A_FLOW_SERVICE]		= MEMBER(service),
	[SERVAL_A_FLOW_PEER_SERVICE]	= MEMBER(peer_service),
#undef MEMBER
};

void svctl_parse_flow(struct nlattr **attr, struct sv_flow_info *flow)
{
	unsigned int i;

	memset(flow, 0, sizeof(*flow));
	for (i = 0; i <= SERVAL_A_FLOW_MAX; i++)
		if (members[i].size)
			svctl_get_bytes(attr[i], (char *)flow + members[i].offset, members[i].size);
}

struct flow_walk {
	svctl_flow_fn fn;
	void *arg;
};

static int flow_message(struct nlattr **attr, const struct nlattr *head, int len, void *arg)
{
	struct flow_walk *walk = arg;
	struct sv_flow_info flow;

	svctl_parse_flow(attr, &flow);
	return walk->fn(&flow, walk->arg);
}

int svctl_flow_dump(struct svctl *ctl, svctl_flow_fn fn, void *arg)
{
	struct flow_walk walk = { fn, arg };

	return svctl_exchange(ctl, svctl_request(ctl, SERVAL_CMD_FLOW_GET, NLM_F_DUMP, 0),
			      SERVAL_A_FLOW_MAX, flow_message, &walk);
}

static int copy_flow(const struct sv_flow_info *flow, void *arg)
{
	*(struct sv_flow_info *)arg = *flow;
	return 0;
}

int svctl_flow_get(struct svctl *ctl, uint32_t flowid, struct sv_flow_info *flow)
{
	struct flow_walk walk = { copy_flow, flow };
	struct nl_msg *msg = svctl_request(ctl, SERVAL_CMD_FLOW_GET, 0, NLA_HDRLEN + 4);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, SERVAL_A_FLOW_LOCAL_FLOWID, flowid) < 0) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return svctl_exchange(ctl, msg, SERVAL_A_FLOW_MAX, flow_message, &walk);
}
