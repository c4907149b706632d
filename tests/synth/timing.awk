# SPDX-License-Identifier: MIT
# The log of nextpnr as a JSON object: clock after routing, and the time of its slowest path by module, in the path's
# order. A cell, and the wire behind it, belong to the module whose net it drives.
function place(name,  parts, n, i, last) {
	n = split(name, parts, ".")
	last = parts[1] == "u_card" ? "card" : "pins"
	for (i = 2; i <= n; i++)
		if (parts[i] ~ /^u_/)
			last = (last == "card" ? "" : last ".") substr(parts[i], 3)
	sub(/^core\./, "", last)
	return last
}
function step(ns, module) {
	if (module != module_of[steps]) {
		module_of[++steps] = module
		spent[steps] = 0
	}
	spent[steps] += ns
}
/Max frequency for clock/ {
	clock = $0
	sub(/.*': /, "", clock)
	sub(/ MHz.*/, "", clock)
}
/Critical path report for clock/ { on = 1; steps = 0; levels = 0; cell = 0; module_of[0] = ""; next }
/Critical path report for/ { on = 0 }
on && $1 == "Info:" && $2 ~ /^(clk-to-q|source|logic)$/ {
	cell = $3
	levels += $2 == "logic"
}
on && $1 == "Info:" && $2 == "routing" { step(cell + $3, place($6)) }
on && $1 == "Info:" && $2 == "setup" { step($3, module_of[steps]) }
END {
	if (clock == "")
		exit 1
	printf "{\"mhz\":%.1f,\"levels\":%d,\"path\":[", clock, levels
	for (i = 1; i <= steps; i++)
		printf "%s{\"module\":\"%s\",\"ns\":%.2f}", (i > 1 ? "," : ""), module_of[i], spent[i]
	printf "]}"
}
