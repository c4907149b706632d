#!/bin/sh
# SPDX-License-Identifier: MIT
# The library's tests under valgrind: no access that is wrong, nothing that is not initialized, nothing lost. "all" runs
# every one of them, as `make valgrind` does; without it a few that end soon. Run by tests/run.
set -u
. tests/tap.sh
few="test_lib_receive test_lib_kick test_lib_port test_hvcall_signal"
if [ "${1:-}" = all ]; then
	few=$(cd "$BUILD/tests/unit" && for f in test_lib_* test_hvcall_*; do [ ! -x "$f" ] || echo "$f"; done)
fi

clean() { # PROGRAM
	said=$(mktemp)
	valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --log-file="$said" \
		"$BUILD/tests/unit/$1" >/dev/null 2>&1 || echo "$1 ended with status $?"
	head -n 40 "$said"
	rm -f "$said"
}
for program in $few; do
	check "valgrind: $program" clean "$program"
done
plan
