#!/bin/sh
# SPDX-License-Identifier: MIT
# What stands between a PCIe block's clock and a slower one of the card (rtl/adapters/hvb_cross.sv), with beats at
# random on clocks of several ratios (cross_bench.sv). Run by tests/run.
set -u
. tests/tap.sh
RTL=${RTL:-rtl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
	verilator --binary -O3 -Wno-fatal -Wno-WIDTH -Wno-MULTIDRIVEN --timescale 1ps/1ps --top cross_bench \
		--Mdir "$work/obj" -o bench "$RTL"/adapters/hvb_cross*.sv tests/boards/cross_bench.sv >"$work/log" \
		2>&1 || cat "$work/log"
}
bench() { # the card's period, in ps
	timeout 60 "$work/obj/bench" "+slow=$1" >"$work/said" 2>&1 || echo "status $?"
	grep -q 'all across' "$work/said" || cat "$work/said"
}
check "the bench" build
for slow in 8000 8014 5002; do
	check "4000 ps to $slow ps" bench $slow
	sed -n 's/^all across/# &/p' "$work/said"
done
plan
