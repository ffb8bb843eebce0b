# SPDX-License-Identifier: GPL-2.0-or-later
#
# make help says what there is. How it is put together:
#
# The module is built by kbuild in build/RELEASE/ (scripts/kbuild-tree), once
# for each kernel; stack/serval.ko is a copy of the one KVER names.
#
# User space is built here, without recursion. A folder says what its outputs
# are made of in a fragment of its own, with paths from the top:
#
#	libserval/libserval.mk		libserval_SRCS, libserval_LDLIBS
#	libserval/libservalctl.mk	libservalctl_SRCS, libservalctl_LDLIBS
#	tools/tools.mk			serval_SRCS, serval_LDLIBS
#
# Tests need no list. Each of these is a program of one file, and more where
# NAME_SRCS, NAME_CFLAGS or NAME_LDLIBS are set in the folder's fragment:
#
#	tests/unit/check_ROOM.c		with stack/ROOM.c if there is one, libcheck
#	(unit.mk)			and the sanitizers; becomes build/unit/check_ROOM
#	tests/fuzz/fuzz_ROOM.c		likewise, with libFuzzer
#	(fuzz.mk)
#	tests/net/NAME.c (net.mk),	with both libraries if they are there;
#	tests/bench/NAME.c (bench.mk)	becomes build/net/NAME, build/bench/NAME
#
# Man pages are written as FOLDER/NAME.SECTION.scd for scdoc.

VERSION := 0.1.0
# The number in libserval.so.N: a new one when programs must be built again
libserval_SOVER := 0
libservalctl_SOVER := 0

KVER ?=
T ?=
HOST ?=
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
CLANG ?= clang
PKG_CONFIG ?= pkg-config
PATH := $(PATH):/usr/sbin:/sbin
export PATH

top := $(CURDIR)
CFLAGS ?= -O2 -g
warn := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Wno-unused-parameter
cflags := -std=gnu11 -D_GNU_SOURCE -DSERVAL_VERSION='"$(VERSION)"' $(warn) \
	-iquote . -iquote stack -Iinclude -Iinclude/uapi
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: all module user lib tools check check-unit check-net check-long check-build fuzz bench \
	demo lint lint-module install uninstall clean help setup man FORCE
.DELETE_ON_ERROR:
.SECONDARY:
all: module user

# --- the module -------------------------------------------------------------
# One make at a time in a tree: -j may have come to the same kernel twice

module:
	@set -e; rel=$$(scripts/kernel release $(KVER)); hdr=$$(scripts/kernel headers $$rel); \
	echo "module   $$rel"; \
	mkdir -p build; exec 9>build/$$rel.lock; flock 9; \
	scripts/kbuild-tree build/$$rel $$hdr; \
	$(MAKE) --no-print-directory -s -C $$hdr M=$(top)/build/$$rel SERVAL_VERSION=$(VERSION) \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules; \
	magic=$$(modinfo -F vermagic build/$$rel/serval.ko); \
	case "$$magic" in "$$rel "*) ;; \
	*) echo "build/$$rel/serval.ko is for '$$magic'" >&2; exit 1;; esac; \
	$(if $(KEEP_DEFAULT),,cmp -s build/$$rel/serval.ko stack/serval.ko || cp build/$$rel/serval.ko stack/serval.ko)

# W=1 and sparse in a tree of their own, any warning an error. Errors leave no
# object behind, so that what was found once is found again.
lint-module:
	@set -e; rel=$$(scripts/kernel release $(KVER)); hdr=$$(scripts/kernel headers $$rel); \
	mkdir -p build; exec 9>build/lint-$$rel.lock; flock 9; \
	scripts/kbuild-tree build/lint-$$rel $$hdr; \
	$(MAKE) --no-print-directory -s -C $$hdr M=$(top)/build/lint-$$rel SERVAL_VERSION=$(VERSION) \
		CONFIG_DEBUG_INFO_BTF_MODULES= W=1 C=1 CF=-Wsparse-error KCFLAGS=-Werror modules

# --- user space -------------------------------------------------------------

-include libserval/libserval.mk libserval/libservalctl.mk tools/tools.mk
-include tests/unit/unit.mk tests/fuzz/fuzz.mk tests/net/net.mk tests/bench/bench.mk

