/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * af_serval - the socket family.
 */
#ifndef SERVAL_AF_SERVAL_H
#define SERVAL_AF_SERVAL_H

#include <linux/socket.h>
#include <uapi/linux/serval.h>

int serval_af_init(void);
void serval_af_exit(void);

/**
 * serval_check_sockaddr() - everything that can be wrong with an address
 * @uaddr: from the user, already in kernel memory
 * @len: its length as given
 * @sid: the name
 * @bits: its prefix length, 1..256
 *
 * Return: 0, -EINVAL (length, flags, prefix, bits set behind it, no name at
 * all) or -EAFNOSUPPORT.
 */
int serval_check_sockaddr(const struct sockaddr *uaddr, int len, struct service_id *sid, u16 *bits);

#endif
