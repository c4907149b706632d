/* SPDX-License-Identifier: MIT */
/* The cards of this machine through libpciaccess, and what sysfs and /proc know of their surroundings. */
#include "driver/discover.h"
#include <errno.h>
#include <fcntl.h>
#include <pciaccess.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver/vfio.h"

#define OUR_NAME "hvbell event card"
#define CONFIG_PUBLIC 64                 /* bytes of configuration space that everybody may read */

/* Room for one more; -ENOMEM leaves what is there. */
static int add(struct hvb_found **found, size_t *count, struct pci_device *device)
{
	struct hvb_found *more = realloc(*found, (*count + 1) * sizeof(*more));
	const char *name = pci_device_get_device_name(device);
	char bdf[HVB_BDF_SIZE];

	if (!more)
		return -ENOMEM;
	*found = more;
	snprintf(bdf, sizeof(bdf), "%04x:%02x:%02x.%1x", device->domain & 0xffffu, device->bus & 0xffu,
		 device->dev & 0x1fu, device->func & 7u);
	more += *count;
	/* one that left since is no card any more */
	if (hvb_pci_read(bdf, &more->pci))
		return 0;
	snprintf(more->name, sizeof(more->name), "%s", name ? name : OUR_NAME);
	++*count;
	return 0;
}

static int collect(struct hvb_found **found, size_t *count)
{
	static const struct pci_id_match match = {
		.vendor_id = HVB_PCI_VENDOR, .device_id = HVB_PCI_DEVICE,
		.subvendor_id = PCI_MATCH_ANY, .subdevice_id = PCI_MATCH_ANY,
	};
	struct pci_device_iterator *iterator = pci_id_match_iterator_create(&match);
	struct pci_device *device;
	int err = iterator ? 0 : -ENOMEM;

	while (!err && (device = pci_device_next(iterator)))
		/* the addresses that all tools write have four digits of the domain */
		if (device->domain <= 0xffff)
			err = add(found, count, device);
	pci_iterator_destroy(iterator);
	return err;
}

static int in_order(const void *a, const void *b)
{
	return strcmp(((const struct hvb_found *)a)->pci.bdf, ((const struct hvb_found *)b)->pci.bdf);
}

int hvb_discover(struct hvb_found **found, size_t *count, struct hvb_diag *diag)
{
	int err = pci_system_init();

	*found = NULL;
	*count = 0;
	/* a machine without PCI has no card */
	if (err == ENOENT)
		return 0;
	if (err)
		return hvb_diag(diag, -err, "/sys/bus/pci/devices", "", "libpciaccess finds no PCI functions: %s",
				strerror(err));
	err = collect(found, count);
	pci_system_cleanup();
	if (err || !*count) {
		free(*found);
		*found = NULL;
		*count = 0;
	} else {
		qsort(*found, *count, sizeof(**found), in_order);
	}
	return err ? hvb_diag(diag, err, "/sys/bus/pci/devices", "", "no memory to list the cards") : 0;
}

int hvb_pci_atomics(const char *bdf)
{
	unsigned char beyond;
	ssize_t got = -1;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.12s/config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = pread(fd, &beyond, 1, CONFIG_PUBLIC);
		close(fd);
	}
	/* as is that of the bridges above */
	return got == 1 ? vfio_atomic_path(bdf) : -EACCES;
}
