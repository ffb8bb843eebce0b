#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The measurements of tests/bench/run, inside the VM: the same work over plain
# TCP and over Serval in turn, in one boot. Prints a line for each repetition:
#	ROW FAMILY REPETITION WORK NANOSECONDS
#
#	client 10.1.0.1 ------- 10.1.0.2 server

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/../net/lib.sh"

# The first is for warming up; of a bulk connection's, see cost() in tests/bench/run
reps=6 bulk_reps=31
families=${SERVAL_BENCH_FAMILIES:-tcp serval}

ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
case $families in
*serval*) serval_load ;;
esac
for n in client server; do
	# What one connection learned about the path is not the next one's gain
	on $n sysctl -qw net.ipv4.tcp_no_metrics_save=1
done

# measure ROW MODE ARGUMENT...
measure() {
	local row=$1 mode=$2 reps=$reps
	shift 2
	if [ "$mode" = bulk ]; then reps=$bulk_reps; fi
	for family in $families; do
		rule client "$row" via 10.1.0.2
		svbench -S "${ns[server]}" -C "${ns[client]}" -r $reps "$@" "$mode" \
			"$(address "$row" 10.1.0.2)" >"$scratch/out" || fail "$row over $family"
		awk -v row="$row" -v family="$family" '{ print row, family, $2, $3, $4 }' "$scratch/out"
	done
}

offload() {
	on client ethtool -K server "$@" >/dev/null
	on server ethtool -K client "$@" >/dev/null
}

measure bulk-veth bulk -n 100000000
# Our header takes 12 bytes of each segment, and what fits into a super-packet
# changes by more than that. TCP with as much less room tells the two apart.
families_wanted=$families
families=${families_wanted/tcp/} measure bulk-even bulk -n 100000000
if [[ $families_wanted = *tcp* ]]; then
	on client ip link set server mtu 1488
	on server ip link set client mtu 1488
	families=tcp measure bulk-even bulk -n 100000000
	on client ip link set server mtu 1500
	on server ip link set client mtu 1500
fi
offload tso off
measure bulk-gso bulk -n 30000000
offload gro on
measure bulk-gro bulk -n 30000000
offload gro off gso off
measure bulk-none bulk -n 30000000
offload tso on gso on
measure round-trip rr -n 4000 -s 64
measure connect conn -n 1000
