/* SPDX-License-Identifier: MIT */
/* The checks from the slot to the nodes under /dev: what opening a card takes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "doctor.h"
#include "driver/owner.h"
#include "sysfs.h"

#define DEVICES "/sys/bus/pci/devices/"
#define GROUP_MAX 64
#define NO_CARD "no card to look at"

/* A function that is gone, or without power, answers every read with ones. */
static bool answers(const char *bdf)
{
	unsigned char id[4] = { 0 };
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), DEVICES "%.12s/config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	got = read(fd, id, sizeof(id));
	close(fd);
	return got < 4 || memcmp(id, "\xff\xff\xff\xff", sizeof(id)) != 0;
}

void check_device(const struct hvb_pci *pci, struct finding *finding)
{
	if (!pci)
		finding_say(finding, STATE_SKIP,
			    "echo 1 >/sys/bus/pci/rescan (as root) looks again; sim: needs no card",
			    "no card (%04x:%04x) here; what follows is the machine alone", HVB_PCI_VENDOR,
			    HVB_PCI_DEVICE);
	else if (!answers(pci->bdf))
		finding_say(finding, STATE_FAIL, "reset the slot or the machine; is the card seated and powered?",
			    "%s answers every read with ones", pci->bdf);
	else if (pci->vendor != HVB_PCI_VENDOR || pci->device != HVB_PCI_DEVICE)
		finding_say(finding, STATE_UNKNOWN, "hvbell list shows the cards",
			    "%04x:%04x is not what the card is by default (%04x:%04x)", pci->vendor, pci->device,
			    HVB_PCI_VENDOR, HVB_PCI_DEVICE);
	else
		finding_say(finding, STATE_OK, NULL, "%04x:%04x is there", pci->vendor, pci->device);
}

