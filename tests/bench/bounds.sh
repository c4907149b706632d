#!/bin/sh
# SPDX-License-Identifier: MIT
# The two benches as assertions: each figure within its bound. Cycles are exact, so they have no tolerance. Run by
# tests/run.
set -u
. tests/tap.sh
json=$(mktemp)
trap 'rm -f "$json"' EXIT

# figure KEY [MEMBER]: its value in the bench's one JSON object
figure() {
	tr -d ' \n' <"$json" | awk -v key="$1" -v member="${2:-}" '{
		at = index($0, "\"" key "\":")
		if (!at) exit
		rest = substr($0, at + length(key) + 3)
		if (member != "") {
			at = index(rest, "\"" member "\":")
			if (!at) exit
			rest = substr(rest, at + length(member) + 3)
		}
		match(rest, /^-?[0-9.]+/)
		print substr(rest, RSTART, RLENGTH)
	}'
}

# bound OPERATOR LIMIT KEY [MEMBER]: prints the figure where it is missing or out of bounds
bound() {
	value=$(figure "$3" "${4:-}")
	awk -v v="$value" -v op="$1" -v limit="$2" 'BEGIN {
		good = v != "" && (op == "<=" ? v + 0 <= limit : op == ">=" ? v + 0 >= limit : v + 0 == limit)
		if (!good) print "it is " (v == "" ? "missing" : v)
	}'
}
bounded() { # OPERATOR LIMIT KEY [MEMBER]
	check "$3${4:+ $4} $1 $2" bound "$@"
}
# one object on standard output and nothing else
object() {
	"tests/bench/bench_$1.sh" "$BUILD/tests/bench/bench_$1" >"$json" || return
	tr -d '\n' <"$json" | grep -qx ' *{.*} *' || cat "$json"
}

check "bench-rtl prints one JSON object" object rtl
bounded '<=' 6 doorbell_to_request_cycles min
bounded '<=' 6 doorbell_to_request_cycles max
bounded '==' "$(figure doorbell_to_request_cycles min)" doorbell_to_request_cycles max
bounded '<=' 3 completion_to_msix_cycles max
bounded '==' "$(figure completion_to_msix_cycles min)" completion_to_msix_cycles max
for pattern in same_word same_vp same_connection random; do
	bounded '>=' 1 doorbells_per_cycle "$pattern"
done
bounded '>=' 0.95 output_beat_utilisation
bounded '<=' 2 atomics_per_burst
bounded '<=' 3 atomics_per_burst_cleared_once
bounded '<=' 4000 host_instructions_per_cycle

check "bench-lib prints one JSON object" object lib
bounded '<=' 16 send_instructions_checked
bounded '<=' 10 send_instructions_unchecked
bounded '<=' 50 receive_instructions_one_flag
bounded '<=' 50 receive_instructions_one_of_2048
bounded '<=' 34 scan_instructions_2048
bounded '<=' 50 dxgk_signal_instructions
bounded '>=' 1 send_instructions_sim
plan
