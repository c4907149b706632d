#!/bin/sh
# SPDX-License-Identifier: MIT
# hvbell bench as a user calls it: what it refuses, what it writes, and that the model's clock gives the same every
# time. Nothing here depends on how fast this machine is. Run by tests/run.
set -u
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refuses TEXT ARGUMENT...: exit status 2, nothing on standard output, and a message that names the reason
refuses() {
	text=$1
	shift
	"$BUILD/hvbell" bench "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" = 2 ] || echo "exit status $status"
	[ ! -s "$work/out" ] || echo "something on standard output"
	grep -qF -- "$text" "$work/err" || cat "$work/err"
}
check "a count of 0" refuses "--count is a number from 1" --count 0
check "a count that is no number" refuses '"10x"' --count=10x
check "a rate that is no number" refuses "--rate is a number" --rate fast
check "processors that are not there" refuses "--cpus is SENDER,RECEIVER" --cpus 0,4095
check "processors that are no pair" refuses "--cpus is SENDER,RECEIVER" --cpus 0
check "an option without its value" refuses "--html is not understood" --html
check "an option that is none" refuses "--fast is not understood" --fast
check "an argument too much" refuses "more is too much" more
check "a baseline that is not there" refuses "No such file" --baseline "$work/none"
echo '{"schema":"other"}' >"$work/other"
check "a baseline that is none" refuses "no result of hvbell bench" --baseline "$work/other"
: >"$work/other"
check "a baseline that is empty" refuses "other: the file is empty" --baseline "$work/other"
printf '{"schema":"hvbell-bench/1","results":[' >"$work/other"
check "a baseline that is cut off" refuses "other: cut off before its end" --baseline "$work/other"
check "a baseline that is a directory" refuses "$work: Is a directory" --baseline "$work"
echo '{"schema":"hvbell-bench/1","results":[]}' >"$work/other"
check "a baseline without results" refuses "other: no results in it" --baseline "$work/other"
check "a baseline that is none: what to do" refuses "hvbell bench --json >FILE" --baseline "$work/other"

