#!/bin/sh
# SPDX-License-Identifier: MIT
# The endurance program on the simulated card, in this process and behind vfio-user; tests/vm/vm.sh runs it in a guest.
# Run by tests/run.
set -u
BUILD=${BUILD:-build}
dir=$(mktemp -d)
"$BUILD/hvbell-sim" --socket "$dir/card" 2>"$dir/server" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
while ! [ -S "$dir/card" ] && kill -0 "$server" 2>/dev/null; do sleep 0.1; done

status=0
for card in sim: "vfio-user:$dir/card"; do
	"$BUILD/tests/vm/endure" "$card" >"$dir/said" 2>&1 || status=$?
	sed "s/^\(\(not \)\{0,1\}ok\) [0-9]* - .*/& (${card%%:*})/" "$dir/said" | grep -v '^1\.\.'
	grep -q '^ok ' "$dir/said" || status=1
done
[ ! -s "$dir/server" ] || { sed 's/^/not ok - /' "$dir/server" && status=1; }
exit "$status"
