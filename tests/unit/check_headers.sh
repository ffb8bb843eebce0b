#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Compiles the public headers as programs may include them: in every order
# with the system's, as C from C89 on and as C++ from C++98 on, by two
# compilers, natively or not. Any warning fails.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CC=${CC:-cc} CLANG=${CLANG:-clang}
# clang++ comes with clang, g++ may not be there
CXX=${CXX:-$(command -v g++ || echo clang++)}

use='
int use(struct sockaddr_sv *addr);
int use(struct sockaddr_sv *addr)
{
	struct flow_id flow;
	struct sv_flow_info info;
	char text[SERVAL_ADDRSTRLEN];

	flow.s_id32 = info.local_flowid = htonl(1);
	addr->sv_family = AF_SERVAL;
	addr->sv_srvid.s_sid32[0] = htonl(80);
	addr->sv_srvid.s_ss[0] = addr->sv_srvid.s_selfcert[19] = 0;
	return serval_pton("0x0a", &addr->sv_srvid) &&
	       serval_ntop(&addr->sv_srvid, text, sizeof(text)) &&
	       memcmp(service_id_to_str(&addr->sv_srvid), flow_id_to_str(&flow), 1) &&
	       SOL_SERVAL + SV_FLOW_INFO + SVSF_SCOPE_MASK + SERVAL_PROTO_TCP > PF_SERVAL;
}
'
lib='
int call(struct sockaddr_sv *addr);
int call(struct sockaddr_sv *addr)
{
	int fd = socket_sv(AF_SERVAL, SOCK_STREAM, 0);

	return bind_sv(fd, (struct sockaddr *)addr, sizeof(*addr)) + listen_sv(fd, 1) +
	       sv_name_to_sid("a", &addr->sv_srvid) + close_sv(fd);
}
'

# compile FILE OPTION... - include/uapi is where the system's headers will be
compile() {
	file=$1; shift
	"$@" -Wall -Wextra -Wshadow -Wundef -Werror -fsyntax-only -Iinclude \
		-isystem include/uapi "$dir/$file" || {
		echo "tests/unit/check_headers: '$order' with $*" >&2
		exit 1
	}
}

while read -r order; do
	for header in $order; do
		echo "#include <$header>"
	done >"$dir/a.c"
	echo "$use" >>"$dir/a.c"
	case $order in *libserval*) echo "$lib" >>"$dir/a.c" ;; esac
	cp "$dir/a.c" "$dir/a.cc"
	for native in -DPLAIN -DSERVAL_NATIVE; do
		compile a.c "$CC" -std=c89 -pedantic $native
		compile a.c "$CC" -std=c99 -pedantic $native
		compile a.c "$CC" -std=gnu17 -D_GNU_SOURCE $native
		compile a.c "$CLANG" -std=c89 -pedantic $native
		compile a.cc "$CXX" -std=c++98 -pedantic $native
		compile a.cc "$CXX" -std=c++20 -pedantic $native
	done
done <<END
netinet/serval.h
libserval/serval.h
libserval/serval.h netinet/serval.h
linux/serval.h netinet/serval.h
linux/types.h netinet/serval.h
netinet/serval.h linux/in.h linux/socket.h
sys/socket.h netinet/in.h netinet/tcp.h libserval/serval.h
netinet/serval.h netdb.h sys/un.h net/if.h sys/ioctl.h
netdb.h poll.h sys/epoll.h netinet/udp.h libserval/serval.h
END
