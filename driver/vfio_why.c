/* SPDX-License-Identifier: MIT */
/* Why the kernel refused, in words that say what to do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "driver/owner.h"
#include "driver/vfio.h"

#define GROUP_MAX 64

int vfio_fail(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, const char *at, const char *remedy,
	      const char *what, ...)
{
	char where[sizeof(diag->where)], text[sizeof(diag->what)];
	va_list args;

	snprintf(where, sizeof(where), "%s %s", vfio->pci.bdf, at);
	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	return hvb_diag(diag, err, where, remedy, "%s", text);
}

static int why_busy(const struct vfio_dev *vfio, struct hvb_diag *diag, const char *path)
{
	char owner[80];

	hvb_card_owner(&vfio->pci, owner, sizeof(owner));
	return vfio_fail(vfio, diag, -EBUSY, path, "end the program that uses the card, then try again",
			 "the card is in use by %s",
			 owner[0] ? owner : "this program, or by another, which only the superuser may see");
}

int vfio_why_node(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, const char *path)
{
	int saved = errno;

	if (err == -EBUSY)
		err = why_busy(vfio, diag, path);
	else if (err == -EACCES || err == -EPERM)
		err = vfio_fail(vfio, diag, err, path,
				"\"hvbell doctor\" says which udev rule gives you the right (or run as root)",
				"opening it is not permitted: %s", strerror(-err));
	else if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		err = vfio_fail(vfio, diag, err, path,
				"into a container, pass the node; modprobe iommufd, where it is /dev/iommu",
				"the kernel offers no such node: %s", strerror(-err));
	else
		err = vfio_fail(vfio, diag, err, path, "", "opening it failed: %s", strerror(-err));
	errno = saved;
	return err;
}

/* Those in the card's group whose drivers keep it from being used: a list of them, and the first. */
static bool find_offenders(const struct vfio_dev *vfio, char *list, size_t size, char first[HVB_BDF_SIZE])
{
	char bdfs[GROUP_MAX][HVB_BDF_SIZE];
	int count = hvb_pci_group(vfio->pci.group, bdfs, GROUP_MAX);
	struct hvb_pci pci;
	size_t used = 0;

	memcpy(first, vfio->pci.bdf, HVB_BDF_SIZE);
	snprintf(list, size, "functions that sysfs does not show");
	for (int i = 0; i < count && i < GROUP_MAX && used < size; i++) {
		if (hvb_pci_read(bdfs[i], &pci) || !hvb_pci_offends(&pci))
			continue;
		if (!used)
			memcpy(first, bdfs[i], HVB_BDF_SIZE);
		used += (size_t)snprintf(list + used, size - used, "%s%s (%s)", used ? ", " : "", pci.bdf, pci.driver);
	}
	return used;
}

int vfio_why_unviable(const struct vfio_dev *vfio, struct hvb_diag *diag, const char *at)
{
	char list[sizeof(diag->what)], remedy[sizeof(diag->remedy)], first[HVB_BDF_SIZE];

	find_offenders(vfio, list, sizeof(list), first);
	snprintf(remedy, sizeof(remedy),
		 "hvbell bind %s (and any others named), or put the card where it has an IOMMU group of its own",
		 first);
	return vfio_fail(vfio, diag, -EPERM, at, remedy, "IOMMU group %d is not viable, other drivers use: %s",
			 vfio->pci.group, list);
}

int vfio_why_bind(const struct vfio_dev *vfio, struct hvb_diag *diag, int err)
{
	static const char at[] = "VFIO_DEVICE_BIND_IOMMUFD";
	char list[sizeof(diag->what)], first[HVB_BDF_SIZE], owner[80];

	if (err == -EPERM)
		return find_offenders(vfio, list, sizeof(list), first) ?
			vfio_why_unviable(vfio, diag, at) : vfio_why_iommu(vfio, diag, err, at, "iommufd");
	hvb_card_owner(&vfio->pci, owner, sizeof(owner));
	if (err == -EBUSY || (err == -EINVAL && owner[0]))
		return why_busy(vfio, diag, vfio->pci.cdev);
	return vfio_fail(vfio, diag, err, at,
			 err == -EINVAL ? "end any other program that uses the card; dmesg may say more" : "",
			 "the device takes no iommufd: %s", strerror(-err));
}

int vfio_why_iommu(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, const char *at, const char *module)
{
	char remedy[sizeof(diag->remedy)];

	if (err != -EPERM)
		return vfio_fail(vfio, diag, err, at, "look at the kernel's log (dmesg)",
				 "the kernel cannot give the card an address space: %s", strerror(-err));
	snprintf(remedy, sizeof(remedy),
		 "switch interrupt remapping on in the firmware; or %s.allow_unsafe_interrupts=1, which lets a card "
		 "forge interrupts", module);
	return vfio_fail(vfio, diag, err, at, remedy,
			 "refused (%s): no interrupt remapping, or a reserved memory region of the firmware (RMRR)",
			 strerror(-err));
}

int vfio_why_unbound(const struct vfio_dev *vfio, struct hvb_diag *diag)
{
	const struct hvb_pci *pci = &vfio->pci;
	char remedy[64];

	snprintf(remedy, sizeof(remedy), "hvbell bind %s", pci->bdf);
	return vfio_fail(vfio, diag, pci->driver[0] ? -EBUSY : -ENODEV, "driver", remedy,
			 "the card is not bound to vfio-pci but to %s", pci->driver[0] ? pci->driver : "no driver");
}

int vfio_why_no_iommu(const struct vfio_dev *vfio, struct hvb_diag *diag)
{
	if (vfio->pci.noiommu)
		return vfio_fail(vfio, diag, -EPERM, "iommu_group",
				 "noiommu=unsafe in the URL accepts it, where you trust the card with all memory",
				 "the group is without an IOMMU: the card could write anywhere in memory");
	return vfio_fail(vfio, diag, -ENODEV, "iommu_group",
			 "switch on VT-d or AMD-Vi in the firmware and intel_iommu=on (Intel) on the kernel's command "
			 "line",
			 "the card has no IOMMU group: the IOMMU is off, or the machine has none");
}

static int why_memlock(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, uint64_t len)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };
	char text[32] = "unlimited", remedy[sizeof(diag->remedy)];
	unsigned long long need = vfio->mapped + len;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur != RLIM_INFINITY)
		snprintf(text, sizeof(text), "%llu bytes", (unsigned long long)limit.rlim_cur);
	snprintf(remedy, sizeof(remedy),
		 "ulimit -l %llu or more; LimitMEMLOCK= of a systemd unit, memlock in limits.d, or CAP_IPC_LOCK",
		 need / 1024 + 1);
	return vfio_fail(vfio, diag, err, "DMA map", remedy,
			 "locking %llu bytes (%llu with those mapped before) failed: the limit is %s (RLIMIT_MEMLOCK)",
			 (unsigned long long)len, need, text);
}

int vfio_why_map(const struct vfio_dev *vfio, struct hvb_diag *diag, int err, uint64_t len)
{
	if (err == -ENOMEM)
		return why_memlock(vfio, diag, err, len);
	if (err == -ENOSPC)
		return vfio_fail(vfio, diag, err, "DMA map",
				 "fewer and larger mappings, or raise vfio_iommu_type1.dma_entry_limit",
				 "no more mappings or addresses for %llu bytes", (unsigned long long)len);
	return vfio_fail(vfio, diag, err, "DMA map", "", "giving %llu bytes to the card's DMA failed: %s",
			 (unsigned long long)len, strerror(-err));
}
