#!/bin/sh
# SPDX-License-Identifier: MIT
# Every scenario on the simulated card, over links of several speeds, with TLPs that come late by chance, and
# single-stepped: what is seen must not depend on them. They run beside each other, since most of the time is spent
# waiting for interrupts that must not come. Run by tests/run.
set -u
BUILD=${BUILD:-build}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
cards='sim: sim:?step=1 sim:?latency=none sim:?latency=gen2x1 sim:?jitter=40&seed=7'
n=0
for card in $cards; do
	n=$((n + 1))
	{
		status=0
		"$BUILD/hvbell" run --card "$card" tests/scenarios/*/*.json 2>&1 || status=$?
		[ "$status" = 0 ] || echo "not ok - hvbell run --card $card ended with status $status"
	} >"$logs/$n" &
done
wait
n=0
for card in $cards; do
	n=$((n + 1))
	awk -v card="$card" '
		$1 == "pass" || $1 == "done" { print "ok - " $2 " on " card; next }
		$1 == "fail" || $1 == "error" { print "not ok - " $2 " on " card }
		{ print }' "$logs/$n"
done
