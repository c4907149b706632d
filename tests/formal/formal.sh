#!/bin/sh
# SPDX-License-Identifier: MIT
# The short proofs of every module, and some seeded bugs that they must catch. Run by tests/run.
set -u
. tests/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
modules=$(awk '!/^#/ && $6 == "short" && !seen[$1]++ { print $1 }' tests/formal/jobs.txt)
# two at a time: an engine has one thread
# shellcheck disable=SC2086,SC2016 # words; what the inner shell expands
printf '%s\n' $modules | WORK=$work xargs -P 2 -I % sh -c \
	'tests/formal/prove --short % >"$WORK/%.log" 2>&1 && : >"$WORK/%.holds"'
proved() { [ -e "$work/$1.holds" ] || cat "$work/$1.log"; }
for module in $modules; do
	check "$module keeps its promises" proved "$module"
done
seeded() { tests/formal/mutate --short >"$work/seeded" 2>&1 || cat "$work/seeded"; }
check "seeded bugs are caught" seeded
plan
