#!/bin/sh
# SPDX-License-Identifier: MIT
# Each check of the card switched off in turn, in a model built for that: some scenario must fail, or the check is not
# tested. With all checks on the same model passes. Run by tests/run.
set -u
export CMOCKA_MESSAGE_OUTPUT=TAP
. tests/tap.sh
hvbell=$BUILD/off/hvbell
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# scenarios MASK WANTED FILE...: prints what was said where the exit status is not WANTED, or nothing failed
scenarios() {
	mask=$1
	wanted=$2
	shift 2
	status=0
	"$hvbell" run --card "sim:?off=$mask" "$@" >"$log" 2>&1 || status=$?
	[ "$status" = "$wanted" ] || { tail -n 5 "$log" && return 1; }
	[ "$wanted" = 0 ] || grep -q '^fail' "$log" || cat "$log"
}

# the bits are those of check_off_i in rtl/hvb_check.sv and rtl/hvb_words.sv; a file has scenarios that need its check
while read -r bit file name; do
	check "all checks on: $file passes" scenarios 0 0 "tests/scenarios/full/$file"
	check "without its check of $name a scenario fails" scenarios $((1 << bit)) 1 "tests/scenarios/full/$file"
done <<EOF_LIST
0 privilege.json the privilege SignalEvents
1 abi.json the reserved input bits
2 connection.json the reserved bits of the connection id
3 port.json a deleted port, or one of another type
4 port.json the state of the receiving partition
5 flag.json the flag number
6 synic.json a VP that does not exist
7 synic.json SynIC, SIEF and SINT
EOF_LIST

# The others no scenario brings about: a VP that the card itself has switched off; a group that is off while a word of
# its ring is on (the library never leaves it so).
alone() { HVB_CHECK_OFF=$2 "$BUILD/off/tests/rtl/$1" >"$log" 2>&1; }
alone_fails() { ! alone "$1" "$2" && grep -q '^not ok' "$log"; }
check "all checks on: test_faults passes" alone test_faults 0
check "without its check of a VP that is off test_faults fails" alone_fails test_faults 256
check "all checks on: test_anyvp passes" alone test_anyvp 0
check "without its check of the candidates of HV_ANY_VP test_anyvp fails" alone_fails test_anyvp 512
plan
