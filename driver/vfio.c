/* SPDX-License-Identifier: MIT */
/* The "vfio" backend: a card in a PCI slot, reached through the kernel's VFIO. Opening, reset, closing. */
#include "driver/vfio.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "driver/backends.h"
#include "driver/config.h"
#include "driver/url.h"

#define OPTIONS "mode=group|cdev, atomic=force, noiommu=unsafe"

struct options {
	char mode[8], atomic[8], noiommu[8];
};

static int parse(const char *rest, struct vfio_dev *vfio, struct options *options, struct hvb_diag *diag)
{
	static const char *const names[] = { "mode", "atomic", "noiommu", NULL };
	int err = hvb_url_check(rest, names, diag);

	if (err)
		return err;
	if (!hvb_bdf_parse(rest, hvb_url_name_length(rest), vfio->pci.bdf))
		return hvb_diag(diag, -EINVAL, rest, "for example vfio:0000:03:00.0; lspci lists what there is",
				"no address of a PCI function");
	if (hvb_url_option(rest, "mode", options->mode, sizeof(options->mode)) < 0 ||
	    hvb_url_option(rest, "atomic", options->atomic, sizeof(options->atomic)) < 0 ||
	    hvb_url_option(rest, "noiommu", options->noiommu, sizeof(options->noiommu)) < 0 ||
	    (*options->mode && strcmp(options->mode, "group") && strcmp(options->mode, "cdev")) ||
	    (*options->atomic && strcmp(options->atomic, "force")) ||
	    (*options->noiommu && strcmp(options->noiommu, "unsafe")))
		return hvb_diag(diag, -EINVAL, rest, "options are: " OPTIONS, "an option has no such value");
	return 0;
}

/* What can be known before anything is opened. */
static int check_function(struct vfio_dev *vfio, const struct options *options, struct hvb_diag *diag)
{
	char bdf[HVB_BDF_SIZE];
	bool bound;
	int err;

	memcpy(bdf, vfio->pci.bdf, sizeof(bdf));
	err = hvb_pci_read(bdf, &vfio->pci);
	if (err)
		return vfio_fail(vfio, diag, err, "/sys/bus/pci/devices", "lspci lists the functions there are",
				 "there is no such PCI function");
	bound = strstr(vfio->pci.driver, "vfio");
	/* a function without an IOMMU has no group before it is bound */
	if ((vfio->pci.group < 0 && (bound || !*options->noiommu)) || (vfio->pci.noiommu && !*options->noiommu))
		return vfio_why_no_iommu(vfio, diag);
	if (!bound)
		return vfio_why_unbound(vfio, diag);
	if (vfio->pci.noiommu && vfio_physical_allowed())
		return vfio_fail(vfio, diag, -ENOTSUP, "no IOMMU", "sysctl vm.compact_unevictable_allowed=0",
				 "the kernel may move locked pages, whose physical addresses the card would keep");
	return 0;
}

static bool not_offered(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -EACCES || err == -EPERM;
}

static int open_cdev(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	vfio->mode = MODE_CDEV;
	return vfio_cdev_open(vfio, diag);
}

/* The character device where it can be opened, else the group. */
static int open_device(struct vfio_dev *vfio, const struct options *options, struct hvb_diag *diag)
{
	struct hvb_diag why = { 0 };
	int err = -ENOENT, group_err;

	if (!strcmp(options->mode, "cdev"))
		return open_cdev(vfio, diag);
	if (!*options->mode && vfio->pci.cdev[0] && !vfio->pci.noiommu)
		err = open_cdev(vfio, &why);
	if (!err)
		return 0;
	/* once its node is open, its refusal is the answer */
	if (not_offered(err) && vfio->device < 0) {
		vfio_cdev_close(vfio);
		vfio->mode = vfio->pci.noiommu ? MODE_NOIOMMU : MODE_GROUP;
		group_err = vfio_group_open(vfio, diag);
		/* of two closed ways, the one that rights alone would open */
		if (group_err != -ENOENT || err != -EACCES)
			return group_err;
	}
	if (diag)
		*diag = why;
	return err;
}

