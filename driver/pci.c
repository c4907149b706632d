/* SPDX-License-Identifier: MIT */
/* Reading sysfs about one PCI function. */
#include "driver/pci.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"
#define GROUPS "/sys/kernel/iommu_groups"
#define CLASS_BRIDGE 0x0604u             /* PCI-to-PCI bridge: what has a type 1 header */

static bool hex_digits(const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

/* "BB:DD.F" or "B:DD.F" */
static bool bus_part(const char *text, size_t length, char bdf[HVB_BDF_SIZE], const char *domain)
{
	size_t bus = length - 5;         /* digits of the bus number */

	if (!hex_digits(text, bus) || text[bus] != ':' || !hex_digits(text + bus + 1, 2) || text[bus + 3] != '.' ||
	    text[bus + 4] < '0' || text[bus + 4] > '7')
		return false;
	if (strtoul((const char[]){ text[bus + 1], text[bus + 2], '\0' }, NULL, 16) > 31)
		return false;
	snprintf(bdf, HVB_BDF_SIZE, "%.4s:%s%.*s", domain, bus == 1 ? "0" : "", (int)length, text);
	for (char *c = bdf; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return true;
}

bool hvb_bdf_parse(const char *text, size_t length, char bdf[HVB_BDF_SIZE])
{
	if (length == 6 || length == 7)
		return bus_part(text, length, bdf, "0000");
	if (length == 12 && hex_digits(text, 4) && text[4] == ':')
		return bus_part(text + 5, length - 5, bdf, text);
	return false;
}

/* The first line of one file of a function, without its end; false where it cannot be read. */
static bool read_line(const char *bdf, const char *name, char *line, size_t size)
{
	char path[96];
	ssize_t got;
	int fd;

	line[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, line, size - 1);
	close(fd);
	line[got > 0 ? got : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return got > 0;
}

static bool read_number(const char *bdf, const char *name, int base, long *number)
{
	char line[32], *end;

	if (!read_line(bdf, name, line, sizeof(line)))
		return false;
	*number = strtol(line, &end, base);
	return end != line;
}

/* The last component of where a link of a function points; "" where there is none. */
static void read_link(const char *bdf, const char *name, char *target, size_t size)
{
	char path[96], full[256];
	const char *last;
	ssize_t got;

	target[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, name);
	got = readlink(path, full, sizeof(full) - 1);
	if (got <= 0)
		return;
	full[got] = '\0';
	last = strrchr(full, '/');
	last = last ? last + 1 : full;
	if (strlen(last) < size)
		strcpy(target, last);
}

/* A group that VFIO made up for a function without an IOMMU has this name. */
static bool group_is_noiommu(int group)
{
	char path[96], name[32] = "";
	int fd;

	snprintf(path, sizeof(path), GROUPS "/%d/name", group);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	close(fd);
	return !strncmp(name, "vfio-noiommu", strlen("vfio-noiommu"));
}

/* The kernel names the character device after a folder in the function's vfio-dev/. The folder alone is no evidence: a
 * kernel built without such devices has it, too, but in it no device number. */
static void find_cdev(const char *bdf, char *cdev, size_t size)
{
	const struct dirent *entry;
	char path[96], name[64], number[16];
	DIR *folder;

	cdev[0] = '\0';
	snprintf(path, sizeof(path), DEVICES "/%s/vfio-dev", bdf);
	folder = opendir(path);
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		snprintf(name, sizeof(name), "vfio-dev/%.24s/dev", entry->d_name);
		if (!strncmp(entry->d_name, "vfio", 4) && strlen(entry->d_name) < 24 &&
		    read_line(bdf, name, number, sizeof(number)))
			snprintf(cdev, size, "/dev/vfio/devices/%.24s", entry->d_name);
	}
	closedir(folder);
}

static void read_facts(const char *bdf, struct hvb_pci *pci)
{
	char name[32];
	long number;

	pci->device = read_number(bdf, "device", 16, &number) ? (uint16_t)number : 0;
	pci->numa = read_number(bdf, "numa_node", 10, &number) ? (int)number : -1;
	read_link(bdf, "driver", pci->driver, sizeof(pci->driver));
	read_line(bdf, "driver_override", pci->override, sizeof(pci->override));
	if (!strcmp(pci->override, "(null)"))
		pci->override[0] = '\0';
	read_line(bdf, "current_link_speed", pci->speed, sizeof(pci->speed));
	read_line(bdf, "current_link_width", pci->width, sizeof(pci->width));
	/* as an emulated function says, which has no link */
	if (!strncmp(pci->speed, "Unknown", strlen("Unknown")))
		pci->speed[0] = pci->width[0] = '\0';
	read_link(bdf, "iommu_group", name, sizeof(name));
	pci->group = isdigit((unsigned char)name[0]) ? (int)strtol(name, NULL, 10) : -1;
	pci->noiommu = pci->group >= 0 && group_is_noiommu(pci->group);
	find_cdev(bdf, pci->cdev, sizeof(pci->cdev));
}

int hvb_pci_read(const char *bdf, struct hvb_pci *pci)
{
	int saved = errno, err = 0;
	long vendor;

	memset(pci, 0, sizeof(*pci));
	snprintf(pci->bdf, sizeof(pci->bdf), "%s", bdf);
	if (read_number(bdf, "vendor", 16, &vendor)) {
		pci->vendor = (uint16_t)vendor;
		read_facts(bdf, pci);
	} else {
		err = -ENODEV;
	}
	errno = saved;
	return err;
}

static int in_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

int hvb_pci_group(int group, char (*bdfs)[HVB_BDF_SIZE], int max)
{
	const struct dirent *entry;
	int saved = errno, count = 0;
	char path[96];
	DIR *folder;

	snprintf(path, sizeof(path), GROUPS "/%d/devices", group);
	folder = opendir(path);
	if (!folder) {
		count = -errno;
		errno = saved;
		return count;
	}
	while ((entry = readdir(folder))) {
		char bdf[HVB_BDF_SIZE];

		if (!hvb_bdf_parse(entry->d_name, strlen(entry->d_name), bdf))
			continue;
		if (count < max)
			memcpy(bdfs[count], bdf, sizeof(bdf));
		count++;
	}
	closedir(folder);
	qsort(bdfs, (size_t)(count < max ? count : max), sizeof(*bdfs), in_order);
	errno = saved;
	return count;
}

bool hvb_pci_bridge(const char *bdf)
{
	int saved = errno;
	long class;
	bool bridge = read_number(bdf, "class", 16, &class) && (unsigned long)class >> 8 == CLASS_BRIDGE;

	errno = saved;
	return bridge;
}

bool hvb_pci_offends(const struct hvb_pci *pci)
{
	return pci->driver[0] && !strstr(pci->driver, "vfio") && strcmp(pci->driver, "pci-stub") &&
	       !hvb_pci_bridge(pci->bdf);
}
