/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sal_input - from IP to whoever a packet is for.
 */
#ifndef SERVAL_SAL_INPUT_H
#define SERVAL_SAL_INPUT_H

#include <net/net_namespace.h>

int serval_input_init(void);
void serval_input_exit(void);
int serval_input_net_init(struct net *net);
void serval_input_net_exit(struct net *net);

#endif