# Objects depend on the flags they were made with
build/flags: FORCE
	@mkdir -p build
	@echo '$(subst ','\'',$(CC) $(CFLAGS) $(cflags) $(CPPFLAGS) $(LDFLAGS) $(VERSION))' | cmp -s - $@ || \
	echo '$(subst ','\'',$(CC) $(CFLAGS) $(cflags) $(CPPFLAGS) $(LDFLAGS) $(VERSION))' >$@

say = @printf '%-8s %s\n' $1 $2; mkdir -p $(@D);
obj = $(patsubst %.c,build/obj/%.o,$1)
san = $(patsubst %.c,build/san/%.o,$1)

build/obj/%.o: %.c build/flags
	$(call say,cc,$<) $(CC) $(CFLAGS) $(cflags) -fPIC $(CPPFLAGS) $(OBJ_CFLAGS) -MMD -MP -c -o $@ $<

build/san/%.o: %.c build/flags
	$(call say,cc-san,$<) $(CC) -O1 -g $(cflags) $(sanitize) $(CPPFLAGS) $(OBJ_CFLAGS) -MMD -MP -c -o $@ $<

# $(call library,NAME): libserval/NAME.so, and the link that programs look for
define library
ifneq ($$($1_SRCS),)
libs += libserval/$1.so
libserval/$1.so: $$(call obj,$$($1_SRCS)) $$(wildcard libserval/$1.map) $$($1_DEPS)
	$$(call say,link,$$@) $$(CC) -shared $$(CFLAGS) $$(LDFLAGS) -Wl,-soname,$1.so.$$($1_SOVER) \
		-Wl,-z,defs $$(addprefix -Wl$$(comma)--version-script=,$$(wildcard libserval/$1.map)) \
		-o $$@ $$(filter %.o %.so,$$^) $$($1_LDLIBS)
	@ln -sf $1.so libserval/$1.so.$$($1_SOVER)
endif
endef
comma := ,
libs :=
$(eval $(call library,libserval))
$(eval $(call library,libservalctl))

# Run from the checkout, programs find the libraries beside them
rpath = -Wl,-rpath,'$$ORIGIN/$1libserval' -Wl,-rpath-link,libserval

ifneq ($(serval_SRCS),)
tools := tools/serval
tools/serval: $(call obj,$(serval_SRCS)) $(libs)
	$(call say,link,$@) $(CC) $(CFLAGS) $(LDFLAGS) $(call rpath,../) -o $@ $^ $(serval_LDLIBS)

build/install/serval: $(call obj,$(serval_SRCS)) $(libs)
	$(call say,link,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(serval_LDLIBS)
endif

lib: $(libs)
tools: $(tools)
user: lib tools man

# --- tests ------------------------------------------------------------------

room = $(wildcard $(patsubst $1_%,stack/%.c,$2))

unit := $(basename $(notdir $(wildcard tests/unit/check_*.c)))
define unit_test
build/unit/$1: $$(call san,tests/unit/$1.c $$(call room,check,$1) $$($1_SRCS))
	$$(call say,link,$$@) $$(CC) $$(sanitize) -o $$@ $$^ $$($1_LDLIBS) $$$$($$(PKG_CONFIG) --libs check)
build/san/tests/unit/$1.o: OBJ_CFLAGS = $$($1_CFLAGS)
endef
$(foreach t,$(unit),$(eval $(call unit_test,$t)))
units := $(addprefix build/unit/,$(unit))

fuzzer := $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c)))
define fuzz_target
build/fuzz/$1: tests/fuzz/$1.c $$(call room,fuzz,$1) $$($1_SRCS) build/flags
	$$(call say,clang,$$@) $$(CLANG) -O1 -g $$(cflags) -fsanitize=fuzzer $$(sanitize) $$($1_CFLAGS) \
		-MD -MP -MF $$@.d -o $$@ $$(filter %.c,$$^) $$($1_LDLIBS)
endef
$(foreach t,$(fuzzer),$(eval $(call fuzz_target,$t)))
fuzzers := $(addprefix build/fuzz/,$(fuzzer))

# $(call program,FOLDER,NAME)
define program
build/$1/$2: $$(call obj,tests/$1/$2.c $$($2_SRCS)) $$(libs)
	$$(call say,link,$$@) $$(CC) $$(CFLAGS) $$(LDFLAGS) $$(call rpath,../../) -o $$@ $$^ $$($2_LDLIBS) -lpthread
