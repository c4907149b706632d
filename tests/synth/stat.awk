# SPDX-License-Identifier: MIT
# yosys's `stat`, of any version, as members of a JSON object: what the card takes on ECP5 (-v family=ecp5) or on a
# 7-series part (-v family=xc7). Block RAM in 36 Kb, two of an ECP5's 18 Kb being one.
# COMB counts the sites that nextpnr needs for it on ECP5: a carry cell is two, a 16x4 memory six.
/^=== / { card = /hvb_card/ }
card && NF == 2 && ($1 ~ /^[0-9]+$/ || $2 ~ /^[0-9]+$/) {
	cell = $1 ~ /^[0-9]+$/ ? $2 : $1
	n[cell] = $1 ~ /^[0-9]+$/ ? $1 : $2
}
function luts(  i, sum) {
	for (i = 1; i <= 6; i++)
		sum += n["LUT" i]
	return sum
}
function of(list,  i, names, sum) {
	split(list, names, " ")
	for (i in names)
		sum += n[names[i]]
	return sum + 0
}
END {
	if (family == "ecp5")
		printf "\"lut4\":%d,\"carry\":%d,\"ram16x4\":%d,\"comb\":%d,\"ff\":%d,\"ebr\":%d,\"ram36\":%.1f",
			n["LUT4"], n["CCU2C"], n["TRELLIS_DPR16X4"],
			n["LUT4"] + 2 * n["CCU2C"] + 6 * n["TRELLIS_DPR16X4"],
			n["TRELLIS_FF"], n["DP16KD"] + n["PDPW16KD"], (n["DP16KD"] + n["PDPW16KD"]) / 2
	else {
		# RAM64M and RAM32M take four LUTs each, the dual-port ones two or four
		memory = 4 * of("RAM64M RAM32M RAM128X1D") + 2 * of("RAM64X1D RAM32X1D")
		printf "\"lut\":%d,\"lut_logic\":%d,\"lut_ram\":%d,\"carry\":%d,\"ff\":%d,",
			luts() + memory, luts(), memory, n["CARRY4"], of("FDRE FDSE FDCE FDPE")
		printf "\"ramb36\":%d,\"ramb18\":%d,\"ram36\":%.1f", n["RAMB36E1"], n["RAMB18E1"],
			n["RAMB36E1"] + n["RAMB18E1"] / 2
	}
}
