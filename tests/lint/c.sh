#!/bin/sh
# SPDX-License-Identifier: MIT
# The C sources: cppcheck finds nothing; every header compiles alone, the public ones as C11 and as C++17, without
# warnings; the shared library exports its own names only and pulls in no others; the library layers neither print nor
# exit, and the layers include only what lies below them. Run by tests/run.
set -u
. tests/tap.sh
includes="-I. -Ilib/include -Ihvcall -I$BUILD/gen"
test_includes="-Itests/golden -Itools -Isim -Ilib/src"

# Two of cppcheck's guesses are wrong here: it does not see that a call has set a variable when it returned 0, nor that
# a thread which was given a local variable is joined in the same block.
# shellcheck disable=SC2086
check "cppcheck" cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem --suppress=legacyUninitvar --suppress=autoVariables \
	--suppress=normalCheckLevelMaxBranches --force '-DHVB_RELEASE=""' $includes lib/src driver sim hvcall tools \
	examples/vmm/*.c

warn="-Wall -Wextra -Wpedantic -Werror"
public() { # HEADER
	# shellcheck disable=SC2086
	gcc -std=c11 $warn -Wshadow -Ilib/include -fsyntax-only -x c "$1" &&
		g++ -std=c++17 $warn -Ilib/include -fsyntax-only -x c++ "$1"
}
for header in lib/include/hvbell/*.h hvcall/hvcall.h hvcall/kvm.h hvcall/dxgk.h; do
	check "public header alone: $header" public "$header"
done
alone() { # HEADER
	# shellcheck disable=SC2086
	gcc -std=gnu11 -Wall -Wextra -Wshadow -Werror $includes $test_includes -fsyntax-only -x c "$1"
}
for header in lib/src/*.h driver/*.h sim/*.h sim/server/*.h sim/board/*.h hvcall/*.h tools/*.h tests/*/*.h; do
	[ ! -e "$header" ] || check "header alone: $header" alone "$header"
done

foreign_exports() { nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | grep -v '^hvbell_'; [ $? = 1 ]; }
check "libhvbell.so exports hvbell_ names only" foreign_exports "$BUILD/libhvbell.so.0"
impolite() {
	nm "$@" 2>/dev/null | awk '$1 == "U" { print $2 }' | grep -xE 'exit|_exit|abort|printf|puts|putchar|perror'
	[ $? = 1 ]
}
# shellcheck disable=SC2046
check "library code neither prints nor exits" impolite $(find "$BUILD"/obj/lib "$BUILD"/obj/driver "$BUILD"/obj/hvcall \
	"$BUILD"/obj/sim \( -name server -o -name board \) -prune -o -name '*.o' -print)

including() { # PATTERN FOLDER...
	pattern=$1
	shift
	grep -rnE "#include [\"<]($pattern)" "$@"
	[ $? = 1 ]
}
check "hvcall and lib include nothing of sim, nor a driver's own headers" including \
	'(\.\./)?(sim/|driver/([^d]|d[^e]|de[^v]))' lib hvcall
check "driver knows nothing above it" including '(\.\./)?(lib|hvcall|tools)/|hvbell/' driver
check "sim knows nothing above it but driver/diag.h" including '(\.\./)?(lib|hvcall|tools|driver/[^d])|hvbell/' sim
plan
