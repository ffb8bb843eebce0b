#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A connect passes over targets that refuse: a host that answers and does not
# have the service, and one that nobody can reach. It fails only when none is
# left, and at once.
#
#	10.1.1.2 ... 10.1.1.7 empty ------- client ------- live 10.1.2.2
#	no such service there               10.1.N.1       serves it

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "plain TCP has one target"
serval_load
ns_new client empty live
link client 10.1.1.1/24 empty 10.1.1.2/24
link client 10.1.2.1/24 live 10.1.2.2/24
targets=(via 10.1.1.2)
for n in 3 4 5 6 7; do
	on empty ip addr add 10.1.1.$n/24 dev client
	targets+=(via "10.1.1.$n")
done
to=$(address web 10.1.2.2)
short_timewait client empty live
serve live live "$to"

n=$(size 200 20)
rule client web "${targets[@]}" via 10.1.2.2
check "$n connections, six targets of seven refuse" load client -n "$n" -p 4 "$to"
check_eq "the seventh got" "$(label_count live)" "$n"
check_counter client Retargets -ge "$n"
check_counter empty RstOut -ge "$n"

rule client web "${targets[@]}"
if load client -n 1 "$to"; then fail "six that refuse, and a connection all the same"; fi
check "all refuse: ECONNREFUSED" grep -qi refused "$scratch/load"

# Weights are equal: half of them choose the one that cannot be reached first
on client ip route add unreachable 10.9.9.0/24
rule client web via 10.9.9.9 via 10.1.2.2
check "a target without a route is passed over" load client -n 20 "$to"
check_no_flows client empty live
