#!/bin/sh
# SPDX-License-Identifier: MIT
# What runs for SOAK_SECONDS (60): rounds of the campaign, of lockstep against a card in a server that lives on, of
# random turmoil at the streams, of users that are killed, of every fuzz target. A round that fails says its seed. Run
# by tests/run with seeds that are always the same, and by `make soak` for hours with seeds that nobody tried before.
set -u
. tests/tap.sh
seconds=${SOAK_SECONDS:-60}
folder=$(mktemp -d)
"$BUILD/hvbell-sim" --socket "$folder/card" 2>"$folder/server" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
while ! [ -S "$folder/card" ] && kill -0 "$server" 2>/dev/null; do sleep 0.1; done

start=$(date +%s)
seed=${SOAK_SEED:-1}
left() { [ $(($(date +%s) - start)) -lt "$seconds" ]; }
quietly() { # COMMAND...
	"$@" >"$folder/said" 2>&1 || {
		echo "seed $seed: $*"
		tail -n 30 "$folder/said" | sed "s|^|  |"
	}
}
kib() { awk '/VmRSS/ { print $2 }' "/proc/$server/status"; }
grown() { # KIB: more than this is a leak
	now=$(kib)
	[ "$now" -lt $(($1 + 8192)) ] || echo "the server had $1 KiB and has $now"
}

one_round() {
	! left || quietly "$BUILD/tests/golden/campaign" --signals 5000 --seed "$seed"
	! left || quietly "$BUILD/tests/golden/lockstep" --worlds 2 --steps 150 --seed "$seed" \
		--card "vfio-user:$folder/card"
	! left || quietly env STRESS_SEED="$seed" STRESS_PHASES=4 "$BUILD/tests/rtl/test_stress"
	! left || quietly "$BUILD/tests/soak/kill_users" 10 "$seed"
	for target in "$BUILD"/tests/fuzz/fuzz_*; do
		! left || [ ! -x "$target" ] || quietly "$target" 50 "$seed"
	done
}

rounds=0 first=
while left; do
	[ ! -t 2 ] || printf '\rround %d, %d of %d s ' "$rounds" $(($(date +%s) - start)) "$seconds" >&2
	one_round >"$folder/round"
	[ ! -s "$folder/round" ] || check "round $rounds of seed $seed" cat "$folder/round"
	first=${first:-$(kib)}
	seed=$((seed + 1000)) rounds=$((rounds + 1))
done
echo "# $rounds rounds in $seconds s"
check "$rounds rounds" [ "$rounds" -gt 0 ]
check "the server's memory" grown "$first"
check "the server has nothing to say" cat "$folder/server"
plan
