#!/bin/sh
# SPDX-License-Identifier: MIT
# Has spin go through every state of the model of card and consumer (delivery.pml), with one port and with two; then
# takes one rule of the protocol away at a time, and has spin find what goes wrong. SIGNALS and MASKS in the environment
# make the search larger. Run by tests/run and `make spin`.
set -u
. tests/tap.sh
model=$PWD/tests/spin/delivery.pml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

search() { # DEFINE...: leaves what the search printed in said
	spin -DSIGNALS="${SIGNALS:-2}" -DMASKS="${MASKS:-1}" "$@" -a "$model" >said 2>&1 &&
		gcc -O1 -w -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m100000 >said 2>&1
}
# Nothing wrong, the whole space seen, and no line of the model in vain.
holds() { # WORDS
	search -DWORDS="$1"
	if ! grep -q 'errors: 0$' said || grep -qE 'max search depth too small|out of memory|not completed' said ||
		sed -n '/^unreached/,$p' said | grep 'state [0-9]' | grep -qv -- '-end-'; then
		cat said
	fi
	sed -n 's/^ *\([0-9]*\) states, stored.*/# '"$1"' pending word(s): \1 states, all seen/p' said >&3
}
breaks() { # WORDS RULE
	search -DWORDS="$1" -D"$2"
	if ! grep -q 'assertion violated' said || ! grep -q 'errors: [1-9]' said; then
		cat said
	fi
}

exec 3>&1
for words in 1 2; do
	check "no wake-up is lost, pending words: $words" holds $words
done
breaking() { # WORDS RULE WHAT
	check "without this rule spin finds the loss: $3" breaks "$1" "$2"
}
breaking 1 BREAK_LATE_BITS "a completion looks again for bits that came meanwhile"
breaking 1 BREAK_FLYING_APART "bits that fly are kept apart from bits that wait"
breaking 1 BREAK_NEVER_SKIP "a CAS is sent though the guess shows its flag set"
breaking 1 BREAK_MISS "what came back is compared with the guess"
breaking 1 BREAK_MESSAGE_LAST "the message goes after the completion"
breaking 1 BREAK_PENDING_BIT "a masked vector's message pends"
breaking 1 BREAK_UNMASK "what pended is sent at unmask"
breaking 1 BREAK_LOCKED_CLEAR "the consumer clears with locked operations"
breaking 1 BREAK_LOOK_AGAIN "the consumer looks again until nothing is left"
breaking 1 BREAK_EMPTY_FIRST "the eventfd is emptied before the look"
plan
