// SPDX-License-Identifier: MIT
/*
 * ctl_rule - rules of the service table to and from netlink messages.
 */
#include <stdlib.h>
#include "ctl_priv.h"

/* Bytes of attributes: those of a rule, those of one of its next hops */
#define RULE_ROOM	128
#define NEXTHOP_ROOM	64

static int put_prefix(struct nl_msg *msg, const struct service_id *sid, unsigned int bits)
{
	if (nla_put(msg, SERVAL_A_RULE_SERVICE, sizeof(*sid), sid) < 0)
		return -EMSGSIZE;
	return nla_put_u16(msg, SERVAL_A_RULE_PREFIX_BITS, bits) < 0 ? -EMSGSIZE : 0;
}

/* @full: with priority and weight, which name no target and may not stand in a deletion */
static int put_nexthop(struct nl_msg *msg, const struct svctl_nexthop *nh, bool full)
{
	struct nlattr *nest = nla_nest_start(msg, SERVAL_A_RULE_NEXTHOP);

	if (!nest || nla_put_u32(msg, SERVAL_A_NEXTHOP_ADDR, nh->addr.s_addr) < 0 ||
	    (nh->ifindex && nla_put_u32(msg, SERVAL_A_NEXTHOP_IFINDEX, nh->ifindex) < 0) ||
	    (full && nla_put_u16(msg, SERVAL_A_NEXTHOP_PRIORITY, nh->priority) < 0) ||
	    (full && nla_put_u16(msg, SERVAL_A_NEXTHOP_WEIGHT, nh->weight) < 0))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_rule(struct svctl *ctl, int cmd, const struct svctl_rule *rule)
{
	struct nl_msg *msg;
	unsigned int i;
	int err;

	if (rule->bits > SERVICE_ID_MAX_PREFIX_BITS || rule->n_nexthops > UINT16_MAX)
		return -EINVAL;
	msg = svctl_request(ctl, cmd, 0, RULE_ROOM + rule->n_nexthops * NEXTHOP_ROOM);
	if (!msg)
		return -ENOMEM;
	err = put_prefix(msg, &rule->sid, rule->bits);
	if (!err && nla_put_u8(msg, SERVAL_A_RULE_TYPE, rule->type) < 0)
		err = -EMSGSIZE;
	for (i = 0; i < rule->n_nexthops && !err; i++)
		err = put_nexthop(msg, &rule->nexthop[i], true);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return svctl_exchange(ctl, msg, 0, NULL, NULL);
}

int svctl_rule_add(struct svctl *ctl, const struct svctl_rule *rule)
{
	return put_rule(ctl, SERVAL_CMD_RULE_ADD, rule);
}

int svctl_rule_replace(struct svctl *ctl, const struct svctl_rule *rule)
{
	return put_rule(ctl, SERVAL_CMD_RULE_REPLACE, rule);
}

int svctl_rule_del(struct svctl *ctl, const struct service_id *sid, unsigned int bits,
		   const struct svctl_nexthop *via)
{
	struct nl_msg *msg;
	int err;

	if (bits > SERVICE_ID_MAX_PREFIX_BITS)
		return -EINVAL;
	msg = svctl_request(ctl, SERVAL_CMD_RULE_DEL, 0, RULE_ROOM + NEXTHOP_ROOM);
	if (!msg)
		return -ENOMEM;
	err = put_prefix(msg, sid, bits);
	if (!err && via)
		err = put_nexthop(msg, via, false);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return svctl_exchange(ctl, msg, 0, NULL, NULL);
}

int svctl_rule_flush(struct svctl *ctl)
{
	return svctl_exchange(ctl, svctl_request(ctl, SERVAL_CMD_RULE_FLUSH, 0, 0), 0, NULL, NULL);
}

struct rule_walk {
	svctl_rule_fn fn;
	void *arg;
};

static void get_nexthop(const struct nlattr *nest, struct svctl_nexthop *nh)
{
	struct nlattr *attr[SERVAL_A_NEXTHOP_MAX + 1] = { NULL };

	nla_parse(attr, SERVAL_A_NEXTHOP_MAX, nla_data(nest), nla_len(nest), NULL);
	nh->addr.s_addr = svctl_get_uint(attr[SERVAL_A_NEXTHOP_ADDR]);
	nh->ifindex = svctl_get_uint(attr[SERVAL_A_NEXTHOP_IFINDEX]);
	nh->priority = svctl_get_uint(attr[SERVAL_A_NEXTHOP_PRIORITY]);
	nh->weight = svctl_get_uint(attr[SERVAL_A_NEXTHOP_WEIGHT]);
	nh->hits = svctl_get_uint(attr[SERVAL_A_NEXTHOP_HITS]);
}

static void get_socket(const struct nlattr *nest, struct svctl_socket *sock)
{
	struct nlattr *attr[SERVAL_A_SOCKET_MAX + 1] = { NULL };

	nla_parse(attr, SERVAL_A_SOCKET_MAX, nla_data(nest), nla_len(nest), NULL);
	sock->protocol = svctl_get_uint(attr[SERVAL_A_SOCKET_PROTOCOL]);
	sock->uid = svctl_get_uint(attr[SERVAL_A_SOCKET_UID]);
	sock->inode = svctl_get_uint(attr[SERVAL_A_SOCKET_INODE]);
	sock->hits = svctl_get_uint(attr[SERVAL_A_SOCKET_HITS]);
	sock->listening = attr[SERVAL_A_SOCKET_LISTENING];
}

/* The first of several attributes of one number that a message has from @attr on */
static const struct nlattr *next_of(const struct nlattr *attr, int *left, int type)
{
	while (nla_ok(attr, *left) && nla_type(attr) != type)
		attr = nla_next(attr, left);
	return nla_ok(attr, *left) ? attr : NULL;
}

static unsigned int count_of(const struct nlattr *attr, int left, int type)
{
	unsigned int n = 0;

	for (attr = next_of(attr, &left, type); attr; attr = next_of(attr, &left, type)) {
		attr = nla_next(attr, &left);
		n++;
	}
	return n;
}

static int rule_message(struct nlattr **tb, const struct nlattr *head, int len, void *arg)
{
	struct svctl_rule rule = { .bits = svctl_get_uint(tb[SERVAL_A_RULE_PREFIX_BITS]) };
	struct rule_walk *walk = arg;
	struct svctl_nexthop *nh;
	struct svctl_socket *sock;
	const struct nlattr *attr;
	int left, err = -ENOMEM;
	unsigned int i;

	svctl_get_bytes(tb[SERVAL_A_RULE_SERVICE], &rule.sid, sizeof(rule.sid));
	rule.type = svctl_get_uint(tb[SERVAL_A_RULE_TYPE]);
	rule.hits = svctl_get_uint(tb[SERVAL_A_RULE_HITS]);
	rule.n_nexthops = count_of(head, len, SERVAL_A_RULE_NEXTHOP);
	rule.n_sockets = count_of(head, len, SERVAL_A_RULE_SOCKET);
	rule.n_targets = tb[SERVAL_A_RULE_TARGETS] ? svctl_get_uint(tb[SERVAL_A_RULE_TARGETS]) :
			 rule.n_nexthops + rule.n_sockets;

	nh = calloc(rule.n_nexthops + 1, sizeof(*nh));
	sock = calloc(rule.n_sockets + 1, sizeof(*sock));
	if (!nh || !sock)
		goto out;
	left = len;
	attr = head;
	for (i = 0; i < rule.n_nexthops; i++, attr = nla_next(attr, &left)) {
		attr = next_of(attr, &left, SERVAL_A_RULE_NEXTHOP);
		get_nexthop(attr, &nh[i]);
	}
	left = len;
	attr = head;
	for (i = 0; i < rule.n_sockets; i++, attr = nla_next(attr, &left)) {
		attr = next_of(attr, &left, SERVAL_A_RULE_SOCKET);
		get_socket(attr, &sock[i]);
	}
	rule.nexthop = nh;
	rule.socket = sock;
	err = walk->fn(&rule, walk->arg);
out:
	free(nh);
	free(sock);
	return err;
}

static int walk_rules(struct svctl *ctl, struct nl_msg *msg, svctl_rule_fn fn, void *arg)
{
	struct rule_walk walk = { fn, arg };

	return svctl_exchange(ctl, msg, SERVAL_A_RULE_MAX, rule_message, &walk);
}

int svctl_rule_dump(struct svctl *ctl, svctl_rule_fn fn, void *arg)
{
	return walk_rules(ctl, svctl_request(ctl, SERVAL_CMD_RULE_GET, NLM_F_DUMP, 0), fn, arg);
}

int svctl_rule_get(struct svctl *ctl, const struct service_id *sid, unsigned int bits,
		   svctl_rule_fn fn, void *arg)
{
	struct nl_msg *msg;

	if (bits > SERVICE_ID_MAX_PREFIX_BITS)
		return -EINVAL;
	msg = svctl_request(ctl, SERVAL_CMD_RULE_GET, NLM_F_DUMP, RULE_ROOM);
	if (!msg)
		return -ENOMEM;
	if (put_prefix(msg, sid, bits)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return walk_rules(ctl, msg, fn, arg);
}

int svctl_rule_match(struct svctl *ctl, const struct service_id *sid, svctl_rule_fn fn, void *arg)
{
	struct nl_msg *msg = svctl_request(ctl, SERVAL_CMD_RULE_GET, NLM_F_DUMP, RULE_ROOM);

	if (!msg)
		return -ENOMEM;
	if (nla_put(msg, SERVAL_A_RULE_SERVICE, sizeof(*sid), sid) < 0 ||
	    nla_put_flag(msg, SERVAL_A_RULE_MATCH) < 0) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return walk_rules(ctl, msg, fn, arg);
}
