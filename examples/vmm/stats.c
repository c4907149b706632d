/* SPDX-License-Identifier: MIT */
/* KVM's own count of exits of a vCPU. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "machine.h"

#define NAME_MAX_BYTES 64u
#define STATS_MAX 200u

struct description {
	struct kvm_stats_desc head;
	char name[NAME_MAX_BYTES];
};

static uint64_t read_exits(int fd)
{
	struct kvm_stats_header header;
	struct description description;
	uint64_t value;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) || header.name_size > NAME_MAX_BYTES)
		return 0;
	for (uint32_t i = 0; i < header.num_desc && i < STATS_MAX; i++) {
		size_t size = sizeof(description.head) + header.name_size;

		memset(&description, 0, sizeof(description));
		if (pread(fd, &description, size, (off_t)(header.desc_offset + i * size)) != (ssize_t)size)
			return 0;
		if (strncmp(description.head.name, "exits", header.name_size) == 0)
			return pread(fd, &value, sizeof(value), (off_t)header.data_offset + description.head.offset) ==
				(ssize_t)sizeof(value) ? value : 0;
	}
	return 0;
}

uint64_t machine_exits(struct machine *machine, unsigned vp)
{
	int fd = ioctl(machine->vp[vp].fd, KVM_GET_STATS_FD, NULL);
	uint64_t exits;

	if (fd < 0)
		return 0;
	exits = read_exits(fd);
	close(fd);
	return exits;
}
