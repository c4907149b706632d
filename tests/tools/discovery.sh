#!/bin/sh
# SPDX-License-Identifier: MIT
# hvbell list and doctor on machines that are made up. Run by tests/run.
set -u
. tests/tap.sh
. tests/machine.sh

# ---- list -----------------------------------------------------------------------------------------------------------
no_card() {
	empty
	slot '' 0000:00:02.0 8086 1533 020000
	says 0 list 'no card (1234:5d5d) in this machine' 'sim: needs none'
	says 0 'list --json' '{"version":1,"cards":[]}'
}
check "list: no card" no_card
no_pci() { empty && rm -rf /sys/bus && says 0 list 'no card (1234:5d5d)'; }
check "list: no PCI" no_pci
on_host_driver() {
	machine 12 e1000e
	says 0 list "$card  1234:5d5d  hvbell event card" 'driver  e1000e' 'node    group 12' 'numa    1' \
		'link    8.0 GT/s PCIe x4' 'usable  no: bound to e1000e, not to vfio-pci'
	says 0 'list --json' "{\"version\":1,\"cards\":[{\"bdf\":\"$card\",\"vendor\":\"0x1234\",\"device\":\"0x5d5d\"\
,\"name\":\"hvbell event card\",\"driver\":\"e1000e\",\"group\":12,\"cdev\":null,\"numa\":1,\"link_speed\"\
:\"8.0 GT/s PCIe\",\"link_width\":\"4\",\"usable\":false,\"reason\":\"bound to e1000e, not to vfio-pci\"}]}"
}
check "list: a card on a host driver" on_host_driver
usable() { machine 12 vfio-pci && cdev && says 0 list 'node    /dev/vfio/devices/vfio0, group 12' 'usable  yes'; }
check "list: a card that can be used" usable
without_cdev() {
	machine 12 vfio-pci
	mkdir -p "/sys/bus/pci/devices/$card/vfio-dev/vfio0"
	says 0 list 'node    group 12' 'usable  yes'
	says 0 'list --json' '"cdev":null'
	says 0 doctor 'character devices (6.6) no'
	cdev
	says 0 doctor 'character devices (6.6) yes'
}
check "list, doctor: a kernel built without character devices" without_cdev
two() {
	machine 12 vfio-pci
	slot '' 0001:02:00.0 1234 5d5d 088000
	slot '' 10000:03:00.0 1234 5d5d 088000
	says 0 list "$card  1234:5d5d" '0001:02:00.0  1234:5d5d' 'node    no group'
	[ "$("$hvbell" list | grep -c 1234:5d5d)" = 2 ] || echo "a domain of five digits is shown"
}
check "list: two cards" two
check "list: too much" says 2 'list x' 'x is too much'
check "list: --card is for the others" says 2 'list --card sim:' '--card is not understood'

