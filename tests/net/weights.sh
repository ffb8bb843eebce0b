#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A rule with several next hops: connections spread by weight, weight 0 gets
# none, the highest priority serves, and a rule replaced under load loses no
# connection.
#
#	            10.1.N.1 ------- 10.1.N.2 sN      for N = 1, 2, 3
#	client

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "plain TCP has no weights"
serval_load
ns_new client s1 s2 s3
to=$(address web 10.1.1.2)
for n in 1 2 3; do
	link client 10.1.$n.1/24 s$n 10.1.$n.2/24
	serve s$n s$n "$to"
done
# Thousands of closed connections are not what this is about
short_timewait client s1 s2 s3

# within SIGMAS COUNT TOTAL SHARE TOTAL_SHARES: a binomial count is where it should be
within() {
	awk -v k="$1" -v x="$2" -v n="$3" -v w="$4" -v all="$5" 'BEGIN {
		p = w / all; d = x - n * p; s = sqrt(n * p * (1 - p))
		printf "# %d of %d, expected %.0f, %.2f sigma\n", x, n, n * p, d / s
		exit !(d <= k * s && d >= -k * s) }'
}

total=$(size 10000 400)
rule client web via 10.1.1.2 weight 10 via 10.1.2.2 weight 30 via 10.1.3.2 weight 0
check "$total connections over 10:30:0" load client -n "$total" -p 16 "$to"
within 3 "$(label_count s1)" "$total" 10 40 || fail "s1 is not within 3 sigma of 10 in 40"
within 3 "$(label_count s2)" "$total" 30 40 || fail "s2 is not within 3 sigma of 30 in 40"
check_eq "weight 0 gets" "$(label_count s3)" 0
check_counter s3 SynIn = 0
check_counter client ActiveOpens = "$total"
check_eq "all were answered" $(($(label_count s1) + $(label_count s2))) "$total"

rule client web via 10.1.1.2 priority 1 weight 100 via 10.1.2.2 priority 9 weight 1
check "priority goes before weight" load client -n 50 -p 8 "$to"
check_eq "the lower priority gets" "$(label_count s1)" 0

# Under load: add, change and remove targets, one rule after the other
turns=$(size 300 30)
start load_replaced client svload -D "$(size 30000 4000)" -p 8 -u 500 -d 500 "$to"
loader=$child
for ((i = 0; i < turns; i++)); do
	case $((i % 3)) in
	0) rule client web via 10.1.1.2 weight 5 via 10.1.3.2 ;;
	1) rule client web via 10.1.2.2 ;;
	2) rule client web via 10.1.1.2 via 10.1.2.2 weight 7 via 10.1.3.2 weight 0 ;;
	esac
done
if wait "$loader"; then lost=0; else lost=$?; fi
cp "$scratch/load_replaced" "$scratch/load"
check_eq "exit status of the load under $turns replaced rules" "$lost" 0
check_eq "connections lost of $(load_value ok)" "$(load_value failed)" 0
for n in 1 2 3; do
	[ "$(label_count s$n)" -gt 0 ] || fail "s$n was never chosen while rules changed"
done
ok "every server was chosen in its turn"

# Old flows live on when their target goes
start load_held client svload -n 20 -k -e 300 "$to"
loader=$child
wait_for 20 grep -q held "$scratch/load_held" || fail "20 connections are not open"
on client serval service del "$(sid web)"
if wait "$loader"; then lost=0; else lost=$?; fi
check_eq "exit status of 20 connections whose rule was deleted" "$lost" 0
if load client "$to"; then fail "a connection without a rule"; fi
check "a new one is refused at once" grep -q 'error EHOSTUNREACH 1' "$scratch/load"
check_counter client ServiceMiss = 1

check_clean client s1 s2 s3
check_no_flows client s1 s2 s3
