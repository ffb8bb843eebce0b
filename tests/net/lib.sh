# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh - what scenarios share; they source it. A scenario runs as root in the
# test machine; it passes if it exits with 0 and was skipped if with 77.
#
# Everything is in network namespaces with names of this run, gone when the
# scenario ends. Each check prints a line; the first that fails ends the
# scenario with the state of every namespace.
#
#	SERVAL_LONG=1		the full counts
#	SERVAL_TEST_FAMILY=tcp	the same scenario over plain TCP: counters and
#				rules are left out. Is it the stack or the test?

# shellcheck disable=SC2016 # $1 in single quotes is awk's
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

family=${SERVAL_TEST_FAMILY:-serval}
long=${SERVAL_LONG:-}
scenario=$(basename "$0" .sh)
scratch=$(mktemp -d)
run_id=$(od -An -N3 -tx1 /dev/urandom | tr -d ' ')
declare -A ns=()
children=()
child=

over_serval() { [ "$family" = serval ]; }

# size LONG SHORT: the count for this run
size() { if [ -n "$long" ]; then echo "$1"; else echo "$2"; fi; }

say() { echo "# $*"; }
ok() { echo "ok - $*"; }

fail() {
	echo "not ok - $*"
	exit 1
}

skip() {
	echo "skip - $*"
	exit 77
}

# check TEXT COMMAND...: the command succeeds; its output is shown if not
check() {
	local text=$1
	shift
	if "$@" >"$scratch/check" 2>&1; then
		ok "$text"
	else
		sed 's/^/# /' "$scratch/check"
		fail "$text"
	fi
}

# check_eq TEXT GOT WANT
check_eq() {
	[ "$2" = "$3" ] || fail "$1: $2, not $3"
	ok "$1: $2"
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local end=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s%N)" -gt "$end" ]; then return 1; fi
		sleep 0.02
	done
}

on() {
	local n=$1
	shift
	ip netns exec "${ns[$n]}" "$@"
}

# Namespaces have a short name here and one of this run in the system
ns_new() {
	local n
	for n; do
		ns[$n]=$scenario-$run_id-$n
		ip netns add "${ns[$n]}"
		ip -n "${ns[$n]}" link set lo up
	done
}

ns_del() {
	ip netns del "${ns[$1]}"
	unset "ns[$1]"
}

# link A ADDR/BITS B ADDR/BITS: a veth pair; each end is named after the other
# side. Packets larger than the link go through unsegmented, as veth has it.
link() {
	ip link add "$3" netns "${ns[$1]}" type veth peer name "$1" netns "${ns[$3]}"
	ip -n "${ns[$1]}" addr add "$2" dev "$3"
	ip -n "${ns[$3]}" addr add "$4" dev "$1"
	ip -n "${ns[$1]}" link set "$3" up
	ip -n "${ns[$3]}" link set "$1" up
	wait_for 5 on "$1" ping -c 1 -W 1 -q "${4%/*}" || fail "no way from $1 to $3"
}

