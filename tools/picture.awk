# SPDX-License-Identifier: MIT
# Draws docs/picture.svg from docs/picture.txt. POSIX awk only. Lengths are pixels; a name is used by the arrows.
#   size  WIDTH HEIGHT
#   group X Y W H | title                       a part of the world
#   box   NAME X Y W H | title | second line    a thing in it
#   chip  NAME X Y W H | title | second line    a thing of the card
#   arrow NAME.SIDE NAME.SIDE | label           right, left, top, bottom; a side may be right+20: 20 px from its middle
function escape(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); return s }
function words(x, y, class, s) {
	if (s != "") printf "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, escape(s)
}
function rectangle(class, x, y, w, h) {
	printf "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", class, x, y, w, h
}
# Sets px, py to the point that NAME.SIDE names.
function point(s,   dot, name, side, off, i) {
	dot = index(s, "."); name = substr(s, 1, dot - 1); side = substr(s, dot + 1); off = 0
	if (!(name in X)) { print "picture: no box " name | "cat >&2"; bad = 1; exit 1 }
	i = match(side, /[+-]/)
	if (i) { off = substr(side, i) + 0; side = substr(side, 1, i - 1) }
	px = X[name] + (side == "left" ? 0 : side == "right" ? W[name] : W[name] / 2 + off)
	py = Y[name] + (side == "top" ? 0 : side == "bottom" ? H[name] : H[name] / 2 + (side ~ /top|bottom/ ? 0 : off))
}
{ split($0, part, / *\| */); title = part[2]; second = part[3] }
/^#/ || NF == 0 { next }
$1 == "size" {
	print "<!-- SPDX-License-Identifier: MIT. Drawn from docs/picture.txt by tools/picture.awk: make docs -->"
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\"", $2, $3
	printf " width=\"%d\" height=\"%d\"", $2, $3
	print " font-family=\"Helvetica, Arial, sans-serif\">"
	print "<style>"
	print ".paper { fill: #ffffff } .group { fill: #f4f6f8; stroke: #c3ccd5 }"
	print ".box { fill: #ffffff; stroke: #5b6b7b } .chip { fill: #e3eefb; stroke: #2f6db5 }"
	print "text { fill: #1c2733; text-anchor: middle } .title { font-size: 14px; font-weight: bold }"
	print ".small, .label { font-size: 12px } .label { fill: #1f4f87 } .beside { text-anchor: start }"
	print ".head { font-size: 14px; fill: #5b6b7b } .arrow { stroke: #1f4f87; stroke-width: 1.6; fill: none }"
	print "</style>"
	print "<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\""
	print " orient=\"auto\">"
	print "<path d=\"M0 0 L8 4 L0 8 z\" fill=\"#1f4f87\"/></marker>"
	printf "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", $2, $3
}
$1 == "group" { rectangle("group", $2, $3, $4, $5); words($2 + $4 / 2, $3 + 20, "head", title) }
$1 == "box" || $1 == "chip" {
	X[$2] = $3; Y[$2] = $4; W[$2] = $5; H[$2] = $6
	rectangle($1, $3, $4, $5, $6)
	words($3 + $5 / 2, $4 + $6 / 2 + (second == "" ? 5 : -3), "title", title)
	words($3 + $5 / 2, $4 + $6 / 2 + 15, "small", second)
}
$1 == "arrow" {
	point($2); x1 = px; y1 = py; point($3)
	printf "<path class=\"arrow\" marker-end=\"url(#tip)\" d=\"M%d %d L%d %d\"/>\n", x1, y1, px, py
	if (x1 == px) words(x1 + 8, (y1 + py) / 2 + 4, "label beside", title)
	else words((x1 + px) / 2, (y1 + py) / 2 - 7, "label", title)
}
END { if (!bad) print "</svg>" }
