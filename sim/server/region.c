/* SPDX-License-Identifier: MIT */
/* The BARs: every access in as few naturally aligned TLPs as its place allows, in the order in which they come. */
#include <errno.h>
#include <string.h>
#include "state.h"

#define TABLE_BAR 4u
#define TABLE_ENTRY_BYTES 16u

uint64_t server_region_size(const struct hvb_server *server, unsigned region)
{
	if (region == SERVER_REGION_CONFIG)
		return SERVER_CONFIG_BYTES;
	return hvb_card_bar_size(server->card, region);
}

static int check(const struct hvb_server *server, const struct hvb_vfu_access *access)
{
	uint64_t size = server_region_size(server, access->region);

	if (!size || access->count > HVB_VFU_DATA_MAX || access->offset > size || access->count > size - access->offset)
		return -EINVAL;
	if (access->region != SERVER_REGION_CONFIG && !server->config.memory)
		return -EIO;
	return 0;
}

/* Bytes of the next TLP of an access that has `left` more at `at`. */
static unsigned piece(uint64_t at, uint32_t left)
{
	unsigned size = 8;

	while (at % size || size > left)
		size /= 2;
	return size;
}

int server_region_read(struct hvb_server *server, const struct hvb_vfu_access *access, unsigned char *data)
{
	int err = check(server, access);
	unsigned size;

	if (!err && access->region == SERVER_REGION_CONFIG)
		return server_config_read(server, (unsigned)access->offset, access->count, data);
	for (uint32_t i = 0; !err && i < access->count; i += size) {
		uint64_t value;

		size = piece(access->offset + i, access->count - i);
		err = hvb_card_read(server->card, access->region, access->offset + i, size, &value);
		memcpy(data + i, &value, size);
	}
	return err;
}

int server_region_write(struct hvb_server *server, const struct hvb_vfu_access *access, const unsigned char *data)
{
	uint64_t table = access->region == TABLE_BAR ? (uint64_t)TABLE_ENTRY_BYTES * server->vectors : 0;
	int err = check(server, access);
	unsigned size;

	if (!err && access->region == SERVER_REGION_CONFIG)
		return server_config_write(server, (unsigned)access->offset, access->count, data);
	for (uint32_t i = 0; !err && i < access->count; i += size) {
		uint64_t value = 0;

		size = piece(access->offset + i, access->count - i);
		memcpy(&value, data + i, size);
		if (access->offset + i >= table)        /* the table is the server's */
			hvb_card_write(server->card, access->region, access->offset + i, size, value);
	}
	return err;
}