# sid NAME: the serviceID whose bytes are the letters of NAME, then zeros
sid() {
	local i hex=
	for ((i = 0; i < ${#1}; i++)); do
		printf -v hex '%s%02x' "$hex" "'${1:i:1}"
	done
	printf '0x%s%0*d\n' "$hex" $((64 - ${#hex})) 0
}

# address NAME IP: what the programs of tests/net are given
address() {
	if over_serval; then echo "serval:$(sid "$1")"; else echo "tcp:$2:5000"; fi
}

# rule NS NAME NEXTHOP...: replace the rule for a name
rule() {
	local n=$1 name=$2
	shift 2
	over_serval || return 0
	on "$n" serval service replace "$(sid "$name")" "$@" || fail "rule for $name: $*"
}

# counter NS NAME
counter() {
	on "$1" awk -v name="$2" '$1 == name { print $2; found = 1 } END { exit !found }' \
		/proc/net/serval/snmp || fail "no counter $2"
}

# check_counter NS NAME OPERATOR VALUE
check_counter() {
	local v
	over_serval || return 0
	v=$(counter "$1" "$2")
	test "$v" "$3" "$4" || fail "counter $2 in $1 is $v, not $3 $4"
	ok "counter $2 in $1: $v"
}

# What a healthy link may never show
error_counters="InTruncated InBadShl InCsumErrors InBadProtocol InExtLength InExtUnknown InBadFlags
	InBadFlowid InTransportErrors InTcpFlags BadNonce BadPeerFlow BadAckno BadAddress RstBad
	BacklogDrops NoMemory GiveUps TimeWaitOverflows"
check_clean() {
	local n moved
	over_serval || return 0
	for n; do
		moved=$(on "$n" awk -v names="$error_counters" '
			BEGIN { split(names, list); for (i in list) error[list[i]] = 1 }
			$1 in error { seen++; if ($2) print $1, $2 }
			END { if (seen != length(error)) print "counters are missing" }' \
			/proc/net/serval/snmp)
		[ -z "$moved" ] || fail "error counters in $n: $moved"
	done
	ok "no error counter moved in $*"
}

flows() { on "$1" awk 'NR > 1' /proc/net/serval/flow_table | wc -l; }
no_flows() { [ "$(flows "$1")" = 0 ]; }

# Closed connections linger for timewait_ms, 60 s unless shortened
short_timewait() {
	local n
	for n; do
		if over_serval; then on "$n" sysctl -qw net.serval.timewait_ms=1000; fi
	done
}

check_no_flows() {
	local n
	over_serval || return 0
	for n; do
		wait_for 15 no_flows "$n" || fail "$(flows "$n") flows are left in $n"
	done
	ok "no flow is left in $*"
}

serval_load() {
	over_serval || return 0
	serval-insmod || fail "the module does not load"
}

# start NAME NS COMMAND...: in the background until the scenario ends; $child is
# the program's own process, $scratch/NAME what it says
start() {
	local name=$1 n=$2
	shift 2
	(exec ip netns exec "${ns[$n]}" "$@") >"$scratch/$name" 2>&1 &
	child=$!
	children+=("$child")
}

# serve NS LABEL ARGUMENT...: an svserve that is ready; its log is $scratch/LABEL
serve() {
	local n=$1 label=$2
	shift 2
	start "$label" "$n" svserve -l "$label" "$@"
	wait_for 10 grep -q ready "$scratch/$label" || fail "no server $label: $(cat "$scratch/$label")"
}

# stop PID [SIGNAL]: end it, and wait for that
stop() {
	kill "-${2:-TERM}" "$1" 2>/dev/null || :
	{ wait "$1" || :; } 2>/dev/null
}

# load NS ARGUMENT...: svload; its report is $scratch/load
load() {
	local n=$1
	shift
	on "$n" svload "$@" >"$scratch/load" 2>&1
}

# load_value WORD: the number behind it in the last report
load_value() {
	awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) { print $(i + 1); exit } }' \
		"$scratch/load"
}

# label_count LABEL: connections it answered in the last report
label_count() {
	awk -v l="$1" '$1 == "label" && $2 == l { n = $3 } END { print n + 0 }' "$scratch/load"
}

report_state() {
	local n
	for n in "${!ns[@]}"; do
		echo "# --- $n"
		on "$n" ip -br addr 2>/dev/null | sed 's/^/# /'
		over_serval || continue
		on "$n" awk '$2 { printf "# %s %s\n", $1, $2 }' /proc/net/serval/snmp 2>/dev/null
		on "$n" head -20 /proc/net/serval/flow_table 2>/dev/null | sed 's/^/# /'
		on "$n" head -20 /proc/net/serval/service_table 2>/dev/null | sed 's/^/# /'
	done
	for n in "$scratch"/*; do
		if ! [ -f "$n" ] || ! grep -qI . "$n"; then continue; fi	# text only
		echo "# --- $(basename "$n")"
		grep -v '^ok ' "$n" | tail -20 | sed 's/^/# /'
	done
}

finish() {
	local status=$? n pid
	trap - EXIT
	set +e
	if [ $status != 0 ] && [ $status != 77 ]; then report_state; fi
	for pid in "${children[@]}"; do kill "$pid" 2>/dev/null; done
	{ wait; } 2>/dev/null
	for n in "${ns[@]}"; do ip netns del "$n"; done
	rm -rf "$scratch"
	exit $status
}
trap finish EXIT
