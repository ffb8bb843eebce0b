# SPDX-License-Identifier: GPL-2.0-or-later
libservalctl_SRCS := $(addprefix libserval/, ctl.c ctl_rule.c ctl_flow.c ctl_facts.c ctl_event.c)
libservalctl_LDLIBS = $(shell $(PKG_CONFIG) --libs libnl-genl-3.0)
OBJ_NL := $(patsubst %.c,build/obj/%.o,$(libservalctl_SRCS)) $(patsubst %.c,build/san/%.o,$(libservalctl_SRCS))
$(OBJ_NL): OBJ_CFLAGS = $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)
