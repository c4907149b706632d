#!/bin/sh
# SPDX-License-Identifier: MIT
# bench_links.sh HVBELL: the tables of docs/benchmark.md, from the model's clock over three links. Exact: the same on
# every machine.
set -eu
hvbell=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
links="gen3x8 gen2x4 gen2x1"
for link in $links; do
	"$hvbell" bench --card "sim:?step=1&seed=1&latency=$link" --json >"$work/$link"
done

# what NAME MODE WIDTH LOOP LINK: median in cycles, and in nanoseconds, of the path that is asked for
path=card
what() {
	awk -v path="$path" -v name="$1" -v mode="$2" -v width="$3" -v loop="$4" '
		function value(line) { sub(/^[^:]*:/, "", line); gsub(/[",]/, "", line); return line }
		/^    \{/ { n = m = w = l = ""; got = 0 }
		/^      "name":/ { n = value($0) }
		/^      "path":/ { p = value($0) }
		/^      "mode":/ { m = value($0) }
		/^      "width":/ { w = value($0) }
		/^      "loop":/ { l = value($0) }
		/^      "max":/ { most = value($0) }
		/^      "p50_ns":/ { ns = value($0) }
		/^          "value":/ && !got { cycles = value($0); got = 1 }
		/^    \}/ && p == path && n == name && m == mode && w == width && l == loop && got {
			printf(name ~ /^with_/ ? "%s to %s" : "%s, %.0f ns", cycles, name ~ /^with_/ ? most : ns)
			exit
		}' "$work/$5"
}
row() { # TEXT NAME MODE WIDTH LOOP
	printf '| %s |' "$1"
	for link in $links; do
		printf ' %s |' "$(what "$2" "$3" "$4" "$5" "$link")"
	done
	echo
}
# rate NAME MEMBER LINK: a flood's figure, of the path that is asked for
rate() {
	awk -v path="$path" -v name="$1" -v member="$2" '
		function value(line) { sub(/^[^:]*:/, "", line); gsub(/[",]/, "", line); return line }
		/^      "name":/ { n = value($0) }
		/^      "path":/ { p = value($0) }
		/^      "(atomic_ops|flag_writes)":/ { count[$0 ~ /flag/ ? "writes" : "atomics"] = value($0) }
		/^      "elapsed":/ { elapsed = value($0) }
		/^      "signals_per_second":/ && p == path && n == name {
			printf("%.1f", member == "signals" ? value($0) / 1e6 : count[member] / elapsed * 125)
			exit
		}' "$work/$3"
}
rates() { # TEXT NAME MEMBER
	printf '| %s |' "$1"
	for link in $links; do
		printf ' %s |' "$(rate "$2" "$3" "$link")"
	done
	echo
}

echo '| median, cycles of 125 MHz | Gen3 x8 | Gen2 x4 | Gen2 x1 |'
echo '|---|---|---|---|'
row 'read of a register' bar_read '' '' 'one at a time'
row 'doorbell to flag visible' doorbell_to_flag poll '' 'one at a time'
row 'doorbell to interrupt' doorbell_to_interrupt 'poll eventfd' '' 'one at a time'
row 'the same, open loop' doorbell_to_interrupt 'poll eventfd' '' open
row 'of it on the card: doorbell to request' doorbell_to_request '' '' 'one at a time'
row 'of it on the card: completion to message' completion_to_message '' '' 'one at a time'
row 'interrupt to next signal, without the host' interrupt_to_signal 'poll eventfd' '' 'one at a time'
row 'ping-pong of two partitions' ping_pong 'poll eventfd' '' 'one at a time'
row 'fan-out to 16 VPs' fan_out poll 16 'one at a time'
row 'fan-out to 256 VPs' fan_out poll 256 'one at a time'
echo
echo '| owned delivery | Gen3 x8 | Gen2 x4 | Gen2 x1 |'
echo '|---|---|---|---|'
path='card owned'
row 'doorbell to flag visible' doorbell_to_flag poll '' 'one at a time'
row 'doorbell to interrupt' doorbell_to_interrupt 'poll eventfd' '' 'one at a time'
row 'the same, open loop' doorbell_to_interrupt 'poll eventfd' '' open
row 'of it on the card: doorbell to flag write' doorbell_to_request '' '' 'one at a time'
row 'of it on the card: flag write to message' completion_to_message '' '' 'one at a time'
row 'interrupt to next signal, the flag taken first' interrupt_to_signal 'poll eventfd' '' 'one at a time'
row 'ping-pong of two partitions' ping_pong 'poll eventfd' '' 'one at a time'
row 'fan-out to 16 VPs' fan_out poll 16 'one at a time'
row 'fan-out to 256 VPs' fan_out poll 256 'one at a time'
path=card
echo
echo '| flood, millions a second | Gen3 x8 | Gen2 x4 | Gen2 x1 |'
echo '|---|---|---|---|'
rates 'signals to sixteen words of one VP' throughput signals
rates 'AtomicOps for them' throughput atomics
rates 'signals of one flag' coalescing signals
rates 'AtomicOps for them' coalescing atomics
rates 'signals of sixteen partitions to one VP' many_to_one signals
path='card owned'
rates 'owned, taken by who sends: sixteen words of one VP' throughput signals
rates 'flag writes for them' throughput writes
rates 'owned, taken by who sends: one flag' coalescing signals
rates 'flag writes for them' coalescing writes
rates 'owned, taken by who sends: sixteen partitions' many_to_one signals
path=card
echo
echo '| connections | doorbell to request, cycles | VPs | doorbell to request, cycles |'
echo '|---|---|---|---|'
set -- 1 4 16 64 256
for connections in 1 8 64 512 4096; do
	echo "| $connections | $(what with_connections '' "$connections" 'one at a time' gen3x8) | $1 |" \
		"$(what with_vps '' "$1" 'one at a time' gen3x8) |"
	shift
done
