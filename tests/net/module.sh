#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module comes and goes: idle, after traffic, with rules and closed
# connections left, after a namespace was deleted under live connections; not
# while a socket is open.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "plain TCP is no module"
[ ! -d /sys/module/serval ] || rmmod serval

loaded() { [ -d /sys/module/serval ]; }
unload() { rmmod serval 2>"$scratch/rmmod"; }

# Once for what it depends on; then without debug information, which is most of it
serval_load
unload || fail "rmmod: $(cat "$scratch/rmmod")"
strip -g -o "$scratch/serval.ko" "$(dirname "$0")/../../build/$(uname -r)/serval.ko"
load_module() { insmod "$scratch/serval.ko" || fail "insmod"; }

n=20
for ((i = 0; i < n; i++)); do
	load_module
	loaded || fail "insmod $i"
	unload || fail "rmmod $i: $(cat "$scratch/rmmod")"
done
ok "insmod and rmmod $n times"

ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
to=$(address module)
n=$(size 20 3)
for ((i = 0; i < n; i++)); do
	load_module
	serve server A "$to"
	rule client module via 10.1.0.2
	load client -n 20 -p 10 -u 20000 -d 20000 "$to" || fail "traffic: $(cat "$scratch/load")"
	load client -n 20 -p 10 -s -u 20000 -d 20000 "$to" || fail "traffic: $(cat "$scratch/load")"
	[ "$(flows client)" -gt 0 ] || fail "no closed connection lingers: nothing is tested"
	stop "$child"
	# What the programs held is gone at once, or within the time of an orphan
	wait_for 10 unload || fail "rmmod after traffic: $(cat "$scratch/rmmod")"
done
ok "insmod, traffic, rmmod with rules and TIMEWAITs left, $n times"

# Losses make ends that TCP has finished and connection control has not: their
# closing entries have come and gone, and none may outlive the module
serval_load
serve server A "$to"
rule client module via 10.1.0.2
on client tc qdisc add dev server root netem delay 20ms loss 25%
load client -n 60 -p 60 -u 100 -d 100 -t 60 "$to" || fail "traffic under loss: $(cat "$scratch/load")"
stop "$child"
wait_for 100 unload || fail "rmmod under loss: $(cat "$scratch/rmmod")"
on client tc qdisc del dev server root
ok "rmmod after traffic under loss"

load_module
serve server A "$to"
server=$child
rule client module via 10.1.0.2
start held client svload -n 20 -k -e 1000000 -t 120 "$to"
holder=$child
wait_for 20 grep -q held "$scratch/held" || fail "20 connections are not open"
if unload; then fail "rmmod with open sockets succeeded"; fi
check "rmmod with open sockets is refused" grep -qi 'in use' "$scratch/rmmod"
kill -0 "$holder" || fail "the connections did not survive the refusal"
check "and harms nothing" load client -n 5 -u 50000 -d 50000 "$to"

# The name goes; its processes, and so their sockets, are still there
netns=$(readlink /proc/"$holder"/ns/net)
ns_del client
[ "$(readlink /proc/"$holder"/ns/net)" = "$netns" ] || fail "the process lost its namespace"
sleep 0.2
kill -0 "$holder" || fail "the program ended with the name of its namespace"
stop "$holder" KILL
ns_new client
link client 10.1.0.1/24 server 10.1.0.2/24
rule client module via 10.1.0.2
check "a new namespace works at once" load client -n 5 -u 50000 -d 50000 "$to"

# Both ends at once, in the middle of data
start held client svload -n 20 -k -u 1000000000 -d 1000000000 -t 120 "$to"
holder=$child
wait_for 20 grep -q held "$scratch/held" || fail "20 connections are not open"
ip netns pids "${ns[client]}" >"$scratch/pids"
ns_del client
ns_del server
stop "$holder" KILL
stop "$server" KILL
ok "namespaces deleted with live flows"
# Orphans that nobody can reach any more end within the documented time
wait_for 60 unload || fail "rmmod after that: $(cat "$scratch/rmmod")"
ok "rmmod after that"
load_module
unload || fail "and once more: $(cat "$scratch/rmmod")"
ok "insmod and rmmod once more"
