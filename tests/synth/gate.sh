#!/bin/sh
# SPDX-License-Identifier: MIT
# The card as yosys maps it for ECP5, cell by cell, shows what its sources show: scenarios on both, and random worlds
# against the golden model. SCENARIOS=all plays all of them (make test-gate), else three files. Run by tests/run.
set -u
. tests/tap.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if ! tests/synth/tools >"$folder/said" 2>&1; then
	skip "the mapped card" "$(tail -n 1 "$folder/said")"
	plan
	exit
fi
built() {
	make -s B="$BUILD" "$BUILD/gate/hvbell" "$BUILD/gate/tests/golden/lockstep" >"$folder/said" 2>&1 ||
		cat "$folder/said"
}
check "the card is mapped, and its cells are compiled" built

same_as_sources() { # FILE CARD
	"$BUILD/hvbell" run --json --card "$2" "$1" >"$folder/sources" 2>&1 || echo "of the sources: status $?"
	timeout 900 "$BUILD/gate/hvbell" run --json --card "$2" "$1" >"$folder/cells" 2>&1 ||
		echo "of the cells: status $?"
	tests/scenarios/same "$folder/sources" "$folder/cells"
}
files='tests/scenarios/basic/flag.json tests/scenarios/basic/any_vp.json tests/scenarios/basic/reset.json'
[ "${SCENARIOS:-}" != all ] || files='tests/scenarios/*/*.json'
for file in $files; do
	for card in sim: 'sim:?deliver=owned'; do
		check "${file#tests/scenarios/} on $card as on the sources" same_as_sources "$file" "$card"
	done
done
worlds() {
	"$BUILD/gate/tests/golden/lockstep" --card "$1" --worlds 2 --steps 100 >"$folder/said" 2>&1 ||
		cat "$folder/said"
}
for card in 'sim:?step=1' 'sim:?step=1&deliver=owned'; do
	check "random worlds on $card, cell by cell" worlds "$card"
done
plan
