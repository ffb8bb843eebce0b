#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# serval(8) against the tool: every command and definition of the help stands
# in the page, word by word, and no command that the tool does not have.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Lines that the help breaks are put together again
SERVAL_NAMES='' tools/serval help | sed -n '3,$p' | sed '/^OPTIONS/,$d' | sed 's/^Usage: /       /' |
awk '/^       serval |^[A-Z]+ :=/ { if (line) print line; line = $0; next }
	{ sub(/^ */, ""); line = line " " $0 } END { print line }' |
sed 's/^ *//' | grep -v '^[PW] :=' >"$dir/tool"
# shellcheck disable=SC2016 # no expansion is meant
sed -n '/^```/,/^```/p' tools/serval.8.scd | sed '1d;/^```/,$d' >"$dir/page"
[ -s "$dir/tool" ] && diff -u "$dir/tool" "$dir/page"
