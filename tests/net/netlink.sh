#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The control rooms: what netlink refuses and does (nltest), what the settings
# take, and what /proc shows.

# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

over_serval || skip "there is nothing to control over plain TCP"
serval_load

check "nltest: netlink refuses and does what it must" nltest

ns_new a
ns_new b
settings=/proc/sys/net/serval

# setting NAME DEFAULT MIN MAX
setting() {
	local file=$settings/$1 v
	check_eq "$1 has its default" "$(on a cat "$file")" "$2"
	for v in "$3" "$4"; do
		check "$1 takes $v" on a sh -c "echo $v >$file && test \$(cat $file) -eq $v"
	done
	for v in $(($3 - 1)) $(($4 + 1)) x; do
		if on a sh -c "echo $v >$file" 2>"$scratch/refused"; then
			fail "$1 takes $v"
		fi
		check_eq "$1 refuses $v and stays" "$(on a cat "$file")" "$4"
	done
	check_eq "$1 is the namespace's own" "$(on b cat "$file")" "$2"
}

setting service_resolution_mode 3 0 3
setting syn_retries 5 1 15
setting max_syn_backlog 4096 1 1048576
setting timewait_ms 60000 1000 600000
setting timewait_max 65536 0 16777216
setting rst_rate 100 0 1000000

check_eq "every setting is tested" "$(on a ls $settings | wc -l)" 6
if on a setpriv --reuid nobody --clear-groups sh -c "echo 1 >$settings/rst_rate" 2>"$scratch/refused"; then
	fail "a user changes a setting"
fi
ok "a user changes no setting"

# More text than a page, so that reading goes on after a pause
for ((i = 0; i < 100; i++)); do
	on a serval service add "0x$(printf %08x $((i + 1)))" forward via 10.0.0.1 via 10.0.0.2
done
check_eq "service_table shows each rule" \
	"$(on a cat /proc/net/serval/service_table | grep -c '^[0-9a-f]\{64\}/32 .* forward')" 100
check_eq "and each target" "$(on a cat /proc/net/serval/service_table | grep -c '^  -> 10\.0\.0\.')" 200
check_eq "and no rule twice, however small the reads" \
	"$(on a dd if=/proc/net/serval/service_table bs=97 2>/dev/null | grep '/32' | sort -u | wc -l)" 100
check_eq "the other namespace has none" "$(on b cat /proc/net/serval/service_table | grep -c /32 || true)" 0
check_eq "flow_table has only its heading" "$(on a wc -l </proc/net/serval/flow_table | tr -d ' ')" 1
on a cut -d' ' -f1 /proc/net/serval/snmp | sort >"$scratch/snmp"
on a serval stats show all | awk '{ print $1 }' | sort >"$scratch/stats"
check "snmp and netlink name the same counters" diff "$scratch/snmp" "$scratch/stats"
