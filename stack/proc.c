// SPDX-License-Identifier: GPL-2.0-only
/*
 * proc - the service table, the flows and the counters as text, for people
 * with nothing but cat. Programs use netlink; the columns may change.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/tcp_states.h>
#include "flow_table.h"
#include "genl.h"
#include "mib.h"
#include "proc.h"
#include "service_table.h"

/* --- service_table --- */

/*
 * A reader's place. One show() prints as many rules as the buffer holds, for
 * each walk has to find its beginning again. next() makes it final: show() may
 * be called twice for the same place, with more room.
 */
struct service_iter {
	struct seq_net_private p;	/* first, for seq_file_net() */
	struct rule_place {
		struct service_id sid;	/* of the rule printed last, if @begun */
		u16	bits;
		u8	type;
		bool	begun;
		bool	done;
	} now, next;
};

struct print {
	struct seq_file *m;
	struct rule_place *next;
	bool	any;			/* something was printed that can stay */
};

static void print_socket(struct seq_file *m, const struct serval_target_info *t)
{
	struct net *net = seq_file_net(m);

	seq_printf(m, "  -> socket %-20lu uid %-10u %-14s %20llu\n", sock_i_ino(t->sk),
		   from_kuid_munged(seq_user_ns(m), sock_net_uid(net, t->sk)),
		   READ_ONCE(t->sk->sk_state) == TCP_LISTEN ? "listening" : "bound", t->hits);
}

static void print_nexthop(struct seq_file *m, const struct serval_target_info *t)
{
	struct net_device *dev;

	seq_printf(m, "  -> %-15pI4 ", &t->nh.addr);
	rcu_read_lock();
	dev = t->nh.ifindex ? dev_get_by_index_rcu(seq_file_net(m), t->nh.ifindex) : NULL;
	if (dev)
		seq_printf(m, "%-15s", dev->name);
	else if (t->nh.ifindex)
		seq_printf(m, "if%-13d", t->nh.ifindex);
	else
		seq_printf(m, "%-15s", "-");
	rcu_read_unlock();
	seq_printf(m, " priority %-5u weight %-5u %20llu\n", t->nh.priority, t->nh.weight, t->hits);
}

static int print_rule(const struct serval_rule_info *rule, void *arg)
{
	static const char *const types[] = {
		[SERVAL_RULE_FORWARD]	= "forward",
		[SERVAL_RULE_DEMUX]	= "demux",
		[SERVAL_RULE_DELAY]	= "delay",
		[SERVAL_RULE_DROP]	= "drop",
	};
	struct print *p = arg;
	struct seq_file *m = p->m;
	size_t start = m->count;
	unsigned int i;

	seq_printf(m, "%*phN/%-3u %-7s %20llu\n", SERVICE_ID_LEN, &rule->sid, rule->bits,
		   types[rule->type], rule->hits);
	for (i = 0; i < rule->n_targets; i++) {
		if (rule->targets[i].sk)
			print_socket(m, &rule->targets[i]);
		else
			print_nexthop(m, &rule->targets[i]);
	}
	if (seq_has_overflowed(m)) {
		/* the first stays overflowed: seq_file shall call again with more room */
		if (p->any)
			m->count = start;
		return -ENOSPC;
	}
	p->any = true;
	*p->next = (struct rule_place) { rule->sid, rule->bits, rule->type, .begun = true };
	return 0;
}

static void *service_start(struct seq_file *m, loff_t *pos)
{
	struct service_iter *it = m->private;

	if (!*pos)
		it->now = (struct rule_place) {};
	return it->now.done ? NULL : it;
}

static void *service_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct service_iter *it = v;

	++*pos;
	it->now = it->next;
	return it->now.done ? NULL : it;
}

static void service_stop(struct seq_file *m, void *v)
{
}

