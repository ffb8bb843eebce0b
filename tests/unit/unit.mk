# SPDX-License-Identifier: GPL-2.0-or-later
# What unit tests need beside their room (Makefile: "Tests need no list")

eccp_SRCS := stack/eccp.c stack/eccp_msg.c stack/eccp_timer.c stack/eccp_migrate.c

check_sal_hdr_SRCS := stack/eccp_msg.c tests/vectors/vectors.c
check_eccp_SRCS := $(filter-out stack/eccp.c,$(eccp_SRCS)) stack/sal_hdr.c
