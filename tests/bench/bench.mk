# SPDX-License-Identifier: GPL-2.0-or-later

svbench_SRCS := tests/net/common.c
