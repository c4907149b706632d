#!/bin/sh
# SPDX-License-Identifier: MIT
# While the card says that it rests (idle_o, wait_o), nothing inside moves: seen in the waveform of some traffic, edge
# by edge. Two things may go on: the walk over the counters (hvb_tally), which only ever rewrites what is there, and the
# search for late AtomicOps, which follows the time and finds none.
set -u
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

moves() { # what changed at an edge at which nothing may, and how often; last "N edges"
	fst2vcd "$work/rest.fst" 2>&1 | awk '
		function judge() {
			if (!(clk in new) || now[clk] != 1) {
				rests = now[top["idle_o"]] == 1 || now[top["wait_o"]] == 1
				return
			}
			if (!rests || now[top["rx_req_valid_i"]] == 1 || now[top["rx_cpl_valid_i"]] == 1)
				return
			edges++
			for (id in new)
				moved[name[id]]++
		}
		$1 == "$scope" { path = path $3 "."; next }
		$1 == "$upscope" { sub(/[^.]*\.$/, "", path); next }
		$1 == "$var" {
			if (!($4 in name))
				name[$4] = path $5
			if (path == "TOP.")
				top[$5] = $4
			next
		}
		/^\$enddefinitions/ { clk = top["clk_i"] }
		/^\$/ { next }
		/^#/ { judge(); split("", new); next }
		/^b/ { new[$2]; now[$2] = $1; next }
		{ id = substr($0, 2); new[id]; now[id] = substr($0, 1, 1) }
		END {
			for (n in moved)
				print n, moved[n]
			print edges + 0, "edges"
		}'
}
rest() {
	"$BUILD/tests/rtl/test_rest" "$work/rest.fst" || echo "exit status $?"
	moves >"$work/moves"
	awk '$2 == "edges" { if ($1 < 1000) print "only", $0; next }
		/^TOP\.clk_i / || /\.u_core\.u_ctrl\.u_tally\.(walk_|read_was|mem\[)/ { next }
		/\.u_core\.u_flight\.(began_q|late_q|free_d|c0_tag|c0_flight) / { next }
		# what the tag found is of, which nobody looks at
		/\.u_core\.(c0_vector|done_at|u_words\.(done_pw|u_d_c\.raddr_i|u_retry\.waddr_i)) / { next }
		{ print }' "$work/moves"
}
if command -v fst2vcd >/dev/null; then
	check "nothing moves while the card rests" rest
else
	skip "nothing moves while the card rests" "no fst2vcd (gtkwave)"
fi
plan
