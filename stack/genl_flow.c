// SPDX-License-Identifier: GPL-2.0-only
/*
 * genl_flow - flows over netlink.
 *
 * Shows what flow_table describes; nonces are not part of that, so there is
 * nothing here that could give them away.
 */
#include <linux/capability.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include "flow_table.h"
#include "genl.h"
#include "genl_policy.h"
#include "service_table.h"

static const struct service_id no_service;

int serval_genl_put_flow(struct sk_buff *skb, const struct sv_flow_info *f)
{
	if (nla_put_be32(skb, SERVAL_A_FLOW_LOCAL_FLOWID, f->local_flowid) ||
	    nla_put_be32(skb, SERVAL_A_FLOW_PEER_FLOWID, f->peer_flowid) ||
	    nla_put_be32(skb, SERVAL_A_FLOW_LOCAL_ADDR, f->local_addr) ||
	    nla_put_be32(skb, SERVAL_A_FLOW_PEER_ADDR, f->peer_addr) ||
	    nla_put_u8(skb, SERVAL_A_FLOW_STATE, f->state) ||
	    nla_put_u8(skb, SERVAL_A_FLOW_TRANSPORT_STATE, f->transport_state) ||
	    nla_put_u8(skb, SERVAL_A_FLOW_PROTOCOL, f->protocol) ||
	    nla_put_u8(skb, SERVAL_A_FLOW_VERSION, f->version) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_FLAGS, f->flags) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_IFINDEX, f->ifindex) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_UID, f->uid) ||
	    nla_put_u64_64bit(skb, SERVAL_A_FLOW_INODE, f->inode, SERVAL_A_FLOW_PAD) ||
	    nla_put_u64_64bit(skb, SERVAL_A_FLOW_BYTES_SENT, f->bytes_sent, SERVAL_A_FLOW_PAD) ||
	    nla_put_u64_64bit(skb, SERVAL_A_FLOW_BYTES_RECEIVED, f->bytes_received,
			      SERVAL_A_FLOW_PAD) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_RTT_US, f->rtt_us) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_CWND, f->cwnd) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_MSS, f->mss) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_RETRANS, f->retrans) ||
	    nla_put_u64_64bit(skb, SERVAL_A_FLOW_AGE_MS, f->age_ms, SERVAL_A_FLOW_PAD) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_MIGRATIONS, f->migrations) ||
	    nla_put_u32(skb, SERVAL_A_FLOW_LAST_GAP_US, f->last_gap_us) ||
	    nla_put(skb, SERVAL_A_FLOW_SERVICE, sizeof(f->service), &f->service))
		return -EMSGSIZE;
	if (memcmp(&f->peer_service, &no_service, sizeof(no_service)) &&
	    nla_put(skb, SERVAL_A_FLOW_PEER_SERVICE, sizeof(f->peer_service), &f->peer_service))
		return -EMSGSIZE;
	return 0;
}

bool serval_genl_may_see(const struct net *net, bool admin, kuid_t uid,
			 const struct sv_flow_info *info)
{
	/* a uid without a number in the namespace equals no flow's */
	return admin || from_kuid(net->user_ns, uid) == info->uid;
}

static bool request_may_see(struct sk_buff *request, struct net *net,
			    const struct sv_flow_info *info)
{
	return serval_genl_may_see(net, netlink_ns_capable(request, net->user_ns, CAP_NET_ADMIN),
				   NETLINK_CB(request).creds.uid, info);
}

static int put_flow_message(struct sk_buff *skb, u32 portid, u32 seq, int flags,
			    const struct sv_flow_info *info)
{
	void *hdr = genlmsg_put(skb, portid, seq, &serval_genl_family, flags, SERVAL_CMD_FLOW_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (serval_genl_put_flow(skb, info)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/** serval_nl_flow_get_doit() - SERVAL_CMD_FLOW_GET of one flow */
int serval_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	const struct nlattr *id;
	struct sv_flow_info flow;
	struct sk_buff *msg;
	struct sock *sk;
	int err;

	err = serval_genl_once_in(info->nlhdr, 0, info->extack);
	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, SERVAL_A_FLOW_LOCAL_FLOWID)) {
		GENL_SET_ERR_MSG(info, "local-flowid is missing");
		return -EINVAL;
	}
	id = info->attrs[SERVAL_A_FLOW_LOCAL_FLOWID];

	sk = serval_flow_lookup(net, ntohl(nla_get_be32(id)));
	if (sk) {
		serval_flow_info(sk, &flow);
		serval_flow_put(sk);
	}
	/* another user's flow is not there: the answer must not tell which ids are taken */
	if (!sk || !request_may_see(skb, net, &flow)) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "no such flow");
		return -ENOENT;
	}

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	err = put_flow_message(msg, info->snd_portid, info->snd_seq, 0, &flow);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/* A dump's place between two messages, in netlink_callback.ctx, at first all zero */
struct flow_dump {
	struct serval_flow_iter next;
	bool checked;		/* the request is a good one */
};

static_assert(sizeof(struct flow_dump) <= sizeof_field(struct netlink_callback, ctx));

/* Not done before the dump begins: 6.1 has no place for the text of an error then */
static int check_dump(struct netlink_callback *cb)
{
	struct nlattr *tb[ARRAY_SIZE(serval_nl_flow_get_policy)];
	int err;

	err = nlmsg_parse(cb->nlh, GENL_HDRLEN, tb, ARRAY_SIZE(tb) - 1,
			  serval_nl_flow_get_policy, cb->extack);
	if (!err && tb[SERVAL_A_FLOW_LOCAL_FLOWID]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, tb[SERVAL_A_FLOW_LOCAL_FLOWID],
				    "a dump shows all flows");
		err = -EINVAL;
	}
	return err;
}

/** serval_nl_flow_get_dumpit() - SERVAL_CMD_FLOW_GET of all flows, one message of many */
int serval_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct flow_dump *d = (void *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct serval_flow_iter it;
	struct sv_flow_info flow;
	struct sock *sk;
	int err;

	if (!d->checked) {
		err = check_dump(cb);
		if (err)
			return err;
		d->checked = true;
	}

	it = d->next;
	while ((sk = serval_flow_next(net, &it)) != NULL) {
		serval_flow_info(sk, &flow);
		serval_flow_put(sk);
		if (request_may_see(cb->skb, net, &flow) &&
		    put_flow_message(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     NLM_F_MULTI, &flow))
			break;
		d->next = it;
	}
	return skb->len;
}
