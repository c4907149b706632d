#!/bin/sh
# SPDX-License-Identifier: MIT
# The short proofs of every module, and some seeded bugs that they must catch. Run by tests/run.
set -u
. tests/tap.sh

proofs() { tests/formal/prove --short "$@" >"$log" 2>&1 || cat "$log"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
modules=$(awk '!/^#/ && $6 == "short" && !seen[$1]++ { print $1 }' tests/formal/jobs.txt)
for module in $modules; do
	check "$module keeps its promises" proofs "$module"
done
seeded() { tests/formal/mutate --short >"$log" 2>&1 || cat "$log"; }
check "seeded bugs are caught" seeded
plan
