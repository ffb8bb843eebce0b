#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The serval command against the module: what it changes, what it shows (all
# of it is JSON with -j), what it says when it is refused, events and their
# loss, and the ways of listen and nc that programs.sh does not go.
#
# limit: 240

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "this is about serval"
command -v jq >/dev/null || skip "no jq"
serval_load
ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
short_timewait client server
export SERVAL_NAMES=$scratch/names
: >"$SERVAL_NAMES"

# status NS WORD...: the exit status; the messages are in $scratch/said
status() {
	local n=$1 s=0
	shift
	on "$n" serval "$@" >"$scratch/shown" 2>"$scratch/said" </dev/null || s=$?
	echo $s
}

# query NS FILTER WORD...: what jq makes of the JSON, which must be whole
query() {
	local n=$1 filter=$2
	shift 2
	on "$n" serval -j "$@" </dev/null >"$scratch/json" || fail "serval -j $*: $?"
	jq -ce "$filter" "$scratch/json" || fail "serval -j $*: no $filter in $(cat "$scratch/json")"
}

refused() {
	local want=$1 n=$2
	shift 2
	check_eq "refused: $*" "$(status "$n" "$@")" 2
	grep -q "$want" "$scratch/said" || fail "no $want in: $(cat "$scratch/said")"
}

### exit statuses, options, grammar
check_eq "no such object" "$(status client frobnicate)" 1
check_eq "more is needed" "$(status client service add)" 1
check_eq "not an address" "$(status client service add web.example via 10.1.0.256)" 1
grep -q 'is no ADDR' "$scratch/said" || fail "$(cat "$scratch/said")"
check_eq "a keyword that may be two" "$(status client s)" 1
check_eq "help" "$(status client service help)" 0
check_eq "status" "$(status client status)" 0
check_eq "another namespace: -netns" "$(serval -j -n "${ns[client]}" service | jq length)" 0
check_eq "no such namespace" "$(status client -n "$run_id" service)" 2

### rules
check_eq "add" "$(status client service add web.example forward via 10.1.0.2 weight 3)" 0
check_eq "add another target" \
	"$(status client service add web.example via 10.1.0.3 dev server priority 7 weight 0)" 0
check_eq "both are there" "$(query client '.[0].targets | map([.via, .dev, .priority, .weight])' service)" \
	'[["10.1.0.2",null,1,3],["10.1.0.3","server",7,0]]'
check_eq "its name is known" "$(query client '.[0].name' service)" '"web.example"'
on client serval service | grep -q '^web.example .* 10.1.0.2 ' || fail "$(on client serval service)"
check_eq "-N: no names" "$(query client '.[0] | has("name") | not' -N service)" true
refused EEXIST client service add web.example via 10.1.0.2
refused EEXIST client service add web.example drop
refused ENOENT client service del web.example via 10.1.0.9
refused ENOENT client service del no.such
refused ENODEV client service add web.example via 10.1.0.4 dev "$run_id"
grep -q 'no such interface' "$scratch/said" || fail "$(cat "$scratch/said")"
check_eq "a refusal changes nothing" "$(query client '.[0].targets | length' service)" 2
check_eq "replace" "$(status client service replace web.example via 10.1.0.2)" 0
check_eq "it has one target" "$(query client '.[0].targets | length' service)" 1
check_eq "delay, drop, default" "$(status client service add .example delay)$(
	status client service add 0x0a00/16 drop)$(status client service add default via 10.1.0.2 weight 2)" 000
check_eq "the original's spelling" "$(status client serv add 88888:32 10.1.0.2 weight 5)" 0
check_eq "its weight" "$(query client '.[0].targets[0].weight' service show 88888/32)" 5
check_eq "type" "$(query client 'map(.action) | unique' service show type drop)" '["drop"]'
check_eq "via" "$(query client length service show via 10.1.0.2)" 3
check_eq "get: the longest prefix" "$(query client 'map(.bits)' service get web.example)" "[256]"
check_eq "get: falls back" "$(query client 'map([.bits, .action])' service get other.example)" '[[96,"delay"]]'
check_eq "get: share" "$(query client '.[0].targets[0].share == 1' service get nobody.anywhere)" true
check_eq "get: not of a prefix" "$(status client service get .example)" 1

