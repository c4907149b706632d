#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh PROGRAM...: runs test programs built to count what they reach ($BUILD is their folder), and the commands
# over every scenario, then writes $BUILD/coverage.html: lines and branches of the C sources; lines, toggles and user
# cover points of the RTL; what was not reached, with its reason (unreached.txt). Run by `make coverage`.
set -u
work=$BUILD/counts
rm -rf "$work"
mkdir -p "$work/cards"
find "$BUILD/obj" -name '*.gcda' -exec rm -f {} +
export HVB_COVERAGE="$work/cards"
logs=$work/logs
mkdir -p "$logs"

# One file for all cards: each has left its own.
merge() {
	set -- "$work"/cards/*.dat
	[ -e "$1" ] || return 0
	[ ! -e "$work/rtl.dat" ] || set -- "$work/rtl.dat" "$@"
	verilator_coverage --write "$work/rtl.new" "$@" >/dev/null && mv "$work/rtl.new" "$work/rtl.dat"
	rm -f "$work"/cards/*.dat
}
run() { # NAME COMMAND...
	name=$1
	shift
	echo "  RUN $name" >&2
	timeout "${COVERAGE_LIMIT:-600}" "$@" >"$logs/$name" 2>&1 </dev/null || echo "  $name ended with status $?" >&2
	merge
}

for program; do
	case $program in
	*/lockstep) run lockstep "$program" --worlds 8 --steps 200 --card 'sim:?step=1' ;;
	*/campaign) run campaign "$program" --signals 6000 ;;
	*/fuzz_*) run "${program##*/}" "$program" 150 ;;
	*) run "${program##*/}" "$program" ;;
	esac
done
hvbell=$BUILD/hvbell
run scenarios "$hvbell" run tests/scenarios/*/*.json
run scenarios-json "$hvbell" run --json --card 'sim:?latency=gen2x1&jitter=5' tests/scenarios/basic/*.json
run selftest "$hvbell" selftest
run demo "$hvbell" demo
for command in list doctor info help; do
	run "$command" "$hvbell" "$command"
	run "$command-json" "$hvbell" "$command" --json
done
for script in tests/tools/*.sh; do
	run "$(basename "$script")" "$script"
done

find "$BUILD/obj" -name '*.gcda' | grep -vE '/obj/(tests|examples)/' | sort | while read -r counts; do
	gcov -b -c -t "$counts" 2>/dev/null
done >"$work/gcov"
awk -v rtl="$work/rtl.dat" -v reasons=tests/coverage/unreached.txt -f tests/coverage/page.awk "$work/gcov" \
	>"$BUILD/coverage.html" || exit 1
awk '/^<!-- / { sub(/^<!-- /, ""); sub(/ -->$/, ""); print }' "$BUILD/coverage.html"
echo "$BUILD/coverage.html"
