#!/bin/sh
# SPDX-License-Identifier: MIT
# The last steps of the open flow for Artix-7 on a small design: every bit of fasm2frames' frames, and no other one, is
# read back from the bitstream that xc7frames2bit makes of them, and every feature that nextpnr wrote is known to the
# database. Run by tests/run.
set -u
. tests/tap.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
part=xc7a35tcsg324-1

if ! tools=$(tests/synth/tools 2>"$folder/why"); then
	skip "a small design's bits, read back" "$(tail -n 1 "$folder/why")"
	plan
	exit
fi
database=$tools/usr/share/prjxray/database/artix7
design() {
	"$tools/yosys" -q -p "read_verilog -sv tests/synth/counter.sv; synth_xilinx -family xc7 -flatten -top counter
		write_json $folder/json" &&
		"$tools/nextpnr-himbaechel-xilinx" -q --device "$part" -o xdc=boards/arty/arty.xdc \
			-o "fasm=$folder/fasm" --json "$folder/json" --seed 1 --freq 100
}
placed() { design >"$folder/log" 2>&1 || cat "$folder/log"; }
check "a small design is placed and routed" placed
# each kind of cell has left features
kinds() {
	for feature in 'CLB.*CARRY4' 'CLB.*LUT.INIT' 'CLB.*FF.ZINI' 'CLB.*\.RAM' 'BRAM.*RAMB18' 'IOB33.*DRIVE' CLK_BUFG
	do
		grep -q "$feature" "$folder/fasm" || echo "no $feature"
	done
}
check "carry, LUTs, registers, memories, pins and clock are in it" kinds
frames() { "$BUILD/fasm2frames" "$database" xc7a50t <"$folder/fasm" >"$folder/frm"; }
check "every feature becomes bits" frames

# FRAME WORD BIT, one a line, of an .frm; the check bits of a frame, the low 13 of word 50, are made later
bits() {
	awk '{ n = split($2, word, ",")
		for (i = 1; i <= n; i++) for (bit = i == 51 ? 13 : 0; bit < 32; bit++) {
			digit = index("0123456789ABCDEF", substr(word[i], 10 - int(bit / 4), 1)) - 1
			if (int(digit / 2 ^ (bit % 4)) % 2)
				printf "bit_%s_%03d_%02d\n", tolower(substr($1, 3)), i - 1, bit
		} }' "$1" | sort
}
read_back() {
	"$tools/xc7frames2bit" -frm_file "$folder/frm" -output_file "$folder/bit" -part_name "$part" \
		-part_file "$database/$part/part.yaml" >"$folder/log" 2>&1 || cat "$folder/log"
	"$tools/bitread" -y -z -part_file "$database/$part/part.yaml" -o "$folder/back" "$folder/bit" \
		>"$folder/log" 2>&1 || cat "$folder/log"
	bits "$folder/frm" >"$folder/wanted"
	[ "$(wc -l <"$folder/wanted")" -gt 1000 ] || echo "few bits: $(wc -l <"$folder/wanted")"
	grep -v '_050_\(0[0-9]\|1[0-2]\)$' "$folder/back" | sort | diff "$folder/wanted" -
}
check "its bitstream holds these bits and no other" read_back
plan
