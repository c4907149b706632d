#!/bin/sh
# SPDX-License-Identifier: MIT
# Instructions of the library's calls: runs the program given under callgrind and prints one JSON object. A function's
# instructions are the sum of its own lines and of what its calls took, over the number of calls.
set -eu

[ $# -eq 1 ] || { echo "usage: bench_lib.sh PROGRAM (build it with: make bench-lib)" >&2; exit 2; }
command -v valgrind >/dev/null || { echo "bench_lib.sh: valgrind is missing: apt-get install valgrind" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
valgrind --tool=callgrind --callgrind-out-file="$work/out" --compress-strings=no --compress-pos=no "$1" \
	>"$work/calls" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
awk '
FILENAME == ARGV[1] { calls = $1; sim_calls = $2; next }
/^fn=/ { name = substr($0, 4); next }
/^[0-9+*-]/ { if (name ~ /^bench_/) cost[name] += $2 }
function each(function_name, count) {
	if (!(function_name in cost) || count <= 0) {
		print "bench_lib.sh: no count of " function_name >"/dev/stderr"
		failed = 1
		exit 1
	}
	return int(cost[function_name] / count + 0.5)
}
END {
	if (failed) exit 1
	printf "{\"send_instructions_checked\":%d,", each("bench_send_checked", calls)
	printf "\"send_instructions_unchecked\":%d,", each("bench_send_unchecked", calls)
	printf "\"receive_instructions_one_flag\":%d,", each("bench_receive_one_flag", calls)
	printf "\"receive_instructions_one_of_2048\":%d,", each("bench_receive_one_of_all", calls)
	printf "\"scan_instructions_2048\":%d,", each("bench_scan", calls)
	printf "\"dxgk_signal_instructions\":%d,", each("bench_dxgk_signal", calls)
	printf "\"send_instructions_sim\":%d}\n", each("bench_send_sim", sim_calls)
}' "$work/calls" "$work/out"
