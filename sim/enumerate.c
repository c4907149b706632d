/* SPDX-License-Identifier: MIT */
/* Enumeration of the simulated card by configuration requests (PCI 6.2.5.1, PCIe 7.5). */
#include "enumerate.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "card.h"
#include "hvb_regs.h"

enum {
	REG_ID = 0x00, REG_COMMAND = 0x04, REG_STATUS = 0x06, REG_BAR0 = 0x10, REG_CAPABILITIES = 0x34,
	COMMAND_MEMORY = 1 << 1, COMMAND_MASTER = 1 << 2, STATUS_CAPABILITIES = 1 << 4,
	CAP_PCIE = 0x10, CAP_MSIX = 0x11,
	PCIE_DEVCTL = 0x08, DEVCTL_RESET = 1 << 15, PCIE_DEVSTA = 0x0a, DEVSTA_PENDING = 1 << 5,
	PCIE_DEVCTL2 = 0x28, DEVCTL2_ATOMIC = 1 << 6,
	MSIX_CONTROL = 0x02, MSIX_ENABLE = 1 << 15, MSIX_SIZE = 0x7ff,
	BAR_TYPE = 0x7, BAR_64 = 0x4, BAR_FLAGS = 0xf,
	CAPABILITIES_MAX = 48,   /* more than fit: the list is a loop */
	QUIET_POLLS = 1000, RESET_POLLS = 10000, READY_POLLS = 1000000,
};

/* Above 4 GiB where a host has room, but BAR 4 below, so that requests with both header sizes are in daily use. */
static const uint64_t bar_window[] = { 0x3800000000ull, 0x3900000000ull, 0xe0000000ull };

static int all_ones(struct hvb_card *card, unsigned at)
{
	return hvb_card_failed(card, -ENODEV, "configuration space at 0x%x reads as all ones", at);
}

int hvb_find_capability(struct hvb_card *card, unsigned id, unsigned *at)
{
	uint32_t status, next, header;
	int err = hvb_card_config_read(card, REG_STATUS, 2, &status);

	if (!err && status == 0xffff)
		return all_ones(card, REG_STATUS);
	if (!err && (status & STATUS_CAPABILITIES))
		err = hvb_card_config_read(card, REG_CAPABILITIES, 1, &next);
	else
		next = 0;
	for (unsigned i = 0; !err && i < CAPABILITIES_MAX; i++) {
		*at = next & 0xfc;
		if (*at < 0x40)
			break;
		err = hvb_card_config_read(card, *at, 4, &header);
		if (!err && header == UINT32_MAX)
			return all_ones(card, *at);
		if (!err && (header & 0xff) == id)
			return 0;
		next = header >> 8 & 0xff;
	}
	return err ? err : hvb_card_failed(card, -ENODEV, "configuration space has no capability 0x%x", id);
}

static int size_bar(struct hvb_card *card, unsigned offset, uint64_t *size)
{
	uint32_t low, high = 0;
	int err = hvb_card_config_write(card, offset, 4, 0xffffffff);

	if (!err)
		err = hvb_card_config_read(card, offset, 4, &low);
	*size = 0;
	if (!err && low == UINT32_MAX)          /* no BAR says that it is memory and I/O */
		return all_ones(card, offset);
	if (err || !(low & ~(uint32_t)BAR_FLAGS))
		return err;
	if ((low & BAR_TYPE) != BAR_64)
		return hvb_card_failed(card, -ENODEV, "the BAR at 0x%x has not 64 bits", offset);
	err = hvb_card_config_write(card, offset + 4, 4, 0xffffffff);
	if (!err)
		err = hvb_card_config_read(card, offset + 4, 4, &high);
	*size = ~((uint64_t)high << 32 | (low & ~(uint32_t)BAR_FLAGS)) + 1;
	return err;
}

static int place_bar(struct hvb_card *card, unsigned bar, struct hvb_resources *resources)
{
	unsigned offset = REG_BAR0 + 4 * bar;
	uint64_t size, address = bar_window[bar / 2];
	int err = size_bar(card, offset, &size);

	if (err || !size)
		return err;
	if ((size & (size - 1)) || size > 1ull << 28)
		return hvb_card_failed(card, -ENODEV, "BAR %u has a size of 0x%llx", bar, (unsigned long long)size);
	err = hvb_card_config_write(card, offset, 4, (uint32_t)address);
	if (!err)
		err = hvb_card_config_write(card, offset + 4, 4, (uint32_t)(address >> 32));
	resources->bars[bar].address = address;
	resources->bars[bar].size = size;
	return err;
}

