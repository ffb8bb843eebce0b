#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A connect passes over targets that refuse: a host that answers and does not
# have the service, and one that nobody can reach. It fails only when none is
# left, and at once.
#
#	10.1.1.2 ... 10.1.1.41 empty ------- client ------- live 10.1.2.2
#	no such service there               10.1.N.1       serves it

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "plain TCP has one target"
serval_load
ns_new client empty live
link client 10.1.1.1/24 empty 10.1.1.2/24
link client 10.1.2.1/24 live 10.1.2.2/24
targets=(via 10.1.1.2)
for ((n = 3; n <= 41; n++)); do
	on empty ip addr add 10.1.1.$n/24 dev client
	targets+=(via "10.1.1.$n")
done
to=$(address web 10.1.2.2)
short_timewait client empty live
serve live live "$to"

# more RSTs a second than a stranger may cause
on empty sysctl -qw net.serval.rst_rate=100000
n=$(size 200 20)
rule client web "${targets[@]}" via 10.1.2.2
check "$n connections, 40 targets of 41 refuse" load client -n "$n" -p 4 "$to"
check_eq "the one that serves got" "$(label_count live)" "$n"
check_counter client Retargets -ge "$n"
check_counter empty RstOut -ge "$n"

rule client web "${targets[@]}"
if load client -n 1 "$to"; then fail "none that serves, and a connection all the same"; fi
check "all refuse: ECONNREFUSED" grep -qi refused "$scratch/load"

# Weights are equal: half of them choose the one that cannot be reached first
on client ip route add unreachable 10.9.9.0/24
rule client web via 10.9.9.9 via 10.1.2.2
check "a target without a route is passed over" load client -n 20 "$to"
# The original's programs may say where to go: 52 bytes, a sockaddr_in behind the name
cat >"$scratch/advice.py" <<'END'
import ctypes, errno, os, socket, sys

libc = ctypes.CDLL(None, use_errno=True)

def connect(address):
    sock = socket.socket(28, socket.SOCK_STREAM)
    if libc.connect(sock.fileno(), address, len(address)):
        return errno.errorcode[ctypes.get_errno()]
    return "connected"

name = (28).to_bytes(2, "little") + bytes(2) + bytes.fromhex(sys.argv[1])
print(connect(name), connect(name + bytes([2, 0, 0, 0]) + socket.inet_aton(sys.argv[2]) + bytes(8)))
END
on client serval service flush
sid=$(sid web)
sid=${sid#0x}
check_eq "no rule; no rule but advice" \
	"$(on client python3 "$scratch/advice.py" "${sid%/*}" 10.1.2.2)" "EHOSTUNREACH connected"
check_no_flows client empty live
