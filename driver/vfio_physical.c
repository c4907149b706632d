/* SPDX-License-Identifier: MIT */
/* Without an IOMMU the card sees physical addresses. The pages are locked, and the kernel must be told not to move
 * locked pages, nor to gather them into huge ones; only where they are adjacent in memory can they be one range. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "driver/vfio.h"

#define COMPACT "/proc/sys/vm/compact_unevictable_allowed"
#define PAGEMAP "/proc/self/pagemap"
#define PRESENT (1ull << 63)
#define FRAME ((1ull << 55) - 1)

int vfio_physical_allowed(void)
{
	int saved = errno, fd = open(COMPACT, O_RDONLY | O_CLOEXEC), err = 0;
	char digit = '0';

	/* a kernel without it moves no pages */
	if (fd >= 0 && (read(fd, &digit, 1) != 1 || digit != '0'))
		err = -ENOTSUP;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return err;
}

/* Faults every page in, writable ones as the process's own. */
static void touch(unsigned char *addr, size_t len, bool writable)
{
	for (size_t at = 0; at < len; at += VFIO_PAGE)
		if (writable)
			__atomic_fetch_or(&addr[at], 0, __ATOMIC_RELAXED);
		else
			(void)__atomic_load_n(&addr[at], __ATOMIC_RELAXED);
}

static int find_pages(int pagemap, const unsigned char *addr, size_t len, uint64_t *physical)
{
	for (size_t at = 0; at < len; at += VFIO_PAGE) {
		off_t where = (off_t)((uintptr_t)(addr + at) / VFIO_PAGE * sizeof(uint64_t));
		uint64_t entry;

		if (pread(pagemap, &entry, sizeof(entry), where) != (ssize_t)sizeof(entry))
			return -EIO;
		if (!(entry & PRESENT))
			return -EFAULT;
		/* the kernel shows frames to the superuser only */
		if (!(entry & FRAME))
			return -EPERM;
		if (!at)
			*physical = (entry & FRAME) * VFIO_PAGE;
		else if (*physical + at != (entry & FRAME) * VFIO_PAGE)
			return -ENOTSUP;
	}
	return 0;
}

int vfio_physical_lock(void *addr, size_t len, bool writable, uint64_t *physical)
{
	int saved = errno, pagemap, err = vfio_physical_allowed();

	if (!err && mlock(addr, len))
		err = -errno;
	madvise(addr, len, MADV_NOHUGEPAGE);
	errno = saved;
	if (err)
		return err;
	touch(addr, len, writable);
	pagemap = open(PAGEMAP, O_RDONLY | O_CLOEXEC);
	err = pagemap < 0 ? -errno : find_pages(pagemap, addr, len, physical);
	if (pagemap >= 0)
		close(pagemap);
	errno = saved;
	return err;
}
