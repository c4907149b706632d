#!/bin/sh
# SPDX-License-Identifier: MIT
# Every scenario on the simulated card, over links of several speeds, with TLPs that come late by chance,
# single-stepped, with flags that the card owns, and in a process of its own behind vfio-user: what is seen must not
# depend on them. Each run's JSON must say the same, too. The cards run beside each other, since most of the time is
# spent waiting for interrupts that must not come. Run by tests/run.
set -u
BUILD=${BUILD:-build}
logs=$(mktemp -d)
"$BUILD/hvbell-sim" --socket "$logs/card" 2>"$logs/server" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$logs"' EXIT
while ! [ -S "$logs/card" ] && kill -0 "$server" 2>/dev/null; do sleep 0.1; done

cards="sim: sim:?step=1 sim:?deliver=owned sim:?deliver=owned&step=1
	sim:?latency=none sim:?latency=gen2x1 sim:?jitter=40&seed=7 vfio-user:$logs/card"
n=0
runs=
for card in $cards; do
	n=$((n + 1))
	{
		status=0
		"$BUILD/hvbell" run --card "$card" tests/scenarios/*/*.json 2>&1 || status=$?
		[ "$status" = 0 ] || echo "not ok - hvbell run --card $card ended with status $status"
		"$BUILD/hvbell" run --json --card "$card" tests/scenarios/*/*.json >"$logs/json$n" 2>&1
	} >"$logs/$n" &
	runs="$runs $!"
done
# shellcheck disable=SC2086 # numbers
wait $runs
n=0
for card in $cards; do
	n=$((n + 1))
	awk -v card="${card%"$logs"/card}" '
		$1 == "pass" || $1 == "done" { print "ok - " $2 " on " card; next }
		$1 == "fail" || $1 == "error" { print "not ok - " $2 " on " card }
		{ print }' "$logs/$n"
	verdict=ok
	tests/scenarios/same "$logs/json1" "$logs/json$n" || verdict='not ok'
	echo "$verdict - the same on sim: and ${card%"$logs"/card}"
done
[ ! -s "$logs/server" ] || sed 's/^/not ok - /' "$logs/server"