/* What the kernel says of the path, where it says something: it asked the bridges itself. */
static int read_atomics(const struct vfio_dev *vfio, const struct vfio_info *info)
{
	struct vfio_device_info_cap_pci_atomic_comp cap;
	struct vfio_device_info head;
	uint32_t behind;
	int found = 0;

	memcpy(&head, info->data, sizeof(head));
	if (head.flags & VFIO_DEVICE_FLAGS_CAPS)
		found = vfio_cap(info, head.cap_offset, VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP, &cap, sizeof(cap),
				 &behind);
	if (found < 0)
		return found;
	return found ? !!(cap.flags & VFIO_PCI_ATOMIC_COMP64) : vfio_atomic_path(vfio->pci.bdf);
}

static int read_device(struct vfio_dev *vfio, bool force_atomics, struct hvb_diag *diag)
{
	struct vfio_device_info head = { .argsz = sizeof(head) };
	struct vfio_info info;
	int err = vfio_query(vfio->device, VFIO_DEVICE_GET_INFO, &head, sizeof(head), &info);

	if (err)
		return vfio_fail(vfio, diag, err, "VFIO_DEVICE_GET_INFO", "", "the device does not describe itself: %s",
				 strerror(-err));
	memcpy(&head, info.data, sizeof(head));
	vfio->atomics = read_atomics(vfio, &info);
	free(info.data);
	if (!(head.flags & VFIO_DEVICE_FLAGS_PCI) || head.num_regions < VFIO_REGIONS ||
	    head.num_irqs <= HVB_IRQ_MSIX)
		return vfio_fail(vfio, diag, -ENODEV, "VFIO_DEVICE_GET_INFO", "is it bound to vfio-pci?",
				 "this is no PCI device (flags 0x%x, %u regions, %u interrupts)", head.flags,
				 head.num_regions, head.num_irqs);
	if (vfio->atomics < 0)
		return vfio_fail(vfio, diag, vfio->atomics, "VFIO_DEVICE_GET_INFO", "",
				 "its capabilities are no list that ends");
	vfio->can_reset = head.flags & VFIO_DEVICE_FLAGS_RESET;
	if (force_atomics)
		vfio->atomics = 1;
	return 0;
}

/* What the card needs switched on, after opening and after every reset. */
static int enable(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	struct hvb_diag why = { 0 };
	int err = hvb_config_enable(&vfio->dev, vfio->atomics, &why);

	return err ? vfio_fail(vfio, diag, err, why.where, why.remedy, "%s", why.what) : 0;
}

static void close_all(struct vfio_dev *vfio)
{
	vfio_regions_free(vfio);
	vfio_dma_end(vfio);
	if (vfio->mode == MODE_CDEV)
		vfio_cdev_close(vfio);
	else
		vfio_group_close(vfio);
	pthread_mutex_destroy(&vfio->lock);
	free(vfio);
}

static int open_card(struct vfio_dev *vfio, const char *rest, struct hvb_diag *diag)
{
	struct options options;
	int err = parse(rest, vfio, &options, diag);

	err = err ? err : check_function(vfio, &options, diag);
	err = err ? err : open_device(vfio, &options, diag);
	err = err ? err : read_device(vfio, *options.atomic, diag);
	err = err ? err : vfio_regions_read(vfio, diag);
	err = err ? err : vfio_irqs_read(vfio, diag);
	return err ? err : enable(vfio, diag);
}

