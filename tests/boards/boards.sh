#!/bin/sh
# SPDX-License-Identifier: MIT
# The boards that need a vendor's tool, without it: top level and pins agree; the top level, with models for the
# vendor's cells, passes Verilator; the Tcl, run by tclsh with Vivado's commands faked, sets of the PCIe core what the
# card's sources say; what is said where Vivado is missing or fails; and what openFPGALoader is given. Run by tests/run.
set -u
. tests/tap.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
of() { sed -n "s/^set $2 //p" "boards/$1/board.tcl"; }

lint() { # BOARD
	# shellcheck disable=SC2046 # names of files
	all=$(verilator --lint-only -Wall "-DBOARD=$1" "-DBOARD_W=$(of "$1" width)" "-DBOARD_LANES=$(of "$1" lanes)" \
		--top-module hvb_board_card rtl/waivers.vlt "$BUILD/gen/hvb_regs_pkg.sv" rtl/hvb_pkg.sv \
		$(find rtl boards/hvb_*.sv "boards/$1" tests/boards tests/adapters -name '*.sv' ! -name hvb_pkg.sv \
			! -name '*serial*' ! -path '*adapters/*_card.sv' ! -name '*_bench.sv' | sort) 2>&1)
	verdict=$?
	echo "$all" | grep -v '^- ' | grep .
	return $verdict
}
# Vivado, faked
mkdir "$folder/bin"
cat >"$folder/bin/vivado" <<'END'
#!/bin/sh
while [ "$1" != -tclargs ]; do shift; done
shift
exec tclsh tests/boards/vivado.tcl "$@"
END
printf '#!/bin/sh\necho "$*"\n' >"$folder/bin/openFPGALoader"
chmod +x "$folder/bin/vivado" "$folder/bin/openFPGALoader"
# cable BOARD: another JTAG adapter is handed on, and flash is read back
cable() {
	mkdir -p "$folder/loaded/boards"
	touch "$folder/loaded/boards/$1.bit" "$folder/loaded/boards/$1.bin"
	CABLE=other FLASH=1 BUILD=$folder/loaded PATH=$folder/bin:$PATH boards/program "$1" >"$folder/said" 2>&1
	grep -q -- '--cable other .*--write-flash --verify ' "$folder/said" || cat "$folder/said"
}
# bitstream BOARD: with that Vivado, in a folder of its own
bitstream() {
	mkdir -p "$folder/build"
	[ -e "$folder/build/gen" ] || ln -s "$PWD/$BUILD/gen" "$folder/build/gen"
	PATH=$folder/bin:$PATH BUILD=$folder/build FAKE_LOG=$folder/log FAKE_UNIT=${unit:-1} FAKE_SLACK=${slack:-0.1} \
		boards/bitstream "$1" 2>"$folder/said"
}
made() { # BOARD
	bitstream "$1" || cat "$folder/said"
	for kind in bit bin; do [ -e "$folder/build/boards/$1.$kind" ] || echo "no $1.$kind"; done
	top=$(sed -n 's/^set top //p' "boards/$1/board.tcl" boards/acorn/board.tcl | head -n 1)
	grep -q "^synth_design -top $top " "$folder/log" || echo "the top level is not $top"
}
# says LINE...: each stands in what was set, and is the last word on its name
says() {
	for line; do
		last=$(grep "^${line%% *} " "$folder/log" | tail -n 1)
		[ "$last" = "$line" ] || echo "set: ${last:-nothing}; the card: $line"
	done
}
reg() { sed -n "s/^const *$1 *0x\([0-9a-f]*\).*/\1/p" rtl/hvb_regs.txt | tr a-f A-F; }
param() { sed -n "s/.*parameter int unsigned $1 = \([0-9]*\).*/\1/p" rtl/hvb_card.sv; }
pages=$(($(param PARTS) << $(param PAGE_SHIFT) >> 10))
class=$(sed -n "s/.*CLASS = {24'h\([0-9_]*\),.*/\1/p" rtl/hvb_cfg.sv | tr -d _)
revision=$(sed -n 's/.*REVISION_BLOCK = \([0-9]*\).*/0\1/p' tools/selftest_config.c)
x7_core() {
	says "Vendor_ID $(reg VENDOR_ID)" "Device_ID $(reg DEVICE_ID)" "Subsystem_Vendor_ID $(reg VENDOR_ID)" \
		"Subsystem_ID $(reg DEVICE_ID)" "Class_Code_Base $(echo "$class" | cut -c1-2)" \
		"Class_Code_Sub $(echo "$class" | cut -c3-4)" "Revision_ID $revision" "MSIx_Enabled true" \
		"MSIx_Table_Size $(printf %X "$(param VECS)")" "MSIx_Table_BIR BAR_5:4" "MSIx_PBA_BIR BAR_5:4" \
		"Bar0_Size 64" "Bar2_Size $pages" "Bar4_Size 64" "Bar2_64bit true" "UR_Atomic false" \
		"ATOMICOP64_Completer_Supported true" "Interface_Width $(of "$1" width)_bit" \
		"Maximum_Link_Width X$(of "$1" lanes)"
	sed -n 's/^MSIx_PBA_Offset /0x/p' "$folder/log" | tail -n 1 | while read -r set; do
		[ $((set * ${unit:-1})) = $((0x$(reg PBA_OFFSET))) ] || echo "pending bits at $set units of ${unit:-1}"
	done
}
us_core() {
	says "vendor_id $(reg VENDOR_ID)" "PF0_DEVICE_ID $(reg DEVICE_ID)" "PF0_SUBSYSTEM_VENDOR_ID $(reg VENDOR_ID)" \
		"PF0_SUBSYSTEM_ID $(reg DEVICE_ID)" "PF0_CLASS_CODE $class" \
		"pf0_class_code_base $(echo "$class" | cut -c1-2)" "pf0_class_code_sub $(echo "$class" | cut -c3-4)" \
		"PF0_REVISION_ID $revision" "pf0_msix_enabled true" \
		"PF0_MSIX_CAP_TABLE_SIZE $(printf %03X $(($(param VECS) - 1)))" "PF0_MSIX_CAP_TABLE_BIR BAR_5:4" \
		"PF0_MSIX_CAP_PBA_BIR BAR_5:4" "PF0_MSIX_CAP_PBA_OFFSET $(printf %08X $((0x$(reg PBA_OFFSET))))" \
		"pf0_bar0_size 64" "pf0_bar2_size $pages" "pf0_bar4_size 64" "pf0_bar2_64bit true" \
		"PF0_DEV_CAP2_64B_ATOMIC_COMPLETER_SUPPORT true" "PF0_DEV_CAP_FUNCTION_LEVEL_RESET_CAPABLE true" \
		"axisten_if_enable_client_tag true" "AXISTEN_IF_RC_STRADDLE false" \
		"axisten_if_width $(of "$1" width)_bit" "PL_LINK_CAP_MAX_LINK_WIDTH X$(of "$1" lanes)" \
		"axisten_freq $(of "$1" clock)"
}
crossing() { # BOARD
	# shellcheck disable=SC2046 # words
	set -- $(of "$1" crossing | tr -d '{}')
	for way in "$1 $2" "$2 $1"; do
		line="set_max_delay -datapath_only -from of ${way% *} -to of ${way#* } $3"
		grep -qxF "$line" <<-END || echo "not set: $line"
			$(tr -d '{}' <"$folder/log")
		END
	done
}
# the top level's parameters are those of the core; a card on half of the block's clock has what crosses constrained
sizes() {
	grep -q "\.W($(of "$1" width)), \.LANES($(of "$1" lanes))" "boards/$1/$1.sv" || echo "width or lanes differ"
	clock=$(of "$1" clock)
	[ -z "$(of "$1" crossing)" ] || clock=$((clock / 2))
	grep -q "\.CLOCK_MHZ(${clock%.*})" "boards/$1/$1.sv" || echo "the clock is $clock"
}

