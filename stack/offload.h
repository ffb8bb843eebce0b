/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * offload - cutting and merging segments behind the SAL header.
 */
#ifndef SERVAL_OFFLOAD_H
#define SERVAL_OFFLOAD_H

int serval_offload_init(void);
void serval_offload_exit(void);

#endif
