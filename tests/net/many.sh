#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many connections at once, and many one after the other; afterwards nothing
# is left of them: no flow, no socket memory, no object in a slab.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

serval_load
ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
short_timewait client server
to=$(address many 10.1.0.2)
serve server A "$to"
rule client many via 10.1.0.2

# slab_objects: live objects of the module's own caches, by name. A shrink
# first, since freed objects stay in the lists of each processor.
slab_objects() {
	local s
	for s in /sys/kernel/slab/*[sS][eE][rR][vV][aA][lL]*; do
		[ -e "$s/shrink" ] || continue
		echo 1 >"$s/shrink"
		echo "$(basename "$s") $(awk '{ print $1 }' "$s/objects")"
	done
}

# shellcheck disable=SC2016 # awk's
# sockstat NS: what the kernel counts of TCP's sockets there
sockstat() { on "$1" awk '/^TCP:/ { print "inuse", $3, "orphan", $5 }' /proc/net/sockstat; }
# Pages of TCP's buffers, of all namespaces; each processor may keep 1 MiB of them
# shellcheck disable=SC2016 # awk's
pages() { awk '/^TCP:/ { print $11 }' /proc/net/sockstat; }

check "one connection, for what is allocated once" load client -u 1000 -d 1000 "$to"
check_no_flows client server
slab_objects >"$scratch/slab_before"
over_serval && { [ -s "$scratch/slab_before" ] || fail "the module has no slab caches of its own"; }
before="$(sockstat client); $(sockstat server)"
pages_before=$(pages)
say "$before, $pages_before pages"

n=$(size 1000 100)
check "$n connections open at once, each answers" load client -n "$n" -k -u 2000 -d 2000 "$to"
check_eq "opened before the first byte" "$(load_value held)" "$n"
check "$n held open, ten echoes each" load client -n "$n" -k -e 10 -b 200 "$to"

n=$(size 10000 200)
check "$n cycles, the client closes first" load client -n "$n" -p 20 -u 1000 -d 1000 "$to"
say "connect: median $(load_value median) us, longest $(load_value max) us"
check "$n cycles, the server closes first" load client -n "$n" -p 20 -s -u 1000 -d 1000 "$to"
check "$n cycles, half-closed" load client -n "$n" -p 20 -f -u 1000 -d 1000 "$to"
check_clean client server

# Sockets that nobody closed properly: the programs were killed
start victim client svload -n 50 -k -e 1000000 -t 60 "$to"
wait_for 20 grep -q held "$scratch/victim" || fail "50 connections are not open"
stop "$child" KILL
check_no_flows client server

gone() { [ "$(sockstat client); $(sockstat server)" = "$before" ]; }
wait_for 15 gone || fail "sockstat: $(sockstat client); $(sockstat server), not $before"
ok "sockstat is what it was: $before"
check "pages of buffers: $(pages), $pages_before before" \
	test "$(pages)" -le $((pages_before + 256 * $(nproc)))

over_serval || exit 0
# Memory is given back after a grace period
same_slab() { slab_objects >"$scratch/slab_after" && cmp -s "$scratch/slab_before" "$scratch/slab_after"; }
wait_for 15 same_slab || fail "slab: $(paste -sd' ' "$scratch/slab_before") before, \
$(paste -sd' ' "$scratch/slab_after") after"
ok "slab is what it was: $(paste -sd' ' "$scratch/slab_after")"
