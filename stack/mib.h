/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mib - one counter per decision, per CPU and network namespace.
 *
 * To add one: a line in SERVAL_MIB_LIST, a line in serval(7), a test that
 * moves it.
 */
#ifndef SERVAL_MIB_H
#define SERVAL_MIB_H

#include <net/net_namespace.h>
#include "serval.h"

/* X(symbol, name as users see it) */
#define SERVAL_MIB_LIST(X) \
	X(IN_PKTS,		"InPkts")		/* SAL packets received */ \
	X(OUT_PKTS,		"OutPkts")		/* SAL packets sent */ \
	X(IN_TRUNCATED,		"InTruncated")		/* packet shorter than its lengths say */ \
	X(IN_SHL,		"InBadShl")		/* header length below 12 bytes */ \
	X(IN_CSUM,		"InCsumErrors")		/* SAL checksum wrong */ \
	X(IN_PROTOCOL,		"InBadProtocol")	/* transport neither TCP nor UDP */ \
	X(IN_EXT_LENGTH,	"InExtLength")		/* extension length wrong */ \
	X(IN_EXT_DUPLICATE,	"InExtDuplicate")	/* extension given too often */ \
	X(IN_EXT_COUNT,		"InExtCount")		/* more than ten extensions */ \
	X(IN_EXT_UNKNOWN,	"InExtUnknown")		/* unknown extension */ \
	X(IN_FLAGS,		"InBadFlags")		/* contradictory CONTROL flags */ \
	X(IN_FLOWID,		"InBadFlowid")		/* flow id 0 where one must be */ \
	X(IN_TRANSPORT,		"InTransportErrors")	/* transport header or checksum wrong */ \
	X(IN_TCP_FLAGS,		"InTcpFlags")		/* TCP flags contradict SAL flags */ \
	X(IN_NOT_HOST,		"InNotForUs")		/* not to an address of one host */ \
	X(NO_FLOW,		"NoFlow")		/* no flow for the destination flow id */ \
	X(SYN_IN,		"SynIn")		/* SYNs received */ \
	X(SYN_OUT,		"SynOut")		/* SYNs sent, repeats included */ \
	X(SYN_DUP,		"SynDuplicate")		/* SYN of a flow we already have */ \
	X(SYNACK_IN,		"SynAckIn")		/* SYN-ACKs received */ \
	X(SYNACK_OUT,		"SynAckOut")		/* SYN-ACKs sent, repeats included */ \
	X(SYNACK_STRAY,		"SynAckStray")		/* SYN-ACK of a second server, reset */ \
	X(SERVICE_MISS,		"ServiceMiss")		/* no rule for a serviceID */ \
	X(SERVICE_DROP,		"ServiceDrop")		/* a DROP rule matched */ \
	X(SERVICE_DELAY,	"ServiceDelay")		/* a DELAY rule matched */ \
	X(LISTEN_OVERFLOW,	"ListenOverflows")	/* accept queue full */ \
	X(REQ_OVERFLOW,		"RequestOverflows")	/* too many half-open requests */ \
	X(REQ_TIMEOUT,		"RequestTimeouts")	/* requests never completed */ \
	X(ACCEPTED,		"PassiveOpens")		/* connections accepted */ \
	X(CONNECTED,		"ActiveOpens")		/* connections made */ \
	X(RETARGET,		"Retargets")		/* another instance tried */ \
	X(FIN_IN,		"FinIn") \
	X(FIN_OUT,		"FinOut") \
	X(CTL_RETRANS,		"ControlRetrans")	/* control messages repeated */ \
	X(RST_IN,		"RstIn")		/* RSTs that ended a flow */ \
	X(RST_OUT,		"RstOut")		/* RSTs sent */ \
	X(RST_LIMIT,		"RstLimited")		/* RSTs not sent: rate limit */ \
	X(RST_BAD,		"RstBad")		/* RSTs without the right nonce */ \
	X(BAD_NONCE,		"BadNonce")		/* control message with a wrong nonce */ \
	X(BAD_FLOW,		"BadPeerFlow")		/* source flow id is not the peer's */ \
	X(BAD_ACKNO,		"BadAckno")		/* ackno outside the window */ \
	X(OLD_VERNO,		"OldVerno")		/* control number old, or a jump */ \
	X(BAD_STATE,		"BadState")		/* no such message in this state */ \
	X(BAD_VERSION,		"BadVersion")		/* needs version 2 */ \
	X(BAD_ADDRESS,		"BadAddress")		/* data not from the peer's address */ \
	X(CLOSING_ENTRIES,	"ClosingEntries")	/* sockets gone, control still to do */ \
	X(TIMEWAIT,		"TimeWaits") \
	X(TIMEWAIT_OVERFLOW,	"TimeWaitOverflows")	/* no TIMEWAIT: limit or memory */ \
	X(GIVE_UP,		"GiveUps")		/* FIN never acknowledged */ \
	X(BACKLOG_DROP,		"BacklogDrops")		/* socket backlog full */ \
	X(NO_ROUTE,		"OutNoRoutes") \
	X(NO_MEMORY,		"NoMemory") \
	X(EARLY_DEMUX,		"EarlyDemux")		/* packets matched before routing */ \
	X(GRO_MERGED,		"GroMerged")		/* packets merged on receipt */ \
	X(EVENT_LOST,		"EventsLost")		/* netlink events not built or not sent */

enum serval_mib {
#define X(sym, name) SERVAL_MIB_##sym,
	SERVAL_MIB_LIST(X)
#undef X
	SERVAL_MIB_MAX
};

struct serval_mib_cpu {
	u64	v[SERVAL_MIB_MAX];
};

#define serval_mib_inc(net, sym) \
	this_cpu_inc(serval_net(net)->mib->v[SERVAL_MIB_##sym])
/* for each packet, within an RCU read section */
#define serval_mib_inc_rcu(net, sym) \
	this_cpu_inc(serval_net_rcu(net)->mib->v[SERVAL_MIB_##sym])
#define serval_mib_inc_id(net, id) \
	this_cpu_inc(serval_net(net)->mib->v[id])

u64 serval_mib_read(struct net *net, enum serval_mib id);
const char *serval_mib_name(enum serval_mib id);
int serval_mib_net_init(struct net *net);
void serval_mib_net_exit(struct net *net);

#endif
