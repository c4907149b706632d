#!/bin/sh
# SPDX-License-Identifier: MIT
# The clock of a card that has half of its 7-series block's (boards/hvb_half_clock.sv): when it begins, and that it
# comes back. Run by tests/run; HALF: another file for it.
set -u
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
half() {
	verilator --binary -Wno-fatal -Wno-WIDTH --timescale 1ns/1ns --top half_bench --Mdir "$work/obj" -o bench \
		"${HALF:-boards/hvb_half_clock.sv}" tests/boards/MMCME2_BASE.sv tests/boards/BUFG.sv \
		tests/boards/half_bench.sv >"$work/log" 2>&1 || cat "$work/log"
	timeout 60 "$work/obj/bench" >"$work/said" 2>&1 || echo "status $?"
	grep -q 'all well' "$work/said" || cat "$work/said"
}
check "late, lost, again" half
plan
