/* SPDX-License-Identifier: GPL-2.0-only */
/* proc - /proc/net/serval */
#ifndef SERVAL_PROC_H
#define SERVAL_PROC_H

#include <net/net_namespace.h>

/** serval_proc_net_init() - the namespace's files; after all rooms they show */
int serval_proc_net_init(struct net *net);

/** serval_proc_net_exit() - returns when no reader is left inside */
void serval_proc_net_exit(struct net *net);

#endif
