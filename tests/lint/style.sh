#!/bin/sh
# SPDX-License-Identifier: MIT
# What every file of the tree keeps to: an SPDX line first, no paths of somebody's machine, no unfinished places, files
# and lines of a readable length, shell scripts without mistakes, generated documents up to date. Run by tests/run.
set -u
. tests/tap.sh

# what git knows or would add; a tree without git: everything but what is built
files() {
	git ls-files --cached --others --exclude-standard 2>/dev/null ||
		find . -name 'build*' -prune -o -type f -print | sed 's|^\./||'
}
sources=$(files | while read -r f; do [ ! -f "$f" ] || echo "$f"; done |
	grep -E '(^|/)(Makefile|[a-z_-]+)$|\.(c|h|cpp|sv|sh|awk|txt|vlt|map|in)$' | grep -vE '^(LICENSE|\.gitignore)$')
code=$(echo "$sources" | grep -E '\.(c|h|cpp|sv|awk|sh)$')

no_spdx() { for f in $sources; do head -n 2 "$f" | grep -q 'SPDX-License-Identifier: MIT' || echo "$f"; done; }
paths() {
	files | grep -v '^tests/lint/style.sh$' | xargs grep -nE '/(home|root|work|Users)/[a-z]|\.\./shared' -- || true
}
unfinished() {
	echo "$code" | grep -v '^tests/lint/style.sh$' |
		xargs grep -nwE 'TODO|FIXME|XXX|HACK|[Ss]tubs?|[Pp]laceholder|[Nn]ot (yet )?implemented' -- |
		grep -v '"pci-stub"' || true
}
long_files() { echo "$code" | xargs awk 'FNR == 501 { print FILENAME }'; }
long_lines() { echo "$code" | xargs awk -f tests/lint/width.awk; }
shell() { for f in $sources; do ! head -n 1 "$f" | grep -q '^#!.*sh$' || shellcheck -x "$f"; done; }
stale() { tools/docs --check; }
check "every source begins with its licence" no_spdx
check "no paths of a machine" paths
check "no unfinished places" unfinished
check "no file over 500 lines" long_files
check "no line over 120 columns" long_lines
if command -v shellcheck >/dev/null; then
	check "shell scripts" shell
else
	skip "shell scripts" "no shellcheck"
fi
check "docs/hardware.md and docs/picture.svg are up to date" stale
plan
