#!/bin/sh
# SPDX-License-Identifier: MIT
# What the card takes of an ECP5, held to its bounds: mapped by the machine's yosys, not placed (`make synth` does both).
# The bound for LUT4 is 9000 with the yosys that `make synth` fetches; that of Debian 12 (0.23) takes a sixth more.
# Run by tests/run.
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
check "no more LUT4 than its bound" at_most lut4 11000
check "no more flip-flops than its bound" at_most ff 4000
check "no more block RAMs than a 45F has" at_most ebr 108
plan