# ---- doctor ---------------------------------------------------------------------------------------------------------
well() {
	machine 12 vfio-pci
	says 0 "doctor $card" 'ok    device      1234:5d5d is there' 'ok    iommu       group 12 of 1' \
		'ok    driver      bound to vfio-pci' 'ok    group       viable, 2 functions in it' \
		'ok    nodes       /dev/vfio/12 may be opened' 'ok    interrupts  remapped' 'AtomicOps reach memory' \
		'ok    reserved' 'ok    lockdown    none' 'ok    power       D0' 'ok    link        8 GT/s x4'
	says 0 'doctor --json' "{\"version\":1,\"cards\":[{\"bdf\":\"$card\",\"checks\":[{\"check\":\"device\",\
\"result\":\"ok\",\"text\":\"1234:5d5d is there\",\"remedy\":null}," '{"check":"link","result":"ok",'
	! command -v jq >/dev/null || "$hvbell" doctor --json |
		jq -e '.cards[0].checks | length == 12' | grep -vx true
	cdev
	says 0 'doctor 3:00.0' 'ok    nodes       /dev/vfio/devices/vfio0 may be opened'
}
check "doctor: all is well" well
machine_alone() {
	empty
	mkdir /sys/kernel/iommu_groups/3
	says 0 doctor 'skip  device      no card' 'ok    iommu       on: 1 groups' '?     driver' 'modprobe vfio-pci'
}
check "doctor: no card" machine_alone
absent() { machine 12 vfio-pci && says 10 'doctor 0000:04:00.0' 'FAIL  device      there is no function 0000:04:00.0'; }
check "doctor: no such function" absent
dead() {
	machine 12 vfio-pci
	poke 0 '\377\377\377\377' "/sys/bus/pci/devices/$card/config"
	says 10 doctor 'answers every read with ones'
}
check "doctor: a card that is gone" dead
other() { machine 12 vfio-pci && says 12 'doctor 00:01.0' '?     device      8086:1901 is not' 'bound to pcieport'; }
check "doctor: another function" other
iommu_off() {
	machine - e1000e
	says 11 doctor 'FAIL  iommu       the IOMMU is off' 'intel_iommu=on' 'FAIL  driver' 'skip  group       no group'
	echo 'quiet intel_iommu=off' >/proc/cmdline
	says 11 doctor "switched off on the kernel's command line" 'take the iommu=off'
	mkdir /sys/kernel/iommu_groups/3
	says 11 doctor 'the IOMMU does not cover this function'
}
check "doctor: IOMMU off" iommu_off
noiommu() {
	machine 12 vfio-pci
	echo vfio-noiommu >/sys/kernel/iommu_groups/12/name
	says 11 doctor 'FAIL  iommu       group 12 is without an IOMMU' 'noiommu=unsafe' '/dev/vfio/noiommu-12'
}
check "doctor: no-IOMMU group" noiommu
drivers() {
	machine 12 e1000e
	says 12 doctor 'FAIL  driver      bound to e1000e' "-> hvbell bind $card" 'skip  nodes'
	rm -r /sys/bus/pci/drivers/vfio-pci
	says 12 doctor "-> modprobe vfio-pci, then hvbell bind $card"
	machine 12 -
	says 12 doctor 'bound to no driver'
}
check "doctor: drivers" drivers
unviable() {
	machine 12 vfio-pci
	slot '' 0000:04:00.0 8086 1533 020000
	link 0000:04:00.0 12 igb
	slot '' 0000:04:00.1 8086 1533 020000
	link 0000:04:00.1 12 -
	says 13 doctor 'group 12 is not viable, other drivers use 0000:04:00.0 (igb)' '-> hvbell bind 0000:04:00.0; or'
	says 0 list 'usable  no: group 12 is not viable'
	ln -s ../0000:04:00.0 "/sys/bus/pci/devices/$card/physfn"
	says 13 doctor '0000:04:00.0 (igb, the physical function of this virtual one)'
	rm "/sys/bus/pci/devices/$card/physfn"
	ln -s "../$card" /sys/bus/pci/devices/0000:04:00.0/physfn
	says 13 doctor '0000:04:00.0 (igb, a virtual function of this one)'
}
check "doctor: group not viable" unviable
many() {
	machine 12 vfio-pci
	for n in 0 1 2 3 4 5 6 7; do
		slot '' 0000:05:0$n.0 8086 1533 020000
		link 0000:05:0$n.0 12 a_driver_with_a_very_long_name
	done
	says 13 doctor 'group 12 is not viable, other drivers use 0000:05:00.0 (a_driver_with_a_very_long_name), '
}
check "doctor: a group of many" many
permission() {
	machine 12 vfio-pci
	chmod 0 /dev/vfio/12
	unable=$powerless
	says 14 doctor 'FAIL  nodes       /dev/vfio/12: Permission denied' 'usermod -aG hvbell' 'make install'
	says 0 list 'usable  no: /dev/vfio/12: Permission denied'
	chmod 666 /dev/vfio/12
	chmod 0 /dev/vfio/vfio
	says 14 doctor '/dev/vfio/vfio: Permission denied' 'chmod 666 /dev/vfio/vfio'
	cdev
	says 0 doctor '/dev/vfio/devices/vfio0 may be opened'
	chmod 0 /dev/iommu
	rm /dev/vfio/vfio
	says 14 doctor 'FAIL  nodes       /dev/iommu: Permission denied'
	unable=
	rm /dev/iommu
	says 14 doctor '/dev/vfio/vfio: No such file or directory' 'into a container, pass the node'
}
memlock() {
	machine 12 vfio-pci
	unable="prlimit --memlock=65536 $powerless"
	says 15 doctor 'FAIL  memlock     64 KiB may be locked, a card needs up to 1024 KiB' 'ulimit -l 1024'
	unable="prlimit --memlock=1048576 $powerless"
	says 0 doctor 'ok    memlock     1024 KiB may be locked'
	unable='prlimit --memlock=65536'
	says 0 doctor 'no limit by CAP_IPC_LOCK (64 KiB without it)'
	unable=
}
if $powerless true 2>/dev/null; then
	check "doctor: no permission" permission
	check "doctor: too little memory may be locked" memlock
else
	skip "doctor: no permission" "no setpriv"
	skip "doctor: too little memory may be locked" "no setpriv"
