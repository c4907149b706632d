/* SPDX-License-Identifier: MIT */
/* The checks of what surrounds a card: limits, interrupts, the kernel, power and link. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "doctor.h"
#include "driver/discover.h"
#include "sysfs.h"

#define DEVICES "/sys/bus/pci/devices/"
#define NO_CARD "no card to look at"
#define MEMLOCK_NEED (1024u * 1024u)     /* what the library maps for the card's DMA stays below this */
#define CAPABILITY_IPC_LOCK 14

/* One line of a file of "name: value" lines; false where there is none. */
static bool find_line(const char *path, const char *part, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && !found && fgets(line, (int)size, file))
		found = strstr(line, part) != NULL;
	if (file)
		fclose(file);
	return found;
}

static bool may_lock(void)
{
	char line[64];

	return find_line("/proc/self/status", "CapEff:", line, sizeof(line)) &&
	       (strtoull(line + strlen("CapEff:"), NULL, 16) >> CAPABILITY_IPC_LOCK & 1);
}

void check_memlock(const struct hvb_pci *pci, struct finding *finding)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };

	(void)pci;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		finding_say(finding, STATE_OK, NULL, "no limit");
	else if (may_lock())
		finding_say(finding, STATE_OK, NULL, "no limit by CAP_IPC_LOCK (%llu KiB without it)",
			    (unsigned long long)limit.rlim_cur / 1024);
	else if (limit.rlim_cur < MEMLOCK_NEED)
		finding_say(finding, STATE_FAIL,
			    "ulimit -l 1024; memlock in /etc/security/limits.d; LimitMEMLOCK= of a systemd unit",
			    "%llu KiB may be locked, a card needs up to %u KiB",
			    (unsigned long long)limit.rlim_cur / 1024, MEMLOCK_NEED / 1024);
	else
		finding_say(finding, STATE_OK, NULL, "%llu KiB may be locked, a card needs up to %u KiB",
			    (unsigned long long)limit.rlim_cur / 1024, MEMLOCK_NEED / 1024);
}

/* Whether a module accepts a machine without interrupt remapping. */
static bool unsafe_allowed(const char *module)
{
	char line[8];

	return sysfs_line(line, sizeof(line), "/sys/module/%s/parameters/allow_unsafe_interrupts", module) &&
	       line[0] == 'Y';
}

/* On x86, the kernel's name of every remapped interrupt's chip begins with "IR-". Elsewhere the hardware decides, and
 * nothing tells a user. */
void check_interrupts(const struct hvb_pci *pci, struct finding *finding)
{
	char line[4096];

	if (pci && pci->noiommu)
		finding_say(finding, STATE_SKIP, NULL, "without an IOMMU there is none");
	else if (find_line("/proc/interrupts", " IR-", line, sizeof(line)))
		finding_say(finding, STATE_OK, NULL, "remapped");
	else if (!find_line("/proc/interrupts", "IO-APIC", line, sizeof(line)))
		finding_say(finding, STATE_UNKNOWN, NULL, "whether interrupts are remapped is not said here");
	else if (unsafe_allowed("vfio_iommu_type1") || unsafe_allowed("iommufd"))
		finding_say(finding, STATE_OK, "switch interrupt remapping on in the firmware",
			    "not remapped, and allow_unsafe_interrupts accepts it: the card could forge interrupts");
	else
		finding_say(finding, STATE_FAIL,
			    "switch interrupt remapping on in the firmware, no intremap=off on the command line; or "
			    "allow_unsafe_interrupts=1 of vfio_iommu_type1 (and iommufd), which lets a card forge "
			    "interrupts",
			    "interrupts are not remapped: VFIO refuses the card");
}

static const char *yes(bool there)
{
	return there ? "yes" : "no";
}

void check_kernel(const struct hvb_pci *pci, struct finding *finding)
{
	unsigned major = 0, minor = 0, version;
	struct utsname kernel;
	int atomics = pci ? hvb_pci_atomics(pci->bdf) : 1;
	bool x86, cdev;
	char text[200];

	uname(&kernel);
	sscanf(kernel.release, "%u.%u", &major, &minor);
	version = major << 8 | (minor & 0xff);
	/* most distributions build theirs without; a bound card shows it */
	cdev = pci && strstr(pci->driver, "vfio") ? pci->cdev[0] : access("/dev/iommu", F_OK) == 0;
	x86 = strcmp(kernel.machine, "x86_64") == 0;
	snprintf(text, sizeof(text),
		 "Linux %u.%u: character devices (6.6) %s, dynamic MSI-X (6.5) %s, 8-byte BAR access (%s) %s", major,
		 minor, yes(cdev), yes(version >= 0x605), x86 ? "6.14" : "6.11",
		 yes(version >= (x86 ? 0x60eu : 0x60bu)));
	if (version < 0x410)
		finding_say(finding, STATE_FAIL, "a kernel of this decade",
			    "Linux %u.%u lets no BAR be mapped that has the MSI-X table (4.16)", major, minor);
	else if (atomics == 0)
		finding_say(finding, STATE_FAIL,
			    "a slot whose bridges route AtomicOps and whose root port completes them; atomic=force in "
			    "the card's URL, where you know better",
			    "AtomicOps do not reach memory from this slot; %s", text);
	else if (atomics < 0)
		finding_say(finding, STATE_UNKNOWN, "the superuser may look: sudo hvbell doctor",
			    "whether AtomicOps reach memory cannot be read; %s", text);
	else
		finding_say(finding, STATE_OK, NULL, "%s%s", pci ? "AtomicOps reach memory; " : "", text);
}

