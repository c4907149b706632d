#!/bin/sh
# SPDX-License-Identifier: MIT
# The UltraScale(+) adapter between a model of its block and traffic at random (us_bench.sv), at both widths, and what
# it costs. Run by tests/run; RTL: the folder of the card's sources; SEEDS: of the traffic.
set -u
. tests/tap.sh
RTL=${RTL:-rtl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bench() { # WIDTH
	verilator --binary -O3 -Wno-WIDTH -Wno-fatal --x-assign unique --x-initial unique -GW="$1" \
		--top-module us_bench -Itests/adapters --Mdir "$work/$1" -o bench rtl/waivers.vlt \
		"$BUILD/gen/hvb_regs_pkg.sv" "$RTL/hvb_pkg.sv" "$RTL/hvb_fifo.sv" "$RTL"/adapters/hvb_us*.sv \
		tests/adapters/hvb_us_packet.sv tests/adapters/hvb_us_down.sv tests/adapters/hvb_us_up.sv \
		tests/adapters/hvb_us_block.sv tests/adapters/us_bench.sv >"$work/log" 2>&1 || cat "$work/log"
}
traffic() { # WIDTH SEED
	"$work/$1/bench" "+verilator+seed+$2" >"$work/said" 2>&1 || echo "status $?"
	grep -q ' bits: ' "$work/said" || cat "$work/said"
}

for width in 128 256; do
	check "the bench of $width bits" bench $width
	for seed in ${SEEDS:-1 2 3}; do
		check "$width bits, traffic $seed" traffic $width "$seed"
		sed -n 's/^.* bits: /# &/p' "$work/said"
	done
done
plan
