#!/bin/sh
# SPDX-License-Identifier: MIT
# hvbell bind, unbind and restore on machines that are made up. Run by tests/run.
set -u
. tests/tap.sh
. tests/machine.sh

# The kernel's part in binding: what is written to its files comes true, and is noted.
kernel() {
	while [ ! -e "$root/stop" ]; do
		probe=$(cat /sys/bus/pci/drivers_probe)
		for file in /sys/bus/pci/drivers/*/unbind; do
			[ -s "$file" ] || continue
			rm -f "/sys/bus/pci/devices/$(cat "$file")/driver"
			echo "$file" >>"$root/told"
			: >"$file"
		done
		if [ "$probe" ]; then
			override=$(cat "/sys/bus/pci/devices/$probe/driver_override")
			ln -s "../drivers/$override" "/sys/bus/pci/devices/$probe/driver"
			echo "probe $override" >>"$root/told"
			: >/sys/bus/pci/drivers_probe
		fi
		sleep 0.01
	done
}
with_kernel() {
	rm -f "$root/stop" "$root/told"
	kernel &
	"$@"
	: >"$root/stop"
	wait
}

# same FILE TEXT: what the file has
same() { [ "$(cat "$1" 2>&1)" = "$2" ] || { echo "$1 has:" && cat "$1"; }; }
gone() { [ ! -e "$1" ] || echo "$1 is there"; }
bound() { # BDF DRIVER ("": none) [OVERRIDE]
	[ "$(basename "$(readlink "/sys/bus/pci/devices/$1/driver")")" = "$2" ] || ls -l "/sys/bus/pci/devices/$1/"
	same "/sys/bus/pci/devices/$1/driver_override" "${3:-}"
}

bind() {
	machine 12 e1000e
	with_kernel says 0 'bind 3:00.0' "$card is bound to vfio-pci, was to e1000e"
	bound $card vfio-pci vfio-pci
	same /run/hvbell/$card e1000e
	same "$root/told" '/sys/bus/pci/drivers/e1000e/unbind
probe vfio-pci'
	says 0 "bind $card" "$card is bound to vfio-pci, as before"
	same /run/hvbell/$card e1000e
	with_kernel says 0 "restore $card" "$card is bound to e1000e again"
	bound $card e1000e
	gone /run/hvbell/$card
	same "$root/told" '/sys/bus/pci/drivers/vfio-pci/unbind
probe e1000e'
}
check "bind and restore" bind
unbind() {
	machine 12 e1000e
	with_kernel says 0 "unbind $card" "$card is bound to no driver, was to e1000e"
	bound $card ''
	with_kernel says 0 "bind $card" 'is bound to vfio-pci, was to none'
	with_kernel says 0 "unbind $card" 'was to vfio-pci'
	bound $card ''
	same /run/hvbell/$card e1000e
	with_kernel says 0 "restore $card" "is bound to e1000e again"
	bound $card e1000e
}
check "unbind keeps in mind what bind knew" unbind
from_none() {
	machine 12 -
	with_kernel says 0 "bind $card" 'is bound to vfio-pci, was to none'
	with_kernel says 0 "restore $card" "$card is bound to no driver again"
	bound $card ''
	same "$root/told" '/sys/bus/pci/drivers/vfio-pci/unbind'
}
check "bind and restore a card without a driver" from_none
persist() {
	machine 12 e1000e
	with_kernel says 0 "bind --persist $card" 'is bound to vfio-pci, was to e1000e; driverctl'
	same /etc/driverctl.d/pci-$card vfio-pci
	with_kernel says 0 "restore $card" 'again'
	gone /etc/driverctl.d/pci-$card
	with_kernel says 0 "bind $card" 'vfio-pci'
	says 0 "bind $card --persist" 'as before; driverctl'
	same /etc/driverctl.d/pci-$card vfio-pci
	echo other >/etc/driverctl.d/pci-$card
	with_kernel says 0 "unbind $card" 'no driver'
	same /etc/driverctl.d/pci-$card other
}
check "--persist" persist
everything() {
	find /sys /run /etc/driverctl.d 2>/dev/null | sort
	find /sys /run /etc/driverctl.d \( -type f -o -type l \) -exec sh -c 'readlink "$1" || cat "$1"' - {} \; \
		2>/dev/null
}
# sh does not wait for the kernel as hvbell does
run_it() {
	sh
	for _ in $(seq 300); do
		! grep -q probe "$root/told" 2>/dev/null || break
		sleep 0.01
	done
}
dry_run() {
	machine 12 e1000e
	before=$(everything)
	said=$("$hvbell" bind --dry-run --persist $card)
	[ "$said" = "mkdir -p /run/hvbell
echo e1000e >/run/hvbell/$card
echo vfio-pci >/sys/bus/pci/devices/$card/driver_override
echo $card >/sys/bus/pci/drivers/e1000e/unbind
echo $card >/sys/bus/pci/drivers_probe
mkdir -p /etc/driverctl.d
echo vfio-pci >/etc/driverctl.d/pci-$card" ] || echo "$said"
	[ "$before" = "$(everything)" ] || echo "something changed"
	echo "$said" | with_kernel run_it
	bound $card vfio-pci vfio-pci
	says 0 'restore --dry-run 3:00.0' "echo e1000e >/sys/bus/pci/devices/$card/driver_override" \
		"echo >/sys/bus/pci/devices/$card/driver_override" "rm -f /etc/driverctl.d/pci-$card" \
		"rm -f /run/hvbell/$card"
	says 0 'unbind --dry-run 3:00.0' "echo >/sys/bus/pci/devices/$card/driver_override"
}
check "--dry-run prints what is done, and does nothing" dry_run
unwilling() {
	machine 12 e1000e
	says 1 "bind $card" "is bound to e1000e, not to vfio-pci, although the kernel took every command" dmesg
	rm -r /sys/bus/pci/drivers/vfio-pci
	says 1 "bind $card" '/sys/bus/pci/drivers/vfio-pci: there is no such driver' 'modprobe vfio-pci'
}
check "bind: the kernel does not do it" unwilling
refused() {
	machine 12 e1000e
	says 1 'bind 9:00.0' '/sys/bus/pci/devices/0000:09:00.0: there is no such function (ENODEV)'
	says 1 'unbind 00:01.0' '0000:00:01.0 is a bridge'
	says 1 "restore $card" "/run/hvbell/$card: no driver of before is remembered"
	mkdir /run/hvbell
	echo ../../x >/run/hvbell/$card
	says 1 "restore $card" 'no driver of before is remembered'
	echo gone >/run/hvbell/$card
	says 1 "restore $card" 'modprobe gone'
	says 2 bind 'is no address'
	says 2 'bind --force 3:00.0' '--force is not understood'
	says 2 'unbind --persist 3:00.0' '--persist is not understood'
	rm /sys/bus/pci/devices/$card/driver_override
	says 1 "bind $card" "/sys/bus/pci/devices/$card/driver_override: No such file or directory (ENOENT)"
	gone /sys/bus/pci/devices/$card/driver_override
}
check "bind, unbind, restore: what is refused" refused
held() {
	machine 12 vfio-pci
	while_held /dev/vfio/12 says 1 "unbind $card" "$card: in use by process" '(EBUSY)'
	bound $card vfio-pci '(null)'
	cdev
	while_held /dev/vfio/devices/vfio0 says 1 "restore $card" 'in use by process'
}
check "bind, unbind, restore: in use" held
no_rights() {
	machine 12 e1000e
	chmod 555 /run
	unable=$powerless
	says 1 "bind $card" '/run/hvbell: Permission denied (EACCES)' 'run it as root'
	chmod 755 /run
	chmod 444 /sys/bus/pci/devices/$card/driver_override
	says 1 "bind $card" "/sys/bus/pci/devices/$card/driver_override: Permission denied (EACCES)"
	unable=
}
if $powerless true 2>/dev/null; then
	check "bind: no rights" no_rights
else
	skip "bind: no rights" "no setpriv"
fi
plan
