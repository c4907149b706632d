#!/bin/sh
# SPDX-License-Identifier: MIT
# fasm2frames on a database and designs made by hand: each feature's bits where the database's rules put them, and a
# reason for every design that has none. The real database and a whole design: tests/synth/fasm.sh. Run by tests/run.
set -u
. tests/tap.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tiny"
cat >"$folder/tiny/tilegrid.json" <<'EOF_GRID'
{ "CLBLL_L_X2Y3": { "type": "CLBLL_L", "bits": {
    "CLB_IO_CLK": { "baseaddr": "0x00400100", "frames": 3, "offset": 4, "words": 2 } } },
  "BRAM_L_X6Y0": { "type": "BRAM_L", "bits": {
    "CLB_IO_CLK": { "baseaddr": "0x00400300", "frames": 1, "offset": 0, "words": 10 },
    "BLOCK_RAM": { "baseaddr": "0x00C00000", "frames": 2, "offset": 91, "words": 10 } } },
  "LIOB33_SING_X0Y0": { "type": "LIOB33_SING", "bits": {
    "CLB_IO_CLK": { "alias": { "sites": {}, "start_offset": 2, "type": "LIOB33" },
      "baseaddr": "0x00400000", "frames": 2, "offset": 10, "words": 2 } } } }
EOF_GRID
cat >"$folder/segbits_clbll_l.db" <<'EOF_BITS'
CLBLL_L.SLICEL_X0.AFF.ZINI 01_03
CLBLL_L.SLICEL_X0.ALUT.INIT[00] 02_15
CLBLL_L.SLICEL_X0.ALUT.INIT[01] 02_33
CLBLL_L.SLICEL_X0.ALUT.INIT[63] 02_63
CLBLL_L.MUX.A !00_01 00_02
CLBLL_L.MUX.B 00_01 !00_02
EOF_BITS
echo 'CLBLL_L.MUX.ALWAYS always' >"$folder/ppips_clbll_l.db"
echo 'BRAM_L.RAMB18_Y0.READ_WIDTH_A_4 00_05 00_09' >"$folder/segbits_bram_l.db"
echo 'BRAM_L.RAMB18_Y0.INIT_00[007] 01_319' >"$folder/segbits_bram_l.block_ram.db"
echo 'LIOB33.IOB_Y0.PULLTYPE.NONE 01_70' >"$folder/segbits_liob33.db"

# bits LINE...: frames of a design of these lines, each word that is not 0 as FRAME WORD VALUE
bits() {
	for line; do echo "$line"; done | "$BUILD/fasm2frames" "$folder" tiny >"$folder/frm" || return 1
	awk '{ n = split($2, word, ",")
		if (n != 101) print "a frame of " n " words"
		for (i = 1; i <= n; i++) if (word[i] != "0x00000000") print $1, i - 1, word[i] }' "$folder/frm"
}
# gives WANTED LINE...: WANTED in one line
gives() {
	wanted=$1
	shift
	found=$(bits "$@" 2>&1 | tr '\n' ' ')
	[ "$found" = "$wanted " ] || echo "$found"
}
clb=CLBLL_L_X2Y3
check "a bit in the tile's words" gives "0x00400101 4 0x00000008" '# of a net' '' "$clb.SLICEL_X0.AFF.ZINI"
check "bits of a value, the highest first" gives "0x00400102 4 0x00008000 0x00400102 5 0x80000000" \
	"$clb.SLICEL_X0.ALUT.INIT[63:0] = 64'b1$(printf '%063d' 1)"
check "a value that begins higher" gives "0x00400102 5 0x00000002" "$clb.SLICEL_X0.ALUT.INIT[2:1] = 2'b01"
check "a feature that is off" gives "0x00400100 4 0x00000004" "$clb.SLICEL_X0.AFF.ZINI = 0" "$clb.MUX.A"
check "a bit that must be 0" gives "0x00400100 4 0x00000002" "$clb.MUX.B" "$clb.MUX.B"
check "a feature without bits" gives "0x00400101 4 0x00000008" "$clb.MUX.ALWAYS" "$clb.SLICEL_X0.AFF.ZINI"
check "a block RAM's contents and settings" gives "0x00400300 0 0x00000220 0x00C00001 100 0x80000000" \
	"BRAM_L_X6Y0.RAMB18_Y0.INIT_00[255:0] = 256'b$(printf '%0248d' 0)10000000" BRAM_L_X6Y0.RAMB18_Y0.READ_WIDTH_A_4
check "a part of a larger tile" gives "0x00400001 10 0x00000040" LIOB33_SING_X0Y0.IOB_Y0.PULLTYPE.NONE
columns() {
	bits "$clb.MUX.A" LIOB33_SING_X0Y0.IOB_Y0.PULLTYPE.NONE >/dev/null
	cut -d ' ' -f 1 "$folder/frm" | tr '\n' ' '
}
whole() { [ "$(columns)" = "0x00400000 0x00400001 0x00400100 0x00400101 0x00400102 " ] || columns; }
check "all frames of the columns, in order" whole

# refused REASON LINE...
refused() {
	reason=$1
	shift
	bits "$@" >"$folder/said" 2>&1 && echo "accepted"
	grep -qF "fasm2frames: line $reason" "$folder/said" || cat "$folder/said"
}
check "two features that contradict each other" refused "2: MUX.B contradicts" "$clb.MUX.A" "$clb.MUX.B"
check "a tile that is not there" refused "1: CLBLL_L_X9Y9: the fabric has no such tile" CLBLL_L_X9Y9.MUX.A
check "a feature that is not there" refused "2: $clb.MUX.C[0]: the database has no" '' "$clb.MUX.C"
lut=$clb.SLICEL_X0.ALUT.INIT
check "an index that is not there" refused "1: ${lut}[2]: the database" "${lut}[3:0] = 4'b0100"
check "more digits than bits" refused "1: $lut: its value" "${lut}[1:0] = 2'b101"
check "a digit that is none" refused "1: $lut: its value" "${lut}[1:0] = 2'b1x"
check "no feature" refused '1: "module" is no feature' module
check "a bank under 2.5 V" refused "1: $clb.IOB_Y0.STEPDOWN: a bank" "$clb.IOB_Y0.STEPDOWN"
nothing() {
	"$BUILD/fasm2frames" "$folder" none </dev/null >"$folder/said" 2>&1 && echo "accepted"
	grep -qF "$folder/none/tilegrid.json cannot be read" "$folder/said" || cat "$folder/said"
}
check "no database" nothing
plan
