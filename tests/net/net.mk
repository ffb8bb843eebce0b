# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs of the scenario tests that are more than one file. PARTS are no
# programs of their own.

net_PARTS += common xfer

svload_SRCS := tests/net/common.c tests/net/xfer.c
svload_LDLIBS := -lmd
svserve_SRCS := $(svload_SRCS)
svserve_LDLIBS := -lmd

sockapi_parts := $(wildcard tests/net/sockapi_*.c)
sockapi_SRCS := $(sockapi_parts) tests/net/common.c
net_PARTS += $(basename $(notdir $(sockapi_parts)))

nltest_parts := $(wildcard tests/net/nltest_*.c)
nltest_SRCS := $(nltest_parts)
net_PARTS += $(basename $(notdir $(nltest_parts)))
