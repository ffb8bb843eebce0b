// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nltest_bad - what the netlink interface must refuse, with which errno and
 * text, and which attribute it must blame.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "nltest.h"

static void test_missing(void)
{
	req(SERVAL_CMD_RULE_ADD);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	lacks(SERVAL_A_RULE_SERVICE, "service is missing", "rule-add without service");

	req(SERVAL_CMD_RULE_ADD);
	put_sid(1);
	put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	lacks(SERVAL_A_RULE_PREFIX_BITS, "prefix-bits is missing", "rule-add without prefix-bits");

	req(SERVAL_CMD_RULE_ADD);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	lacks(SERVAL_A_RULE_TYPE, "type is missing", "rule-add without type");

	req(SERVAL_CMD_RULE_ADD);
	lacks(SERVAL_A_RULE_SERVICE, "service is missing", "rule-add without anything");

	forward(SERVAL_CMD_RULE_ADD, 1);
	lacks(SERVAL_A_RULE_NEXTHOP, "nexthop is missing", "a forward rule without nexthop");

	forward(SERVAL_CMD_RULE_REPLACE, 1);
	lacks(SERVAL_A_RULE_NEXTHOP, "nexthop is missing", "rule-replace without nexthop");

	forward(SERVAL_CMD_RULE_ADD, 1);
	nest_end(nest(SERVAL_A_RULE_NEXTHOP));
	lacks(SERVAL_A_NEXTHOP_ADDR, "addr is missing from a nexthop", "an empty nexthop");

	req(SERVAL_CMD_RULE_DEL);
	lacks(SERVAL_A_RULE_SERVICE, "service is missing", "rule-del without anything");

	dump(SERVAL_CMD_RULE_GET);
	put(SERVAL_A_RULE_MATCH, NULL, 0);
	lacks(SERVAL_A_RULE_SERVICE, "service is missing", "match without service");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(1);
	lacks(SERVAL_A_RULE_PREFIX_BITS, "prefix-bits is missing", "rule-get of half a prefix");

	req(SERVAL_CMD_FLOW_GET);
	lacks(SERVAL_A_FLOW_LOCAL_FLOWID, "local-flowid is missing", "flow-get of no flow");
}

static void test_length(void)
{
	static const uint8_t zero[64];
	static const uint16_t sid_lens[] = { 0, 1, 31, 33, 64 };
	static const uint16_t bits_lens[] = { 0, 1, 3, 4 };
	char name[80];
	uint32_t at;
	size_t i;

	for (i = 0; i < sizeof(sid_lens) / sizeof(*sid_lens); i++) {
		req(SERVAL_CMD_RULE_ADD);
		at = put(SERVAL_A_RULE_SERVICE, zero, sid_lens[i]);
		put16(SERVAL_A_RULE_PREFIX_BITS, 0);
		put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
		snprintf(name, sizeof(name), "a serviceID of %u bytes", sid_lens[i]);
		bad(ERANGE, "", at, name);
	}
	for (i = 0; i < sizeof(bits_lens) / sizeof(*bits_lens); i++) {
		req(SERVAL_CMD_RULE_ADD);
		put_sid(0);
		at = put(SERVAL_A_RULE_PREFIX_BITS, zero, bits_lens[i]);
		put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
		snprintf(name, sizeof(name), "prefix-bits of %u bytes", bits_lens[i]);
		bad(EINVAL, "", at, name);
	}

	req(SERVAL_CMD_RULE_ADD);
	put_sid(0);
	put16(SERVAL_A_RULE_PREFIX_BITS, 0);
	at = put32(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	bad(EINVAL, "", at, "a type of 4 bytes");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	i = put16(SERVAL_A_NEXTHOP_ADDR, 1);
	nest_end(at);
	bad(EINVAL, "", i, "an address of 2 bytes");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000001));
	i = put32(SERVAL_A_NEXTHOP_WEIGHT, 1);
	nest_end(at);
	bad(EINVAL, "", i, "a weight of 4 bytes");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(1);
	at = put(SERVAL_A_RULE_MATCH, zero, 1);
	bad(ERANGE, "", at, "a flag with a value");

	req(SERVAL_CMD_FLOW_GET);
	at = put16(SERVAL_A_FLOW_LOCAL_FLOWID, 1);
	bad(EINVAL, "", at, "a flow id of 2 bytes");

	/* the attribute claims more than the message holds */
	forward(SERVAL_CMD_RULE_ADD, 1);
	at = put_nexthop(0x0a000001);
	((struct nlattr *)(m.b + at))->nla_len += 64;
	bad(EINVAL, "", 0, "an attribute longer than its message");

	/* the same within a nest */
	forward(SERVAL_CMD_RULE_ADD, 1);
	at = put_nexthop(0x0a000001);
	((struct nlattr *)(m.b + at + NLA_HDRLEN))->nla_len += 4;
	fails(EINVAL, "an attribute longer than its nest");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(1, SERVAL_TYPE_DROP);
	m.b[m.h.nlmsg_len] = 1;
	m.h.nlmsg_len += 2;
	fails(EINVAL, "bytes left over after the attributes");

	req(SERVAL_CMD_RULE_ADD);
	m.h.nlmsg_len = NLMSG_LENGTH(2);
	fails(EINVAL, "a message without the whole generic header");
}

