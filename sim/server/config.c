/* SPDX-License-Identifier: MIT */
/*
 * Configuration space as a host kernel shows it to a VFIO user: the card's own, but for what the kernel keeps to
 * itself. BAR addresses and memory space are the server's, the client has copies; MSI-X is on while vectors are
 * connected; a function level reset is carried out by the server, which then puts back what is its own, and is over
 * when the client has its answer (Status: Immediate Readiness, without which Linux sleeps 100 ms after each). Bus
 * master, AtomicOp requester, power state and all else are the client's.
 */
#include <errno.h>
#include <string.h>
#include "sim/enumerate.h"
#include "sim/vectors.h"
#include "state.h"

enum {
	REG_COMMAND = 0x04, COMMAND_MEMORY = 1 << 1, REG_STATUS = 0x06, STATUS_READY = 1 << 0,
	REG_BARS = 0x10, REG_BARS_END = 0x28,
	CAP_PCIE = 0x10, CAP_MSIX = 0x11,
	PCIE_DEVCTL_HIGH = 9, DEVCTL_HIGH_RESET = 1 << 7, PCIE_DEVCTL2 = 0x28,
	MSIX_CONTROL = 2, MSIX_CONTROL_HIGH = 3, MSIX_CONTROL_BITS = 0xc0, MSIX_ENABLE = 1 << 15,
};

static uint32_t bar_writable(const struct hvb_server *server, unsigned bar)
{
	uint64_t size = hvb_card_bar_size(server->card, bar & ~1u);

	return size ? (uint32_t)(~(size - 1) >> (bar & 1 ? 32 : 0)) : 0;
}

/* Memory space stays on in the card: its MSI-X table must be within reach. */
static int lower(struct hvb_server *server)
{
	int err = hvb_card_config_write(server->card, REG_COMMAND, 2, COMMAND_MEMORY);

	if (!err)
		err = hvb_card_config_write(server->card, server->config.pcie + PCIE_DEVCTL2, 2, 0);
	if (!err)
		err = server_msix_switch(server, server->msix_on);
	return err;
}

static void forget(struct server_config *config)
{
	config->memory = false;
	config->msix_control = 0;
	for (unsigned i = 0; i < 6; i++)
		config->bars[i] &= i & 1 ? 0 : 0xf;      /* an odd one is the upper half of the one before */
}

int server_config_init(struct hvb_server *server)
{
	struct server_config *config = &server->config;
	int err = hvb_find_capability(server->card, CAP_PCIE, &config->pcie);

	if (!err)
		err = hvb_find_capability(server->card, CAP_MSIX, &config->msix);
	for (unsigned i = 0; !err && i < 6; i += 2)
		if (hvb_card_bar_size(server->card, i))
			err = hvb_card_config_read(server->card, REG_BARS + 4 * i, 4, &config->bars[i]);
	forget(config);
	return err;
}

int server_msix_switch(struct hvb_server *server, bool on)
{
	server->msix_on = on;
	return hvb_card_config_write(server->card, server->config.msix + MSIX_CONTROL, 2, on ? MSIX_ENABLE : 0);
}

int server_reset(struct hvb_server *server)
{
	int err = hvb_card_reset(server->card);

	forget(&server->config);
	for (unsigned vector = 0; !err && vector < server->vectors; vector++)
		if (server->connected[vector])
			hvb_vector_restore(server->card, vector);
	return err ? err : lower(server);
}

static void overlay(const struct hvb_server *server, unsigned at, unsigned char *byte)
{
	const struct server_config *config = &server->config;

	if (at == REG_COMMAND)
		*byte = (unsigned char)((*byte & ~COMMAND_MEMORY) | (config->memory ? COMMAND_MEMORY : 0));
	else if (at == REG_STATUS)
		*byte |= STATUS_READY;
	else if (at >= REG_BARS && at < REG_BARS_END)
		*byte = (unsigned char)(config->bars[(at - REG_BARS) / 4] >> 8 * (at % 4));
	else if (at == config->msix + MSIX_CONTROL_HIGH)
		*byte = (unsigned char)((*byte & ~MSIX_CONTROL_BITS) | config->msix_control);
}

int server_config_read(struct hvb_server *server, unsigned offset, unsigned count, unsigned char *data)
{
	uint32_t word = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned at = offset + i;
		int err = i && at % 4 ? 0 : hvb_card_config_read(server->card, at & ~3u, 4, &word);

		if (err)
			return err;
		data[i] = (unsigned char)(word >> 8 * (at % 4));
		overlay(server, at, &data[i]);
	}
	return 0;
}

static void write_bar(struct hvb_server *server, unsigned at, unsigned char byte)
{
	unsigned bar = (at - REG_BARS) / 4, shift = 8 * (at % 4);
	uint32_t mask = bar_writable(server, bar) & 0xffu << shift;

	server->config.bars[bar] = (server->config.bars[bar] & ~mask) | ((uint32_t)byte << shift & mask);
}

/* One byte of what is partly or wholly the server's; true where the card is to get it, too. */
static bool take_byte(struct hvb_server *server, unsigned at, unsigned char *byte)
{
	if (at >= REG_BARS && at < REG_BARS_END) {
		write_bar(server, at, *byte);
		return false;
	}
	if (at == server->config.msix + MSIX_CONTROL_HIGH) {
		server->config.msix_control = *byte & MSIX_CONTROL_BITS;
		return false;
	}
	if (at == REG_COMMAND) {
		server->config.memory = *byte & COMMAND_MEMORY;
		*byte |= COMMAND_MEMORY;
	}
	return true;
}

static bool is_special(const struct hvb_server *server, unsigned at)
{
	return (at >= REG_BARS && at < REG_BARS_END) || at == REG_COMMAND ||
	       at == server->config.pcie + PCIE_DEVCTL_HIGH || at == server->config.msix + MSIX_CONTROL_HIGH;
}

/* 1, 2 or 4 bytes in one piece, as long as nothing special is among them. */
static unsigned piece(const struct hvb_server *server, unsigned at, unsigned left)
{
	unsigned size = left >= 4 && at % 4 == 0 ? 4 : left >= 2 && at % 2 == 0 ? 2 : 1;

	for (unsigned i = 0; i < size; i++)
		if (is_special(server, at + i))
			return size == 4 && i >= 2 ? 2 : 1;
	return size;
}

int server_config_write(struct hvb_server *server, unsigned offset, unsigned count, const unsigned char *data)
{
	unsigned size;

	for (unsigned i = 0; i < count; i += size) {
		unsigned char bytes[4] = { 0 };
		unsigned at = offset + i;
		uint32_t value;
		int err = 0;

		size = piece(server, at, count - i);
		memcpy(bytes, data + i, size);
		value = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
		if (at == server->config.pcie + PCIE_DEVCTL_HIGH && (bytes[0] & DEVCTL_HIGH_RESET))
			return server_reset(server);
		if (size > 1 || !is_special(server, at))
			err = hvb_card_config_write(server->card, at, size, value);
		else if (take_byte(server, at, bytes))
			err = hvb_card_config_write(server->card, at, 1, bytes[0]);
		if (err)
			return err;
	}
	return 0;
}
