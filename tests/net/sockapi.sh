#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The promises of the socket interface (sockapi.c), over TCP first: a test that
# fails there tests the wrong thing.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

serval_load
ns_new client server
link client 10.1.0.1/24 server 10.1.0.2/24
short_timewait client server

# Ports of closed connections are to be free again
on client sysctl -qw net.ipv4.tcp_tw_reuse=1
if ! on client sockapi tcp >"$scratch/tcp"; then
	grep -v '^ok' "$scratch/tcp" | sed 's/^/# /'
	fail "the tests themselves, over TCP"
fi
ok "over TCP: $(tail -1 "$scratch/tcp" | cut -c3-)"

over_serval || exit 0
rule client refused via 10.1.0.2
rule client drop drop
export SOCKAPI_REFUSED SOCKAPI_DROP
SOCKAPI_REFUSED=$(address refused)
SOCKAPI_DROP=$(address drop)
if ! on client sockapi serval >"$scratch/serval"; then
	grep -v '^ok' "$scratch/serval" | sed 's/^/# /'
	fail "over Serval: $(tail -1 "$scratch/serval" | cut -c3-)"
fi
if grep -q SKIP "$scratch/serval"; then fail "nothing may be skipped here"; fi
ok "over Serval: $(tail -1 "$scratch/serval" | cut -c3-)"
check_counter client RstIn -gt 0
check_counter client ServiceDrop -gt 0
check_counter client ServiceMiss -gt 0
check_clean client server
check_no_flows client server
