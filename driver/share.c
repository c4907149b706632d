/* SPDX-License-Identifier: MIT */
/* What kind of memory it is stands in /proc/self/maps; private memory gets a memfd in its place. */
#include "driver/share.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* One line of /proc/self/maps. */
struct mapping {
	uint64_t start, end, offset, device, inode;
	int protection;
	bool shared;
};

static bool parse(const char *line, struct mapping *m)
{
	unsigned long start, end, offset, inode;
	unsigned int major, minor;
	char rights[5];

	if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu", &start, &end, rights, &offset, &major, &minor, &inode) != 7)
		return false;
	*m = (struct mapping){ .start = start, .end = end, .offset = offset, .device = makedev(major, minor),
			       .inode = inode, .shared = rights[3] == 's' };
	m->protection = (rights[0] == 'r' ? PROT_READ : 0) | (rights[1] == 'w' ? PROT_WRITE : 0) |
			(rights[2] == 'x' ? PROT_EXEC : 0);
	return true;
}

/* Whether a mapping goes on where the one before it ended, with more of the same. */
static bool continues(const struct mapping *first, const struct mapping *m)
{
	if (m->shared != first->shared || m->protection != first->protection)
		return false;
	return !m->shared || (m->device == first->device && m->inode == first->inode &&
			      m->offset - first->offset == m->start - first->start);
}

/* The mapping that [addr, addr+len) begins in. -EINVAL a part is not mapped, -ENOTSUP several kinds. */
static int look(uint64_t addr, size_t len, struct mapping *first)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t at = addr, end = addr + len;
	int err = maps ? 0 : -errno;
	size_t capacity = 0;
	char *line = NULL;
	struct mapping m;

	while (!err && at < end && getline(&line, &capacity, maps) > 0) {
		if (!parse(line, &m) || m.end <= at)
			continue;
		if (m.start > at)
			break;
		if (at == addr)
			*first = m;
		else if (!continues(first, &m))
			err = -ENOTSUP;
		at = m.end;
	}
	free(line);
	if (maps)
		fclose(maps);
	return err ? err : at < end ? -EINVAL : 0;
}

static bool is_file(int fd, const struct mapping *m)
{
	struct stat status;

	return !fstat(fd, &status) && status.st_dev == m->device && status.st_ino == m->inode &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

/* A copy of one of this process's descriptors of the mapping's file; -1. */
static int find_descriptor(const struct mapping *m)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = -1;

	while (folder && found < 0 && (entry = readdir(folder))) {
		int fd = entry->d_name[0] == '.' ? -1 : atoi(entry->d_name);

		if (fd >= 0 && is_file(fd, m))
			found = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (found >= 0 && !is_file(found, m)) {  /* closed and used again in between */
			close(found);
			found = -1;
		}
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Opening by mapping needs a right that few have. */
static int open_file(const struct mapping *m)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)m->start, (unsigned long)m->end);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !is_file(fd, m)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = find_descriptor(m);
	return fd < 0 ? -ENOTSUP : fd;
}

/* A file of the memory's contents, that cannot become shorter than what is mapped of it. */
static int copy_to_file(const void *addr, size_t len)
{
	int fd = memfd_create("hvbell", MFD_CLOEXEC | MFD_ALLOW_SEALING), err = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)len))
		err = -errno;
	for (size_t done = 0; !err && done < len;) {
		ssize_t n = pwrite(fd, (const char *)addr + done, len - done, (off_t)done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			err = n ? -errno : -EIO;
	}
	if (!err && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* The new mapping is made elsewhere and moved, so that a failure leaves what there was. */
static int replace(void *addr, size_t len, void *new)
{
	int err;

	if (new == MAP_FAILED)
		return -errno;
	if (mremap(new, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, addr) != MAP_FAILED)
		return 0;
	err = -errno;
	munmap(new, len);
	return err;
}

static int share_private(struct hvb_share *share, int *fd)
{
	struct stat status;
	int file = copy_to_file(share->addr, share->len), err = 0;

	if (file < 0)
		return file;
	if (fstat(file, &status))
		err = -errno;
	if (!err)
		err = replace(share->addr, share->len,
			      mmap(NULL, share->len, share->protection, MAP_SHARED, file, 0));
	if (err) {
		close(file);
		return err;
	}
	share->device = status.st_dev;
	share->inode = status.st_ino;
	share->replaced = true;
	*fd = file;
	return 0;
}

int hvb_share(void *addr, size_t len, bool write, struct hvb_share *share, int *fd)
{
	int need = PROT_READ | (write ? PROT_WRITE : 0), saved = errno, err;
	struct mapping m = { 0 };

	*share = (struct hvb_share){ .addr = addr, .len = len };
	err = look((uintptr_t)addr, len, &m);
	if (!err && (m.protection & need) != need)
		err = -EINVAL;
	share->protection = m.protection;
	if (!err && !m.shared) {
		err = share_private(share, fd);
	} else if (!err) {
		share->offset = m.offset + ((uintptr_t)addr - m.start);
		*fd = open_file(&m);
		err = *fd < 0 ? *fd : 0;
	}
	errno = saved;
	return err;
}

static int make_private(const struct hvb_share *share)
{
	void *copy = mmap(NULL, share->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -errno;
	memcpy(copy, share->addr, share->len);
	if (mprotect(copy, share->len, share->protection)) {
		int err = -errno;

		munmap(copy, share->len);
		return err;
	}
	return replace(share->addr, share->len, copy);
}

int hvb_unshare(const struct hvb_share *share)
{
	int saved = errno, err = 0;
	struct mapping m;

	if (share->replaced && !look((uintptr_t)share->addr, share->len, &m) && m.shared &&
	    m.device == share->device && m.inode == share->inode && (m.protection & PROT_READ))
		err = make_private(share);
	errno = saved;
	return err;
}
