#!/bin/sh
# SPDX-License-Identifier: MIT
# The card's sources through every tool that must read them without a word: Verilator with all warnings on, for several
# sizes of the card; Yosys as far as a checked netlist; Icarus, where it is new enough (12). Run by tests/run.
set -u
. tests/tap.sh

packages="$BUILD/gen/hvb_regs_pkg.sv rtl/hvb_pkg.sv"
modules=$(find rtl -name '*.sv' ! -name hvb_pkg.sv | sort)

verilate() { # TOP FLAG...
	top=$1
	shift
	# shellcheck disable=SC2086
	all=$(verilator --lint-only -Wall "$@" --top-module "$top" rtl/waivers.vlt $packages $modules 2>&1)
	verdict=$?
	# later versions end with a report of their own work, marked by a dash
	echo "$all" | grep -v '^- ' | grep .
	return $verdict
}
check "verilator: default sizes" verilate hvb_card
check "verilator: checks can be switched off" verilate hvb_card -DHVB_CHECK_OFF
for board in ulx3s versa5g arty; do
	check "verilator: $board" verilate "$board" boards/serial_card.sv "boards/$board/$board.sv"
done
check "verilator: RAM collisions made visible" verilate hvb_card -DHVB_RAM_INVERT
for bits in 64 128; do
	check "verilator: the 7-series adapter, $bits bits" verilate hvb_x7 "-GW=$bits"
done
for bits in 128 256; do
	check "verilator: the UltraScale adapter, $bits bits" verilate hvb_us "-GW=$bits"
done
check "verilator: between two clocks" verilate hvb_cross
refused() { # PARAMETER FLAG...: prints what was said where it was not a refusal that names PARAMETER
	parameter=$1
	shift
	verilate hvb_card "$@" >"$log" 2>&1 && echo "accepted: $*" && return
	grep -q "hvb_[a-z]*: .*\\<$parameter\\>" "$log" || cat "$log"
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while read -r wanted sizes; do
	# shellcheck disable=SC2086
	case $wanted in
	good) check "verilator: $sizes" verilate hvb_card $sizes ;;
	bad) check "refused: ${sizes#* }" refused $sizes ;;
	esac
done <tests/lint/sizes.txt

synth() { # TOP
	yosys -q -p "read_verilog -sv $packages $(echo "$modules" | tr '\n' ' ')
		hierarchy -check -top $1; proc; check -assert"
}
check "yosys: hvb_card" synth hvb_card
check "yosys: hvb_us" synth hvb_us
check "yosys: hvb_x7" synth hvb_x7
check "yosys: hvb_cross" synth hvb_cross
check "each seeded bug has its place" tests/formal/mutate --check

icarus=$(iverilog -V 2>/dev/null | sed -n '1s/.*version \([0-9]*\).*/\1/p')
if [ "${icarus:-0}" -ge 12 ]; then
	elaborate() {
		# shellcheck disable=SC2086
		all=$(iverilog -g2012 -Wall -t null -s hvb_card $packages $modules 2>&1)
		verdict=$?
		# says that a process wakes up more often than it needs to
		echo "$all" | grep -v 'sorry: constant selects in always_' | grep .
		return $verdict
	}
	check "icarus $icarus: hvb_card" elaborate
else
	skip icarus "needs version 12, this machine has ${icarus:-none}"
fi
plan
