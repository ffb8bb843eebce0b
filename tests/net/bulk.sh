#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Much data through one connection, and every byte of it: both ways at once,
# one way with the end of one side before the other's, through devices that
# segment and merge packets and through such that do not.
#
#	client 10.1.0.1 ------- 10.1.0.2 server

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

serval_load
ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
short_timewait client server
to=$(address bulk 10.1.0.2)
serve server A "$to"
rule client bulk via 10.1.0.2

bytes=$(size 1000000000 20000000)
check "$bytes bytes each way at once, SHA-256 equal" load client -H -u "$bytes" -d "$bytes" -t 1500 "$to"
say "$(load_value Mbit/s) Mbit/s"
check_counter client ActiveOpens = 1
check_counter server PassiveOpens = 1
check_counter server InPkts -gt 20

some=$(size 100000000 5000000)
check "$some bytes up, the client's end first" load client -f -u "$some" "$to"
check "$some bytes down, the server closes" load client -s -d "$some" "$to"
check_counter client EarlyDemux -gt 20

# offload SETTING...: at both ends
offload() {
	on client ethtool -K server "$@" >/dev/null
	on server ethtool -K client "$@" >/dev/null
}

offload tso off gro on
check "$some bytes each way, segmented at egress and merged on receipt" \
	load client -u "$some" -d "$some" "$to"
check_counter server GroMerged -gt 20
offload gro off
check "$some bytes each way, segmented and not merged" load client -u "$some" -d "$some" "$to"
offload gso off
check "$some bytes each way, the device cannot segment" load client -u "$some" -d "$some" "$to"
offload tx off
check "$some bytes each way, the device cannot sum" load client -u "$some" -d "$some" "$to"

ip -n "${ns[client]}" link set server mtu 1300
ip -n "${ns[server]}" link set client mtu 1300
offload tx on tso off gro on
check "$some bytes each way over a link of 1300 bytes" load client -u "$some" -d "$some" "$to"

check_clean client server
check_counter client RstOut = 0
check_counter server RstOut = 0
check_no_flows client server
