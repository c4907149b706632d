# SPDX-License-Identifier: MIT
# Made-up machines for the tests of what looks at a real one: /sys, /dev, /run, /etc and two files of /proc are
# replaced, in a mount namespace of the test's own, so that nothing of the real machine is seen or changed. Read in with
# a dot after tap.sh; the test runs again in the namespace, as "inside ROOT NAMESPACE-OUTSIDE".
# shellcheck shell=sh
if [ "${1:-}" != inside ]; then
	# in a chroot, whose root is no mount, only where what is mounted inside is seen by nobody else
	chroot=-m
	grep -q ' shared:' /proc/self/mountinfo || chroot='-m --propagation unchanged'
	for how in '-m' '-rm' "$chroot"; do
		# shellcheck disable=SC2086 # options
		unshare $how true 2>/dev/null || continue
		root=$(mktemp -d)
		# shellcheck disable=SC2086
		unshare $how "$0" inside "$root" "$(readlink /proc/self/ns/mnt)"
		status=$?
		rm -rf "$root"
		exit "$status"
	done
	skip "made-up machines" "no mount namespace can be made here (unshare)"
	plan
	exit
fi

# ---- the made-up machine --------------------------------------------------------------------------------------------
root=$2
# the real machine must never be mistaken for the made-up one
case ${3:-} in
mnt:*) [ "$3" != "$(readlink /proc/self/ns/mnt)" ] || exit 1 ;;
*) exit 1 ;;
esac
hvbell=$BUILD/hvbell
card=0000:03:00.0
mkdir "$root/sys" "$root/dev" "$root/run" "$root/etc"
cp -a /etc/ld.so.cache /etc/alternatives "$root/etc/" 2>/dev/null
poke() { # OFFSET BYTES FILE
	# shellcheck disable=SC2059 # the bytes are an escape
	printf "$2" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none
}
# Configuration spaces: of a card, and of a root port that completes 64-bit AtomicOps.
head -c 256 /dev/zero | tee "$root/zeros" "$root/port" >"$root/card"
poke 0 '\064\022\135\135' "$root/card"
poke 52 '\100' "$root/port"             # first capability: at 0x40
poke 64 '\020\000\102\000' "$root/port" # PCI Express, root port
poke 101 '\001' "$root/port"            # 64-bit AtomicOps completed

enter() {
	mount -t tmpfs -o mode=755 none "$root/dev" && : >"$root/dev/null" && mount --bind /dev/null "$root/dev/null" &&
		mount --rbind "$root/dev" /dev && mount --bind "$root/run" /run && mount --bind "$root/etc" /etc &&
		: >"$root/cmdline" && mount --bind "$root/cmdline" /proc/cmdline &&
		: >"$root/interrupts" && mount --bind "$root/interrupts" /proc/interrupts &&
		mount --bind "$root/sys" /sys && : >/sys/made-up && [ -e "$root/sys/made-up" ]
}
if ! enter 2>/dev/null; then
	skip "made-up machines" "/sys cannot be replaced here (mount)"
	plan
	exit
fi

