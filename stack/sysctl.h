/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl - /proc/sys/net/serval */
#ifndef SERVAL_SYSCTL_H
#define SERVAL_SYSCTL_H

#include <net/net_namespace.h>

/** serval_sysctl_net_init() - set a namespace's defaults and show its settings */
int serval_sysctl_net_init(struct net *net);

/** serval_sysctl_net_exit() - nobody can change a setting any more; the values stay readable */
void serval_sysctl_net_exit(struct net *net);

#endif
