/* SPDX-License-Identifier: GPL-2.0-only */
/* net - a namespace's share of every room, set up and torn down in order */
#ifndef SERVAL_NET_H
#define SERVAL_NET_H

int serval_net_register(void);
void serval_net_unregister(void);

#endif
