// SPDX-License-Identifier: GPL-2.0-only
/*
 * flow_info - describes a flow to those who ask: SV_FLOW_INFO, netlink, /proc.
 *
 * Reads without locks; a number may be older than its neighbour. Nonces stay
 * where they are.
 */
#include <net/tcp.h>
#include "flow_table.h"
#include "sock.h"

static void of_eccp(struct sv_flow_info *info, const struct eccp *ec)
{
	info->local_flowid = htonl(ec->lflow);
	info->peer_flowid = htonl(ec->pflow);
	info->peer_addr = ec->pa.ip;
	info->state = ec->state;
	info->version = ec->version;
	info->protocol = IPPROTO_TCP;
	if (ec->flags & ECCP_F_PASSIVE)
		info->flags |= SV_FLOW_F_PASSIVE;
	if (ec->pa.encap)
		info->flags |= SV_FLOW_F_ENCAP;
}

/* TCP counts its SYN and FIN as bytes, users do not */
static u64 bytes_acked(const struct serval_sock *s, const struct sock *sk)
{
	u64 bytes = READ_ONCE(tcp_sk(sk)->bytes_acked);

	if (bytes && !(s->ec.flags & ECCP_F_PASSIVE))
		bytes--;
	if (bytes && sk->sk_state == TCP_FIN_WAIT2)
		bytes--;
	return bytes;
}

static void of_socket(struct sv_flow_info *info, struct sock *sk)
{
	const struct serval_sock *s = serval_sk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct dst_entry *dst;

	of_eccp(info, &s->ec);
	info->local_addr = inet_sk(sk)->inet_saddr;
	if (!info->peer_addr)
		info->peer_addr = inet_sk(sk)->inet_daddr;
	info->transport_state = READ_ONCE(sk->sk_state);
	if (info->transport_state == TCP_LISTEN)
		info->state = SV_FLOW_LISTEN;
	if (sock_flag(sk, SOCK_DEAD))
		info->flags |= SV_FLOW_F_ORPHAN;
	rcu_read_lock();
	dst = __sk_dst_get(sk);
	if (dst && dst->dev)
		info->ifindex = dst->dev->ifindex;
	rcu_read_unlock();
	info->uid = from_kuid_munged(sock_net(sk)->user_ns, sock_i_uid(sk));
	info->inode = sock_i_ino(sk);
	info->bytes_sent = bytes_acked(s, sk);
	info->bytes_received = READ_ONCE(tp->bytes_received);
	info->rtt_us = READ_ONCE(tp->srtt_us) >> 3;
	info->cwnd = tcp_snd_cwnd(tp);
	info->mss = READ_ONCE(tp->mss_cache);
	info->retrans = READ_ONCE(tp->total_retrans);
	if (s->start_jiffies)
		info->age_ms = jiffies_to_msecs(jiffies - s->start_jiffies);
	if (s->ec.flags & ECCP_F_PASSIVE) {
		info->service = s->sid;
		info->peer_service = s->peer;
	} else {
		info->service = s->peer;
	}
}

void serval_flow_info(struct sock *sk, struct sv_flow_info *info)
{
	memset(info, 0, sizeof(*info));
	switch (READ_ONCE(sk->sk_state)) {
	case TCP_TIME_WAIT: {
		const struct serval_closing *c = serval_closing(sk);

		of_eccp(info, &c->ec);
		if (c->timewait && eccp_finished(&c->ec))
			info->state = SV_FLOW_TIMEWAIT;
		info->local_addr = c->saddr;
		info->transport_state = c->timewait ? TCP_TIME_WAIT : TCP_CLOSE;
		info->flags |= SV_FLOW_F_ORPHAN;
		info->service = c->service;
		break;
	}
	case TCP_NEW_SYN_RECV: {
		struct request_sock *req = inet_reqsk(sk);

		of_eccp(info, &serval_req(req)->ec);
		info->local_addr = inet_rsk(req)->ir_loc_addr;
		info->transport_state = TCP_SYN_RECV;
		info->service = serval_req(req)->sid;
		break;
	}
	default:
		of_socket(info, sk);
	}
}
