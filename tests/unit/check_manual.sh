#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# serval(7) against the code: every counter and every setting, in the order of
# the code and none that is not there; a setting with its default and range.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
page=stack/serval.7.scd

same() {
	diff -u "$dir/code" "$dir/page" || {
		echo "tests/unit/check_manual: $1 and $page differ" >&2
		exit 1
	}
	[ -s "$dir/code" ] || { echo "tests/unit/check_manual: nothing found in $1" >&2; exit 1; }
}

sed -n 's/^[[:space:]]*X([A-Z0-9_]*,[[:space:]]*"\([A-Za-z]*\)").*/\1/p' stack/mib.h >"$dir/code"
sed -n '/^# COUNTERS/,/^# SECURITY/s/^|. \*\(.*\)\*$/\1/p' "$page" >"$dir/page"
same stack/mib.h

sed -n 's/^[[:space:]]*SETTING(\([^)]*\)).*/\1/p' stack/sysctl.c | tr -d ' \t' |
while IFS=, read -r name preset low high; do
	# shellcheck disable=SC2004 # the values are expressions
	echo "$name $preset $(($low)) $(($high))"
done >"$dir/code"
sed -n '/^# FILES/,/^# COUNTERS/s/^\*\([a-z_]*\)\* (\([0-9]*\); \([0-9]*\) to \([0-9]*\))$/\1 \2 \3 \4/p' \
	"$page" >"$dir/page"
same stack/sysctl.c
