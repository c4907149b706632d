#!/bin/sh
# SPDX-License-Identifier: MIT
# A board's bitstream by open tools, from sources to file: nextpnr ends with an error where a net is not routed or the
# board's clock is not met. BOARD names the board; ten minutes of a processor (make test-bitstream). Run by tests/run.
set -u
. tests/tap.sh
board=${BOARD:-ulx3s}
said=$(mktemp)
trap 'rm -f "$said"' EXIT

boards/bitstream "$board" >"$said" 2>&1
status=$?
if [ "$status" = 77 ]; then
	skip "$board" "$(tail -n 1 "$said")"
	plan
	exit
fi
made() { [ "$status" = 0 ] || tail -n 5 "$said"; }
check "$board: synthesis, placement, routing, bitstream" made
clock() { grep -q "^$board: Max frequency .*PASS" "$said" || tail -n 1 "$said"; }
check "$board: its clock is met" clock
size() { [ "$(wc -c <"$BUILD/boards/$board.bit")" -gt 100000 ] || ls -l "$BUILD/boards/$board.bit"; }
check "$board: a file of some size" size
grep "Max frequency" "$said" | sed 's/^/# /'
plan
