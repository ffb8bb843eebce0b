# SPDX-License-Identifier: GPL-2.0-or-later
# What unit tests need beside their room (Makefile: "Tests need no list")

# The rooms of eccp are one machine: each of their tests has all of them
eccp_parts := stack/eccp.c stack/eccp_msg.c stack/eccp_timer.c stack/eccp_migrate.c \
	stack/sal_hdr.c tests/unit/eccp_pair.c
eccp_but = $(filter-out stack/$1.c,$(eccp_parts))

check_sal_hdr_SRCS := stack/eccp_msg.c tests/vectors/vectors.c
check_eccp_SRCS := $(call eccp_but,eccp)
check_eccp_end_SRCS := $(eccp_parts)
check_eccp_msg_SRCS := $(call eccp_but,eccp_msg) tests/vectors/vectors.c
check_eccp_timer_SRCS := $(call eccp_but,eccp_timer)
check_eccp_migrate_SRCS := $(call eccp_but,eccp_migrate)
check_eccp_sim_SRCS := $(eccp_parts)
