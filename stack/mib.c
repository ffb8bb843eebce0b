// SPDX-License-Identifier: GPL-2.0-only
/*
 * mib - the counters of mib.h, their memory and their names.
 *
 * Knows nothing of what they count: whoever takes a decision counts it.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/percpu.h>
#include "mib.h"

static const char *const names[SERVAL_MIB_MAX] = {
#define X(sym, name) name,
	SERVAL_MIB_LIST(X)
#undef X
};

/**
 * serval_mib_read() - a counter, summed over all CPUs
 * @net: namespace
 * @id: which
 *
 * Counting goes on meanwhile, so two counters read one after the other need
 * not agree.
 */
u64 serval_mib_read(struct net *net, enum serval_mib id)
{
	const struct serval_mib_cpu __percpu *mib = serval_net(net)->mib;
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(mib, cpu)->v[id]);
	return sum;
}

/** serval_mib_name() - a counter's name as users see it */
const char *serval_mib_name(enum serval_mib id)
{
	return names[id];
}

/** serval_mib_net_init() - a namespace's counters, all zero; first of its rooms */
int serval_mib_net_init(struct net *net)
{
	serval_net(net)->mib = alloc_percpu(struct serval_mib_cpu);
	return serval_net(net)->mib ? 0 : -ENOMEM;
}

/** serval_mib_net_exit() - last of a namespace's rooms: nothing counts any more */
void serval_mib_net_exit(struct net *net)
{
	free_percpu(serval_net(net)->mib);
}
