# SPDX-License-Identifier: MIT
# The log of nextpnr as a JSON object: clock after routing, and the time of its slowest path by module, in the path's
# order. A step belongs to the module whose cell or net it is.
function place(name,  parts, n, i, last) {
	n = split(name, parts, ".")
	last = "pins"
	for (i = 1; i <= n; i++)
		if (parts[i] ~ /^u_/ && parts[i] != "u_card")
			last = (last == "pins" ? "" : last ".") substr(parts[i], 3)
	sub(/^core\./, "", last)
	return last
}
function step(ns, module) {
	if (module != module_of[steps])
		module_of[++steps] = module
	time[steps] += ns
	hops += 0
}
/Max frequency for clock/ {
	clock = $0
	sub(/.*': /, "", clock)
	sub(/ MHz.*/, "", clock)
}
/Critical path report for clock/ { on = 1; steps = 0; levels = 0; module_of[0] = ""; delete time; next }
/Critical path report for/ { on = 0 }
on && $1 == "Info:" && $2 ~ /^(clk-to-q|logic|source|setup|clk2q)$/ {
	for (i = 3; i < NF; i++)
		if ($i == "Source")
			module = place($(i + 1))
	if ($2 == "logic")
		levels++
	if ($2 == "setup")
		module = module_of[steps]
	step($3, module)
}
on && $1 == "Info:" && $2 == "routing" { step($3, module) }
END {
	if (clock == "")
		exit 1
	printf "{\"mhz\":%.1f,\"levels\":%d,\"path\":[", clock, levels
	for (i = 1; i <= steps; i++)
		printf "%s{\"module\":\"%s\",\"ns\":%.2f}", i > 1 ? "," : "", module_of[i], time[i]
	printf "]}"
}