build/obj/tests/$1/$2.o: OBJ_CFLAGS = $$($2_CFLAGS)
endef
net := $(filter-out $(net_PARTS),$(basename $(notdir $(wildcard tests/net/*.c))))
bench := $(filter-out $(bench_PARTS),$(basename $(notdir $(wildcard tests/bench/*.c))))
$(foreach t,$(net),$(eval $(call program,net,$t)))
$(foreach t,$(bench),$(eval $(call program,bench,$t)))
nets := $(addprefix build/net/,$(net))
benches := $(addprefix build/bench/,$(bench))

-include $(shell find build/obj build/san build/fuzz -name '*.d' 2>/dev/null)

# Everything tests/run needs, for both kernels; stack/serval.ko is left alone
check-build: user $(units) $(nets)
	@$(MAKE) --no-print-directory module KVER=6.1 KEEP_DEFAULT=1
	@$(MAKE) --no-print-directory module KVER=6.12 KEEP_DEFAULT=1

check-unit-build: user $(units)
fuzz-build: $(fuzzers)
bench-build: user $(benches) $(nets)

check:
	@scripts/setup build vm check
	@tests/run

check-long:
	@scripts/setup build vm check
	@SERVAL_LONG=1 tests/run

check-unit:
	@scripts/setup build check
	@tests/run unit

check-net:
	@scripts/setup build vm check
	@tests/run net $(if $(T),-t '$(T)') $(if $(KVER),-k '$(KVER)')

fuzz:
	@scripts/setup build check
	@SERVAL_LONG=1 tests/run fuzz

bench:
	@scripts/setup build vm bench
	@$(MAKE) --no-print-directory -j$(JOBS) bench-build
	@tests/bench/run $(KVER)

demo:
	@HOST='$(HOST)' scripts/demo

setup:
	@scripts/setup build vm check bench

lint:
	@scripts/setup build check lint
	@scripts/lint

# --- man pages, install -----------------------------------------------------

scd := $(wildcard stack/*.scd libserval/*.scd tools/*.scd)
mans := $(patsubst %.scd,build/man/%,$(notdir $(scd)))
man: $(mans)
define man_page
build/man/$(basename $(notdir $1)): $1
	$$(call say,scdoc,$$<) if command -v scdoc >/dev/null; then SOURCE_DATE_EPOCH=$$$${SOURCE_DATE_EPOCH:-$$$$(stat -c %Y $$<)} scdoc <$$< >$$@; \
	else echo "no scdoc: $$@ is not made ('make setup' installs it)"; fi
endef
$(foreach s,$(scd),$(eval $(call man_page,$s)))

install: all $(if $(serval_SRCS),build/install/serval)
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' KVER='$(KVER)' VERSION='$(VERSION)' \
		scripts/install libserval:$(libserval_SOVER) libservalctl:$(libservalctl_SOVER)

uninstall:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' KVER='$(KVER)' VERSION='$(VERSION)' scripts/install -u \
		libserval:$(libserval_SOVER) libservalctl:$(libservalctl_SOVER)

clean:
	rm -rf build stack/serval.ko libserval/*.so libserval/*.so.* tools/serval

help:
	@sed -n 's/^#H \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

#H Serval
#H
#H   make demo            installs what is missing, builds, boots a VM and shows
#H                        programs that connect to a replicated service by name
#H   make check           every test on kernels 6.1 and 6.12, about ten minutes
#H
#H   make                 stack/serval.ko, libserval/*.so, tools/serval
#H   make module          the module alone
#H   make setup           installs what building and testing need
#H   make check-unit      unit tests of the pure rooms
#H   make check-net       scenarios in the VM      T=name  one of them
#H   make check-long      make check with the full counts
#H   make fuzz            a minute of fuzzing for each parser
#H   make bench           Serval beside plain TCP, by instruction count
#H   make lint            W=1, sparse, checkpatch, shellcheck
#H   make install         the module, libraries, headers, tool, man pages
#H   make uninstall
#H   make clean
#H
#H   KVER=6.1 or a whole release: which kernel's headers; without it the running
#H           kernel's, or else the newest. Each kernel's module is build/RELEASE/
#H           serval.ko, stack/serval.ko is a copy of the last one asked for.
#H   HOST=1  make demo on this machine itself instead of a VM (asks first)
#H   PREFIX=/usr/local DESTDIR=  where install puts things
#H   SERVAL_CACHE=~/.cache/serval  where kernel images are unpacked
