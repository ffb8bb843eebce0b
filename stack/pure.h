/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only shim between kernel and libc types. Pure rooms (sal_hdr, eccp,
 * service_trie, service_pick) include this and nothing of Linux or libc
 * beside it, so that the same lines run in the module, in the unit tests
 * and in the fuzzers. No functions live here.
 */
#ifndef SERVAL_PURE_H
#define SERVAL_PURE_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#else

#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define BIT(n)			(1UL << (n))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define __rcu
#define rcu_dereference(p)	(p)
#define rcu_assign_pointer(p, v) ((p) = (v))
#define rcu_dereference_protected(p, c) (p)
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))

#endif
#endif
