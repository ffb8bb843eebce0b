#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links that lose, repeat and reorder packets, in both directions: everything
# arrives all the same, and connections are made and ended.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

serval_load
modprobe sch_netem 2>/dev/null || skip "the kernel has no netem"
ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
short_timewait client server
to=$(address loss 10.1.0.2)
serve server A "$to"
rule client loss via 10.1.0.2

# netem SETTING...: at both ends
netem() {
	on client tc qdisc replace dev server root netem limit 10000 "$@"
	on server tc qdisc replace dev client root netem limit 10000 "$@"
}

# Without this netem sees, and loses, super-packets of 64 KiB
segments() {
	ip -n "${ns[client]}" link set server gso_max_segs "$1"
	ip -n "${ns[server]}" link set client gso_max_segs "$1"
}

bytes=$(size 100000000 4000000)
segments 1
netem loss 1%
check "$bytes bytes up with 1 % loss" load client -H -u "$bytes" -t 600 "$to"
say "$(load_value seconds) s"
check "$bytes bytes down with 1 % loss" load client -H -d "$bytes" -t 600 "$to"

bytes=$(size 20000000 1000000)
netem delay 2ms 1ms loss 5% reorder 10% duplicate 5%
check "$bytes bytes each way with 5 % loss, reordered and repeated" \
	load client -H -u "$bytes" -d "$bytes" -t 900 "$to"
say "$(load_value seconds) s"
segments 64
check "the same with super-packets" load client -H -u "$bytes" -d "$bytes" -t 900 "$to"

# Set-up and end have to survive as well: 7 s is what four lost SYNs cost
n=$(size 500 30)
check "$n connections made and ended under 5 % loss" \
	load client -n "$n" -p 30 -u 2000 -d 2000 -t 300 "$to"
check "$n more, the server ends them" load client -n "$n" -p 30 -s -d 2000 -t 300 "$to"
check_counter client SynOut -gt 30

# Without losses nothing of this was tested
for n in client server; do
	# shellcheck disable=SC2016 # the dollar is awk's
	check_eq "TCP repeated segments in $n" \
		"$(on $n awk '/^Tcp: [0-9]/ { print ($13 > 0) }' /proc/net/snmp)" 1
done
netem delay 0
stop "$child"
check_counter server InCsumErrors = 0
check_counter client InCsumErrors = 0
check_counter server BadNonce = 0
check_counter client BadNonce = 0
check_no_flows client server