static int count_groups(void)
{
	DIR *folder = opendir("/sys/kernel/iommu_groups");
	const struct dirent *entry;
	int count = 0;

	if (!folder)
		return 0;
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void say_iommu_off(struct finding *finding)
{
	char line[2048];

	sysfs_line(line, sizeof(line), "/proc/cmdline");
	if (strstr(line, "iommu=off"))
		finding_say(finding, STATE_FAIL, "take the iommu=off from it and start the machine again",
			    "the IOMMU is switched off on the kernel's command line");
	else
		finding_say(finding, STATE_FAIL,
			    "switch on VT-d or AMD-Vi in the firmware, and intel_iommu=on (Intel) on the kernel's "
			    "command line",
			    "the IOMMU is off, or the machine has none: there are no IOMMU groups");
}

void check_iommu(const struct hvb_pci *pci, struct finding *finding)
{
	int groups = count_groups();

	if (pci && pci->noiommu)
		finding_say(finding, STATE_FAIL,
			    "switch the IOMMU on; noiommu=unsafe in the card's URL does without it",
			    "group %d is without an IOMMU: the card could write anywhere in memory", pci->group);
	else if (groups == 0)
		say_iommu_off(finding);
	else if (pci && pci->group < 0)
		finding_say(finding, STATE_FAIL, "another slot, or an IOMMU that covers this one (see dmesg, \"DMAR\")",
			    "the IOMMU does not cover this function: it is in no group");
	else if (pci)
		finding_say(finding, STATE_OK, NULL, "group %d of %d", pci->group, groups);
	else
		finding_say(finding, STATE_OK, NULL, "on: %d groups", groups);
}

void check_driver(const struct hvb_pci *pci, struct finding *finding)
{
	bool loaded = access("/sys/bus/pci/drivers/vfio-pci", F_OK) == 0;
	char remedy[80];

	if (!pci) {
		finding_say(finding, loaded ? STATE_OK : STATE_UNKNOWN, loaded ? NULL : "modprobe vfio-pci",
			    "vfio-pci is %s", loaded ? "there" : "not loaded");
		return;
	}
	snprintf(remedy, sizeof(remedy), "%shvbell bind %s", loaded ? "" : "modprobe vfio-pci, then ", pci->bdf);
	if (strstr(pci->driver, "vfio"))
		finding_say(finding, STATE_OK, NULL, "bound to %s", pci->driver);
	else if (pci->driver[0])
		finding_say(finding, STATE_FAIL, remedy, "bound to %s, not to vfio-pci", pci->driver);
	else
		finding_say(finding, STATE_FAIL, remedy, "bound to no driver");
}

/* The physical function that a virtual one belongs to; "" of a physical one. */
static void physical_of(const char *bdf, char physical[HVB_BDF_SIZE])
{
	char path[64], target[256];
	const char *last;
	ssize_t got;

	physical[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "%.12s/physfn", bdf);
	got = readlink(path, target, sizeof(target) - 1);
	target[got > 0 ? got : 0] = '\0';
	last = strrchr(target, '/');
	if (last && !hvb_bdf_parse(last + 1, strlen(last + 1), physical))
		physical[0] = '\0';
}

/* What an offender is to the card, where SR-IOV made one of the other. */
static const char *kinship(const struct hvb_pci *pci, const struct hvb_pci *offender)
{
	char ours[HVB_BDF_SIZE], theirs[HVB_BDF_SIZE];

	physical_of(pci->bdf, ours);
	physical_of(offender->bdf, theirs);
	if (!strcmp(ours, offender->bdf))
		return ", the physical function of this virtual one";
	if (!strcmp(theirs, pci->bdf))
		return ", a virtual function of this one";
	return ours[0] && !strcmp(ours, theirs) ? ", a virtual function beside this one" : "";
}

/* Where a piece of text that is written on ends. */
static size_t append(char *text, size_t size, size_t used, const char *more)
{
	strncat(text + used, more, size - used - 1);
	return strlen(text);
}

void check_group(const struct hvb_pci *pci, struct finding *finding)
{
	char bdfs[GROUP_MAX][HVB_BDF_SIZE], list[240] = "", remedy[300] = "", piece[140];
	size_t said = 0, asked = 0;
	int count;

	if (!pci || pci->group < 0) {
		finding_say(finding, STATE_SKIP, NULL, pci ? "no group" : NO_CARD);
		return;
	}
	count = hvb_pci_group(pci->group, bdfs, GROUP_MAX);
	for (int i = 0; i < count && i < GROUP_MAX; i++) {
		struct hvb_pci other;

		if (!strcmp(bdfs[i], pci->bdf) || hvb_pci_read(bdfs[i], &other) || !hvb_pci_offends(&other))
			continue;
		snprintf(piece, sizeof(piece), "%s%s (%s%s)", said ? ", " : "", other.bdf, other.driver,
			 kinship(pci, &other));
		said = append(list, sizeof(list), said, piece);
		snprintf(piece, sizeof(piece), "%shvbell bind %s", asked ? "; " : "", other.bdf);
		asked = append(remedy, sizeof(remedy), asked, piece);
	}
	append(remedy, sizeof(remedy), asked, "; or a slot with a group of its own");
	if (count < 0)
		finding_say(finding, STATE_UNKNOWN, NULL, "the members of group %d cannot be read: %s", pci->group,
			    strerror(-count));
	else if (said)
		finding_say(finding, STATE_FAIL, remedy, "group %d is not viable, other drivers use %s", pci->group,
			    list);
	else
		finding_say(finding, STATE_OK, NULL, "viable, %d function%s in it", count, count == 1 ? "" : "s");
}

/* 0, or why a node cannot be used by this user. */
static int refused(const char *node)
{
	return access(node, R_OK | W_OK) == 0 ? 0 : errno;
}

/* One way to the card is two nodes; false, with the first that is refused and why, where it is closed. */
static bool way_open(const char *first, const char *second, const char **at, int *err)
{
	*at = first;
	*err = refused(first);
	if (!*err) {
		*at = second;
		*err = refused(second);
	}
	return !*err;
}

static void say_refused(struct finding *finding, const char *node, int err)
{
	const char *remedy = "modprobe vfio-pci; into a container, pass the node";

	if (err == EACCES && !strcmp(node, "/dev/vfio/vfio"))
		remedy = "chmod 666 /dev/vfio/vfio (as root): that is its usual mode";
	else if (err == EACCES || err == EPERM)
		remedy = "usermod -aG hvbell USER (as root) and a new login; make install brings the udev rule "
			 "(60-hvbell.rules) that gives the node to that group";
	finding_say(finding, STATE_FAIL, remedy, "%s: %s", node, strerror(err));
}

static void check_machine_nodes(struct finding *finding)
{
	int container = refused("/dev/vfio/vfio"), iommufd = refused("/dev/iommu");

	if (container == 0 || iommufd == 0)
		finding_say(finding, STATE_OK, NULL, "%s may be opened",
			    container == 0 ? "/dev/vfio/vfio" : "/dev/iommu");
	else if (container == ENOENT && iommufd == ENOENT)
		finding_say(finding, STATE_SKIP, "modprobe vfio-pci", "there are none: VFIO is not loaded");
	else if (container != ENOENT)
		say_refused(finding, "/dev/vfio/vfio", container);
	else
		say_refused(finding, "/dev/iommu", iommufd);
}

void check_nodes(const struct hvb_pci *pci, struct finding *finding)
{
	char group[40], owner[80];
	const char *at = group, *node;
	int err = ENOENT;
	bool open;

	if (!pci) {
		check_machine_nodes(finding);
		return;
	}
	if (!strstr(pci->driver, "vfio") || pci->group < 0) {
		finding_say(finding, STATE_SKIP, NULL, "there are none before the card is bound to vfio-pci");
		return;
	}
	snprintf(group, sizeof(group), "/dev/vfio/%s%d", pci->noiommu ? "noiommu-" : "", pci->group);
	node = pci->cdev;
	open = pci->cdev[0] && !pci->noiommu && way_open(pci->cdev, "/dev/iommu", &at, &err);
	if (!open) {
		const char *closed = at;
		int why = err;

		node = group;
		open = way_open("/dev/vfio/vfio", group, &at, &err);
		/* of two closed ways, the one that rights alone would open */
		if (!open && why == EACCES && err != EACCES) {
			at = closed;
			err = why;
		}
	}
	hvb_card_owner(pci, owner, sizeof(owner));
	if (!open)
		say_refused(finding, at, err);
	else if (owner[0])
		finding_say(finding, STATE_FAIL, "end it, or let it go on using the card", "in use by %s", owner);
	else
		finding_say(finding, STATE_OK, NULL, "%s may be opened", node);
}
