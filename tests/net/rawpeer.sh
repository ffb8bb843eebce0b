#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The independent witness: a Serval host in Python on a packet socket, written
# from the protocol page alone, connects, transfers and closes with the kernel
# in both versions and both roles, forges and damages (rawpeer.py).
#
#	kernel 10.88.0.1 ------- 10.88.0.2 to .4 witness
#
# The witness's interface has no address, so that its own kernel takes no part.
# limit: 240

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "the witness speaks Serval only"
here=$(dirname "$0")
check "the witness agrees with itself" python3 "$here/rawpeer_self.py"

serval_load
ns_new kernel witness
ip link add witness netns "${ns[kernel]}" type veth peer name kernel netns "${ns[witness]}"
ip -n "${ns[kernel]}" link set witness up
ip -n "${ns[witness]}" link set kernel up
ip -n "${ns[kernel]}" addr add 10.88.0.1/24 broadcast 10.88.0.255 dev witness
mac() { on "$1" cat "/sys/class/net/$2/address"; }
for n in 2 3 4; do
	ip -n "${ns[kernel]}" neigh add 10.88.0.$n lladdr "$(mac witness kernel)" dev witness
done
# Long enough to be asked again, short enough to be waited for
on kernel sysctl -qw net.serval.timewait_ms=3000
on kernel serval service add 0x5e1f/16 via 10.88.0.2 || fail "no rule to the witness"

on witness python3 "$here/rawpeer.py" --iface kernel --peer-iface witness --mac \
	"$(mac kernel witness)" --netns "${ns[kernel]}" ${SERVAL_RAWPEER:+"$SERVAL_RAWPEER"}
check_no_flows kernel
