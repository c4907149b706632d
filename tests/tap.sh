# SPDX-License-Identifier: MIT
# What the shell tests share: one TAP line a check, as tests/run counts them. Read in with a dot.
# shellcheck shell=sh
BUILD=${BUILD:-build}
tests=0

# check NAME COMMAND...: passes where the command succeeds and prints nothing
check() {
	tests=$((tests + 1))
	check_name=$1
	shift
	if said=$("$@" 2>&1) && [ -z "$said" ]; then
		echo "ok $tests - $check_name"
	else
		echo "not ok $tests - $check_name"
		echo "$said" | head -n 30
	fi
}

# skip NAME WHY
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

plan() { echo "1..$tests"; }