on client serval service save >"$scratch/saved" || fail "save"
query client 'map(del(.hits, .targets[].hits))' service >"$scratch/before"
check_eq "flush" "$(status client service flush)" 0
check_eq "nothing is left" "$(on client serval -j service | jq length)" 0
on client serval service restore <"$scratch/saved" || fail "restore"
query client 'map(del(.hits, .targets[].hits))' service >"$scratch/after"
check "save and restore: the same rules" cmp "$scratch/before" "$scratch/after"
printf '# comment\n\nservice del 88888/32 # and one\nservice del no.such\nservice del default\n' >"$scratch/batch"
check_eq "batch ends at a failure" "$(status client -b "$scratch/batch")" 2
grep -q "$scratch/batch:4" "$scratch/said" || fail "$(cat "$scratch/said")"
check_eq "so the rest is not done" "$(query client length service show default)" 1
check_eq "batch -force goes on" "$(status client -force -b "$scratch/batch")" 2
check_eq "so the rest is done" "$(on client serval -j service show default | jq length)" 0
s=0
echo "flow show" | on client serval service restore 2>/dev/null || s=$?
check_eq "restore takes rules only" $s 1

if command -v setpriv >/dev/null; then
	# wherever the checkout lies, a user may not be able to look into it
	mkdir -p /run/user-tools/tools /run/user-tools/libserval
	cp "$(command -v serval)" /run/user-tools/tools/
	cp -d "$SERVAL_TOP"/libserval/*.so* /run/user-tools/libserval/
	s=0
	on client setpriv --reuid 65534 --clear-groups /run/user-tools/tools/serval service flush \
		2>"$scratch/said" || s=$?
	check_eq "a user may not flush" $s 2
	grep -q EPERM "$scratch/said" || fail "$(cat "$scratch/said")"
fi
check_eq "completion has names" "$(on client serval __complete service del web)" web.example
on client serval service flush

### events, a connection, what is shown of it
start monitor server serval -ts monitor
start monitor_json server serval -j monitor
monitor=$child
heard() { # until a rule made here shows up in both
	on server serval service replace heard.example drop
	[ -s "$scratch/monitor" ] && [ -s "$scratch/monitor_json" ]
}
wait_for 30 heard || fail "the monitor hears nothing"

# $1 in the command is the command's
# shellcheck disable=SC2016
start listen server serval listen web.example max 2 -- \
	sh -c 'echo "$SERVAL_SERVICE $SERVAL_PEER"; exec cat'
listen=$child
wait_for 30 grep -q '^listening 0x' "$scratch/listen" || fail "$(cat "$scratch/listen")"
on client serval service add web.example via 10.1.0.2

mkfifo "$scratch/one" "$scratch/two" "$scratch/three"
declare -A end=()
# talk NAME: an nc with a pipe for its input, which nobody else keeps open
talk() {
	(exec ip netns exec "${ns[client]}" serval nc web.example) \
		<"$scratch/$1" >"$scratch/got_$1" 11>&- 12>&- 13>&- &
	end[$1]=$!
	children+=("$!")
}
answered() { [ "$(cat "$scratch"/got_* | wc -l)" = "$1" ]; }
talk one
exec 11>"$scratch/one"
wait_for 30 answered 1 || fail "the first is not served"
talk two
exec 12>"$scratch/two"
wait_for 30 answered 2 || fail "the second is not served"
talk three
exec 13>"$scratch/three"
check_eq "SERVAL_SERVICE and SERVAL_PEER" "$(cat "$scratch"/got_* | sort -u)" \
	"$(serval -br id web.example) 10.1.0.1"

check_eq "flow show" "$(query client 'map(select(.state == "connected") | .name) | unique' flow)" '["web.example"]'
check_eq "flow show: all selectors" \
	"$(query client 'map(.peer) | unique' flow show state connected service web.example peer 10.1.0.2 dev server)" \
	'["10.1.0.2"]'
check_eq "flow show: pid" "$(query client length flow show pid "${end[one]}" 2>&1 | tail -1)" 1
check_eq "flow show: nothing" "$(on client serval -j flow show peer 10.9.9.9)" "[]"
id=$(query client '.[0].flowid' flow)
check_eq "flow get" "$(query client '.[0].flowid' flow get "$id")" "$id"
refused ENOENT client flow get 4294967295
three_connected() { [ "$(query client 'map(select(.state == "connected")) | length' flow)" = 3 ]; }
wait_for 30 three_connected || fail "the third does not connect"
for words in service "service get web.example" flow stats "stats all" "stats drops" \
	"stats drops all" "id web.example .example 88888 0x0a00/16 default" status; do
	for options in "" "-p -d -s -N"; do
		# shellcheck disable=SC2086
		on server serval -j $options $words >"$scratch/json" || fail "serval -j $options $words"
		jq -e 'type == "array" and all(type == "object")' "$scratch/json" >/dev/null ||
			fail "serval -j $options $words: $(head -5 "$scratch/json")"
	done
	for options in "" "-d -s -h -c" "-o -d" "-br"; do
		# shellcheck disable=SC2086
		on server serval $options $words >"$scratch/shown" || fail "serval $options $words"
	done
done
ok "all that is shown is also JSON"
check_eq "stats: a counter" "$(query server '.[0].value >= 2' stats show PassiveOpens)" true
check_eq "stats: as in /proc" "$(query server length stats show all)" \
	"$(wc -l <<<"$(on server cat /proc/net/serval/snmp)")"

### max: the third waits, and nobody works meanwhile
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
before=$(($(ticks "$listen") + $(ticks "${end[one]}")))
sleep 1
check_eq "max 2: the third is not served yet" "$(cat "$scratch"/got_* | wc -l)" 2
idle=$(($(ticks "$listen") + $(ticks "${end[one]}") - before))
[ "$idle" -lt 5 ] || fail "listen and nc took $idle ticks of a second to wait"
ok "waiting takes no time: $idle ticks"
echo more >&11
exec 11>&-
wait_for 30 answered 4 || fail "the third is not served after the first has ended"
wait "${end[one]}" || fail "nc of the first: $?"
check_eq "nc: the end of the input reached the service" "$(tail -1 "$scratch/got_one")" more

### TERM: no more connections, those that are there go on
stop "$listen"
s=0
on client serval nc web.example </dev/null >/dev/null 2>"$scratch/said" || s=$?
check_eq "after TERM nobody listens" $s 2
grep -q ECONNREFUSED "$scratch/said" || fail "$(cat "$scratch/said")"
echo still here >&12
exec 12>&-
exec 13>&-
wait "${end[two]}" || fail "nc of the second: $?"
wait "${end[three]}" || fail "nc of the third: $?"
check_eq "children were left alone" "$(tail -1 "$scratch/got_two")" "still here"

line() { grep -q "$1" "$scratch/monitor"; }
wait_for 30 line 'service closed .*web.example' || fail "no such event"
for want in 'service rule-new .*heard.example drop' 'service bound .*web.example stream pid' \
	'service listening .*web.example' 'flow connected .*web.example .* 10.1.0.2 <- 10.1.0.1' \
	'flow closed .*web.example'; do
	line "$want" || fail "no event '$want'"
done
ok "monitor: bound, listening, connected, closed"
wait_for 30 grep -q '"event":"closed".*"group":"service"' "$scratch/monitor_json" || fail "json: no event"
jq -es 'all(.event and .time) and (map(select(.group == "service") | .seq) | . == sort and . == unique)' \
	"$scratch/monitor_json" >/dev/null || fail "monitor -j: $(head -5 "$scratch/monitor_json")"
grep -c . "$scratch/monitor_json" >"$scratch/lines"
check_eq "monitor -j: an object a line" "$(jq -c . "$scratch/monitor_json" | wc -l)" "$(cat "$scratch/lines")"
if grep -qi overrun "$scratch/monitor" "$scratch/monitor_json"; then fail "events were lost"; fi

### more events than anyone reads
kill -STOP "$monitor"
for ((i = 0; i < 12000; i++)); do echo "service replace flood.example drop"; done >"$scratch/flood"
on server serval -b "$scratch/flood" || fail "flood"
kill -CONT "$monitor"
wait_for 60 grep -q '"event":"overrun"' "$scratch/monitor_json" || fail "a loss, and no word of it"
on server serval service replace after.example drop
after() { grep -q "$(serval -br id after.example)" "$scratch/monitor_json"; }
wait_for 60 after || fail "no events after the overrun"
ok "monitor: a loss is told, and events go on"
on server serval service flush

### nc: both ways at once, the service as slow as it likes, other kinds of descriptors
cat >"$scratch/echo.py" <<'END'
import os, sys, time
n = 0
while True:
    data = os.read(0, 65536)
    if not data:
        break
    n += len(data)
    while data:
        data = data[os.write(1, data):]
END
start echo server serval listen echo.example -- python3 "$scratch/echo.py"
wait_for 30 grep -q '^listening' "$scratch/echo" || fail "$(cat "$scratch/echo")"
on client serval service replace echo.example via 10.1.0.2
head -c "$(size 100000000 5000000)" /dev/urandom >"$scratch/in"
on client serval nc echo.example <"$scratch/in" >"$scratch/out" || fail "nc, files: $?"
check "nc: files" cmp "$scratch/in" "$scratch/out"
# shellcheck disable=SC2002 # a pipe is what is tested
cat "$scratch/in" | on client serval nc echo.example | cat >"$scratch/out"
check "nc: pipes" cmp "$scratch/in" "$scratch/out"

on client serval nc echo.example <&- >"$scratch/out" || fail "nc without standard input: $?"
check "nc: no standard input" cmp /dev/null "$scratch/out"

# A program that writes all before it reads anything must not stop for ever on
# what comes back: that has to wait in nc and in the connection
cat >"$scratch/pair.py" <<'END'
import array, hashlib, os, socket, subprocess, sys, threading
want = open(sys.argv[2], "rb").read()
ours, theirs = socket.socketpair()
words = ["serval", "nc"] + (["fdpass"] if sys.argv[1] == "fdpass" else []) + ["echo.example"]
child = subprocess.Popen(words, stdin=theirs, stdout=theirs)
theirs.close()
if sys.argv[1] == "fdpass":
    data, control, flags, addr = ours.recvmsg(16, 1024)
    assert len(data) == 1 and child.wait() == 0
    ours = socket.socket(fileno=array.array("i", control[0][2])[0])
def send():
    ours.sendall(want)
    ours.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
got = bytearray()
while True:
    data = ours.recv(1 << 16)
    if not data:
        break
    got += data
assert got == want, f"{len(got)} of {len(want)} bytes"
assert child.wait() == 0
END
check "nc: a socket pair" on client timeout 120 python3 "$scratch/pair.py" nc "$scratch/in"
check "nc fdpass: the connection itself" on client timeout 120 python3 "$scratch/pair.py" fdpass "$scratch/in"
refused ENOTSOCK client nc fdpass echo.example

# Closing in the middle of what we send is an error; so is a reset
start rude server serval listen rude.example -- head -c 10
wait_for 30 grep -q '^listening' "$scratch/rude" || fail "$(cat "$scratch/rude")"
on client serval service replace rude.example via 10.1.0.2
s=0
on client serval nc rude.example <"$scratch/in" >/dev/null 2>"$scratch/said" || s=$?
check_eq "nc: the service left before all was sent" $s 2
grep -qE 'ECONNRESET|EPIPE' "$scratch/said" || fail "$(cat "$scratch/said")"

refused EADDRINUSE server listen echo.example -- true
refused EHOSTUNREACH client nc nobody.example
refused EOPNOTSUPP server listen dgram web.example -- true
refused EOPNOTSUPP client nc dgram web.example
on client serval service replace drop.example drop
refused EACCES client nc drop.example
start wrong server serval listen wrong.example -- "/no/such/$run_id"
wait_for 30 grep -q '^listening' "$scratch/wrong" || fail "$(cat "$scratch/wrong")"
on client serval service replace wrong.example via 10.1.0.2
on client serval nc wrong.example </dev/null || fail "nc to a command that is not there: $?"
wait_for 30 grep -q ENOENT "$scratch/wrong" || fail "$(cat "$scratch/wrong")"
ok "listen: says that the command is not there"

check_clean client server
check_no_flows client server
