#!/bin/sh
# SPDX-License-Identifier: MIT
# Scenarios on a card at the end of a serial line: a simulated board's pins behind a pseudo-terminal (hvbell-board),
# once as it should be, once with one byte in some hundred changed or lost each way. What is seen must be what sim:
# shows. Then a board that falls silent, and one that is unplugged, while it is used: an error, soon, and no hang.
# SCENARIOS=all plays all scenarios (make test-serial), else the basic ones. Run by tests/run.
set -u
. tests/tap.sh
folder=$(mktemp -d)
boards=
trap 'kill $boards 2>/dev/null; kill -CONT $boards 2>/dev/null; rm -rf "$folder"' EXIT

# board NAME OPTION...: starts one, whose port is $folder/NAME
board() {
	port=$folder/$1
	shift
	"$BUILD/hvbell-board" --link "$port" "$@" >"$port.url" 2>&1 &
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
	board victim
	(
		sleep 2
		kill "-$1" "$last"
	) &
	ends_soon "$BUILD/hvbell" run --card "serial:$folder/victim" tests/scenarios/*/*.json
	kill -9 "$last" 2>/dev/null
	rm -f "$folder/victim"*
}

board good
board bad --damage 300
if [ "${SCENARIOS:-}" = all ]; then
	for file in tests/scenarios/*/*.json; do
		check "${file#tests/scenarios/}: the same on sim: and at a serial port" same_as_sim good "$file"
	done
else
	check "basic scenarios: the same on sim: and at a serial port" same_as_sim good tests/scenarios/basic/*.json
fi
check "basic scenarios: the same on a line that damages bytes" same_as_sim bad tests/scenarios/basic/flag.json \
	tests/scenarios/basic/any_vp.json tests/scenarios/basic/reset.json
# what the line did is told: TLPs, and what went wrong with them
counted() {
	"$BUILD/hvbell" selftest --card "serial:$folder/good" >"$folder/told" 2>&1 || cat "$folder/told"
	grep -Eq '^serial line: sent [1-9][0-9]*, received [1-9][0-9]*, ' "$folder/told" || tail -n 3 "$folder/told"
	"$BUILD/hvbell" selftest --json --card "serial:$folder/good" >"$folder/told" 2>&1 || cat "$folder/told"
	grep -q '"serial":{"sent":[1-9]' "$folder/told" || echo "no JSON"
	! "$BUILD/hvbell" selftest 2>&1 | grep "serial line" # which a card without one has not
}
check "selftest tells what the line did" counted
check "a board that falls silent" while_it_plays STOP
check "a board that is unplugged" while_it_plays KILL
check "no board at the port" ends_soon "$BUILD/hvbell" selftest --card "serial:$folder/none"
plan
