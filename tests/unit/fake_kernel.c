/* SPDX-License-Identifier: MIT */
/* The fake kernel's nodes: containers, groups, iommufd, and the wrapped calls that lead to them. */
#include "fake_kernel.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "driver/vfio_compat.h"

#define FILES 4096
#define IOAS 11u

enum kind { KIND_NONE, KIND_CONTAINER, KIND_GROUP, KIND_IOMMUFD, KIND_DEVICE, KIND_PAGEMAP };

struct fake_kernel fake;

static unsigned char kinds[FILES];
static char log_text[8192];
static size_t log_used;
static bool in_container, type_set, has_ioas, bound, attached, group_open;
static unsigned mappings_held;

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off);
int __real_munmap(void *addr, size_t len);
ssize_t __real_pread(int fd, void *buf, size_t len, off_t off);
ssize_t __real_pwrite(int fd, const void *buf, size_t len, off_t off);
ssize_t __real_readlink(const char *path, char *buf, size_t size);
DIR *__real_opendir(const char *path);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off);
int __wrap_munmap(void *addr, size_t len);
ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t off);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t off);
ssize_t __wrap_readlink(const char *path, char *buf, size_t size);
DIR *__wrap_opendir(const char *path);

static void say(const char *word)
{
	if (log_used + strlen(word) + 2 < sizeof(log_text))
		log_used += (size_t)snprintf(log_text + log_used, sizeof(log_text) - log_used, "%s%s",
					     log_used ? " " : "", word);
}

const char *fake_log(void)
{
	static char taken[sizeof(log_text)];

	memcpy(taken, log_text, log_used + 1);
	log_used = 0;
	log_text[0] = '\0';
	return taken;
}

