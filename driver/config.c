/* SPDX-License-Identifier: MIT */
/* Walking and switching a card's configuration space through its region. */
#include "driver/config.h"
#include <endian.h>
#include <errno.h>
#include <string.h>

enum {
	REG_COMMAND = 0x04, REG_STATUS = 0x06, REG_CAPABILITIES = 0x34,
	COMMAND_MEMORY = 1 << 1, COMMAND_MASTER = 1 << 2, STATUS_CAPABILITIES = 1 << 4,
	PCIE_DEVCTL2 = 0x28, DEVCTL2_ATOMIC = 1 << 6,
	CAPABILITIES_FIRST = 0x40,
	CAPABILITIES_MAX = 48,   /* more than fit: the list is a loop */
	GONE = 0xffff,           /* what a function that is not there reads as */
};

static int read16(struct hvb_dev *dev, unsigned offset, uint16_t *value)
{
	uint16_t raw = 0;
	int err = dev->ops->region_read(dev, HVB_REGION_CONFIG, offset, &raw, sizeof(raw));

	*value = le16toh(raw);
	return err;
}

static int write16(struct hvb_dev *dev, unsigned offset, uint16_t value)
{
	uint16_t raw = htole16(value);

	return dev->ops->region_write(dev, HVB_REGION_CONFIG, offset, &raw, sizeof(raw));
}

int hvb_config_find(struct hvb_dev *dev, unsigned id, unsigned *offset)
{
	uint16_t value;
	unsigned at;
	int err = read16(dev, REG_STATUS, &value);

	if (err)
		return err;
	if (value == GONE)
		return -ENODEV;
	if (!(value & STATUS_CAPABILITIES))
		return -ENOENT;
	err = read16(dev, REG_CAPABILITIES, &value);
	at = value & 0xfc;
	for (unsigned i = 0; !err && i < CAPABILITIES_MAX && at >= CAPABILITIES_FIRST; i++) {
		err = read16(dev, at, &value);
		if (!err && (value & 0xff) == id) {
			*offset = at;
			return 0;
		}
		at = value >> 8 & 0xfc;
	}
	return err ? err : -ENOENT;
}

/* -EIO where a bit does not stay on. */
static int set_bits(struct hvb_dev *dev, unsigned offset, uint16_t bits)
{
	uint16_t value;
	int err = read16(dev, offset, &value);

	if (!err && value == GONE)
		return -ENODEV;
	if (!err)
		err = write16(dev, offset, value | bits);
	if (!err)
		err = read16(dev, offset, &value);
	if (!err && value == GONE)
		return -ENODEV;
	return err ? err : (value & bits) == bits ? 0 : -EIO;
}

int hvb_config_enable(struct hvb_dev *dev, bool atomics, struct hvb_diag *diag)
{
	unsigned pcie;
	int err = set_bits(dev, REG_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);

	if (err)
		return hvb_diag(diag, err, "configuration space", "is the card still there, and yours?",
				"memory space and bus master cannot be switched on: %s", strerror(-err));
	if (!atomics)
		return 0;
	err = hvb_config_find(dev, HVB_CONFIG_PCIE, &pcie);
	if (err)
		return hvb_diag(diag, err, "configuration space", "is this the right card?",
				"no PCI Express capability: %s", strerror(-err));
	err = set_bits(dev, pcie + PCIE_DEVCTL2, DEVCTL2_ATOMIC);
	if (err)
		return hvb_diag(diag, err, "configuration space", "the path to the card must route AtomicOps",
				"AtomicOp Requester cannot be switched on: %s", strerror(-err));
	return 0;
}

int hvb_config_disable(struct hvb_dev *dev)
{
	uint16_t value;
	int err = read16(dev, REG_COMMAND, &value);

	if (!err && value == GONE)
		return -ENODEV;
	return err ? err : write16(dev, REG_COMMAND, value & (uint16_t)~COMMAND_MASTER);
}
