#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh [short|full]: runs the SPIN models of connection control and holds
# every run to its verdict: the protocol passes, each seeded fault is caught.
# TAP. Needs spin and gcc; uses two cores. short: less than a minute,
# full: about ten minutes and up to 4 GB a run.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
jobs=2

runs() {
	cat <<-END
	ok eccp safety
	ok eccp ltl
	ok eccp np
	ok eccp ltl -DCLOSE=1
	ok eccp ltl -DSOFT
	ok eccp safety -DATK=1
	ok eccp ltl -DM0=2 -DM1=0 -DLOSS=2 -DDUP=2
	ok halfopen ltl
	ok flows ltl -DNF=2
	caught eccp safety -DMUT_OLD_RSYN -DM0=2 -DM1=0
	caught eccp safety -DMUT_STALE -DM0=2 -DM1=0 -DSOFT
	caught eccp safety -DMUT_NOECHO -DM0=2 -DM1=0 -DSOFT
	caught eccp safety -DMUT_INSTANT
	caught eccp ltl -DMUT_STRICT -DM0=2 -DM1=0
	caught eccp ltl -DNORV
	caught eccp safety -DMUT_NONONCE -DATK=1
	caught eccp ltl -DMUT_FINOVER -DCLOSE=1
	caught eccp ltl -DMUT_ECHOVER -DCLOSE=1
	caught halfopen safety -DMUT_ANYRST
	caught flows safety -DMUT_NOTIE
	END
	[ "$1" = full ] || return
	cat <<-END
	ok eccp ltl -DCLOSE=2
	ok eccp ltl -DLOSS=2 -DDUP=2
	ok eccp ltl -DM0=0 -DM1=2 -DLOSS=2 -DDUP=2
	ok eccp ltl -DM0=2 -DM1=1
	ok eccp np -DM0=2 -DM1=1
	ok eccp ltl -DM0=1 -DM1=2
	ok eccp ltl -DCLOSE=3
	ok eccp np -DCLOSE=3
	ok eccp ltl -DM0=2 -DM1=2 -DLOSS=1 -DDUP=0
	ok eccp safety -DM0=2 -DM1=2
	ok eccp safety -DATK=1 -DM0=1 -DM1=1 -DCLOSE=3
	ok eccp safety -DWILD
	ok flows ltl -DNF=3
	END
}

# one NUMBER WANT MODEL MODE DEFS...: the result into $dir/NUMBER
one() {
	local number=$1 want=$2 model=$3 mode=$4 tree=$dir/$1.tree flags args errors good=no
	shift 4
	mkdir "$tree" && cd "$tree" || return
	case $mode in
	safety) flags="-DSAFETY -DNOCLAIM" args="" ;;
	ltl)    flags="" args="-a" ;;
	np)     flags="-DNP -DNOCLAIM" args="-l" ;;
	esac
	# shellcheck disable=SC2086 # the flags are words
	if spin -a "$@" "$here/$model.pml" >out 2>&1 &&
	   gcc -O2 -w -DMEMLIM=9000 $flags -o pan pan.c >>out 2>&1; then
		./pan $args -m1000000 "-w$slots" >>out 2>&1
	fi
	errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' out | head -n 1)
	case $want in
	ok)	[ "${errors:-none}" = 0 ] && ! grep -q 'out of memory\|search depth too small' out && good=yes ;;
	caught)	[ "${errors:-0}" -gt 0 ] && good=yes ;;
	esac
	{
		if [ $good = yes ]; then printf 'ok'; else printf 'not ok'; fi
		[ "$want" = ok ] && what=holds || what="is caught"
		echo " $number - $model $mode${*:+ $*} $what"
		[ $good = yes ] || sed 's/^/# /' out | tail -n 20
	} >"$dir/$number"
	cd "$dir" && rm -rf "$tree"
}

depth=${1:-short}
case $depth in
short)	slots=22 ;;	# 2^22 places in the hash table: 32 MB
full)	slots=26 ;;
*) echo "usage: check.sh [short|full]" >&2; exit 2 ;;
esac
for tool in spin gcc; do
	command -v $tool >/dev/null || { echo "1..0 # skip there is no $tool"; exit 77; }
done

number=0
while read -ra words; do
	number=$((number + 1))
	while [ "$(jobs -rp | wc -l)" -ge $jobs ]; do wait -n; done
	one $number "${words[@]}" &
done < <(runs "$depth")
wait

bad=0
for ((i = 1; i <= number; i++)); do
	cat "$dir/$i" || echo "not ok $i - ended without a result"
	head -n 1 "$dir/$i" 2>/dev/null | grep -q '^ok' || bad=1
done
echo "1..$number"
exit $bad
