#!/bin/sh
# SPDX-License-Identifier: MIT
# hvbell trace, top and wave. Run by tests/run.
set -u
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scenarios=tests/scenarios/basic

# refuses TEXT ARGUMENT...: exit status 2 and a message that names the reason
refuses() {
	text=$1
	shift
	"$BUILD/hvbell" "$@" >"$work/out" 2>"$work/err"
	[ $? = 2 ] || echo "not exit status 2"
	grep -qF -- "$text" "$work/err" || cat "$work/err"
}
check "trace: a partition that is no number" refuses "--partition is a number" trace --partition x
check "trace: a connection wider than 24 bits" refuses "--connection is a number up to 0xffffff" \
	trace --connection 0x1000000
check "trace: a file that is not there" refuses "nothing.json" trace "$work/nothing.json"
check "trace: a file that is no scenario" refuses "Makefile" trace Makefile
check "top: an argument too much" refuses "x is too much" top x
check "wave: without a scenario" refuses "which scenario" wave -o "$work/a.fst"
check "wave: without a file" refuses "-o FILE.fst" wave "$scenarios/flag.json"
check "wave: a file of another kind" refuses "-o FILE.fst" wave -o "$work/a.vcd" "$scenarios/flag.json"
check "wave: a card without pins to see" refuses "only a simulated card" \
	wave --card vfio:0000:01:00.0 -o "$work/a.fst" x

# stages N ARGUMENT...: N signals, each with the idle card's own stages
stages() {
	want=$1
	shift
	"$BUILD/hvbell" trace "$@" >"$work/out" || echo "exit status $?"
	awk -v want="$want" '$1 + 0 > 1000 { n++; if ($7 != 5 || $9 != 2 || $11 != "message") print }
		END { if (n != want) print n + 0 " signals" }' "$work/out"
}
check "trace: the signals of scenarios, stage by stage" stages 5 "$scenarios/flag.json" "$scenarios/any_vp.json"
check "trace: of one VP" stages 1 --vp 1 "$scenarios/flag.json" "$scenarios/any_vp.json"
check "trace: of one connection" stages 5 --connection 0x21 "$scenarios/flag.json" "$scenarios/any_vp.json"
check "trace: of another connection" stages 0 --connection 0x22 "$scenarios/flag.json" "$scenarios/any_vp.json"
check "trace: of a receiving partition" stages 3 --partition 0x20 "$scenarios/flag.json"
check "trace: of a partition that has no part in it" stages 0 --partition 0x30 "$scenarios/flag.json"
json() {
	"$BUILD/hvbell" trace --json "$scenarios/flag.json" >"$work/out" || echo "exit status $?"
	n=$(grep -c '"sender":"0x10","receiver":"0x20","connection":"0x21","vp":0,"sint":2,"request":5' "$work/out")
	[ "$n" = 3 ] || echo "$n signals"
	! grep -v '^{.*}$' "$work/out"
}
check "trace: as JSON" json
load() {
	"$BUILD/hvbell" trace --seconds 1 --card 'sim:?latency=none' >"$work/out" || echo "exit status $?"
	grep -q ' message$' "$work/out" || echo "no signal"
}
check "trace: of a load" load
top() {
	"$BUILD/hvbell" top --seconds 1 --card 'sim:?latency=none' >"$work/out" || echo "exit status $?"
	[ "$(grep -c '^partition 0x10 ' "$work/out")" -ge 2 ] || cat "$work/out"
	awk '/VP 1/ { got = $3 } END { if (got + 0 == 0) print "no interrupts counted" }' "$work/out"
}
check "top: counters of partitions and VPs" top
interrupted() {
	timeout --preserve-status -s INT 2 "$BUILD/hvbell" top --card 'sim:?latency=none' >"$work/out" ||
		echo "exit status $?"
	grep -q '^partition 0x20 ' "$work/out" || cat "$work/out"
}
check "top: until Ctrl-C" interrupted

wave() {
	"$BUILD/hvbell" wave -o "$work/run.fst" "$scenarios/flag.json" >"$work/out" || echo "exit status $?"
	[ -s "$work/run.fst" ] || echo "no waveform"
	grep -qF "[dumpfile] \"$work/run.fst\"" "$work/run.gtkw" || cat "$work/run.gtkw"
}
check "wave: waveform and view" wave
# what the view names must be in the waveform, or GTKWave shows nothing
named() {
	fst2vcd "$work/run.fst" 2>&1 | awk '$1 == "$var" { print "TOP." $5 ($6 == "$end" ? "" : $6) }
		/^\$enddefinitions/ { exit }' | sort >"$work/there"
	grep '^TOP\.' "$work/run.gtkw" | sort >"$work/view"
	[ -s "$work/view" ] || echo "an empty view"
	comm -23 "$work/view" "$work/there"
}
if command -v fst2vcd >/dev/null; then
	check "wave: every signal of the view is in the waveform" named
else
	skip "wave: every signal of the view is in the waveform" "no fst2vcd (gtkwave)"
fi
unwritable() {
	"$BUILD/hvbell" wave -o "$work/none/a.fst" "$scenarios/flag.json" >"$work/out" 2>&1
	[ $? = 1 ] || cat "$work/out"
}
check "wave: a file that cannot be written" unwritable
plan