static int set_bits(struct hvb_card *card, unsigned offset, uint32_t bits)
{
	uint32_t value;
	int err = hvb_card_config_read(card, offset, 2, &value);

	if (!err)
		err = hvb_card_config_write(card, offset, 2, value | bits);
	return err;
}

static int enable_msix(struct hvb_card *card, unsigned msix, struct hvb_resources *resources)
{
	uint32_t control;
	int err = hvb_card_config_read(card, msix + MSIX_CONTROL, 2, &control);

	resources->vectors = (control & MSIX_SIZE) + 1;
	if (!err)
		err = hvb_card_config_write(card, msix + MSIX_CONTROL, 2, control | MSIX_ENABLE);
	return err;
}

int hvb_enumerate(struct hvb_card *card, struct hvb_resources *resources)
{
	uint32_t id;
	unsigned msix = 0;
	int err = hvb_card_config_read(card, REG_ID, 4, &id);

	memset(resources, 0, sizeof(*resources));
	if (!err && (id == 0 || id == 0xffffffff))
		return hvb_card_failed(card, -ENODEV, "configuration space at 0x0 reads as 0x%08x", id);
	for (unsigned bar = 0; !err && bar < HVB_CARD_BARS; bar += 2)
		err = place_bar(card, bar, resources);
	if (!err)
		err = hvb_find_capability(card, CAP_PCIE, &resources->pcie);
	if (!err)
		err = hvb_find_capability(card, CAP_MSIX, &msix);
	if (!err)
		err = enable_msix(card, msix, resources);
	if (!err)
		err = set_bits(card, resources->pcie + PCIE_DEVCTL2, DEVCTL2_ATOMIC);
	if (!err)
		err = set_bits(card, REG_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
	return err;
}

int hvb_wait_ready(struct hvb_card *card)
{
	uint64_t state, timeout = 0, end = 0;

	for (unsigned i = 0; i < READY_POLLS && (!end || hvb_card_cycle(card) < end); i++) {
		int err = hvb_card_read(card, HVB_BAR_CTRL, HVB_R_STATE, 8, &state);

		if (!err && state == UINT64_MAX)        /* what nobody answers with */
			return hvb_card_failed(card, -ENODEV, "STATE (BAR 0 at 0x%x) reads as all ones", HVB_R_STATE);
		if (err || !(state & HVB_STATE_INIT_MASK))
			return err;
		if (end)
			continue;
		/* what is in flight is awaited; tables are cleared in less than a request may take */
		if (!(state & HVB_STATE_QUIET_MASK))
			err = hvb_card_read(card, HVB_BAR_CTRL, HVB_R_TIMEOUT, 8, &timeout);
		if (err)
			return err;
		end = hvb_card_cycle(card) + (uint32_t)timeout + hvb_card_timeout(card);
	}
	return hvb_card_failed(card, -ETIMEDOUT, "STATE.INIT (BAR 0 at 0x%x) stays 1", HVB_R_STATE);
}

/* A bus master that is off sends nothing new; what it sent is awaited for a while. The rest the reset itself awaits. */
static int quiet(struct hvb_card *card, const struct hvb_resources *resources)
{
	uint32_t status = DEVSTA_PENDING;
	int err = hvb_card_config_write(card, REG_COMMAND, 2, 0);

	for (unsigned i = 0; !err && i < QUIET_POLLS && (status & DEVSTA_PENDING); i++)
		err = hvb_card_config_read(card, resources->pcie + PCIE_DEVSTA, 2, &status);
	return err;
}

int hvb_function_reset(struct hvb_card *card, const struct hvb_resources *resources)
{
	uint32_t id = 0;
	int err = quiet(card, resources);

	if (!err)
		err = set_bits(card, resources->pcie + PCIE_DEVCTL, DEVCTL_RESET);
	if (err)
		return err;
	for (unsigned i = 0; i < RESET_POLLS; i++) {
		err = hvb_card_config_read(card, REG_ID, 4, &id);
		if (!err && id != 0 && id != 0xffffffff)
			return 0;
		if (err == -ETIMEDOUT)
			return err;
	}
	return hvb_card_failed(card, -ETIMEDOUT, "configuration space at 0x0 still reads as 0x%08x behind a reset", id);
}