unsigned fake_open_files(void)
{
	DIR *folder = __real_opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

void fake_start(void)
{
	fake_tree_make();
	fake_device_start();
	fake_log();
}

void fake_stop(void)
{
	for (int fd = 0; fd < FILES; fd++)
		assert_int_equal(kinds[fd], KIND_NONE);
	assert_int_equal(mappings_held, 0);
	assert_int_equal(fake_connected(2) + fake_connected(3) + fake_connected(4), 0);
	assert_int_equal(fake_pinned(), 0);
	assert_false(in_container || group_open || has_ioas || bound || attached);
	fake_device_stop();
	fake_tree_remove();
	memset(&fake, 0, sizeof(fake));
	type_set = false;
}

static int refuse(int err)
{
	errno = err;
	return -1;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static enum kind node_kind(const char *path)
{
	if (!strcmp(path, "/dev/vfio/vfio") && !fake.no_groups)
		return KIND_CONTAINER;
	if (!strcmp(path, fake.noiommu ? "/dev/vfio/noiommu-7" : "/dev/vfio/7"))
		return KIND_GROUP;
	if (!strcmp(path, "/dev/iommu") && fake.generation >= FAKE_6_12 && !fake.no_iommufd)
		return KIND_IOMMUFD;
	if (!strcmp(path, "/dev/vfio/devices/vfio3") && fake.generation >= FAKE_6_12)
		return KIND_DEVICE;
	return KIND_NONE;
}

static int new_file(enum kind kind)
{
	int fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_in_range(fd, 0, FILES - 1);
	kinds[fd] = (unsigned char)kind;
	return fd;
}

static int open_node(const char *path)
{
	enum kind kind = node_kind(path);

	say(strrchr(path, '/') + 1);
	if (kind == KIND_NONE)
		return refuse(ENOENT);
	if (fake.denied && kind != KIND_CONTAINER)
		return refuse(EACCES);
	if (kind == KIND_GROUP && (fake.busy || group_open))
		return refuse(EBUSY);
	group_open |= kind == KIND_GROUP;
	return new_file(kind);
}

int __wrap_open(const char *path, int flags, ...)
{
	char buf[600];
	va_list args;
	mode_t mode;
	int fd;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (!strncmp(path, "/dev/vfio", 9) || !strcmp(path, "/dev/iommu"))
		return open_node(path);
	fd = __real_open(fake_path(path, buf, sizeof(buf)), flags, mode);
	if (fd >= 0 && !strcmp(path, "/proc/self/pagemap"))
		kinds[fd] = KIND_PAGEMAP;
	return fd;
}

/* What the kernel does when the last holder of a file lets go. */
int __wrap_close(int fd)
{
	if (fd >= 0 && fd < FILES && kinds[fd] != KIND_NONE) {
		if (kinds[fd] == KIND_GROUP)
			group_open = false;
		if (kinds[fd] == KIND_DEVICE) {
			say("close-device");
			bound = attached = false;
		}
		kinds[fd] = KIND_NONE;
	}
	return __real_close(fd);
}

/* ---- ioctls ------------------------------------------------------------------------------------------------------ */

static int map_type1(const struct vfio_iommu_type1_dma_map *map)
{
	int err;

	say("MAP_DMA");
	if (map->argsz != sizeof(*map) || !type_set || fake.noiommu)
		return refuse(EINVAL);
	err = fake_dma_map(map->iova, map->size, (void *)(uintptr_t)map->vaddr, map->flags & 3);
	return err ? refuse(-err) : 0;
}

static int unmap_type1(struct vfio_iommu_type1_dma_unmap *unmap)
{
	int64_t gone;

	say("UNMAP_DMA");
	if (unmap->argsz != sizeof(*unmap))
		return refuse(EINVAL);
	gone = fake_dma_unmap(unmap->iova, unmap->size);
	unmap->size = gone < 0 ? 0 : (uint64_t)gone;
	return 0;
}

static int container_ioctl(unsigned long request, void *arg)
{
	unsigned long number = (unsigned long)arg;

	switch (request) {
	case VFIO_GET_API_VERSION:
		say("API_VERSION");
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		say("CHECK_EXTENSION");
		return number == (fake.noiommu ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU);
	case VFIO_SET_IOMMU:
		say("SET_IOMMU");
		if (!in_container || type_set)
			return refuse(EINVAL);
		if (number != (fake.noiommu ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU))
			return refuse(ENODEV);
		if (fake.no_remapping)
			return refuse(EPERM);
		type_set = true;
		return 0;
	case VFIO_IOMMU_GET_INFO:
		say("IOMMU_INFO");
		return type_set ? fake_iommu_info(arg) : refuse(EINVAL);
	case VFIO_IOMMU_MAP_DMA:
		return map_type1(arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_type1(arg);
	default:
		return refuse(ENOTTY);
	}
}

static int group_ioctl(unsigned long request, void *arg)
{
	struct vfio_group_status *status = arg;
	int container;

	switch (request) {
	case VFIO_GROUP_GET_STATUS:
		say("GROUP_STATUS");
		if (status->argsz < sizeof(*status))
			return refuse(EINVAL);
		status->flags = fake.unviable ? 0 : VFIO_GROUP_FLAGS_VIABLE;
		return 0;
	case VFIO_GROUP_SET_CONTAINER:
		say("SET_CONTAINER");
		memcpy(&container, arg, sizeof(container));
		if (in_container || container < 0 || kinds[container] != KIND_CONTAINER)
			return refuse(EINVAL);
		in_container = true;
		return 0;
	case VFIO_GROUP_UNSET_CONTAINER:
		say("UNSET_CONTAINER");
		if (!in_container)
			return refuse(EINVAL);
		if (bound)
			return refuse(EBUSY);
		in_container = type_set = false;
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		say("DEVICE_FD");
		if (!type_set || strcmp(arg, FAKE_BDF))
			return refuse(type_set ? ENODEV : EINVAL);
		bound = true;
		return new_file(KIND_DEVICE);
	default:
		return refuse(ENOTTY);
	}
}

static int iova_ranges(struct iommu_ioas_iova_ranges *ask)
{
	say("IOVA_RANGES");
	return attached && ask->ioas_id == IOAS ? fake_iova_ranges(ask) : refuse(ENOENT);
}

static int map_ioas(struct iommu_ioas_map *map)
{
	unsigned flags = (map->flags & IOMMU_IOAS_MAP_READABLE ? 1u : 0) |
			 (map->flags & IOMMU_IOAS_MAP_WRITEABLE ? 2u : 0);
	int err;

	say("IOAS_MAP");
	if (map->size != sizeof(*map) || map->ioas_id != IOAS || !(map->flags & IOMMU_IOAS_MAP_FIXED_IOVA))
		return refuse(EINVAL);
	err = fake_dma_map(map->iova, map->length, (void *)(uintptr_t)map->user_va, flags);
	return err ? refuse(-err) : 0;
}

static int iommufd_ioctl(unsigned long request, void *arg)
{
	struct iommu_ioas_unmap *unmap = arg;
	struct iommu_ioas_alloc *alloc = arg;
	const struct iommu_destroy *destroy = arg;
	int64_t gone;

	switch (request) {
	case IOMMU_IOAS_ALLOC:
		say("IOAS_ALLOC");
		has_ioas = true;
		alloc->out_ioas_id = IOAS;
		return 0;
	case IOMMU_IOAS_IOVA_RANGES:
		return iova_ranges(arg);
	case IOMMU_IOAS_MAP:
		return map_ioas(arg);
	case IOMMU_IOAS_UNMAP:
		say("IOAS_UNMAP");
		gone = fake_dma_unmap(unmap->iova, unmap->length);
		unmap->length = gone < 0 ? 0 : (uint64_t)gone;
		return gone < 0 ? refuse((int)-gone) : 0;
	case IOMMU_DESTROY:
		say("DESTROY");
		if (destroy->id != IOAS || attached)
			return refuse(attached ? EBUSY : ENOENT);
		has_ioas = false;
		return 0;
	default:
		return refuse(ENOTTY);
	}
}

/* Those that bring a device of its own node to life; the others need it alive. */
static int device_ioctl(unsigned long request, void *arg)
{
	const struct vfio_device_bind_iommufd *bind = arg;
	const struct vfio_device_attach_iommufd_pt *attach = arg;

	switch (request) {
	case VFIO_DEVICE_BIND_IOMMUFD:
		say("BIND");
		/* open already: by its own node, or by the group's */
		if (fake.busy)
			return refuse(fake.no_groups ? EINVAL : EBUSY);
		if (fake.unviable || fake.no_remapping)
			return refuse(EPERM);
		if (bound || bind->argsz < 16 || bind->flags || kinds[bind->iommufd] != KIND_IOMMUFD)
			return refuse(EINVAL);
		bound = true;
		return 0;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		say("ATTACH");
		if (!bound || attach->pt_id != IOAS)
			return refuse(EINVAL);
		attached = true;
		return 0;
	case VFIO_DEVICE_DETACH_IOMMUFD_PT:
		say("DETACH");
		attached = false;
		return 0;
	default:
		return bound ? fake_device_ioctl(request, arg) : refuse(EINVAL);
	}
}

static void say_device(unsigned long request)
{
	if (request == VFIO_DEVICE_GET_INFO)
		say("INFO");
	else if (request == VFIO_DEVICE_GET_REGION_INFO)
		say("REGION");
	else if (request == VFIO_DEVICE_GET_IRQ_INFO)
		say("IRQ");
	else if (request == VFIO_DEVICE_SET_IRQS)
		say("SET_IRQS");
	else if (request == VFIO_DEVICE_RESET)
		say("RESET");
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	enum kind kind = fd >= 0 && fd < FILES ? (enum kind)kinds[fd] : KIND_NONE;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (kind == KIND_NONE)
		return __real_ioctl(fd, request, arg);
	if (kind == KIND_DEVICE)
		say_device(request);
	if (fake.with && request == fake.fails)
		return refuse(fake.with);
	switch (kind) {
	case KIND_CONTAINER:
		return container_ioctl(request, arg);
	case KIND_GROUP:
		return group_ioctl(request, arg);
	case KIND_IOMMUFD:
		return iommufd_ioctl(request, arg);
	default:
		return device_ioctl(request, arg);
	}
}

/* ---- memory and the rest ----------------------------------------------------------------------------------------- */

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	uint64_t at = (uint64_t)off;
	void *got;

	if (fd < 0 || fd >= FILES || kinds[fd] != KIND_DEVICE)
		return __real_mmap(addr, len, prot, flags, fd, off);
	fd = fake_region_file(&at, len);
	if (fd < 0) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	got = __real_mmap(addr, len, prot, flags, fd, (off_t)at);
	if (got != MAP_FAILED)
		__atomic_fetch_add(&mappings_held, 1, __ATOMIC_RELAXED);
	return got;
}

/* Only the backend unmaps in these programs. */
int __wrap_munmap(void *addr, size_t len)
{
	int err = __real_munmap(addr, len);

	if (!err && mappings_held)
		mappings_held--;
	return err;
}

ssize_t __wrap_pread(int fd, void *buf, size_t len, off_t off)
{
	uint64_t entry, page = (uint64_t)off / sizeof(entry);

	if (fd >= 0 && fd < FILES && kinds[fd] == KIND_PAGEMAP) {
		entry = 1ull << 63 | (0x100000 + (page & 0xfff) * (fake.scattered ? 2 : 1));
		memcpy(buf, &entry, sizeof(entry));
		return sizeof(entry);
	}
	if (fd < 0 || fd >= FILES || kinds[fd] != KIND_DEVICE)
		return __real_pread(fd, buf, len, off);
	return bound ? fake_region(false, buf, len, (uint64_t)off) : refuse(EINVAL);
}

ssize_t __wrap_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	if (fd < 0 || fd >= FILES || kinds[fd] != KIND_DEVICE)
		return __real_pwrite(fd, buf, len, off);
	return bound ? fake_region(true, (void *)(uintptr_t)buf, len, (uint64_t)off) : refuse(EINVAL);
}

ssize_t __wrap_readlink(const char *path, char *buf, size_t size)
{
	char full[600];

	return __real_readlink(fake_path(path, full, sizeof(full)), buf, size);
}

DIR *__wrap_opendir(const char *path)
{
	char full[600];

	return __real_opendir(fake_path(path, full, sizeof(full)));
}
