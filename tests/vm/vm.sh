#!/bin/sh
# SPDX-License-Identifier: MIT
# The card in a Linux guest: stock QEMU's vfio-user-pci device on one side of a socket, hvbell-sim on the other, and in
# the guest hvbell over the kernel's VFIO. VM_KERNEL=kernel (Debian's, VFIO by group) or cdev-kernel (one with iommufd,
# by cdev and by group). VM_WHAT=vfio (default), kvm or bench: what the guest does with the card (init). What the guest
# is made of is fetched the first time; where it cannot be, the test is skipped. Consoles are kept in $BUILD/test-logs.
# Run by tests/run.
set -u
BUILD=${BUILD:-build}
VM_KERNEL=${VM_KERNEL:-kernel}
VM_WHAT=${VM_WHAT:-vfio}
logs=$BUILD/test-logs
console=$logs/vm-$VM_WHAT-$VM_KERNEL-console.log
server_log=$logs/vm-$VM_WHAT-$VM_KERNEL-server.log
alive=$logs/vm-$VM_WHAT-$VM_KERNEL-alive.log

dir=$(mktemp -d)
socket=$dir/card.sock
server=
guest=
# shellcheck disable=SC2317,SC2329 # called by the trap
finish() {
	# shellcheck disable=SC2086 # none, one or two
	kill $guest $server 2>/dev/null
	wait
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "not ok - $1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/  /'
	exit "${again:-1}"
}

# get PROGRAM: sets got to what it prints
get() {
	got=$("tests/vm/$1" 2>"$dir/why")
	status=$?
	cat "$dir/why" >&2
	if [ "$status" = 77 ]; then
		echo "ok - vm # SKIP $(tail -n 1 "$dir/why" | sed 's/^vm: //')"
		exit 0
	fi
	[ "$status" = 0 ] || fail "tests/vm/$1" "ended with status $status; it said last:" "$(tail -n 5 "$dir/why")"
}

# a server listens when the kernel says so: its file is there before
listening() { grep -q " 00010000 .* $socket\$" /proc/net/unix; }
start_server() {
	timeout -k 5 $((limit + 60)) "$BUILD/hvbell-sim" --socket "$socket" --log info >"$server_log" 2>&1 &
	server=$!
	tries=0
	until listening; do
		tries=$((tries + 1))
		if [ "$tries" = 100 ] || ! kill -0 "$server" 2>/dev/null; then
			fail "hvbell-sim listens" "$(tail -n 5 "$server_log")"
		fi
		sleep 0.1
	done
}

# Two processors, because one has not 256 interrupt vectors to give, and because TCG makes atomic operations plain ones
# where there is but one. A slow card is waited for: after a time-out QEMU takes the late answer for the next one's.
start_guest() {
	mkfifo "$dir/in" "$dir/out"
	timeout -k 5 "$limit" "$qemu" -accel tcg -machine q35 -cpu max,+svm -smp 2 -m 512M \
		-object memory-backend-memfd,id=memory,size=512M,share=on -machine memory-backend=memory \
		-nodefaults -no-user-config -display none -serial stdio -serial "file:$alive" \
		-kernel "$kernel/vmlinuz" -initrd "$dir/initrd" \
		-append "console=ttyS0 quiet loglevel=1 panic=-1 intel_iommu=on ways=$ways job=$VM_WHAT" \
		-device intel-iommu,intremap=on,caching-mode=on -device "{\"driver\":\"vfio-user-pci\",\"addr\":\"3\",
		\"socket\":{\"type\":\"unix\",\"path\":\"$socket\"},\"x-msg-timeout\":60000}" \
		<"$dir/in" >"$dir/out" 2>"$dir/errors" &
	guest=$!
	exec 4>"$dir/in" 3<"$dir/out"
}

# Passes on what the guest reports, and tells it its turn. A third one, or one before the last was done, is a crash.
follow() {
	turn=0
	done=0
	crashed=0
	astray=0
	seen="nothing"
	return_key=$(printf '\r')
	while IFS= read -r line <&3; do
		line=${line%"$return_key"}
		printf '%s\n' "$line"
		case $line in
		"TURN?")
			if [ "$turn" != "$done" ] || [ "$turn" = "$turns" ]; then
				seen="$seen; then it started again"
				crashed=1
				kill "$guest"
				return
			fi
			turn=$((turn + 1))
			echo "$turn" >&4
			;;
		DONE) done=$((done + 1)) ;;
		"# astray: "*)
			astray=1
			kill "$guest"
			;;
		"TAP "*) printf '%s\n' "${line#TAP }" >&5 ;;
		esac
		[ -z "$line" ] || seen=$line
	done
}

# seconds since init's last beat, each of which is a write
silence() { echo $(($(date +%s) - $(stat -c %Y "$alive"))); }

# The guest has ended: a card that is not what it waited for has seen that.
card_answers() {
	sleep 2
	tail -n 1 "$server_log" | grep -q "the client is gone"
}

mkdir -p "$logs"
get qemu
qemu=$got
get "$VM_KERNEL"
kernel=$got
ways=any
limit=300 # seconds for the guest, both of its turns
too_silent=60 # seconds without a beat of the guest's, of which there is one in 5
if [ "$VM_KERNEL" != kernel ]; then
	ways=cdev,group
	limit=500
fi
turns=2 # it reboots between them
programs="$BUILD/tests/vm/endure $BUILD/tests/unit/test_dxgk_* $BUILD/tests/unit/test_miracast
	$BUILD/tests/unit/test_miracast_context $BUILD/tests/unit/test_miracast_peer"
if [ "$VM_WHAT" != vfio ]; then
	turns=1
	programs="$BUILD/examples/vmm $BUILD/tests/vm/calls"
fi
# shellcheck disable=SC2086 # several
tests/vm/initramfs "$kernel" "$dir/initrd" "$BUILD/hvbell" $programs || fail "tests/vm/initramfs"
start_server
start_guest
exec 5>&1
follow >"$console"
wait "$guest"
status=$?
guest=
dead=0
if [ "$status" = 124 ] && [ "$(silence)" -ge "$too_silent" ] && card_answers; then
	dead=1
fi
# QEMU's emulation of a virtual machine in a virtual machine does one of these now and then (README.md): the machine
# resets itself without a word of its kernel's; a virtual machine's instruction pointer comes back as one of the
# kernel's that runs it; no interrupt ends its turn on the processor
[ "$crashed$astray$dead" = 000 ] || [ "$VM_WHAT" = vfio ] || again=75
if [ "$astray" = 1 ]; then
	fail "virtual machines in their own code, that interrupts end" "$(grep '^# astray: ' "$console")"
elif [ "$status" = 124 ]; then
	fail "a guest done in $limit s" "turn $turn; it said last: $seen" \
		"its kernel's last beat was $(silence) s ago; hvbell-sim said last:" "$(tail -n 5 "$server_log")"
elif [ "$done" != "$turns" ] || [ "$crashed" = 1 ] || [ "$status" != 0 ]; then
	fail "a guest done in $turns turns" "$done done; QEMU ended with status $status; the guest said last: $seen" \
		"$(head -n 5 "$dir/errors")" "$(tail -n 5 "$server_log")"
fi
echo "ok - a guest that powered off in turn $turns"
if kill -0 "$server" 2>/dev/null; then
	echo "ok - hvbell-sim outlived its guest"
else
	fail "hvbell-sim outlived its guest" "$(tail -n 5 "$server_log")"
fi
