#!/bin/sh
# SPDX-License-Identifier: MIT
# What the card takes of an ECP5 does not grow: mapped by the machine's yosys, not placed (`make synth` does both). An
# older one may take a fifth more than that of `make synth`, for which docs/synthesis.md has the bounds: so these are
# limits for it. Run by tests/run.
set -u
. tests/tap.sh
json=$(mktemp)
trap 'rm -f "$json"' EXIT

mapped() { tests/synth/synth --area 2>&1 >"$json" | grep -v '^vm: '; [ -s "$json" ] || echo "nothing came out"; }
at_most() { # CELLS LIMIT
	count=$(sed -n 's/.*"'"$1"'":\([0-9]*\).*/\1/p' "$json")
	[ "${count:-999999}" -le "$2" ] || echo "${count:-no count of} $1"
}
check "the card is mapped" mapped
check "LUT4" at_most lut4 11000
check "flip-flops" at_most ff 4000
check "block RAMs: no more than a 45F has" at_most ebr 108
plan