static void test_twice(void)
{
	uint32_t at, nested;

	req(SERVAL_CMD_RULE_ADD);
	put_rule(1, SERVAL_TYPE_DROP);
	at = put_sid(2);
	bad(EINVAL, "given twice", at, "service twice");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(1, SERVAL_TYPE_DROP);
	at = put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	bad(EINVAL, "given twice", at, "prefix-bits twice");

	req(SERVAL_CMD_RULE_REPLACE);
	put_rule(1, SERVAL_TYPE_DROP);
	at = put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DELAY);
	bad(EINVAL, "given twice", at, "type twice");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000001));
	nested = put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000002));
	nest_end(at);
	bad(EINVAL, "given twice", nested, "addr twice in a nexthop");

	forward(SERVAL_CMD_RULE_ADD, 1);
	put_nexthop(0x0a000001);
	at = put_nexthop(0x0a000001);
	bad(EINVAL, "next hop given twice", at, "the same next hop twice");

	req(SERVAL_CMD_RULE_DEL);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	put_nexthop(0x0a000001);
	at = put_nexthop(0x0a000002);
	bad(EINVAL, "given twice", at, "rule-del of two targets");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(1);
	at = put_sid(1);
	put(SERVAL_A_RULE_MATCH, NULL, 0);
	bad(EINVAL, "given twice", at, "service twice in a dump");

	req(SERVAL_CMD_FLOW_GET);
	put32(SERVAL_A_FLOW_LOCAL_FLOWID, 1);
	at = put32(SERVAL_A_FLOW_LOCAL_FLOWID, 2);
	bad(EINVAL, "given twice", at, "local-flowid twice");
}

static void test_values(void)
{
	uint32_t at, nested;

	req(SERVAL_CMD_RULE_ADD);
	put_sid(1);
	at = put16(SERVAL_A_RULE_PREFIX_BITS, 257);
	put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	bad(ERANGE, "", at, "a prefix of 257 bits");

	req(SERVAL_CMD_RULE_ADD);
	at = put_sid(0x01000001);
	put16(SERVAL_A_RULE_PREFIX_BITS, 31);
	put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	bad(EINVAL, "bits are set after the prefix", at, "a bit behind the prefix");

	req(SERVAL_CMD_RULE_ADD);
	at = put_sid(0x80000000);
	put16(SERVAL_A_RULE_PREFIX_BITS, 0);
	put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	bad(EINVAL, "bits are set after the prefix", at, "a bit behind the empty prefix");

	req(SERVAL_CMD_RULE_ADD);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	at = put8(SERVAL_A_RULE_TYPE, 0);
	bad(ERANGE, "", at, "type 0");

	req(SERVAL_CMD_RULE_ADD);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	at = put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP + 1);
	bad(ERANGE, "", at, "an unknown type");

	req(SERVAL_CMD_RULE_ADD);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	at = put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DEMUX);
	bad(EINVAL, "demux rules come from bind()", at, "a demux rule");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(1, SERVAL_TYPE_DROP);
	at = put_nexthop(0x0a000001);
	bad(EINVAL, "only a forward rule has next hops", at, "a drop rule with a next hop");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	nested = put32(SERVAL_A_NEXTHOP_ADDR, 0);
	nest_end(at);
	bad(EINVAL, "not an address of a host", nested, "address 0.0.0.0");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000001));
	nested = put32(SERVAL_A_NEXTHOP_IFINDEX, 0);
	nest_end(at);
	bad(ERANGE, "", nested, "interface 0");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000001));
	nested = put32(SERVAL_A_NEXTHOP_IFINDEX, 0xfffffff0);
	nest_end(at);
	bad(ENODEV, "no such interface", nested, "an interface that is not there");
}

