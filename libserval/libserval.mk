# SPDX-License-Identifier: MIT
#
# The application library. Its unit tests link its files rather than the
# library, so that they reach what it does not export, under the sanitizers.

libserval_SRCS := $(addprefix libserval/,family.c socket.c strerror.c name.c text.c)
libserval_LDLIBS := -lmd

$(libserval_SRCS:%.c=build/obj/%.o): OBJ_CFLAGS = -fvisibility=hidden

check_libserval_name_SRCS := $(libserval_SRCS)
check_libserval_name_LDLIBS := -lmd
check_libserval_socket_SRCS := $(libserval_SRCS)
check_libserval_socket_LDLIBS := -lmd

# Programs written for the original Serval, and every way to include the
# headers: that they compile without a warning is the test. And serval(7)
# names every counter and setting that there is.
compat := build/compat/http_client build/compat/http_client_native build/compat/headers \
	build/compat/echo_server build/compat/echo_client build/compat/manual
check-build check-unit-build: $(compat)
compat_headers := include/netinet/serval.h include/libserval/serval.h include/uapi/linux/serval.h
compat_cc = $(CC) $(CFLAGS) -std=gnu11 -Wall -Werror -Iinclude -Iinclude/uapi $(LDFLAGS) \
	$(call rpath,../../) -o $@ $(filter %.c %.so,$^)

build/compat/%: tests/compat/%.c libserval/libserval.so $(compat_headers)
	$(call say,link,$@) $(compat_cc)

build/compat/%: libserval/examples/%.c libserval/libserval.so $(compat_headers)
	$(call say,link,$@) $(compat_cc)

# With the system's own calls; no library
build/compat/%_native: tests/compat/%.c $(compat_headers)
	$(call say,link,$@) $(compat_cc) -DSERVAL_NATIVE

build/compat/headers: tests/compat/headers $(compat_headers)
	$(call say,compile,$<) CC='$(CC)' CLANG='$(CLANG)' CXX='$(CXX)' tests/compat/headers && touch $@

build/compat/manual: tests/compat/manual stack/serval.7.scd stack/mib.h stack/sysctl.c
	$(call say,compare,stack/serval.7.scd) tests/compat/manual && touch $@
