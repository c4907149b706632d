/* SPDX-License-Identifier: MIT */
/* Looking through /proc for the process that has a file open. */
#include "driver/owner.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void command_of(long pid, char *comm, size_t size)
{
	char path[64];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, comm, size - 1);
		close(fd);
	}
	comm[got > 0 ? got : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

static bool has_open(long pid, const char *node)
{
	const struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	folder = opendir(path);
	if (!folder)
		return false;
	while (!found && (entry = readdir(folder))) {
		char link[384], target[128];
		ssize_t got;

		snprintf(link, sizeof(link), "/proc/%ld/fd/%s", pid, entry->d_name);
		got = readlink(link, target, sizeof(target) - 1);
		target[got > 0 ? got : 0] = '\0';
		found = !strcmp(target, node);
	}
	closedir(folder);
	return found;
}

/* Not this process: it may have the node open to find out that the card is in use. */
static void find_holder(const char *node, char *owner, size_t size)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;

	if (!folder)
		return;
	while (!owner[0] && (entry = readdir(folder))) {
		long pid = strtol(entry->d_name, NULL, 10);
		char comm[32];

		if (pid <= 0 || pid == getpid() || !has_open(pid, node))
			continue;
		command_of(pid, comm, sizeof(comm));
		snprintf(owner, size, "process %ld (%s)", pid, comm);
	}
	closedir(folder);
}

void hvb_card_owner(const struct hvb_pci *pci, char *owner, size_t size)
{
	char group[40];

	owner[0] = '\0';
	snprintf(group, sizeof(group), "/dev/vfio/%s%d", pci->noiommu ? "noiommu-" : "", pci->group);
	if (pci->group >= 0)
		find_holder(group, owner, size);
	if (!owner[0] && pci->cdev[0])
		find_holder(pci->cdev, owner, size);
}
