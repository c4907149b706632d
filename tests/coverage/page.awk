# SPDX-License-Identifier: MIT
# awk -v rtl=VERILATOR'S COUNTS -v reasons=unreached.txt -f page.awk GCOV'S TEXT: one HTML page. A summary stands in
# comments at its head, one line each. A line of the reasons is FILE, part of the source line, why it is not reached,
# with tabs between; * is every file.

function text(s) {
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	return s
}
function percent(hit, all) {
	return all ? sprintf("%.1f %%", 100 * hit / all) : "-"
}
# Why a line is not reached; "" where nobody says.
function why(file, source, i) {
	for (i = 1; i <= reason_count; i++)
		if ((reason_file[i] == "*" || reason_file[i] == file) &&
		    (reason_part[i] == "." || index(source, reason_part[i]))) {
			reason_used[i] = 1
			return reason_why[i]
		}
	return ""
}
function read_reasons(line, part) {
	while ((getline line < reasons) > 0) {
		if (line ~ /^#/ || line == "" || split(line, part, /\t+/) != 3)
			continue
		reason_file[++reason_count] = part[1]
		reason_part[reason_count] = part[2]
		reason_why[reason_count] = part[3]
	}
}
function field(entry, key, at, rest) {
	at = index(entry, "\001" key "\002")
	if (!at)
		return ""
	rest = substr(entry, at + length(key) + 2)
	at = match(rest, /[\001']/)
	return at ? substr(rest, 1, at - 1) : rest
}
# One point for each place in the source, however often the module stands in the card.
function read_rtl(line, page, kind, key, n) {
	while ((getline line < rtl) > 0) {
		if (line !~ /^C /)
			continue
		n = line
		sub(/.*' /, "", n)
		page = field(line, "page")
		kind = page ~ /^v_toggle/ ? "toggle" : page ~ /^v_user/ ? "user" : "line"
		file = field(line, "f")
		key = file SUBSEP field(line, "l") SUBSEP kind SUBSEP field(line, kind == "line" ? "n" : "o")
		if (!(key in point))
			rtl_file[file] = 1
		point[key] += n
	}
}

BEGIN { read_reasons(); read_rtl() }

# gcov: "count:line:source", and branches behind the line they belong to
/^ *-: *0:Source:/ {
	file = $0
	sub(/^ *-: *0:Source:/, "", file)
	mine = file ~ /^(lib\/src|driver|sim|sim\/server|hvcall|tools|lib\/include\/hvbell)\/[^\/]*\.[ch]$/
	next
}
!mine { next }
/^branch +[0-9]+ (taken|never)/ {
	split($0, word, / +/)
	b = file SUBSEP at SUBSEP word[2]
	branch[b] += $0 ~ /taken [1-9]/
	next
}
/^ *[-#=0-9*]+: *[0-9]+:/ {
	split($0, part, ":")
	at = part[2] + 0
	count = part[1]
	gsub(/[ *]/, "", count)
	if (count == "-")
		next
	key = file SUBSEP at
	source[key] = substr($0, index(substr($0, index($0, ":") + 1), ":") + index($0, ":") + 1)
	reached[key] += count ~ /^[0-9]/ ? count : 0
	c_file[file] = 1
}

function sorted(set, list, n, k, i, j) {
	n = 0
	for (k in set) {
		for (i = n++; i > 0 && list[i] > k; i--)
			list[i + 1] = list[i]
		list[i + 1] = k
	}
	return n
}
function source_line(file, number, line, n) {
	if (!(file in have)) {
		have[file] = 1
		n = 0
		while ((getline line < file) > 0)
			text_of[file, ++n] = line
		close(file)
	}
	return text_of[file, number]
}
function miss(file, at, source, reason) {
	reason = why(file, source)
	unexplained += reason == ""
	missed = missed sprintf("<tr><td>%s:%d</td><td><code>%s</code></td><td>%s</td></tr>\n", file, at, text(source),
				reason == "" ? "<b>no reason given</b>" : text(reason))
}

END {
	for (k in reached) {
		split(k, p, SUBSEP)
		lines[p[1]]++
		hit[p[1]] += reached[k] > 0
	}
	for (k in branch) {
		split(k, p, SUBSEP)
		branches[p[1]]++
		taken[p[1]] += branch[k] > 0
	}
	n = sorted(c_file, names)
	for (i = 1; i <= n; i++) {
		f = names[i]
		all_lines += lines[f]; all_hit += hit[f]; all_branches += branches[f]; all_taken += taken[f]
		c_rows = c_rows sprintf("<tr><td>%s<td>%s<td>%d of %d<td>%s<td>%d of %d</tr>\n",
					f, percent(hit[f], lines[f]), hit[f], lines[f], percent(taken[f], branches[f]),
					taken[f], branches[f])
		top = 0
		for (k in reached) {
			split(k, p, SUBSEP)
			if (p[1] == f && !reached[k])
				todo[p[2] + 0] = 1
			if (p[2] > top)
				top = p[2] + 0
		}
		for (at = 1; at <= top; at++)
			if (at in todo) {
				miss(f, at, source[f, at])
				delete todo[at]
			}
	}
	c_unexplained = unexplained
	c_missed = missed
	missed = ""
	unexplained = 0
	for (k in point) {
		split(k, p, SUBSEP)
		points[p[1], p[3]]++
		seen[p[1], p[3]] += point[k] > 0
		if (!point[k] && p[3] != "toggle") {
			list = p[3] == "user" ? "point" : "line"
			low[p[1] SUBSEP sprintf("%05d", p[2]) SUBSEP list] = p[4]
		}
		if (!point[k] && p[3] == "toggle")
			still[p[1]] = still[p[1]] " " p[4]
	}
	n = sorted(rtl_file, names)
	for (i = 1; i <= n; i++) {
		f = names[i]
		row = sprintf("<tr><td>%s</td>", f)
		for (j = 1; j <= 3; j++) {
			kind = j == 1 ? "line" : j == 2 ? "toggle" : "user"
			rtl_all[kind] += points[f, kind]; rtl_seen[kind] += seen[f, kind]
			row = row sprintf("<td>%s</td><td>%d of %d</td>", percent(seen[f, kind], points[f, kind]),
					  seen[f, kind], points[f, kind])
		}
		rtl_rows = rtl_rows row "</tr>\n"
	}
	n = sorted(low, names)
	for (i = 1; i <= n; i++) {
		split(names[i], p, SUBSEP)
		miss(p[1], p[2] + 0, source_line(p[1], p[2] + 0))
	}
	summary["1"] = sprintf("C lines %s (%d of %d), branches %s (%d of %d); lines without a reason: %d",
		percent(all_hit, all_lines), all_hit, all_lines, percent(all_taken, all_branches), all_taken,
		all_branches, c_unexplained)
	summary["2"] = sprintf("RTL lines %s (%d of %d), toggles %s (%d of %d), cover points %s (%d of %d); " \
		"without a reason: %d", percent(rtl_seen["line"], rtl_all["line"]), rtl_seen["line"], rtl_all["line"],
		percent(rtl_seen["toggle"], rtl_all["toggle"]), rtl_seen["toggle"], rtl_all["toggle"],
		percent(rtl_seen["user"], rtl_all["user"]), rtl_seen["user"], rtl_all["user"], unexplained)
	print "<!DOCTYPE html>\n<!-- " summary["1"] " -->\n<!-- " summary["2"] " -->"
	print "<html lang=en><meta charset=utf-8><title>hvbell: what the tests reach</title>"
	print "<style>body{font:14px sans-serif;margin:2em}td,th{padding:1px 8px;text-align:left;vertical-align:top}" \
	      "tr:nth-child(even){background:#f2f2f2}code{white-space:pre}</style>"
	print "<h1>What the tests reach</h1><p>" summary["1"] "<p>" summary["2"]
	print "<h2>C</h2><table><tr><th>file<th colspan=2>lines<th colspan=2>branches</tr>\n" c_rows "</table>"
	print "<h2>RTL</h2><table>"
	print "<tr><th>file<th colspan=2>lines<th colspan=2>toggles<th colspan=2>cover points</tr>\n" \
	      rtl_rows "</table>"
	print "<h2>C lines not reached</h2><table>\n" c_missed "</table>"
	print "<h2>RTL lines and cover points not reached</h2><table>\n" missed "</table>"
	print "<h2>Signals that never changed</h2><table>"
	n = sorted(still, names)
	for (i = 1; i <= n; i++)
		print "<tr><td>" names[i] "<td>" text(still[names[i]])
	print "</table></html>"
}
