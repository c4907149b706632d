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
# More signals in one step than the card keeps records of: what is lost is said, in JSON beside the stream.
many() {
	call='{"op":"hypercall","input":{"caller_partition":"0x10","mode":"x64","rcx":"0x1005d","rdx":"0x21",'
	call=$call'"r8":"0x0"}}'
	{
		printf '{"name":"many","setup":{"partitions":[{"id":"0x10","privileges":["SignalEvents"],'
		printf '"vps":[{"index":0}]},'
		printf '{"id":"0x20","vps":[{"index":0,"scontrol":1,"siefp":{"enable":1,"gpa":"0x100000"},'
		printf '"sints":{"2":{"vector":177,"masked":0}}}]}],"ports":[{"partition":"0x20","id":1,'
		printf '"target_sint":2,"target_vp":0,"flag_count":16}],"connections":[{"partition":"0x10","id":"0x21",'
		printf '"port_partition":"0x20","port_id":1}]},'
		printf '"steps":[{"op":"concurrent_hypercalls","calls":[%s' "$call"
		i=1
		while [ "$i" -lt 300 ]; do printf ',%s' "$call"; i=$((i + 1)); done
		printf ']}]}'
	} >"$work/many.json"
	"$BUILD/hvbell" trace --json --card 'sim:?latency=none' "$work/many.json" >"$work/out" 2>"$work/err" ||
		echo "exit status $?"
	! grep -v '^{.*}$' "$work/out"
	grep -q '^hvbell trace: [1-9][0-9]* signals came faster than they could be read$' "$work/err" ||
		echo "not said: $(cat "$work/err")"
}
check "trace: what is lost is said" many
load() {
	"$BUILD/hvbell" trace --seconds 1 --card 'sim:?latency=none' >"$work/out" || echo "exit status $?"
	grep -q ' message$' "$work/out" || echo "no signal"
}
check "trace: of a load" load
top() {
	"$BUILD/hvbell" top --seconds 2 --card 'sim:?latency=none' >"$work/out" || echo "exit status $?"
	[ "$(grep -c '^partition 0x10 ' "$work/out")" -ge 2 ] || cat "$work/out"
	awk '/VP 1/ { got = $3 } END { if (got + 0 == 0) print "no interrupts counted" }' "$work/out"
	# the last one stays on the screen
	awk '/^partition 0x10/ { rate = $4 } END { if (rate + 0 == 0) print "nothing a second" }' "$work/out"
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
	grep -q 'waveform file failed: .*none/a.fst: No such file' "$work/out" || cat "$work/out"
	! grep power "$work/out"
}
check "wave: a file that cannot be written" unwritable
# leaves_nothing FILE: a scenario that is none, and no waveform or view of it
leaves_nothing() {
	"$BUILD/hvbell" wave -o "$work/left.fst" "$scenarios/flag.json" "$1" >"$work/out" 2>"$work/err"
	[ $? = 2 ] || echo "not exit status 2"
	grep -qF "$1" "$work/err" || cat "$work/err"
	ls "$work"/left.* 2>/dev/null
	[ $? = 2 ]
}
check "wave: a scenario that is not there leaves no files" leaves_nothing "$work/nothing.json"
check "wave: a file that is no scenario leaves no files" leaves_nothing Makefile
plan