put() { # TEXT FILE: below /sys
	mkdir -p "/sys/${2%/*}"
	echo "$1" >"/sys/$2"
}
# slot PARENT BDF VENDOR DEVICE CLASS [CONFIG]: a function; link BDF GROUP DRIVER: where it belongs ("-": nowhere)
slot() {
	slot=/sys/devices/pci0000:00/$1$2
	mkdir -p "$slot/power"
	echo "0x$3" >"$slot/vendor"
	echo "0x$4" >"$slot/device"
	echo "0x$5" >"$slot/class"
	for name in revision subsystem_vendor subsystem_device irq; do echo 0x00 >"$slot/$name"; done
	echo '(null)' >"$slot/driver_override"
	echo 1 >"$slot/numa_node"
	echo D0 >"$slot/power_state"
	[ -z "${6:-}" ] || cp "$root/$6" "$slot/config"
	ln -s "../../..${slot#/sys}" "/sys/bus/pci/devices/$2"
}
driver() {
	mkdir -p "/sys/bus/pci/drivers/$1"
	: >"/sys/bus/pci/drivers/$1/unbind"
}
link() {
	if [ "$2" != - ]; then
		mkdir -p "/sys/kernel/iommu_groups/$2/devices"
		ln -s "/sys/bus/pci/devices/$1" "/sys/kernel/iommu_groups/$2/devices/$1"
		ln -s "/sys/kernel/iommu_groups/$2" "/sys/bus/pci/devices/$1/iommu_group"
		echo '0x00000000fee00000 0x00000000feefffff msi' >"/sys/kernel/iommu_groups/$2/reserved_regions"
	fi
	[ "$3" = - ] || driver "$3"
	[ "$3" = - ] || ln -s "../drivers/$3" "/sys/bus/pci/devices/$1/driver"
}
speed() { # BDF, its file names' beginning, GT/s, lanes
	echo "$3 GT/s PCIe" >"/sys/bus/pci/devices/$1/${2}_link_speed"
	echo "$4" >"/sys/bus/pci/devices/$1/${2}_link_width"
}
# machine GROUP DRIVER: one with a card behind a root port that completes AtomicOps, all well but for what is said
machine() {
	empty
	slot '' 0000:00:01.0 8086 1901 060400 port
	link 0000:00:01.0 "$1" pcieport
	slot 0000:00:01.0/ $card 1234 5d5d 088000 card
	link $card "$1" "$2"
	for function in 0000:00:01.0 $card; do
		speed "$function" max 8.0 4
		speed "$function" current 8.0 4
	done
	driver vfio-pci
	mkdir -p /dev/vfio
	: >/dev/vfio/vfio
	: >"/dev/vfio/$1"
}
empty() {
	rm -rf /sys/* /run/* /etc/driverctl.d /dev/vfio /dev/iommu
	mkdir -p /sys/bus/pci/devices /sys/bus/pci/drivers /sys/kernel/iommu_groups
	: >/sys/bus/pci/drivers_probe
	put '[none] integrity confidentiality' kernel/security/lockdown
	echo 'quiet' >/proc/cmdline
	echo ' 24:  0  IR-PCI-MSIX-0000:00:01.0  0-edge  x' >/proc/interrupts
}
cdev() {
	mkdir -p "/sys/bus/pci/devices/$card/vfio-dev/vfio0" /dev/vfio/devices
	echo 511:0 >"/sys/bus/pci/devices/$card/vfio-dev/vfio0/dev"
	: >/dev/vfio/devices/vfio0
	: >/dev/iommu
}
# says STATUS COMMAND TEXT...: the command ends so, and prints each text
says() {
	says_status=$1 says_command=$2
	shift 2
	# shellcheck disable=SC2086 # words
	says_out=$($unable "$hvbell" $says_command 2>&1)
	says_got=$?
	[ "$says_got" = "$says_status" ] || echo "status $says_got, not $says_status"
	for text; do
		case $says_out in
		*"$text"*) ;;
		*) echo "not said: $text" ;;
		esac
	done >"$root/missing"
	if [ "$says_got" != "$says_status" ] || [ -s "$root/missing" ]; then
		cat "$root/missing"
		echo "$says_out"
	fi
}
unable=
# The superuser without the rights that make files and limits no matter.
powerless='setpriv --bounding-set -dac_override,-dac_read_search,-ipc_lock --inh-caps -all'
# while_held NODE COMMAND...: with a process that holds a node
while_held() {
	held=$1
	shift
	sleep 10 <>"$held" &
	holder=$!
	until [ "$(readlink "/proc/$holder/fd/0")" = "$held" ]; do sleep 0.01; done
	"$@"
	kill "$holder"
	wait "$holder" 2>/dev/null || true
}
