#!/bin/sh
# SPDX-License-Identifier: MIT
# What a board's LEDs show (boards/hvb_lights.sv). Run by tests/run; LIGHTS: another file for it.
set -u
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lights() {
	verilator --binary -Wno-fatal -Wno-WIDTH --timescale 1ns/1ns --top lights_bench --Mdir "$work/obj" -o bench \
		"${LIGHTS:-boards/hvb_lights.sv}" tests/boards/lights_bench.sv >"$work/log" 2>&1 || cat "$work/log"
	timeout 60 "$work/obj/bench" >"$work/said" 2>&1 || echo "status $?"
	grep -q 'all seen' "$work/said" || cat "$work/said"
}
check "link, doorbells, faults" lights
plan
