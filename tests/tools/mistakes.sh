#!/bin/sh
# SPDX-License-Identifier: MIT
# What a user gets wrong: arguments, files, cards, sockets. Each time the status that the help promises, and a line that
# says what is wrong. Run by tests/run.
set -u
. tests/tap.sh
work=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null; rm -rf "$work"' EXIT
hvbell=$BUILD/hvbell sim=$BUILD/hvbell-sim
basic=tests/scenarios/basic

# refused STATUS WORDS COMMAND...: ends so, and says so on the error output
refused() {
	status=$1 words=$2
	shift 2
	timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" = "$status" ] || echo "$*: status $got"
	grep -q -- "$words" "$work/err" || cat "$work/err"
}
too_much() {
	for command in info list selftest top dxgk-demo demo run trace wave doctor; do
		refused 2 'is not understood' "$hvbell" "$command" --none-of-these
	done
	for command in info list selftest top dxgk-demo; do
		refused 2 'more is too much' "$hvbell" "$command" more
	done
	refused 2 'more is too much' "$hvbell" demo "$basic" more
	refused 2 'which file' "$hvbell" run
	refused 2 '' "$hvbell" run --card
}
check "arguments that no command has" too_much
unknown() {
	refused 2 'nonsense' "$hvbell" nonsense
	refused 2 '' "$hvbell"
	"$hvbell" --version | grep -qx 'hvbell [0-9.]*' || echo "no version"
	"$hvbell" --help | grep -q 'usage: hvbell' || echo "no help"
	refused 1 'cannot be written' sh -c "exec '$hvbell' --help >/dev/full"
}
check "commands that there are not, help and version" unknown
no_card() {
	for command in "info" "run $basic/flag.json" "selftest" "top --seconds 1" "trace" "demo $basic" "dxgk-demo"; do
		# shellcheck disable=SC2086 # words
		refused 1 'hvbell' "$hvbell" $command --card "vfio-user:$work/nobody"
	done
	refused 1 'options are' "$hvbell" info --card 'sim:?speed=1'
	refused 1 '' "$hvbell" info --card nothing:at-all
}
check "cards that cannot be had" no_card
files() {
	printf '{ "scenarios": [ {' >"$work/cut.json"
	sed 's/"op"/"opp"/' "$basic/flag.json" >"$work/step.json"
	for file in "$work/cut.json" "$work/none.json" "$work/step.json"; do
		refused 2 "${file##*/}" "$hvbell" run "$file"
		"$hvbell" run --json "$file" >"$work/out" 2>&1
		[ $? = 2 ] || echo "run --json ${file##*/}: not 2"
		refused 2 '' "$hvbell" wave -o "$work/a.fst" "$file"
	done
	refused 2 'give a DIRECTORY' "$hvbell" demo "$work/nowhere"
}
check "files that are no scenarios" files
other_result() { # where another number of interrupts is expected than comes
	mkdir "$work/wrong"
	sed 's/"count": 1\([,}]\)/"count": 77\1/g' "$basic/flag.json" >"$work/wrong/wrong.json"
	for how in run 'run --json' demo; do
		where=$work/wrong/wrong.json
		[ "$how" != demo ] || where=$work/wrong
		# shellcheck disable=SC2086 # words
		"$hvbell" $how "$where" >"$work/out" 2>&1
		[ $? = 1 ] || cat "$work/out"
		grep -q 77 "$work/out" || cat "$work/out"
	done
}
check "a scenario whose result is another one" other_result
server_arguments() {
	refused 2 'not understood' "$sim" --speed 1
	refused 2 'cannot be the value' "$sim" --log loud --socket "$work/s"
	refused 2 'cannot be the value' "$sim" --latency 'none&off=1' --socket "$work/s"
	refused 2 'latency' "$sim" --latency soon --socket "$work/s"
	refused 2 'is too much' "$sim" --socket "$work/s" more
	refused 2 'is missing' "$sim"
	"$sim" --help | grep -q 'usage: hvbell-sim' || echo "no help"
	"$sim" --version | grep -qx 'hvbell-sim [0-9.]*' || echo "no version"
}
check "hvbell-sim: arguments" server_arguments
# listens NAME: a server, until its socket is there
listens() {
	: >"$work/$1.log" # what an earlier one of this name said is not looked at
	"$sim" --socket "$work/$1" --latency none --log trace 2>>"$work/$1.log" &
	last=$!
	servers="$servers $last"
	while ! grep -q listening "$work/$1.log" && kill -0 "$last" 2>/dev/null; do sleep 0.1; done
}
server_sockets() {
	echo kept >"$work/file"
	refused 1 'a file of this name' "$sim" --socket "$work/file"
	[ "$(cat "$work/file")" = kept ] || echo "the file is gone"
	refused 1 'is the folder there' "$sim" --socket "$work/none/s"
	refused 1 'at most 107' "$sim" --socket "$work/$(printf '%0120d' 0)"
	listens twice
	refused 1 'another server does' "$sim" --socket "$work/twice"
	"$hvbell" run --card "vfio-user:$work/twice" "$basic/flag.json" >"$work/out" 2>&1 || cat "$work/out"
	kill -KILL "$last"
	wait "$last" 2>/dev/null
	# what it left is in nobody's way
	listens twice
	"$hvbell" info --card "vfio-user:$work/twice" >"$work/out" 2>&1 || cat "$work/out"
	kill "$last"
	wait "$last" || echo "ends with status $?"
}
check "hvbell-sim: sockets that are taken, left or cannot be" server_sockets
plan
