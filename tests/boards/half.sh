#!/bin/sh
# SPDX-License-Identifier: MIT
# The clock of a card that has half of its 7-series block's (boards/hvb_half_clock.sv): when it begins, and that it
# comes back. Run by tests/run; HALF: another file for it.
set -u
. tests/tap.sh
. tests/boards/part
check "late, lost, again" part half 'all well' "${HALF:-boards/hvb_half_clock.sv}" tests/boards/MMCME2_BASE.sv \
	tests/boards/BUFG.sv
plan
