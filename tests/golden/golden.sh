#!/bin/sh
# SPDX-License-Identifier: MIT
# The card against the golden model in random worlds: single-stepped, with its own thread, over a slow link; and a short
# campaign. A miss prints its seed and the world as a scenario. Run by tests/run.
set -u
. tests/tap.sh
lockstep=$BUILD/tests/golden/lockstep

agree() { # ARGUMENT...
	"$lockstep" "$@" >/tmp/hvbell-lockstep.$$ 2>&1 || head -n 400 /tmp/hvbell-lockstep.$$
	rm -f /tmp/hvbell-lockstep.$$
}
agree_campaign() { # ARGUMENT...
	"$BUILD/tests/golden/campaign" "$@" >/tmp/hvbell-campaign.$$ 2>&1 || tail -n 20 /tmp/hvbell-campaign.$$
	rm -f /tmp/hvbell-campaign.$$
}
check "random worlds, single-stepped" agree --seed 1 --worlds 30 --steps 300 --card 'sim:?step=1'
check "random worlds, the card on its own thread" agree --seed 1001 --worlds 10 --steps 200 --card 'sim:'
check "random worlds, slow link" agree --seed 2001 --worlds 5 --steps 200 --card 'sim:?step=1&latency=gen2x1'
check "random worlds, flags owned by the card" \
	agree --seed 4001 --worlds 15 --steps 300 --card 'sim:?step=1&deliver=owned'
check "random worlds, no latency" agree --seed 3001 --worlds 10 --steps 200 --card 'sim:?step=1&latency=none'
check "a campaign of random signals, with threads that clear" agree_campaign --signals 8000
plan
