# SPDX-License-Identifier: GPL-2.0-or-later
# What fuzzers need beside their room; 'make fuzz-build' makes build/fuzz/fuzz_*

fuzz_eccp_SRCS := stack/eccp_msg.c stack/eccp_timer.c stack/eccp_migrate.c stack/sal_hdr.c
