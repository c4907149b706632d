#!/bin/sh
# SPDX-License-Identifier: MIT
# hvbell dxgk-demo: its figures are what two processes have to see of the card, and it ends when one of them does. Run
# by tests/run.
set -u
. tests/tap.sh
BUILD=${BUILD:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

figures() {
	"$BUILD/hvbell" dxgk-demo --json >"$dir/json" || return
	tr '{' '\n' <"$dir/json" >"$dir/lines"
	in_turn='"signals":300,"coalesced":0,"messages":300,"taken":300,"interrupts":300,"atomics":600}'
	grep -q "^$in_turn" "$dir/lines" &&
		grep -q '^"signals":30003,' "$dir/lines" &&
		grep -q '^"sent":200,"answered":200,"bytes":20971500,"to_receiver":[1-9][0-9]*,' "$dir/lines" && return
	cat "$dir/json"
}
readable() {
	"$BUILD/hvbell" dxgk-demo >"$dir/text" || return
	[ "$(grep -cx 'DxgkCbSignalEvent, counted by the card  *300  *30003' "$dir/text")" = 1 ] || cat "$dir/text"
}

# a slow card, so that there is time; the host says what is wrong, and does not wait for its patience to end
guest_dies() {
	"$BUILD/hvbell" dxgk-demo --card 'sim:?latency=2000' >"$dir/text" 2>"$dir/said" &
	host=$!
	guest=
	while [ -z "$guest" ] && kill -0 "$host"; do
		sleep 0.1
		guest=$(sed -n 's/.* \([0-9]*\) is the guest$/\1/p' "$dir/text")
	done
	kill -9 "$guest"
	wait "$host"
	echo "status $?" >>"$dir/said"
	grep -q "the guest's half" "$dir/said" && grep -qx "status 1" "$dir/said" && return
	cat "$dir/said"
}
check "300 signals in turn, one by one, a burst, 200 messages" figures
check "the same for people" readable
check "a guest that is killed" guest_dies
plan
