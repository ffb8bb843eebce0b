// SPDX-License-Identifier: GPL-2.0-only
/*
 * genl_rule - the service table over netlink.
 *
 * Turns requests into calls of service_table and rules into messages. Which
 * rule wins and what a target means is decided there; what is decided here is
 * which requests make sense at all, and that an error names its attribute.
 */
#include <linux/inet.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/tcp_states.h>
#include "event.h"
#include "genl.h"
#include "genl_policy.h"
#include "service_table.h"

static_assert((int)SERVAL_TYPE_FORWARD == (int)SERVAL_RULE_FORWARD);
static_assert((int)SERVAL_TYPE_DEMUX == (int)SERVAL_RULE_DEMUX);
static_assert((int)SERVAL_TYPE_DELAY == (int)SERVAL_RULE_DELAY);
static_assert((int)SERVAL_TYPE_DROP == (int)SERVAL_RULE_DROP);

/* What a request says */
struct rule_request {
	struct service_id sid;
	u16	bits;
	u8	type;
	unsigned int n_nh;
	struct serval_nexthop *nh;	/* kfree() */
};

static bool zero_after(const struct service_id *sid, unsigned int bits)
{
	unsigned int i = bits / 8;

	if (bits % 8 && sid->s_sid[i++] & (0xff >> bits % 8))
		return false;
	return i == SERVICE_ID_LEN || !memchr_inv(&sid->s_sid[i], 0, SERVICE_ID_LEN - i);
}

/* service and prefix-bits, both required */
static int parse_prefix(struct nlattr **tb, struct service_id *sid, u16 *bits,
			struct netlink_ext_ack *extack)
{
	if (NL_REQ_ATTR_CHECK(extack, NULL, tb, SERVAL_A_RULE_SERVICE)) {
		NL_SET_ERR_MSG(extack, "service is missing");
		return -EINVAL;
	}
	if (NL_REQ_ATTR_CHECK(extack, NULL, tb, SERVAL_A_RULE_PREFIX_BITS)) {
		NL_SET_ERR_MSG(extack, "prefix-bits is missing");
		return -EINVAL;
	}
	nla_memcpy(sid, tb[SERVAL_A_RULE_SERVICE], sizeof(*sid));
	*bits = nla_get_u16(tb[SERVAL_A_RULE_PREFIX_BITS]);
	if (!zero_after(sid, *bits)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SERVAL_A_RULE_SERVICE],
				    "bits are set after the prefix");
		return -EINVAL;
	}
	return 0;
}

static bool device_exists(struct net *net, int ifindex)
{
	bool found;

	rcu_read_lock();
	found = dev_get_by_index_rcu(net, ifindex);
	rcu_read_unlock();
	return found;
}

/* One nexthop; with @key only what names a target is allowed in it */
static int parse_nexthop(struct net *net, const struct nlattr *nest, bool key,
			 struct serval_nexthop *nh, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[SERVAL_A_NEXTHOP_MAX + 1];
	int err;

	err = serval_genl_once(nla_data(nest), nla_len(nest), 0, extack);
	if (err)
		return err;
	/* the request's policy has been down here already */
	err = nla_parse_nested(tb, SERVAL_A_NEXTHOP_MAX, nest, NULL, extack);
	if (err)
		return err;

	if (NL_REQ_ATTR_CHECK(extack, nest, tb, SERVAL_A_NEXTHOP_ADDR)) {
		NL_SET_ERR_MSG(extack, "addr is missing from a nexthop");
		return -EINVAL;
	}
	if (key && (tb[SERVAL_A_NEXTHOP_PRIORITY] || tb[SERVAL_A_NEXTHOP_WEIGHT])) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "only addr and ifindex name a target");
		return -EINVAL;
	}

	*nh = (struct serval_nexthop) { .priority = 1, .weight = 1 };
	nh->addr = nla_get_be32(tb[SERVAL_A_NEXTHOP_ADDR]);
	if (tb[SERVAL_A_NEXTHOP_PRIORITY])
		nh->priority = nla_get_u16(tb[SERVAL_A_NEXTHOP_PRIORITY]);
	if (tb[SERVAL_A_NEXTHOP_WEIGHT])
		nh->weight = nla_get_u16(tb[SERVAL_A_NEXTHOP_WEIGHT]);
	if (ipv4_is_zeronet(nh->addr)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SERVAL_A_NEXTHOP_ADDR], "not an address of a host");
		return -EINVAL;
	}
	if (!tb[SERVAL_A_NEXTHOP_IFINDEX])
		return 0;

	nh->ifindex = nla_get_u32(tb[SERVAL_A_NEXTHOP_IFINDEX]);
	/* a target may outlive its interface, and is deleted by the same name */
	if (!key && !device_exists(net, nh->ifindex)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[SERVAL_A_NEXTHOP_IFINDEX], "no such interface");
		return -ENODEV;
	}
	return 0;
}

