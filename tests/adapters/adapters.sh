#!/bin/sh
# SPDX-License-Identifier: MIT
# Each adapter (ADAPTERS) between a model of its hard block and random TLPs, with what it costs; then scenarios on a
# card behind it, or on a board with it (a name without width): what is seen must be what sim: shows. SCENARIOS=all
# plays all of them, behind the adapters over several links (make test-adapters), else the basic ones. Run by tests/run.
set -u
export CMOCKA_MESSAGE_OUTPUT=TAP
. tests/tap.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
files='tests/scenarios/basic/*.json' cards=sim:
[ "${SCENARIOS:-}" != all ] || files='tests/scenarios/*/*.json' \
	cards='sim: sim:?step=1 sim:?latency=none sim:?jitter=40&seed=7'

alone() { "$BUILD/$1/tests/adapters/test_adapter" >"$folder/cost" 2>&1 || cat "$folder/cost"; }
same_as_sim() { # ADAPTER CARD
	# shellcheck disable=SC2086 # a pattern
	"$BUILD/$1/hvbell" run --json --card "$2" $files >"$folder/json" 2>&1 || echo "status $?"
	tests/scenarios/same "$folder/sim" "$folder/json"
}

selftest() { "$BUILD/$1/hvbell" selftest >"$folder/told" 2>&1 || cat "$folder/told"; }

# shellcheck disable=SC2086
"$BUILD/hvbell" run --json $files >"$folder/sim" 2>&1
for adapter in $ADAPTERS; do
	if [ -x "$BUILD/$adapter/tests/adapters/test_adapter" ]; then
		check "$adapter: TLPs of every shape both ways" alone "$adapter"
		grep '^# [0-9]' "$folder/cost"
	fi
	links=$cards
	case $adapter in
	*_*) ;;
	*)
		check "$adapter, a whole board: selftest" selftest "$adapter"
		links=sim:
		;;
	esac
	for card in $links; do
		check "$adapter: scenarios on $card as without it" same_as_sim "$adapter" "$card"
	done
done
plan
