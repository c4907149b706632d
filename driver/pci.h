/* SPDX-License-Identifier: MIT */
/* What sysfs says about one PCI function. Opens no device, needs no rights, changes nothing. */
#ifndef HVB_DRIVER_PCI_H
#define HVB_DRIVER_PCI_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HVB_PCI_VENDOR 0x1234u           /* the card's identity as it is built by default */
#define HVB_PCI_DEVICE 0x5d5du
#define HVB_BDF_SIZE 13                  /* "0000:03:00.0" and NUL */

struct hvb_pci {
	char bdf[HVB_BDF_SIZE];
	uint16_t vendor, device;
	char driver[32];         /* bound driver; "": none */
	char override[32];       /* driver_override; "": none */
	int group;               /* IOMMU group; -1: none */
	bool noiommu;            /* the group is a no-IOMMU one (vfio-noiommu) */
	char cdev[64];           /* "/dev/vfio/devices/vfioX"; "": none */
	int numa;                /* node; -1: none */
	char speed[24], width[8];        /* of the link, as sysfs says it; "": none */
};

/* "3:00.0", "03:00.0" or "0000:03:00.0" in full form. False where text (length characters) is none of these. */
bool hvb_bdf_parse(const char *text, size_t length, char bdf[HVB_BDF_SIZE]);
/* 0; -ENODEV no such function. bdf in full form. */
int hvb_pci_read(const char *bdf, struct hvb_pci *pci);
/* The functions of an IOMMU group, in full form, up to max; how many there are, or -errno. */
int hvb_pci_group(int group, char (*bdfs)[HVB_BDF_SIZE], int max);
/* Whether a function is a bridge (header type 1): the kernel's own may stay in a viable group. */
bool hvb_pci_bridge(const char *bdf);
/* Whether a function keeps its IOMMU group from being used: its driver is neither VFIO's nor a bridge's. */
bool hvb_pci_offends(const struct hvb_pci *pci);
#endif
