#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What make demo shows, as root, with the module loaded, in network namespaces
# of its own that are gone at the end. Every number printed was measured in this
# run; the exit status says whether the claims held.
#
#	             +-- 10.1.0.2 A     web servers, each on a subnet of its own;
#	client -- router 10.2.0.2 B     the router is plain IP and knows nothing
#	10.0.0.2     +-- 10.3.0.2 C     of Serval
#
# story.sh worker LOG: the client's loop, run by the script itself

# shellcheck disable=SC2016 # $1 in single quotes is awk's
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

name=web.example
workers=3
declare -A subnet=([A]=10.1.0 [B]=10.2.0 [C]=10.3.0) weight=([A]=10 [B]=30 [C]=20)

# One HTTP request by name: the label of the server that answered, or nothing.
# The service's name is all the client knows.
request() {
	local answer
	answer=$(printf 'GET / HTTP/1.0\r\n\r\n' | serval nc "$name" 2>>"$1.errors") || return 1
	answer=${answer##*$'\n'}
	[[ $answer =~ ^[ABC]$ ]] || return 1
	echo "$answer"
}

# Requests one after the other. One that got no answer is made again once, as
# browsers do it. A line each: start, end (microseconds), server, tries
if [ "${1:-}" = worker ]; then
	while [ -e "$2.go" ]; do
		start=${EPOCHREALTIME/./} tries=1
		server=$(request "$2") || { tries=2; server=$(request "$2"); } || server=FAILED
		echo "$start ${EPOCHREALTIME/./} $server $tries" >>"$2"
	done
	exit 0
fi

scratch=$(mktemp -d)
run_id=$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')
log=$scratch/requests
children=()
claims=0
broken=0

bold='' plain=''
if [ -n "${SERVAL_DEMO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

finish() {
	local status=$? pid n
	trap - EXIT
	set +e
	rm -f "$log.go"
	for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
	{ wait; } 2>/dev/null
	for n in client router A B C; do ip netns del "demo-$run_id-$n" 2>/dev/null; done
	if [ $status != 0 ] && [ -s "$log.errors" ]; then
		echo "what clients were told:"
		sort "$log.errors" | uniq -c | sed 's/^/  /'
	fi
	rm -rf "$scratch"
	exit $status
}
trap finish EXIT

now() { echo "${EPOCHREALTIME/./}"; }
t0=$(now)
say() { printf '%6.1f  %s\n' "$((($(now) - t0) / 100000))e-1" "$*"; }
die() { echo "demo     $*" >&2; exit 1; }
on() {
	local n=$1
	shift
	ip netns exec "demo-$run_id-$n" "$@"
}

wait_for() {
	local end=$(($(now) + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(now)" -gt $end ]; then return 1; fi
		sleep 0.02
	done
}

# claim TEXT CONDITION...: the condition is test's
claim() {
	local text=$1
	shift
	claims=$((claims + 1))
	if test "$@"; then
		printf '        ok      %s\n' "$text"
	else
		printf '        BROKEN  %s (%s)\n' "$text" "$*"
		broken=$((broken + 1))
	fi
}

# --- the network: IP and nothing else ----------------------------------------

cable() {
	ip link add "$2" netns "demo-$run_id-$1" type veth peer name "$1" netns "demo-$run_id-router"
	on "$1" ip addr add "$3.2/24" dev "$2"
	on router ip addr add "$3.1/24" dev "$1"
	on "$1" ip link set "$2" up
	on router ip link set "$1" up
	on "$1" ip route add default via "$3.1"
}

network() {
	local n
	for n in client router A B C; do
		ip netns add "demo-$run_id-$n"
		on "$n" ip link set lo up
	done
	on router sysctl -qw net.ipv4.ip_forward=1
	cable client router 10.0.0
	for n in A B C; do
		cable $n router "${subnet[$n]}"
		mkdir "$scratch/$n"
		echo $n >"$scratch/$n/index.html"
	done
	for n in A B C; do
		wait_for 10 on client ping -c 1 -W 1 "${subnet[$n]}.2" || die "no way from client to $n"
	done
}

# --- who serves is heard from the kernel --------------------------------------

# The daemon that will carry this from host to host is not part of this slice.
# These few lines stand in for it: they follow the events that bind() and
# close() cause at a server, and change the client's rule.
follow() {
	local n=$1 line heard
	on "$n" serval -j monitor service >"$scratch/events.$n" 2>&1 &
	children+=($!)
	# The log is the pipe: what was written before the loop starts is not lost
	tail -n +1 -s 0.02 -f "$scratch/events.$n" 2>/dev/null | while read -r line; do
		heard=$(now)
		case $line in
		*'"listening"'*)
			on client serval service add "$name" via "${subnet[$n]}.2" weight "${weight[$n]}" ||
				echo "rule for $n" >>"$log.errors"
			echo "join $n $heard $(now)" >>"$scratch/rules" ;;
		*'"closed"'*)
			on client serval service del "$name" via "${subnet[$n]}.2" ||
				echo "rule for $n" >>"$log.errors"
			echo "leave $n $heard $(now)" >>"$scratch/rules" ;;
		esac
	done &
	children+=($!)
	# Subscribed once an event is heard
	wait_for 10 heard_of_rule "$n" || die "no events from $n"
}

heard_of_rule() {
	on "$1" serval service replace demo.ready drop
	grep -q rule-new "$scratch/events.$1"
}

declare -A server=()
serve() {
	(exec ip netns exec "demo-$run_id-$1" serval listen "$name" -- \
		busybox httpd -i -h "$scratch/$1") >"$scratch/serve.$1" 2>&1 &
	server[$1]=$!
	children+=($!)
	disown "$!"	# or the shell comments on its end
	wait_for 10 grep -q ^listening "$scratch/serve.$1" || die "$1: $(cat "$scratch/serve.$1")"
}

# rule_time { join | leave } SERVER: when the last such change was heard and done
rule_time() { awk -v what="$1" -v n="$2" '$1 == what && $2 == n { r = $3 " " $4 } END { print r }' "$scratch/rules"; }
rule_done() { [ -n "$(rule_time "$1" "$2")" ]; }

# --- what happened -------------------------------------------------------------

# served SERVER [SINCE [UNTIL]]: requests it answered that began then
served() {
	awk -v n="$1" -v since="${2:-0}" -v until="${3:-9e18}" \
		'$3 == n && $1 >= since && $1 < until { c++ } END { print c + 0 }' "$log"
}
total() { wc -l <"$log"; }
failed() { served FAILED; }
repeated() { awk '$4 > 1 { c++ } END { print c + 0 }' "$log"; }
more_than() { [ "$(served "$1" "$2")" -ge "$3" ]; }
total_since() { [ "$(awk -v s="$1" '$1 >= s' "$log" | wc -l)" -ge "$2" ]; }
# first_answer SERVER SINCE: when its first answer after that was complete
first_answer() { awk -v n="$1" -v s="$2" '$3 == n && $1 >= s && (!m || $2 < m) { m = $2 } END { print m }' "$log"; }
ms() { echo $((($2 - $1) / 1000)); }

row() {
	say "$(printf '%-46s %s%4d %4d %4d%s   %6d %4d' "$1" "$bold" "$(served A "$2")" "$(served B "$2")" \
		"$(served C "$2")" "$plain" "$(failed)" "$(repeated)")"
}

# leaves SERVER SIGNAL TEXT
leaves() {
	local killed gone
	: >"$scratch/rules"
	killed=$(now)
	kill "-$2" "${server[$1]}"
	wait_for 10 rule_done leave "$1" || die "nobody heard that $1 left"
	gone=$(rule_time leave "$1")
	wait_for 60 total_since "${gone#* }" 20 || die "requests stopped"
	row "$3: heard after $(ms "$killed" "${gone% *}") ms, rule changed after $(ms "$killed" "${gone#* }")" "$killed"
	claim "$1 answers nothing that began after the rule was changed" "$(served "$1" "${gone#* }")" = 0
	claim "no request failed" "$(failed)" = 0
}

# joins SERVER TEXT
joins() {
	local before heard first
	: >"$scratch/rules"
	before=$(now)
	serve "$1"
	wait_for 10 rule_done join "$1" || die "nobody heard that $1 serves"
	wait_for 60 more_than "$1" "$before" 3 || die "$1 gets nothing"
	heard=$(rule_time join "$1")
	first=$(first_answer "$1" "$before")
	row "$2: first request served $(ms "${heard% *}" "$first") ms after bind" "$before"
	claim "no request failed" "$(failed)" = 0
}

main() {
	local before a b expect

	command -v busybox >/dev/null || die "busybox is missing: its httpd is the web server"
	: >"$log"
	: >"$log.errors"
	network
	say "network  client 10.0.0.2, router, servers A 10.1.0.2, B 10.2.0.2, C 10.3.0.2"
	for n in A B C; do follow $n; done
	say "stand-in for servd: a loop that follows serval monitor at each server and"
	say "         changes the client's rule; the daemon comes with a later release"
	: >"$scratch/rules"
	serve A
	serve B
	wait_for 10 rule_done join A || die "nobody heard that A serves"
	wait_for 10 rule_done join B || die "nobody heard that B serves"
	say "A and B  serval listen $name -- busybox httpd -i"
	on client serval service show "$name" | sed 's/^/        | /'
	say "client   $workers loops of: printf 'GET / HTTP/1.0...' | serval nc $name"
	echo
	printf '%6s  %-46s %4s %4s %4s   %6s %4s\n' s event A B C failed again

	before=$(now)
	touch "$log.go"
	for ((i = 0; i < workers; i++)); do
		ip netns exec "demo-$run_id-client" bash "$0" worker "$log" &
		children+=($!)
	done
	wait_for 90 total_since "$before" 60 || die "requests stopped after $(total)"
	a=$(served A "$before") b=$(served B "$before")
	expect=$(((a + b) * 10 / 40))
	row "weights A 10, B 30" "$before"
	# Four sigma: one run in 16,000 is off by bad luck
	claim "A serves about a quarter: $a of $((a + b)), $expect expected" \
		$(((a * 4 - (a + b)) ** 2)) -le $((16 * 3 * (a + b)))
	joins C "C binds the name (weight 20)"
	leaves B TERM "B closes"
	leaves C KILL "C is killed (kill -9)"
	joins B "B comes back"
	rm "$log.go"

	echo
	on client awk '$1 ~ /^(ActiveOpens|Retargets|RstIn|ServiceMiss|InCsumErrors|InTransportErrors)$/ { printf "        %-18s %d\n", $1, $2 }' \
		/proc/net/serval/snmp
	claim "$(total) requests, every one over Serval" \
		"$(on client awk '$1 == "ActiveOpens" { print $2 }' /proc/net/serval/snmp)" -ge "$(total)"
	claim "no packet with a wrong checksum" \
		"$(on client awk '$1 ~ /^(InCsumErrors|InTransportErrors)$/ { n += $2 } END { print n }' /proc/net/serval/snmp)" = 0
	echo
	if [ $broken = 0 ]; then
		echo "ok       $claims claims checked"
	else
		echo "BROKEN   $broken of $claims claims"
		exit 1
	fi
}

main
