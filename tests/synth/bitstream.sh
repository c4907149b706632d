#!/bin/sh
# SPDX-License-Identifier: MIT
# A board's bitstream by open tools, from sources to file: nextpnr ends with an error where a net is not routed or the
# board's clock is not met. BOARD names the board; ten minutes of a processor (make test-bitstream). Run by tests/run.
set -u
. tests/tap.sh
board=${BOARD:-ulx3s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

boards/bitstream "$board" >"$log" 2>&1
status=$?
if [ "$status" = 77 ]; then
	skip "$board" "$(tail -n 1 "$log")"
	plan
	exit
fi
made() { [ "$status" = 0 ] || tail -n 5 "$log"; }
check "$board: synthesis, placement, routing, bitstream" made
clocks() {
	grep -q "^$board: Max frequency .*PASS" "$log" || echo "no clock"
	! grep "Max frequency .*FAIL" "$log"
}
check "$board: its clocks are met" clocks
size() { [ "$(wc -c <"$BUILD/boards/$board.bit")" -gt 100000 ] || ls -l "$BUILD/boards/$board.bit"; }
check "$board: a file of some size" size
grep "Max frequency" "$log" | sed 's/^/# /'
plan