bench() { "$BUILD/hvbell" bench --count 40 --card 'sim:?step=1&seed=1&jitter=9' "$@"; }
without_time() { grep -v '"time":' "$1"; }
same_again() {
	bench --json >"$work/one" && bench --json >"$work/two" || echo "it failed"
	without_time "$work/one" >"$work/a"
	without_time "$work/two" >"$work/b"
	cmp "$work/a" "$work/b"
}
check "the model's clock gives the same in every run" same_again
# rows PATH: what was measured of it, but for the card's registers, which are the same
rows() {
	awk -v path="$1" '
		/^      "name":/ { name = $0 }
		/^      "path":/ { mine = index($0, "\"" path "\"") }
		/^      "width":/ && mine && name !~ /bar_read/ { print name $0 }' "$work/one" | sort
}
beside() {
	rows card >"$work/a"
	rows 'card, owned' >"$work/b"
	[ -s "$work/a" ] || echo "nothing was measured"
	diff "$work/a" "$work/b"
}
check "owned delivery is measured as AtomicOps are" beside
# every signal of the warm-up was sent, and none of them is a sample
warm_up() {
	bench --json --warm-up 7 >"$work/warm" || echo "it failed"
	awk '
		function value(line) { sub(/^[^:]*:/, "", line); gsub(/[",]/, "", line); return line }
		/^      "name":/ { name = value($0) }
		/^      "sent":/ { sent = value($0) }
		/^      "samples":/ {
			more = sent - value($0)
			if (name ~ /^(bar_read|doorbell_|request_|completion_|ping_pong)/ && more != 7 || more < 0)
				print name ": " sent " sent, " value($0) " samples"
			found += more == 7
		}
		END { if (found < 10) print "only " found " with a warm-up" }' "$work/warm"
}
check "warm-up is sent and not counted" warm_up
# A waveform is of every cycle; without one, cycles in which nothing can move are not evaluated. That must not show.
every_cycle() {
	card='sim:?step=1&seed=1&jitter=9'
	"$BUILD/hvbell" bench --json --count 20 --card "$card" >"$work/skipped" || echo "it failed"
	"$BUILD/hvbell" bench --json --count 20 --card "$card&trace=$work/all.fst" >"$work/all" || echo "it failed"
	grep -v '"time":\|"url":' "$work/skipped" >"$work/a"
	grep -v '"time":\|"url":' "$work/all" >"$work/b"
	cmp "$work/a" "$work/b"
}
check "cycles that are not evaluated change nothing" every_cycle
link() {
	bench >"$work/out" || echo "exit status $?"
	grep -q '^over the link gen3x8, 45 cycles one way and up to 9 more; ' "$work/out" || head -n 4 "$work/out"
	grep -q '"link":"gen3x8"' "$work/one" || echo "not in JSON"
}
check "the link is named, though the URL leaves it open" link
# median NAME MODE LOOP WIDTH: of a result in $work/owned, in cycles
median() {
	awk -v name="$1" -v mode="$2" -v loop="$3" -v width="$4" '
		function value(line) { sub(/^[^:]*:/, "", line); gsub(/[",]/, "", line); return line }
		/^    \{/ { n = m = l = w = ""; got = 0 }
		/^      "name":/ { n = value($0) }
		/^      "mode":/ { m = value($0) }
		/^      "loop":/ { l = value($0) }
		/^      "width":/ { w = value($0) }
		/^          "value":/ && !got { got = 1; cycles = value($0) }
		/^    \}/ && got && n == name && m == mode && l == loop && w == width { print cycles; exit }
	' "$work/owned"
}
# to take an owned flag lets time pass: that is no part of the next signal's time, nor is it left out of a round trip's
owned() {
	"$BUILD/hvbell" bench --json --count 40 --rate 100000 --card 'sim:?step=1&deliver=owned' >"$work/owned" ||
		echo "exit status $?"
	for what in 'doorbell_to_flag:poll' 'doorbell_to_interrupt:poll eventfd'; do
		one=$(median "${what%:*}" "${what#*:}" 'one at a time' '')
		open=$(median "${what%:*}" "${what#*:}" open '')
		[ -n "$one" ] && [ "$one" = "$open" ] || echo "$what: one at a time $one, open loop $open"
	done
	awk '/"name":/ { rounds = /ping_pong/ } rounds && /"(min|max)":/' "$work/owned" | sed 's/.*://' |
		sort -u >"$work/rounds"
	[ "$(wc -l <"$work/rounds")" = 1 ] || { echo "not all round trips are the same:"; cat "$work/rounds"; }
}
check "owned flags: an idle card's open loop is as one at a time" owned
owned_fan_out() {
	one=$(median fan_out poll 'one at a time' 1)
	many=$(median fan_out poll 'one at a time' 256)
	[ -n "$one" ] && [ -n "$many" ] && [ "$many" -gt $((one + 128)) ] || echo "one VP $one, 256 VPs $many"
}
check "owned flags: to many VPs takes longer than to one" owned_fan_out
# a link so slow that the last of many takes longer than patience with one
slow_link() {
	"$BUILD/hvbell" bench --count 1 --warm-up 0 --card 'sim:?step=1&latency=2000&deliver=atomic' >"$work/out" ||
		echo "exit status $?"
	awk '/^fan_out/ && ($2 == 256) { found = 1; if ($5 != 256 || $(NF - 2) != 0) print }
		END { if (!found) print "no fan-out to 256" }' "$work/out"
}
check "what is slow is not lost" slow_link
no_wall() { ! grep '"clock":"wall"' "$work/one"; }
check "single-stepped, no wall's clock" no_wall
# every part of it on a card with a thread of its own, and software beside it; how long it takes does not matter
everything() {
	"$BUILD/hvbell" bench --json --count 20 --warm-up 2 --card 'sim:?latency=none' >"$work/out" ||
		echo "exit status $?"
	for want in '"clock":"card"' '"clock":"model"' '"clock":"wall"' '"mode":"eventfd"' '"mode":"epoll"' \
		'"mode":"io_uring"' '"path":"software: flag and eventfd"' \
		'"path":"software: list of 4096 connections"' '"path":"software: hash of 4096 connections"' \
		'"path":"KVM: guest, ioeventfd"' '"name":"many_to_one"' '"wall_valid_for_latency":false' \
		'"complete":true'; do
		grep -qF "$want" "$work/out" || echo "no $want"
	done
}
check "model, threads, software and KVM in one run" everything
# a card that is another process, as a board is measured
process() {
	"$BUILD/hvbell-sim" --socket "$work/card" 2>"$work/server" &
	server=$!
	while ! [ -S "$work/card" ] && kill -0 "$server" 2>/dev/null; do sleep 0.1; done
	"$BUILD/hvbell" bench --count 20 --warm-up 2 --card "vfio-user:$work/card" >"$work/out" || echo "exit status $?"
	"$BUILD/hvbell" bench --json --count 20 --warm-up 2 --card "vfio-user:$work/card" >"$work/process"
	"$BUILD/hvbell" bench --count 20 --warm-up 2 --card "vfio-user:$work/card" --baseline "$work/process" \
		>"$work/beside" || echo "exit status $? beside itself"
	kill "$server"
	grep -q ' 0 changed' "$work/beside" || tail -n 5 "$work/beside"
	grep -q 'the card in them is likely a simulation' "$work/out" || grep Software "$work/out"
	for mode in eventfd epoll poll; do
		[ "$(grep -c "^interrupt_to_signal  *$mode  *one  *[1-9]" "$work/out")" = 2 ] ||
			echo "reactions by $mode, not by AtomicOps and by owned flags"
	done
	grep -q '^The card is another process' "$work/out" || head -n 3 "$work/out"
	# sixteen threads send: their shares add up
	[ "$(awk '/^many_to_one .* wall / && $(NF - 5) == 80 { n++ } END { print n + 0 }' "$work/out")" = 2 ] ||
		grep '^many_to_one' "$work/out"
}
check "a card in another process, reactions by its clock" process
same_as_before() {
	bench --baseline "$work/one" >"$work/out" || echo "exit status $?"
	grep -q ' 0 changed' "$work/out" || tail -n 5 "$work/out"
}
check "beside itself nothing changed" same_as_before
slower() {
	"$BUILD/hvbell" bench --count 40 --card 'sim:?step=1&latency=gen2x1' --baseline "$work/one" >"$work/out"
	[ $? = 1 ] || echo "not exit status 1"
	grep -q '^slower  doorbell_to_interrupt' "$work/out" || tail "$work/out"
	grep -q '^not alike: card url: sim:?step=1&latency=gen2x1, before sim:?step=1&seed=1&jitter=9$' "$work/out" ||
		echo "it is not said that the cards differ"
}
check "over a slower link it is slower, and fails" slower
files() {
	bench --html "$work/page.html" --hgrm "$work/hgrm" >"$work/out" || echo "exit status $?"
	grep -q '</html>' "$work/page.html" || echo "no page"
	[ -s "$work/hgrm/doorbell_to_flag-card-poll-one-cycles.hgrm" ] || ls "$work/hgrm"
}
check "page and percentile files" files
# unwritable TEXT ARGUMENT...: exit status 1 before anything is measured
unwritable() {
	text=$1
	shift
	bench "$@" >"$work/out" 2>"$work/err"
	[ $? = 1 ] || echo "not exit status 1"
	grep -qF "$text" "$work/err" || cat "$work/err"
	[ ! -s "$work/out" ] || echo "it was measured all the same"
}
check "a page that cannot be written" unwritable "none/page.html: No such file" --html "$work/none/page.html"
check "a page that is a directory" unwritable "$work: Is a directory" --html "$work"
check "percentile files where nothing is" unwritable "none/hgrm: No such file" --hgrm "$work/none/hgrm"
check "percentile files in a file" unwritable "other: Not a directory" --hgrm "$work/other"
full() {
	bench --html /dev/full >"$work/out" 2>"$work/err"
	[ $? = 1 ] || echo "not exit status 1"
	grep -q '/dev/full: No space left' "$work/err" || cat "$work/err"
	[ -s "$work/out" ] || echo "the results are lost"
}
check "a page on a full disk, and the results are told" full
unlike() {
	sed 's/"name":"/&other_/' "$work/one" >"$work/other"
	bench --baseline "$work/other" >"$work/out" 2>"$work/err"
	[ $? = 1 ] || echo "not exit status 1"
	grep -q 'other: nothing in it could be compared' "$work/err" || cat "$work/err"
	[ -s "$work/out" ] || echo "the results are lost"
}
check "a baseline of nothing that was measured" unlike
# interrupted SIGNAL STATUS
interrupted() {
	timeout --preserve-status -s "$1" 5 "$BUILD/hvbell" bench --count 100000000 --card 'sim:?step=1' --json \
		--baseline "$work/one" >"$work/out" 2>&1
	status=$?
	[ "$status" = "$2" ] || echo "exit status $status"
	grep -q '"complete":false' "$work/out" || tail -n 3 "$work/out"
	grep -q '"name":"doorbell_to_flag"' "$work/out" || echo "what was measured is lost"
	! grep '"why":""' "$work/out"
	grep -q '"this run was interrupted, and what' "$work/out" || echo "compared as if it were whole"
}
check "interrupted, what was measured is told" interrupted INT 130
check "terminated, what was measured is told" interrupted TERM 143
plan
