/* SPDX-License-Identifier: MIT */
/* Whether AtomicOps get from a function to memory, where the kernel does not say: asked of every bridge on the way, as
 * far as sysfs lets its configuration space be read. Without the superuser's rights that is too little to know. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "driver/config.h"
#include "driver/vfio.h"

#define CONFIG_BYTES 256u
#define BRIDGES_MAX 32

enum {
	REG_CAPABILITIES = 0x34, CAPABILITIES_FIRST = 0x40, CAPABILITIES_MAX = 48,
	PCIE_FLAGS = 0x02, PCIE_DEVCAP2 = 0x24, PCIE_DEVCTL2 = 0x28, PCIE_BYTES = 0x2c,
	TYPE_ROOT_PORT = 4, TYPE_UPSTREAM = 5, TYPE_DOWNSTREAM = 6,
	DEVCAP2_ROUTING = 1 << 6, DEVCAP2_COMPLETER64 = 1 << 8, DEVCTL2_EGRESS_BLOCKED = 1 << 7,
};

static uint16_t word(const unsigned char *config, unsigned at)
{
	return (uint16_t)(config[at] | config[at + 1] << 8);
}

static bool read_config(const char *bdf, unsigned char config[CONFIG_BYTES])
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, config, CONFIG_BYTES);
	close(fd);
	return got == (ssize_t)CONFIG_BYTES;
}

/* Offset of the PCI Express capability, 0 where there is none. */
static unsigned find_pcie(const unsigned char *config)
{
	unsigned at = config[REG_CAPABILITIES] & 0xfc;

	for (unsigned i = 0; i < CAPABILITIES_MAX && at >= CAPABILITIES_FIRST; i++) {
		if (config[at] == HVB_CONFIG_PCIE)
			return at + PCIE_BYTES <= CONFIG_BYTES ? at : 0;
		at = config[at + 1] & 0xfc;
	}
	return 0;
}

/* 1 passes AtomicOps on, 0 does not; *root: it is where the path ends. */
static int passes(const char *bdf, bool *root)
{
	unsigned char config[CONFIG_BYTES];
	unsigned pcie = read_config(bdf, config) ? find_pcie(config) : 0, type;
	uint16_t cap, control;

	*root = false;
	if (!pcie)
		return 0;
	type = word(config, pcie + PCIE_FLAGS) >> 4 & 0xf;
	cap = word(config, pcie + PCIE_DEVCAP2);
	control = word(config, pcie + PCIE_DEVCTL2);
	*root = type == TYPE_ROOT_PORT;
	if (*root)
		return !!(cap & DEVCAP2_COMPLETER64);
	if (type == TYPE_UPSTREAM && (control & DEVCTL2_EGRESS_BLOCKED))
		return 0;
	return (type == TYPE_UPSTREAM || type == TYPE_DOWNSTREAM) && (cap & DEVCAP2_ROUTING);
}

/* Every component of the function's place in sysfs that is a function, itself excepted, is a bridge above it. */
static int walk(const char *bdf, char *place)
{
	int good = 1, bridges = 0;
	bool root = false;
	char *rest = NULL;

	for (char *part = strtok_r(place, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
		char above[HVB_BDF_SIZE];
		bool top;

		if (!hvb_bdf_parse(part, strlen(part), above) || !strcmp(above, bdf))
			continue;
		if (++bridges > BRIDGES_MAX || !passes(above, &top))
			good = 0;
		else
			root |= top;
	}
	return good && root;
}

int vfio_atomic_path(const char *bdf)
{
	char path[64], place[512];
	int saved = errno;
	ssize_t got;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	got = readlink(path, place, sizeof(place) - 1);
	errno = saved;
	if (got <= 0)
		return 0;
	place[got] = '\0';
	got = walk(bdf, place);
	errno = saved;
	return (int)got;
}
