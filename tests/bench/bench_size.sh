#!/bin/sh
# SPDX-License-Identifier: MIT
# bench_size.sh HVBELL: prints docs/size.svg, what a signal costs the card with more connections and VPs: the diagram of
# the benchmark's page, with the colours that the page gives it.
set -eu
page=$(mktemp)
trap 'rm -f "$page"' EXIT
"$1" bench --card 'sim:?step=1&seed=1' --count 20 --html "$page" >/dev/null
awk '
/^<svg .*aria-label="doorbell to request against size"/ {
	sub(/^<svg /, "<svg xmlns=\"http://www.w3.org/2000/svg\" ")
	print
	print "<style>svg{background:#fff}text{font:12px sans-serif;fill:#1a1a1a}.title{font-weight:600}" \
		".grid{stroke:#e3e3e3;fill:none}.line{fill:none;stroke-width:2}.dashed{stroke-dasharray:6 4}" \
		".c0{stroke:#0072b2}.c1{stroke:#d55e00}</style>"
	inside = 1
	next
}
inside { print }
inside && /^<\/svg>/ { found = 1; exit }
END { exit !found }' "$page"