static void test_place(void)
{
	uint64_t v64 = 1;
	uint32_t at, nested;

	req(SERVAL_CMD_RULE_ADD);
	put_rule(1, SERVAL_TYPE_DROP);
	at = put32(40, 0);
	bad(EINVAL, "", at, "an unknown attribute");

	req(SERVAL_CMD_RULE_ADD);
	put_rule(1, SERVAL_TYPE_DROP);
	at = put(SERVAL_A_RULE_HITS, &v64, sizeof(v64));
	bad(EINVAL, "", at, "hits in a request");

	req(SERVAL_CMD_RULE_DEL);
	at = put8(SERVAL_A_RULE_TYPE, SERVAL_TYPE_DROP);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	bad(EINVAL, "", at, "type in rule-del");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000001));
	nested = put(SERVAL_A_NEXTHOP_HITS, &v64, sizeof(v64));
	nest_end(at);
	bad(EINVAL, "", nested, "hits in a nexthop of a request");

	forward(SERVAL_CMD_RULE_ADD, 1);
	at = put_nexthop(0x0a000001);
	((struct nlattr *)(m.b + at))->nla_type &= ~NLA_F_NESTED;
	bad(EINVAL, "", at, "a nest not marked as one");

	req(SERVAL_CMD_RULE_DEL);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	at = nest(SERVAL_A_RULE_NEXTHOP);
	put32(SERVAL_A_NEXTHOP_ADDR, htonl(0x0a000001));
	put16(SERVAL_A_NEXTHOP_WEIGHT, 1);
	nest_end(at);
	bad(EINVAL, "only addr and ifindex name a target", at, "rule-del by weight");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(1);
	at = put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	put(SERVAL_A_RULE_MATCH, NULL, 0);
	bad(EINVAL, "match takes a full serviceID", at, "match of a prefix");

	dump(SERVAL_CMD_FLOW_GET);
	at = put32(SERVAL_A_FLOW_LOCAL_FLOWID, 1);
	bad(EINVAL, "a dump shows all flows", at, "a dump of one flow");

	req(SERVAL_CMD_STATS_GET);
	at = put32(1, 1);
	bad(EINVAL, "", at, "an attribute where none is taken");

	req(SERVAL_CMD_RULE_GET);
	fails(EOPNOTSUPP, "rule-get that is not a dump");
	req(200);
	fails(EOPNOTSUPP, "an unknown command");
	req(SERVAL_CMD_RULE_NEW);
	fails(EOPNOTSUPP, "an event as a command");
}

static void test_absent(void)
{
	struct answer a;

	req(SERVAL_CMD_RULE_DEL);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	a = ask();
	check(a, a.err == ENOENT && a.text[0], "rule-del without a rule");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(1);
	put16(SERVAL_A_RULE_PREFIX_BITS, 32);
	bad(ENOENT, "no rule for this prefix", 0, "rule-get of a prefix without a rule");

	dump(SERVAL_CMD_RULE_GET);
	put_sid(1);
	put(SERVAL_A_RULE_MATCH, NULL, 0);
	bad(ENOENT, "no rule matches", 0, "match in an empty table");

	req(SERVAL_CMD_FLOW_GET);
	put32(SERVAL_A_FLOW_LOCAL_FLOWID, 0x12345678);
	a = ask();
	check(a, a.err == ENOENT && !strcmp(a.text, "no such flow"), "flow-get of an unknown flow");

	dump(SERVAL_CMD_FLOW_GET);
	a = ask();
	check(a, !a.err && !a.n, "no flows in a new namespace");
}

void test_refusals(void)
{
	test_missing();
	test_length();
	test_twice();
	test_values();
	test_place();
	test_absent();
}
