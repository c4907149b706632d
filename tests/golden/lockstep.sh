#!/bin/sh
# SPDX-License-Identifier: MIT
# The card and the golden model side by side on random worlds, single-stepped and threaded. Run by tests/run.
set -u
. tests/tap.sh
lockstep=$BUILD/tests/golden/lockstep
log=$(mktemp)
trap 'rm -f "$log"' EXIT
agree() { "$lockstep" "$@" >"$log" 2>&1 || tail -n 40 "$log"; }
for seed in 1 2 3 4; do
	check "seed $seed, single-stepped" agree --seed $seed --worlds 60 --steps 40 --card 'sim:?step=1'
done
check "seed 5, late TLPs" agree --seed 5 --worlds 40 --steps 40 --card 'sim:?jitter=40&seed=5'
plan
