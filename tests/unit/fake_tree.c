/* SPDX-License-Identifier: MIT */
/* The fake kernel's /sys and /proc: a tree of small files in a temporary folder. */
#include "fake_kernel.h"
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_PORT_PLACE "/sys/devices/pci0000:00/" FAKE_PORT
#define SWITCH "/0000:01:00.0/0000:02:00.0"

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);

static char root[32];

const char *fake_path(const char *path, char *buf, size_t size)
{
	if (!root[0] || (strncmp(path, "/sys/", 5) && strncmp(path, "/proc", 5)))
		return path;
	snprintf(buf, size, "%s%s", root, path);
	return buf;
}

/* Every folder above the last component. */
static void make_folders(const char *path)
{
	char part[512];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0700);
		*slash = '/';
	}
}

static void write_file(const char *path, const void *data, size_t size)
{
	char full[512];
	int fd;

	snprintf(full, sizeof(full), "%s%s", root, path);
	make_folders(full);
	fd = __real_open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	__real_close(fd);
}

void fake_file(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

static void make_link(const char *target, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	make_folders(full);
	unlink(full);
	if (symlink(target, full))
		abort();
}

static void make_function(const char *bdf, const char *place, const char *class, const char *driver)
{
	static const char *const lines[][2] = {
		{ "vendor", "0x1234\n" }, { "device", "0x5d5d\n" }, { "numa_node", "-1\n" },
		{ "current_link_speed", "5.0 GT/s PCIe\n" }, { "current_link_width", "4\n" },
		{ "driver_override", "(null)\n" },
	};
	char path[256], target[256];

	for (unsigned i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(path, sizeof(path), "%s/%s", place, lines[i][0]);
		fake_file(path, lines[i][1]);
	}
	snprintf(path, sizeof(path), "%s/class", place);
	fake_file(path, class);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	snprintf(target, sizeof(target), "../../..%s", place + strlen("/sys"));
	make_link(target, path);
	if (*driver) {
		snprintf(path, sizeof(path), "%s/driver", place);
		snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
		make_link(target, path);
	}
	if (!fake.no_iommu) {
		snprintf(path, sizeof(path), "%s/iommu_group", place);
		make_link("../../../../kernel/iommu_groups/7", path);
		snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/7/devices/%s", bdf);
		make_link("../../../../devices", path);
	}
}

/* A port with its PCI Express capability behind another one; less than all of it where only root may see more. */
static void make_port(const char *bdf, const char *place, unsigned type, uint16_t devcap2, uint16_t devctl2)
{
	unsigned char config[256] = { 0 };
	char path[256];

	config[0x34] = 0x40;
	config[0x40] = 0x01;     /* power management */
	config[0x41] = 0x50;
	config[0x50] = 0x10;
	config[0x52] = (unsigned char)(type << 4 | 2);
	memcpy(config + 0x50 + 0x24, &devcap2, sizeof(devcap2));
	memcpy(config + 0x50 + 0x28, &devctl2, sizeof(devctl2));
	make_function(bdf, place, "0x060400\n", "pcieport");
	snprintf(path, sizeof(path), "%s/config", place);
	write_file(path, config, fake.path == PATH_HIDDEN ? 64 : sizeof(config));
}

/* Returns where the card's folder is. */
static const char *make_path(void)
{
	make_port(FAKE_PORT, ROOT_PORT_PLACE, 4, fake.path == PATH_REFUSES ? 0x0080 : 0x0100, 0);
	if (fake.path < PATH_SWITCH)
		return ROOT_PORT_PLACE;
	make_port("0000:01:00.0", ROOT_PORT_PLACE "/0000:01:00.0", 5, 0x40, fake.path == PATH_BLOCKS ? 0x80 : 0);
	make_port("0000:02:00.0", ROOT_PORT_PLACE SWITCH, 6, fake.path == PATH_IGNORES ? 0 : 0x40, 0);
	return ROOT_PORT_PLACE SWITCH;
}

void fake_tree_make(void)
{
	const char *above;
	char place[256];

	snprintf(root, sizeof(root), "/tmp/hvb-fake-XXXXXX");
	if (!mkdtemp(root))
		abort();
	above = make_path();
	snprintf(place, sizeof(place), "%s/" FAKE_BDF, above);
	make_function(FAKE_BDF, place, "0x088000\n", fake.unbound ? "" : "vfio-pci");
	/* the folder since 6.1; a number in it where there is a character device */
	if (fake.generation >= FAKE_6_1) {
		strcat(place, fake.generation >= FAKE_6_12 ? "/vfio-dev/vfio3/dev" : "/vfio-dev/vfio3/uevent");
		fake_file(place, fake.generation >= FAKE_6_12 ? "511:0\n" : "");
	}
	snprintf(place, sizeof(place), "%s/" FAKE_NEIGHBOUR, above);
	make_function(FAKE_NEIGHBOUR, place, "0x020000\n", fake.unviable ? "e1000e" : "");
	if (fake.noiommu)
		fake_file("/sys/kernel/iommu_groups/7/name", "vfio-noiommu\n");
	fake_file("/proc/sys/vm/compact_unevictable_allowed", fake.may_compact ? "1\n" : "0\n");
	fake_file("/proc/self/pagemap", "");
	fake_file("/proc/uptime", "1 1\n");
	if (fake.busy) {
		fake_file("/proc/4242/comm", "qemu-system-x86\n");
		make_link("/dev/null", "/proc/4242/fd/0");
		make_link(fake.generation >= FAKE_6_12 ? "/dev/vfio/devices/vfio3" : "/dev/vfio/7",
			  "/proc/4242/fd/17");
		/* who asks has it open, too */
		snprintf(place, sizeof(place), "/proc/%d/fd/9", getpid());
		make_link("/dev/vfio/devices/vfio3", place);
	}
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat, (void)type, (void)ftw;
	return remove(path);
}

void fake_tree_remove(void)
{
	char path[32];

	memcpy(path, root, sizeof(path));
	root[0] = '\0';
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS))
		abort();
}
