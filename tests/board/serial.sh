#!/bin/sh
# SPDX-License-Identifier: MIT
# Scenarios on a card at the end of a serial line: a simulated board's pins behind a pseudo-terminal (hvbell-board),
# once as it should be, once with one byte in some hundred changed or lost each way. What is seen must be what sim:
# shows. Then a board that falls silent, and one that is unplugged, while it is used: an error, soon, and no hang.
# These are a ULX3S; of each other board (OTHER_BOARDS) the pins alone (test_serial), a selftest and scenarios.
# SCENARIOS=all plays all scenarios on every board (make test-serial), else the basic ones on the ULX3S and a file of
# them on the others. Run by tests/run.
set -u
. tests/tap.sh
folder=$(mktemp -d)
boards=
trap 'kill $boards 2>/dev/null; kill -CONT $boards 2>/dev/null; rm -rf "$folder"' EXIT

# board NAME PROGRAM OPTION...: starts one, whose port is $folder/NAME
board() {
	port=$folder/$1 program=$2
	shift 2
	"$program" --link "$port" "$@" >"$port.url" 2>&1 &
	last=$!
	boards="$boards $last"
	while ! [ -s "$port.url" ] && kill -0 "$last" 2>/dev/null; do sleep 0.1; done
}
# same_as_sim NAME FILE...
same_as_sim() {
	name=$1
	shift
	"$BUILD/hvbell" run --json "$@" >"$folder/sim.$name" 2>&1 || echo "on sim: status $?"
	"$BUILD/hvbell" run --json --card "serial:$folder/$name" "$@" >"$folder/json.$name" 2>&1 || echo "status $?"
	tests/scenarios/same "$folder/sim.$name" "$folder/json.$name"
}
# scenarios BOARD WHAT FILE...: these, whose name is WHAT; where all are asked for, each of all
scenarios() {
	board=$1 what=$2
	shift 2
	if [ "${SCENARIOS:-}" = all ]; then
		for file in tests/scenarios/*/*.json; do
			check "$board: ${file#tests/scenarios/}: the same as on sim:" same_as_sim "$board" "$file"
		done
	else
		check "$board: $what: the same as on sim:" same_as_sim "$board" "$@"
	fi
}
selftest() { "$BUILD/hvbell" selftest --card "serial:$folder/$1" >"$folder/told" 2>&1 || cat "$folder/told"; }
pins() { "$BUILD/$1/tests/rtl/test_serial" >"$folder/told" 2>&1 || cat "$folder/told"; }
# ends_soon PROGRAM...: with a failure, and not by being ended
ends_soon() {
	timeout 60 "$@" >"$folder/ended" 2>&1
	case $? in
	0) echo "ended well" ;;
	124) echo "hangs" ;;
	1) ;;
	*) echo "crashed" && cat "$folder/ended" ;;
	esac
}
# while_it_plays SIGNAL: sends it to a board in the midst of its scenarios
while_it_plays() {
	board victim "$BUILD/hvbell-board"
	(
		sleep 2
		kill "-$1" "$last"
	) &
	ends_soon "$BUILD/hvbell" run --card "serial:$folder/victim" tests/scenarios/*/*.json
	kill -9 "$last" 2>/dev/null
	rm -f "$folder/victim"*
}

board ulx3s "$BUILD/hvbell-board"
board bad "$BUILD/hvbell-board" --damage 300
scenarios ulx3s "basic scenarios" tests/scenarios/basic/*.json
check "basic scenarios: the same on a line that damages bytes" same_as_sim bad tests/scenarios/basic/flag.json \
	tests/scenarios/basic/any_vp.json tests/scenarios/basic/reset.json
# what the line did is told: TLPs, and what went wrong with them
counted() {
	selftest ulx3s
	grep -Eq '^serial line: sent [1-9][0-9]*, received [1-9][0-9]*, ' "$folder/told" || tail -n 3 "$folder/told"
	"$BUILD/hvbell" selftest --json --card "serial:$folder/ulx3s" >"$folder/told" 2>&1 || cat "$folder/told"
	grep -q '"serial":{"sent":[1-9]' "$folder/told" || echo "no JSON"
	! "$BUILD/hvbell" selftest 2>&1 | grep "serial line" # which a card without one has not
}
check "selftest tells what the line did" counted
check "a board that falls silent" while_it_plays STOP
check "a board that is unplugged" while_it_plays KILL
check "no board at the port" ends_soon "$BUILD/hvbell" selftest --card "serial:$folder/none"

# shellcheck disable=SC2086 # process ids
kill $boards
for other in $OTHER_BOARDS; do
	check "$other: the serial line at its pins" pins "$other"
	board "$other" "$BUILD/$other/hvbell-board"
	check "$other: selftest" selftest "$other"
	scenarios "$other" "basic flags" tests/scenarios/basic/flag.json
	kill "$last"
done
plan