fi
owner() {
	machine 12 vfio-pci
	while_held /dev/vfio/12 says 14 doctor 'FAIL  nodes       in use by process' '(sleep)'
	cdev
	while_held /dev/vfio/devices/vfio0 says 14 doctor 'in use by process'
	says 0 doctor 'ok    nodes'
}
check "doctor: in use" owner
interrupts() {
	machine 12 vfio-pci
	echo ' 24:  0  IO-APIC  5-edge  x' >/proc/interrupts
	says 16 doctor 'FAIL  interrupts  interrupts are not remapped' 'allow_unsafe_interrupts=1'
	put Y module/iommufd/parameters/allow_unsafe_interrupts
	says 0 doctor 'ok    interrupts  not remapped, and allow_unsafe_interrupts accepts it'
	put N module/iommufd/parameters/allow_unsafe_interrupts
	put Y module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
	says 0 doctor 'ok    interrupts  not remapped'
	echo ' 24:  0  GICv3  5 Level  x' >/proc/interrupts
	says 0 doctor '?     interrupts'
}
check "doctor: interrupt remapping" interrupts
atomics() {
	machine 12 vfio-pci
	cp "$root/zeros" /sys/bus/pci/devices/0000:00:01.0/config
	says 17 doctor 'FAIL  kernel' 'AtomicOps do not reach memory' 'atomic=force'
	head -c 64 "$root/zeros" >"/sys/bus/pci/devices/$card/config"
	says 0 doctor '?     kernel' 'whether AtomicOps reach memory cannot be read' 'sudo hvbell doctor'
}
check "doctor: AtomicOps" atomics
old_kernel() { machine 12 vfio-pci && unable='setarch --uname-2.6' && says 17 doctor 'lets no BAR be mapped'; }
if setarch --uname-2.6 true 2>/dev/null; then
	check "doctor: an old kernel" old_kernel
	unable=
else
	skip "doctor: an old kernel" "setarch cannot feign one"
fi
reserved() {
	machine 12 vfio-pci
	regions=/sys/kernel/iommu_groups/12/reserved_regions
	echo '0x000000007b800000 0x000000007fffffff direct-relaxable' >>$regions
	says 0 doctor 'ok    reserved'
	echo '0x000000005b800000 0x000000005fffffff direct' >>$regions
	says 18 doctor 'FAIL  reserved    the firmware keeps 0x5b800000 to 0x5fffffff'
	rm $regions
	says 0 doctor '?     reserved'
}
check "doctor: reserved regions" reserved
lockdown() {
	machine 12 vfio-pci
	put 'none [integrity] confidentiality' kernel/security/lockdown
	says 0 doctor 'ok    lockdown    integrity: VFIO works'
	rm /sys/kernel/security/lockdown
	says 0 doctor '?     lockdown'
}
check "doctor: lockdown" lockdown
power() {
	machine 12 vfio-pci
	echo D3hot >"/sys/bus/pci/devices/$card/power_state"
	says 0 doctor 'ok    power       D3hot: asleep' 'disable_idle_d3=1'
	echo error >"/sys/bus/pci/devices/$card/power/runtime_status"
	says 20 doctor 'FAIL  power'
}
check "doctor: power" power
links() {
	machine 12 vfio-pci
	mkdir "/sys/bus/pci/devices/$card/link"
	echo 1 >"/sys/bus/pci/devices/$card/link/l1_aspm"
	says 0 doctor 'ok    link        8 GT/s x4; ASPM L1 is on'
	speed $card max 16.0 16
	says 0 doctor 'ok    link        8 GT/s x4'
	speed $card current 8.0 1
	says 21 doctor 'FAIL  link        8 GT/s x1, but both ends can do 8 GT/s x4'
	says 0 list 'usable  yes'
	speed $card current 2.5 4
	says 21 doctor '2.5 GT/s x4'
	echo Unknown >"/sys/bus/pci/devices/$card/current_link_speed"
	echo 0 >"/sys/bus/pci/devices/$card/current_link_width"
	says 0 doctor '?     link'
	says 0 'list --json' '"link_speed":null,"link_width":null'
	! "$hvbell" list | grep link
}
check "doctor: link" links
check "doctor: no address" says 2 'doctor card0' '"card0" is no address of a PCI function'
check "doctor: too much" says 2 "doctor $card x" 'x is too much'
# The udev rule for groups asks a line of shell, in which udev puts the group's number and halves the dollars.
rule() {
	rule_program=$(sed -n "s/.*PROGRAM==\"\/bin\/sh -c '\(.*\)'\".*/\1/p" tools/udev/60-hvbell.rules |
		sed "s/%k/$1/; s/\$\\$/\$/g")
	[ -n "$rule_program" ] && sh -c "$rule_program"
}
udev() {
	machine 12 vfio-pci
	slot '' 0000:04:00.0 1234 1533 020000
	link 0000:04:00.0 13 vfio-pci
	rule 12 || echo "the card's group is not known"
	! rule 13 || echo "another group is taken for the card's"
}
check "udev: the card's group" udev
plan
