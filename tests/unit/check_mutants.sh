#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each patch of tests/mutants is a fault. Applied to a copy of stack/, it must
# make every test fail that its "Tests:" line names; unpatched they pass. A
# test that cannot fail proves nothing. Without SERVAL_LONG every fifth of them.
set -u
cd "$(dirname "$0")/../.." || exit 1
# what the runner asks of its own tests is not for the ones that must fail
unset "${!CK_@}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
parts="eccp eccp_msg eccp_timer eccp_migrate sal_hdr"
flags="-std=gnu11 -D_GNU_SOURCE -O1 -w -fsanitize=address,undefined -fno-sanitize-recover=all"
number=0 bad=0

result() {
	number=$((number + 1))
	[ "$1" = ok ] || bad=1
	echo "$1 $number - $2"
}

# compile TREE SOURCE OBJECT: with TREE's copy of stack/
compile() {
	# shellcheck disable=SC2086 # the flags are words
	${CC:-gcc} $flags -iquote "$1" -iquote "$1/stack" -iquote tests/unit -iquote . -Iinclude/uapi \
		-c -o "$3" "$2"
}

# link TREE TEST
link() {
	local part objects="$dir/tests/$2.o $dir/tests/eccp_pair.o $dir/tests/vectors.o"
	for part in $parts; do objects+=" $1/$part.o"; done
	# shellcheck disable=SC2046,SC2086
	${CC:-gcc} $flags -o "$1/$2" $objects $(pkg-config --libs check)
}

clean=$dir/clean
mkdir -p "$clean" "$dir/tests"
cp -r stack "$clean/"
for part in $parts; do compile "$clean" "$clean/stack/$part.c" "$clean/$part.o" || exit 1; done
mapfile -t tests < <(sed -n 's/^Tests: //p' tests/mutants/*.patch | tr ' ' '\n' | sort -u)
for source in "${tests[@]/#/tests/unit/}" tests/unit/eccp_pair tests/vectors/vectors; do
	source=$source.c
	compile "$clean" "$source" "$dir/tests/$(basename "$source" .c).o" || exit 1
done
for test in "${tests[@]}"; do
	if link "$clean" "$test" && "$clean/$test" >"$dir/out" 2>&1; then
		result ok "without a fault: $test passes"
	else
		result "not ok" "without a fault: $test passes"
		sed 's/^/# /' "$dir/out"
	fi
done

patches=(tests/mutants/*.patch)
step=5
case ${SERVAL_LONG:-0} in 0) ;; *) step=1 ;; esac
for ((i = 0; i < ${#patches[@]}; i += step)); do
	patch=${patches[i]}
	name=$(basename "$patch" .patch)
	tree=$dir/$name
	mkdir "$tree"
	cp -r stack "$tree/"
	if ! patch -s -d "$tree" -p1 <"$patch" >"$dir/out" 2>&1; then
		result "not ok" "$name: the patch applies"
		sed 's/^/# /' "$dir/out"
		continue
	fi
	# a header is in all of them
	changed=$(sed -n 's|^+++ b/stack/\(.*\)\.c$|\1|p' "$patch")
	[ -n "$changed" ] || changed=$parts
	cp "$clean"/*.o "$tree/"
	for part in $changed; do
		compile "$tree" "$tree/stack/$part.c" "$tree/$part.o" || exit 1
	done
	read -ra named < <(sed -n 's/^Tests: //p' "$patch")
	for test in "${named[@]}"; do
		link "$tree" "$test" || exit 1
		if timeout 120 "$tree/$test" >"$dir/out" 2>&1; then
			result "not ok" "$name: $test finds the fault"
		else
			result ok "$name: $test finds the fault"
		fi
	done
	rm -r "$tree"
done
echo "1..$number"
exit $bad