void check_reserved(const struct hvb_pci *pci, struct finding *finding)
{
	unsigned long long first, last;
	char path[80], line[128], kind[32];
	FILE *file;

	if (!pci || pci->group < 0 || pci->noiommu) {
		finding_say(finding, STATE_SKIP, NULL, pci ? "no group" : NO_CARD);
		return;
	}
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/reserved_regions", pci->group);
	file = fopen(path, "re");
	if (!file) {
		finding_say(finding, STATE_UNKNOWN, NULL, "the reserved regions of group %d cannot be read",
			    pci->group);
		return;
	}
	finding_say(finding, STATE_OK, NULL, "the firmware keeps no memory for the card");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %llx %31s", &first, &last, kind) == 3 && !strcmp(kind, "direct"))
			finding_say(finding, STATE_FAIL, "another slot, or a firmware setting that gives it up (RMRR)",
				    "the firmware keeps 0x%llx to 0x%llx for the card's DMA: VFIO refuses it", first,
				    last);
	fclose(file);
}

void check_lockdown(const struct hvb_pci *pci, struct finding *finding)
{
	char line[80], *mode, *end;

	(void)pci;
	sysfs_line(line, sizeof(line), "/sys/kernel/security/lockdown");
	mode = strchr(line, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end) {
		finding_say(finding, STATE_UNKNOWN, NULL, "the kernel does not say (VFIO works in any case)");
		return;
	}
	*end = '\0';
	if (!strcmp(mode + 1, "none"))
		finding_say(finding, STATE_OK, NULL, "none");
	else
		finding_say(finding, STATE_OK, NULL, "%s: VFIO works, writing to the card through sysfs does not",
			    mode + 1);
}

void check_power(const struct hvb_pci *pci, struct finding *finding)
{
	char power[16], status[24];

	if (!pci) {
		finding_say(finding, STATE_SKIP, NULL, NO_CARD);
		return;
	}
	sysfs_line(power, sizeof(power), DEVICES "%s/power_state", pci->bdf);
	sysfs_line(status, sizeof(status), DEVICES "%s/power/runtime_status", pci->bdf);
	if (!strcmp(power, "error") || !strcmp(status, "error"))
		finding_say(finding, STATE_FAIL, "reset the slot or the machine; dmesg says what happened",
			    "the kernel failed to change the card's power state");
	else if (!strncmp(power, "D3", 2))
		finding_say(finding, STATE_OK, "disable_idle_d3=1 of vfio-pci keeps it awake",
			    "%s: asleep, opening it wakes it", power);
	else if (power[0] == 'D')
		finding_say(finding, STATE_OK, NULL, "%s", power);
	else
		finding_say(finding, STATE_UNKNOWN, NULL, "the kernel does not say");
}

/* What a file of the function, or of the bridge above it, has as a number; 0 where it has none. */
static double number(const char *bdf, const char *file)
{
	char line[32];

	sysfs_line(line, sizeof(line), DEVICES "%s/%s", bdf, file);
	return strtod(line, NULL);
}

/* The most that both ends of the link can do. */
static double most(const char *bdf, const char *own, const char *above)
{
	double ours = number(bdf, own), theirs = number(bdf, above);

	return theirs > 0 && theirs < ours ? theirs : ours;
}

void check_link(const struct hvb_pci *pci, struct finding *finding)
{
	double speed, width, most_speed, most_width;
	char policy[16];

	if (!pci || !pci->speed[0] || number(pci->bdf, "current_link_width") <= 0) {
		finding_say(finding, pci ? STATE_UNKNOWN : STATE_SKIP, NULL, pci ? "the kernel does not say" : NO_CARD);
		return;
	}
	speed = number(pci->bdf, "current_link_speed");
	width = number(pci->bdf, "current_link_width");
	most_speed = most(pci->bdf, "max_link_speed", "../max_link_speed");
	most_width = most(pci->bdf, "max_link_width", "../max_link_width");
	sysfs_line(policy, sizeof(policy), DEVICES "%s/link/l1_aspm", pci->bdf);
	if (speed < most_speed || width < most_width)
		finding_say(finding, STATE_FAIL, "seat the card again, clean its contacts; then another slot",
			    "%g GT/s x%g, but both ends can do %g GT/s x%g", speed, width, most_speed, most_width);
	else if (policy[0] == '1')
		finding_say(finding, STATE_OK, "echo 0 to link/l1_aspm of the function (as root) keeps the link awake",
			    "%g GT/s x%g; ASPM L1 is on: the first signal after a pause takes microseconds more", speed,
			    width);
	else
		finding_say(finding, STATE_OK, NULL, "%g GT/s x%g", speed, width);
}
