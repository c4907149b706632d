#!/bin/sh
# SPDX-License-Identifier: MIT
# bench_rtl.sh PROGRAM: the figures of bench_rtl and the host instructions of one cycle of the card, as one JSON object.
# Instructions are callgrind's, inside hvb_rtl_clock() alone, one doorbell in 64 cycles, no waveform: the difference of
# a long and a short run, so that opening the card does not count.
set -eu
program=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=hvb_rtl_clock \
		"$program" --load "$1" >"$log" 2>&1 ||
		{ cat "$log" >&2; exit 1; }
	sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p' "$log"
}
short=$(instructions 2000)
long=$(instructions 22000)
"$program" | sed "s/}\$/,\"host_instructions_per_cycle\":$(((long - short) / 20000))}/"