static bool listed(const struct serval_nexthop *nh, unsigned int n, const struct serval_nexthop *x)
{
	for (; n; nh++, n--)
		if (nh->addr == x->addr && nh->ifindex == x->ifindex)
			return true;
	return false;
}

/* All nexthops of the request */
static int parse_nexthops(struct genl_info *info, struct rule_request *r)
{
	const struct nlattr *head = nlmsg_attrdata(info->nlhdr, GENL_HDRLEN);
	int len = nlmsg_attrlen(info->nlhdr, GENL_HDRLEN);
	unsigned int n = 0;
	const struct nlattr *a;
	int rem, err;

	nla_for_each_attr(a, head, len, rem) {
		if (nla_type(a) == SERVAL_A_RULE_NEXTHOP && n++ == SERVAL_TARGETS_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "too many targets");
			return -E2BIG;
		}
	}
	if (r->type != SERVAL_RULE_FORWARD) {
		if (!n)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SERVAL_A_RULE_NEXTHOP],
				    "only a forward rule has next hops");
		return -EINVAL;
	}
	if (!n) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, SERVAL_A_RULE_NEXTHOP);
		GENL_SET_ERR_MSG(info, "nexthop is missing");
		return -EINVAL;
	}

	r->nh = kcalloc(n, sizeof(*r->nh), GFP_KERNEL_ACCOUNT);
	if (!r->nh)
		return -ENOMEM;
	nla_for_each_attr(a, head, len, rem) {
		struct serval_nexthop *nh = &r->nh[r->n_nh];

		if (nla_type(a) != SERVAL_A_RULE_NEXTHOP)
			continue;
		err = parse_nexthop(genl_info_net(info), a, false, nh, info->extack);
		if (err)
			return err;
		if (listed(r->nh, r->n_nh, nh)) {
			NL_SET_ERR_MSG_ATTR(info->extack, a, "next hop given twice");
			return -EINVAL;
		}
		r->n_nh++;
	}
	return 0;
}

static int parse_rule(struct genl_info *info, struct rule_request *r)
{
	int err;

	err = serval_genl_once_in(info->nlhdr, BIT(SERVAL_A_RULE_NEXTHOP), info->extack);
	if (!err)
		err = parse_prefix(info->attrs, &r->sid, &r->bits, info->extack);
	if (err)
		return err;

	if (GENL_REQ_ATTR_CHECK(info, SERVAL_A_RULE_TYPE)) {
		GENL_SET_ERR_MSG(info, "type is missing");
		return -EINVAL;
	}
	r->type = nla_get_u8(info->attrs[SERVAL_A_RULE_TYPE]);
	if (r->type == SERVAL_RULE_DEMUX) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SERVAL_A_RULE_TYPE],
				    "demux rules come from bind()");
		return -EINVAL;
	}
	return parse_nexthops(info, r);
}

