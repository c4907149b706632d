# SPDX-License-Identifier: MIT
# Turns rtl/hvb_regs.txt into: -v out=sv the SystemVerilog package, -v out=h the C header, -v out=md the tables of
# docs/hardware.md. POSIX awk only.
function num(s) { return s ~ /^0x/ ? hex(substr(s, 3)) : s + 0 }
function hex(s,   i, v) {
	v = 0
	for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
	return v
}
function svnum(s) { return s ~ /^0x/ ? "'h" substr(s, 3) : s }
function mask_h(m, l) { return "(" (m - l == 63 ? "~0ull" : "((1ull << " (m - l + 1) ") - 1)") " << " l ")" }
function head(t) { if (out == "md") printf "\n%s\n\n", t }
function table(kind, t, cols,   i, n) {
	if (out != "md" || section == kind) return
	section = kind; head(t); printf "|%s|\n", cols
	n = gsub(/\|/, "|", cols)
	for (i = 0; i <= n; i++) printf "|---"; print "|"
}
BEGIN {
	made = "Made from rtl/hvb_regs.txt by tools/regs.awk."
	if (out == "sv") print "// SPDX-License-Identifier: MIT\n// " made "\npackage hvb_regs_pkg;"
	if (out == "h") print "/* SPDX-License-Identifier: MIT */\n/* " made " */"
	if (out == "h") print "#ifndef HVB_REGS_H\n#define HVB_REGS_H"
}
/^#/ || NF == 0 { next }
{ text = $0; sub(/^[^|]*\| */, "", text); sub(/ *\|.*$/, "") ; $0 = $0 }
$1 == "const" {
	if (out == "sv") printf "  localparam int unsigned %s = %s;  // %s\n", $2, svnum($3), text
	if (out == "h") printf "#define HVB_%s %su /* %s */\n", $2, $3, text
	table("const", "### Constants", " name | value | meaning ")
	if (out == "md") printf "| `%s` | %s | %s |\n", $2, $3, text
}
$1 == "space" {
	if (out == "sv") printf "  localparam int unsigned BAR_%s = %s;\n", $2, $3
	if (out == "h") printf "#define HVB_BAR_%s %s /* %s */\n", $2, $3, text
	table("space", "### Regions", " region | BAR | holds ")
	if (out == "md") printf "| %s | %s | %s |\n", $2, $3, text
}
$1 == "reg" {
	if (out == "sv") { printf "  localparam logic [15:0] R_%s = 16'h%04x;  // %s\n", $2, num($3), text
		if ($5 != 0) printf "  localparam int unsigned R_%s_RESET = %s;\n", $2, svnum($5) }
	if (out == "h") printf "#define HVB_R_%s 0x%04x /* %s: %s */\n", $2, num($3), $4, text
	table("reg", "### Registers of BAR0", " register, field | offset, bits | access | reset | meaning ")
	if (out == "md") printf "| **%s** | 0x%03x | %s | %s | %s |\n", $2, num($3), $4, $5, text
}
$1 == "window" {
	if (out == "sv") printf "  localparam logic [15:0] W_%s = 16'h%04x;  // %s\n", $2, num($3), text
	if (out == "h") printf "#define HVB_W_%s 0x%04x /* %s */\n", $2, num($3), text
	table("window", "### Arrays of BAR0", " array, field | offset, bits | entries | meaning ")
	if (out == "md") printf "| **%s** | 0x%04x + n * %s | %s | %s |\n", $2, num($3), $4, $5, text
}
$1 == "field" || $1 == "wfield" || $1 == "sfield" {
	if (out == "sv")
		printf "  localparam int unsigned %s_%s_LSB = %d, %s_%s_W = %d;\n", $2, $3, $5, $2, $3, $4 - $5 + 1
	if (out == "h") {
		printf "#define HVB_%s_%s_SHIFT %d\n", $2, $3, $5
		printf "#define HVB_%s_%s_MASK %s /* %s */\n", $2, $3, mask_h($4, $5), text
	}
	if (out == "md")
		printf "| %s | %s | %s%s |\n", $3, $4 == $5 ? $4 : $4 ":" $5,
			$1 == "field" ? "| | " : $1 == "sfield" ? "| " : " | ", text
}
$1 == "word" {
	if (out == "sv") printf "  localparam logic [7:0] S_%s = 8'h%02x;  // %s\n", $2, num($3), text
	if (out == "h") printf "#define HVB_S_%s 0x%02x /* %s: %s */\n", $2, num($3), $4, text
	table("word", "### A slot of a doorbell page", " register | offset | access | meaning ")
	if (out == "md") printf "| %s | 0x%02x | %s | %s |\n", $2, num($3), $4, text
}
$1 == "code" {
	if (out == "sv") printf "  localparam int unsigned %s_%s = %s;  // %s\n", $2, $3, svnum($4), text
	if (out == "h") printf "#define HVB_%s_%s %s /* %s */\n", $2, $3, $4, text
	table("code" $2, "### Code " $2, " name | value | meaning ")
	if (out == "md") printf "| %s | %s | %s |\n", $3, $4, text
}
END {
	if (out == "sv") print "endpackage"
	if (out == "h") print "#endif"
}
