# SPDX-License-Identifier: MIT
# Compares a board's top level with its constraints: each bit of each port has one pin, each pin is that of a port, no
# pin is given twice, and every port but those of transceivers has an IOSTANDARD. Prints what is not so.
#   awk -f pins.awk TOP.sv PINS.xdc
FILENAME ~ /\.sv$/ && /^ *(input|output) / {
	high = match($0, /\[[0-9]+:0\]/) ? substr($0, RSTART + 1) + 0 : -1
	name = $0
	sub(/ *\/\/.*/, "", name)
	sub(/,? *$/, "", name)
	sub(/.* /, "", name)
	for (i = 0; i <= (high < 0 ? 0 : high); i++) port[high < 0 ? name : name "[" i "]"] = name
}
FILENAME ~ /\.xdc$/ && /get_ports/ {
	name = $0
	sub(/.*get_ports \{?/, "", name)
	sub(/[]}].*/, "", name)
	if ($0 ~ /get_ports \{[^}]*\[[0-9*]+\]/) {
		name = $0
		sub(/.*get_ports \{/, "", name)
		sub(/\}.*/, "", name)
	}
	if (name ~ /\[\*\]$/) {
		found = 0
		for (p in port) if (port[p] "[*]" == name) {
			found = 1
			if ($2 == "IOSTANDARD") standard[p] = 1
		}
		if (!found) print FILENAME ": there is no port " name
		next
	}
	if (!(name in port)) print FILENAME ": there is no port " name
	if ($2 == "IOSTANDARD") standard[name] = 1
	if ($2 != "PACKAGE_PIN") next
	if (name in pin) print FILENAME ": " name " has two pins"
	if ($3 in taken) print FILENAME ": pin " $3 " is " taken[$3] " and " name
	pin[name] = $3
	taken[$3] = name
}
END {
	for (p in port) {
		if (!(p in pin)) print p " has no pin"
		if (!(p in standard) && p !~ /^pcie_(clk|rx|tx)_[pn]/) print p " has no IOSTANDARD"
	}
	if (!length(port)) print "no ports found"
}