static int service_show(struct seq_file *m, void *v)
{
	struct service_iter *it = v;
	struct print p = { .m = m, .next = &it->next };
	int err;

	it->next = it->now;
	if (!it->now.begun)
		seq_printf(m, "%-68s %-7s %20s\n", "Service/bits", "Type", "Hits");
	err = serval_service_walk(seq_file_net(m), it->now.begun ? &it->now.sid : NULL,
				  it->now.bits, it->now.type, print_rule, &p);
	it->next.done = !err;
	return err == -ENOMEM ? err : 0;
}

static const struct seq_operations service_ops = {
	.start	= service_start,
	.next	= service_next,
	.stop	= service_stop,
	.show	= service_show,
};

/* --- flow_table --- */

struct flow_iter {
	struct seq_net_private p;	/* first, for seq_file_net() */
	struct serval_flow_iter done;	/* behind the last flow printed */
	struct serval_flow_iter next;	/* behind the flow under way */
};

static struct sock *flow_fetch(struct seq_file *m)
{
	struct flow_iter *it = m->private;

	it->next = it->done;
	return serval_flow_next(seq_file_net(m), &it->next);
}

static void *flow_start(struct seq_file *m, loff_t *pos)
{
	struct flow_iter *it = m->private;

	if (!*pos) {
		memset(&it->done, 0, sizeof(it->done));
		return SEQ_START_TOKEN;
	}
	return flow_fetch(m);
}

static void flow_stop(struct seq_file *m, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		serval_flow_put(v);
}

static void *flow_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct flow_iter *it = m->private;

	flow_stop(m, v);
	if (v != SEQ_START_TOKEN)
		it->done = it->next;
	++*pos;
	return flow_fetch(m);
}

static int flow_show(struct seq_file *m, void *v)
{
	static const char *const states[SV_FLOW_STATE_MAX] = {
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
	struct net *net = seq_file_net(m);
	struct sv_flow_info f;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "Local    Peer     LocalAddr       PeerAddr        State     Proto Ver   Uid      Inode        Sent    Received Service\n");
		return 0;
	}

	serval_flow_info(v, &f);
	/* decided for who opened the file: reading may be left to a program with other rights */
	if (!serval_genl_may_see(net, file_ns_capable(m->file, net->user_ns, CAP_NET_ADMIN),
				 m->file->f_cred->euid, &f))
		return SEQ_SKIP;

	seq_printf(m, "%08x %08x %-15pI4 %-15pI4 %-9s %5u %3u %5u %10llu %11llu %11llu %*phN\n",
		   ntohl(f.local_flowid), ntohl(f.peer_flowid), &f.local_addr, &f.peer_addr,
		   f.state < SV_FLOW_STATE_MAX ? states[f.state] : "?",
		   f.protocol, f.version, f.uid, f.inode, f.bytes_sent, f.bytes_received,
		   SERVICE_ID_LEN, &f.service);
	return 0;
}

static const struct seq_operations flow_ops = {
	.start	= flow_start,
	.next	= flow_next,
	.stop	= flow_stop,
	.show	= flow_show,
};

/* --- snmp --- */

static int snmp_show(struct seq_file *m, void *v)
{
	struct net *net = m->private;
	int i;

	for (i = 0; i < SERVAL_MIB_MAX; i++)
		seq_printf(m, "%-24s %llu\n", serval_mib_name(i), serval_mib_read(net, i));
	return 0;
}

int serval_proc_net_init(struct net *net)
{
	struct proc_dir_entry *dir = proc_net_mkdir(net, "serval", net->proc_net);

	if (!dir)
		return -ENOMEM;
	if (!proc_create_net("service_table", 0444, dir, &service_ops,
			     sizeof(struct service_iter)) ||
	    !proc_create_net("flow_table", 0444, dir, &flow_ops, sizeof(struct flow_iter)) ||
	    !proc_create_net_single("snmp", 0444, dir, snmp_show, NULL)) {
		remove_proc_subtree("serval", net->proc_net);
		return -ENOMEM;
	}
	return 0;
}

void serval_proc_net_exit(struct net *net)
{
	remove_proc_subtree("serval", net->proc_net);
}
