// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysctl - the settings of a namespace: names, ranges and defaults.
 *
 * To add one: a member of struct serval_sysctls, a line in settings[], a
 * paragraph in serval(7). The rooms read the members themselves, with
 * READ_ONCE(); nothing happens here when a value changes.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include "serval.h"
#include "sysctl.h"

struct setting {
	const char *name;
	size_t	offset;		/* of the int in struct serval_sysctls */
	int	preset;
	int	min;
	int	max;
};

#define SETTING(member, preset_, min_, max_) { \
	.name = #member, .offset = offsetof(struct serval_sysctls, member), \
	.preset = preset_, .min = min_, .max = max_ }

static const struct setting settings[] = {
	SETTING(service_resolution_mode,	3,	0,	3),
	SETTING(syn_retries,			5,	1,	15),
	SETTING(max_syn_backlog,		4096,	1,	1 << 20),
	SETTING(timewait_ms,			60000,	1000,	600000),
	SETTING(timewait_max,			65536,	0,	1 << 24),
	SETTING(rst_rate,			100,	0,	1000000),	/* a second */
};

/*
 * One namespace's copy. 6.1 finds the end of a table by an empty entry, 6.12
 * refuses one and takes the size of the array instead: the empty entry after
 * the array serves both.
 */
struct tables {
	struct ctl_table entry[ARRAY_SIZE(settings)];
	struct ctl_table end;
};

int serval_sysctl_net_init(struct net *net)
{
	struct serval_net *sn = serval_net(net);
	struct tables *t;
	int i;

	BUILD_BUG_ON(sizeof(struct serval_sysctls) != ARRAY_SIZE(settings) * sizeof(int));
	BUILD_BUG_ON(offsetof(struct tables, end) != sizeof(t->entry));

	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *s = &settings[i];
		int *value = (void *)&sn->sysctl + s->offset;

		*value = s->preset;
		t->entry[i].procname = s->name;
		t->entry[i].data = value;
		t->entry[i].maxlen = sizeof(int);
		t->entry[i].mode = 0644;
		t->entry[i].proc_handler = proc_dointvec_minmax;
		t->entry[i].extra1 = (void *)&s->min;
		t->entry[i].extra2 = (void *)&s->max;
	}

	sn->sysctl_header = register_net_sysctl(net, "net/serval", t->entry);
	if (!sn->sysctl_header) {
		kfree(t);
		return -ENOMEM;
	}
	return 0;
}

void serval_sysctl_net_exit(struct net *net)
{
	struct serval_net *sn = serval_net(net);
	const struct ctl_table *table = sn->sysctl_header->ctl_table_arg;

	unregister_net_sysctl_table(sn->sysctl_header);
	kfree(table);
}