static int vfio_open(const char *rest, struct hvb_dev **dev, struct hvb_diag *diag)
{
	struct vfio_dev *vfio = calloc(1, sizeof(*vfio));
	int err;

	if (!vfio)
		return hvb_diag(diag, -ENOMEM, rest, "", "no memory for a card");
	vfio->dev.ops = &hvb_vfio_ops;
	vfio->container = vfio->group = vfio->device = -1;
	vfio->page = VFIO_PAGE;
	pthread_mutex_init(&vfio->lock, NULL);
	err = open_card(vfio, rest, diag);
	if (err) {
		close_all(vfio);
		return err;
	}
	*dev = &vfio->dev;
	return 0;
}

static void vfio_close(struct hvb_dev *dev)
{
	struct vfio_dev *vfio = vfio_of(dev);

	hvb_config_disable(dev);
	vfio_irqs_off(vfio);
	close_all(vfio);
}

/* Error and request interrupts are the kernel's own and stay connected; those of the card go with its state. */
static int reset_card(struct vfio_dev *vfio, struct hvb_diag *why)
{
	int err;

	if (!vfio->can_reset)
		return vfio_fail(vfio, why, -ENOTSUP, "VFIO_DEVICE_RESET",
				 "look at reset_method in sysfs; a card alone in its slot can be reset by the slot",
				 "the kernel knows no way to reset this function alone");
	err = vfio_msix_off(vfio);
	if (err >= 0)
		err = vfio_ioctl(vfio->device, VFIO_DEVICE_RESET, NULL);
	if (err < 0)
		return vfio_fail(vfio, why, err, "VFIO_DEVICE_RESET", "look at the kernel's log (dmesg)",
				 "the reset failed: %s", strerror(-err));
	return enable(vfio, why);
}

static int vfio_reset(struct hvb_dev *dev)
{
	struct vfio_dev *vfio = vfio_of(dev);
	struct hvb_diag why = { 0 };
	int err = reset_card(vfio, &why);

	pthread_mutex_lock(&vfio->lock);
	vfio->why = why;
	pthread_mutex_unlock(&vfio->lock);
	return err;
}

static int vfio_atomics(struct hvb_dev *dev)
{
	return vfio_of(dev)->atomics;
}

static int vfio_stats(struct hvb_dev *dev, struct hvb_dev_stat *stats, int max)
{
	struct vfio_dev *vfio = vfio_of(dev);
	struct hvb_dev_stat all[] = {
		{ "dma_maps", 0 },
		{ "dma_bytes", 0 },
		{ "irq_vectors", vfio_irqs_used(vfio) },
		{ "mode_cdev", vfio->mode == MODE_CDEV },
		{ "mode_noiommu", vfio->mode == MODE_NOIOMMU },
	};
	int count = (int)(sizeof(all) / sizeof(*all));

	pthread_mutex_lock(&vfio->lock);
	all[0].value = vfio->map.count;
	all[1].value = vfio->mapped;
	pthread_mutex_unlock(&vfio->lock);
	for (int i = 0; i < count && i < max; i++)
		stats[i] = all[i];
	return count;
}

static void vfio_why(struct hvb_dev *dev, struct hvb_diag *diag)
{
	struct vfio_dev *vfio = vfio_of(dev);

	pthread_mutex_lock(&vfio->lock);
	*diag = vfio->why;
	pthread_mutex_unlock(&vfio->lock);
}

const struct hvb_dev_ops hvb_vfio_ops = {
	.scheme = "vfio",
	.open = vfio_open,
	.close = vfio_close,
	.region_info = vfio_region_info,
	.region_read = vfio_region_read,
	.region_write = vfio_region_write,
	.region_map = vfio_region_map,
	.region_unmap = vfio_region_unmap,
	.irq_count = vfio_irq_count,
	.irq_set = vfio_irq_set,
	.ioeventfd = vfio_ioeventfd,
	.dma_map = vfio_dma_map,
	.dma_unmap = vfio_dma_unmap,
	.reset = vfio_reset,
	.atomics = vfio_atomics,
	.stats = vfio_stats,
	.why = vfio_why,
};
