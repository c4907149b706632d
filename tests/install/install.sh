#!/bin/sh
# SPDX-License-Identifier: MIT
# What `make install` puts in place can be used: a program built with pkg-config's answers alone, against the shared and
# against the static library, opens the simulated card. Run by tests/run.
set -u
. tests/tap.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL
export PKG_CONFIG_PATH="$root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
cat >"$root/user.c" <<EOF_C
#include <hvbell/hvbell.h>
#include <hvbell/dxgk.h>
#include <hvbell/hvcall.h>

int main(void)
{
	hvbell_card *card;

	if (hvbell_open("sim:", &card))
		return 1;
	hvbell_close(card);
	return HVCALL_SIGNAL_EVENT != 0x5d;
}
EOF_C
# shellcheck disable=SC2046
shared() {
	gcc "$root/user.c" -o "$root/shared" $(pkg-config --cflags --libs hvbell) &&
		LD_LIBRARY_PATH="$root/usr/lib" "$root/shared"
}
# shellcheck disable=SC2046
static() {
	gcc "$root/user.c" -o "$root/static" $(pkg-config --cflags hvbell) \
		$(pkg-config --static --libs hvbell | sed "s|-lhvbell|$root/usr/lib/libhvbell.a|") && "$root/static"
}
check "make install" make -s B="$BUILD" install DESTDIR="$root" PREFIX=/usr
check "a program with the shared library" shared
check "a program with the static library" static
installed() { "$root/usr/bin/hvbell" --version | grep -qx "hvbell [0-9.]*"; }
check "the installed command" installed
plan