static int set_rule(struct genl_info *info, bool replace)
{
	struct net *net = genl_info_net(info);
	struct rule_request r = {};
	int err;

	err = parse_rule(info, &r);
	if (!err)
		err = serval_service_rule_add(net, &r.sid, r.bits, r.type, r.nh, r.n_nh, replace,
					      info->extack);
	if (!err)
		serval_event_rule(net, false, &r.sid, r.bits, r.type);
	kfree(r.nh);
	return err;
}

/** serval_nl_rule_add_doit() - SERVAL_CMD_RULE_ADD */
int serval_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_rule(info, false);
}

/** serval_nl_rule_replace_doit() - SERVAL_CMD_RULE_REPLACE */
int serval_nl_rule_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_rule(info, true);
}

/** serval_nl_rule_flush_doit() - SERVAL_CMD_RULE_FLUSH */
int serval_nl_rule_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	static const struct service_id none;

	serval_service_flush(genl_info_net(info));
	serval_event_rule(genl_info_net(info), true, &none, 0, SERVAL_RULE_NONE);
	return 0;
}

static int put_nexthop(struct sk_buff *skb, const struct serval_target_info *t)
{
	struct nlattr *nest = nla_nest_start(skb, SERVAL_A_RULE_NEXTHOP);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_be32(skb, SERVAL_A_NEXTHOP_ADDR, t->nh.addr) ||
	    (t->nh.ifindex && nla_put_u32(skb, SERVAL_A_NEXTHOP_IFINDEX, t->nh.ifindex)) ||
	    nla_put_u16(skb, SERVAL_A_NEXTHOP_PRIORITY, t->nh.priority) ||
	    nla_put_u16(skb, SERVAL_A_NEXTHOP_WEIGHT, t->nh.weight) ||
	    nla_put_u64_64bit(skb, SERVAL_A_NEXTHOP_HITS, t->hits, SERVAL_A_NEXTHOP_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_socket(struct sk_buff *skb, const struct serval_target_info *t)
{
	struct nlattr *nest = nla_nest_start(skb, SERVAL_A_RULE_SOCKET);
	struct net *net = sock_net(t->sk);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, SERVAL_A_SOCKET_PROTOCOL, t->sk->sk_protocol) ||
	    nla_put_u32(skb, SERVAL_A_SOCKET_UID,
			from_kuid_munged(net->user_ns, sock_net_uid(net, t->sk))) ||
	    nla_put_u64_64bit(skb, SERVAL_A_SOCKET_INODE, sock_i_ino(t->sk),
			      SERVAL_A_SOCKET_PAD) ||
	    (READ_ONCE(t->sk->sk_state) == TCP_LISTEN &&
	     nla_put_flag(skb, SERVAL_A_SOCKET_LISTENING)) ||
	    nla_put_u64_64bit(skb, SERVAL_A_SOCKET_HITS, t->hits, SERVAL_A_SOCKET_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * The targets, as many as fit if @some will do: a rule too large for an empty
 * message would otherwise end the dump for good.
 */
static int put_targets(struct sk_buff *skb, const struct serval_rule_info *rule, bool some)
{
	unsigned int i;

	for (i = 0; i < rule->n_targets; i++) {
		const struct serval_target_info *t = &rule->targets[i];

		if (t->sk ? put_socket(skb, t) : put_nexthop(skb, t))
			return some ? 0 : -EMSGSIZE;
	}
	return 0;
}

static int put_rule(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct serval_rule_info *rule)
{
	bool first = !skb->len;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &serval_genl_family, NLM_F_MULTI, SERVAL_CMD_RULE_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);

	if (nla_put(skb, SERVAL_A_RULE_SERVICE, sizeof(rule->sid), &rule->sid) ||
	    nla_put_u16(skb, SERVAL_A_RULE_PREFIX_BITS, rule->bits) ||
	    nla_put_u8(skb, SERVAL_A_RULE_TYPE, rule->type) ||
	    nla_put_u64_64bit(skb, SERVAL_A_RULE_HITS, rule->hits, SERVAL_A_RULE_PAD) ||
	    nla_put_u32(skb, SERVAL_A_RULE_TARGETS, rule->n_targets) ||
	    put_targets(skb, rule, first)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

enum show_what { SHOW_NOTHING_YET, SHOW_ALL, SHOW_PREFIX, SHOW_MATCH };

/*
 * A dump's place between two messages, in netlink_callback.ctx, at first all
 * zero. A prefix may have a rule for sockets and one for next hops, and the
 * message may be full between the two.
 */
struct rule_dump {
	struct service_id sid;	/* ALL: of the rule last shown, if @begun; else as asked */
	u16	bits;
	u8	type;		/* ALL: of the rule last shown */
	u8	what;		/* enum show_what */
	u8	shown;		/* PREFIX, MATCH: bit per type already shown */
	bool	begun;
	bool	done;
};

static_assert(sizeof(struct rule_dump) <= sizeof_field(struct netlink_callback, ctx));

/* What fits into one message: a rule with all its targets needs less */
#define RULE_DUMP_ALLOC	(16 * 1024)

/* One walk: the message being filled, or none if only asking which rules there are */
struct rule_walk {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct rule_dump *d;
	unsigned long types;	/* bit per type visited */
};

static int visit_rule(const struct serval_rule_info *rule, void *arg)
{
	struct rule_walk *w = arg;
	struct rule_dump *d = w->d;

	if (d->what == SHOW_PREFIX &&
	    (rule->bits != d->bits || memcmp(&rule->sid, &d->sid, sizeof(d->sid))))
		return 1;
	w->types |= BIT(rule->type);
	if (!w->skb || d->shown & BIT(rule->type))
		return 0;

	/* exact, for the table cannot change now */
	w->cb->seq = serval_service_generation(sock_net(w->skb->sk));
	if (put_rule(w->skb, w->cb, rule))
		return -EMSGSIZE;

	if (d->what == SHOW_ALL) {
		d->sid = rule->sid;
		d->bits = rule->bits;
		d->type = rule->type;
		d->begun = true;
	} else {
		d->shown |= BIT(rule->type);
	}
	return 0;
}

/*
 * The greatest prefix before (sid, bits) in the order of the table, in which a
 * prefix comes before all that it covers. There need not be a rule for it.
 */
static bool prefix_before(const struct service_id *sid, u16 bits, struct service_id *before,
			  u16 *before_bits)
{
	unsigned int last = bits - 1, i = last / 8;
	u8 bit = 0x80 >> last % 8;

	if (!bits)
		return false;
	*before = *sid;
	*before_bits = last;
	if (sid->s_sid[i] & bit) {
		before->s_sid[i] ^= bit | (bit - 1);
		memset(&before->s_sid[i + 1], 0xff, SERVICE_ID_LEN - i - 1);
		*before_bits = SERVICE_ID_MAX_PREFIX_BITS;
	}
	return true;
}

static int walk(struct net *net, struct rule_walk *w)
{
	struct rule_dump *d = w->d;
	struct service_id before;
	bool first;
	u16 bits;
	int err;

	switch (d->what) {
	case SHOW_ALL:
		return serval_service_walk(net, d->begun ? &d->sid : NULL, d->bits, d->type,
					   visit_rule, w);
	case SHOW_PREFIX:
		first = !prefix_before(&d->sid, d->bits, &before, &bits);
		err = serval_service_walk(net, first ? NULL : &before, first ? 0 : bits,
					  SERVAL_RULE_NONE, visit_rule, w);
		return min(err, 0);
	default:
		err = serval_service_match(net, &d->sid, visit_rule, w);
		return err == -ENOENT ? 0 : err;
	}
}

/* Of the rule made by netlink for this prefix, NONE if there is none */
static u8 type_of_rule(struct net *net, const struct service_id *sid, u16 bits)
{
	struct rule_dump d = { .sid = *sid, .bits = bits, .what = SHOW_PREFIX };
	struct rule_walk w = { .d = &d };

	if (walk(net, &w))
		return SERVAL_RULE_NONE;
	w.types &= ~BIT(SERVAL_RULE_DEMUX);
	return w.types ? __ffs(w.types) : SERVAL_RULE_NONE;
}

/** serval_nl_rule_del_doit() - SERVAL_CMD_RULE_DEL */
int serval_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest = info->attrs[SERVAL_A_RULE_NEXTHOP];
	struct net *net = genl_info_net(info);
	struct serval_nexthop nh;
	struct service_id sid;
	u16 bits;
	u8 type;
	int err;

	err = serval_genl_once_in(info->nlhdr, 0, info->extack);
	if (!err)
		err = parse_prefix(info->attrs, &sid, &bits, info->extack);
	if (!err && nest)
		err = parse_nexthop(net, nest, true, &nh, info->extack);
	if (err)
		return err;

	/* netlink serves one command at a time: it is this rule that is deleted */
	type = type_of_rule(net, &sid, bits);
	err = serval_service_rule_del(net, &sid, bits, nest ? &nh : NULL, info->extack);
	if (!err)
		serval_event_rule(net, true, &sid, bits, type);
	return err;
}

static int parse_dump(struct netlink_callback *cb, struct rule_dump *d)
{
	struct nlattr *tb[ARRAY_SIZE(serval_nl_rule_get_policy)];
	int err;

	err = nlmsg_parse(cb->nlh, GENL_HDRLEN, tb, ARRAY_SIZE(tb) - 1,
			  serval_nl_rule_get_policy, cb->extack);
	if (!err)
		err = serval_genl_once_in(cb->nlh, 0, cb->extack);
	if (err)
		return err;

	if (!tb[SERVAL_A_RULE_MATCH]) {
		d->what = SHOW_ALL;
		if (!tb[SERVAL_A_RULE_SERVICE] && !tb[SERVAL_A_RULE_PREFIX_BITS])
			return 0;
		d->what = SHOW_PREFIX;
		return parse_prefix(tb, &d->sid, &d->bits, cb->extack);
	}

	d->what = SHOW_MATCH;
	if (tb[SERVAL_A_RULE_PREFIX_BITS]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, tb[SERVAL_A_RULE_PREFIX_BITS],
				    "match takes a full serviceID");
		return -EINVAL;
	}
	if (NL_REQ_ATTR_CHECK(cb->extack, NULL, tb, SERVAL_A_RULE_SERVICE)) {
		NL_SET_ERR_MSG(cb->extack, "service is missing");
		return -EINVAL;
	}
	nla_memcpy(&d->sid, tb[SERVAL_A_RULE_SERVICE], sizeof(d->sid));
	return 0;
}

/** serval_nl_rule_get_start() - SERVAL_CMD_RULE_GET, before the first message */
int serval_nl_rule_get_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = RULE_DUMP_ALLOC;
	return 0;
}

/* Not done in start(): 6.1 has no place for the text of an error there */
static int begin_dump(struct net *net, struct netlink_callback *cb, struct rule_dump *d)
{
	struct rule_walk w = { .d = d };
	int err;

	err = parse_dump(cb, d);
	if (err || d->what == SHOW_ALL)
		return err;

	err = walk(net, &w);
	if (err || w.types)
		return err;
	if (d->what == SHOW_PREFIX)
		NL_SET_ERR_MSG(cb->extack, "no rule for this prefix");
	else
		NL_SET_ERR_MSG(cb->extack, "no rule matches");
	return -ENOENT;
}

/** serval_nl_rule_get_dumpit() - SERVAL_CMD_RULE_GET, one message of many */
int serval_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rule_dump *d = (void *)cb->ctx;
	struct rule_walk w = { .skb = skb, .cb = cb, .d = d };
	struct net *net = sock_net(skb->sk);
	int err = 0;

	if (d->what == SHOW_NOTHING_YET)
		err = begin_dump(net, cb, d);
	if (err || d->done)
		return err;

	err = walk(net, &w);
	/* for the closing message: did anything change until now? */
	cb->seq = serval_service_generation(net);
	if (!err)
		d->done = true;
	return err && err != -EMSGSIZE ? err : skb->len;
}