for board in squirrel acorn kcu116; do
	check "$board: ports and pins" awk -f tests/boards/pins.awk "boards/$board/$board.sv" "boards/$board/$board.xdc"
	check "$board: verilator" lint "$board"
	check "$board: width, lanes, clock" sizes "$board"
done
for board in squirrel acorn litefury kcu116 ulx3s versa5g arty; do
	check "$board: another JTAG adapter" cable "$board"
done
if command -v tclsh >/dev/null; then
	for board in squirrel acorn litefury kcu116; do
		check "$board: bitstream and flash image" made "$board"
	done
	for board in squirrel acorn; do
		unit=1
		made "$board" >/dev/null
		check "$board: the core is the card's" x7_core "$board"
	done
	made kcu116 >/dev/null
	check "kcu116: the core is the card's" us_core kcu116
	for board in acorn kcu116; do
		made "$board" >/dev/null
		check "$board: paths between the clocks are bounded, both ways" crossing "$board"
	done
	unit=8
	made squirrel >/dev/null
	check "squirrel: the core is the card's, where it counts offsets in qwords" x7_core squirrel
	too_slow() {
		slack=-0.5
		bitstream squirrel && echo "made"
		grep -q 'the clock is not met, by -0.5 ns' "$folder/said" || cat "$folder/said"
		[ ! -e "$folder/build/boards/squirrel.bit" ] || echo "there is a bitstream"
	}
	check "a clock that is not met is an error" too_slow
else
	skip "bitstreams" "no tclsh"
fi
without() {
	boards/bitstream squirrel >"$folder/said" 2>&1
	[ $? = 77 ] || echo "another status than 77"
	[ "$(grep -c . "$folder/said")" = "$(grep -c 'vivado is missing' "$folder/said")" ] || cat "$folder/said"
	grep -q . "$folder/said" || echo "nothing was said"
}
if command -v vivado >/dev/null; then
	skip "one line where Vivado is missing" "it is here"
else
	check "one line where Vivado is missing" without
fi
plan
