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

# Programs written for the original Serval, and the examples: that they compile
# without a warning is half of their test.
compat := $(addprefix build/compat/,http_client http_client_native echo_server echo_client)
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
