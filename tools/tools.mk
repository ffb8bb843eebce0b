# SPDX-License-Identifier: GPL-2.0-or-later
serval_SRCS := $(addprefix tools/, main.c commands.c grammar_compile.c grammar_match.c \
	grammar_help.c value.c name.c show.c proc.c service.c service_show.c flow.c monitor.c \
	stats.c id.c status.c listen.c nc.c)
serval_LDLIBS = $(shell $(PKG_CONFIG) --libs json-c)
$(serval_SRCS:%.c=build/obj/%.o): OBJ_CFLAGS = $(shell $(PKG_CONFIG) --cflags json-c)

grammar_SRCS := tools/grammar_compile.c tools/grammar_match.c tools/grammar_help.c
check_tools_grammar_SRCS := $(grammar_SRCS)
check_tools_name_SRCS = tools/name.c $(libserval_SRCS)
check_tools_name_LDLIBS := -lmd
check_tools_name_CFLAGS = $(shell $(PKG_CONFIG) --cflags json-c)
build/san/tools/name.o: OBJ_CFLAGS = $(shell $(PKG_CONFIG) --cflags json-c)
