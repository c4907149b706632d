/* SPDX-License-Identifier: MIT */
/* The "vfio-user" backend's table of operations: "vfio-user:/path/of/socket". */
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "driver/backends.h"
#include "driver/config.h"
#include "driver/url.h"
#include "driver/vfio_user.h"

static int vfu_region_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info)
{
	const struct vfu_region *here;

	if (region >= VFU_REGIONS)
		return -EINVAL;
	here = &vfu_of(dev)->regions[region];
	info->size = here->size;
	info->flags = here->fd >= 0 ? HVB_REGION_CAN_MAP : 0;
	return 0;
}

static int check_access(const struct vfu_dev *vfu, unsigned region, uint64_t off, size_t len)
{
	return hvb_dev_check(region, region < VFU_REGIONS ? vfu->regions[region].size : 0, off, len);
}

static bool same(const struct hvb_vfu_access *a, const struct hvb_vfu_access *b)
{
	return a->offset == b->offset && a->region == b->region && a->count == b->count;
}

static int vfu_region_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len)
{
	struct vfu_dev *vfu = vfu_of(dev);
	struct hvb_vfu_access access = { .offset = off, .region = region, .count = (uint32_t)len };
	struct {
		struct hvb_vfu_access access;
		unsigned char data[sizeof(uint64_t)];
	} reply = { 0 };
	struct vfu_request request = { .command = HVB_VFU_REGION_READ, .body = &access, .length = sizeof(access),
				       .reply = &reply, .reply_min = sizeof(access) + len,
				       .reply_max = sizeof(access) + len };
	int err = check_access(vfu, region, off, len);

	if (!err)
		err = vfu_request(&vfu->connection, &request);
	if (err)
		return err;
	if (!same(&access, &reply.access))
		return vfu_violation(&vfu->connection);
	memcpy(buf, reply.data, len);
	return 0;
}

static int vfu_region_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len)
{
	struct vfu_dev *vfu = vfu_of(dev);
	struct hvb_vfu_access access = { .offset = off, .region = region, .count = (uint32_t)len };
	struct hvb_vfu_access reply = { 0 };
	struct vfu_request request = { .command = HVB_VFU_REGION_WRITE, .body = &access, .length = sizeof(access),
				       .data = buf, .data_length = len, .reply = &reply,
				       .reply_min = sizeof(reply), .reply_max = sizeof(reply) };
	int err = check_access(vfu, region, off, len);

	if (err)
		return err;
	if (region != HVB_REGION_CONFIG)
		return vfu_post(&vfu->connection, &access, buf);
	err = vfu_request(&vfu->connection, &request);
	if (!err && !same(&access, &reply))
		return vfu_violation(&vfu->connection);
	return err;
}

/* A file that ends before the mapping does would be a SIGBUS. */
static int check_file(int fd, uint64_t offset, size_t length)
{
	struct stat status;

	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode) || offset > INT64_MAX || (uint64_t)status.st_size < offset ||
	    (uint64_t)status.st_size - offset < length)
		return -ENOTSUP;
	return 0;
}

static int map_region(const struct vfu_region *here, uint64_t off, size_t len, void **addr)
{
	uint64_t offset;
	int err;

	if (!vfu_mappable(here, off, len) || __builtin_add_overflow(here->fd_offset, off, &offset))
		return -ENOTSUP;
	err = check_file(here->fd, offset, len);
	if (err)
		return err;
	*addr = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, here->fd, (off_t)offset);
	return *addr == MAP_FAILED ? -errno : 0;
}

static int vfu_region_map(struct hvb_dev *dev, unsigned region, uint64_t off, size_t len, void **addr)
{
	int saved = errno, err;

	if (region >= VFU_REGIONS || !len)
		return -EINVAL;
	err = map_region(&vfu_of(dev)->regions[region], off, len, addr);
	errno = saved;
	return err;
}

static int vfu_region_unmap(struct hvb_dev *dev, void *addr, size_t len)
{
	int saved = errno, err = munmap(addr, len) ? -errno : 0;

	(void)dev;
	errno = saved;
	return err;
}

static int vfu_irq_count(struct hvb_dev *dev, unsigned irq, unsigned *count)
{
	if (irq != HVB_IRQ_MSIX && irq != HVB_IRQ_ERR && irq != HVB_IRQ_REQ)
		return -EINVAL;
	*count = vfu_of(dev)->irqs[irq];
	return 0;
}

static int send_irqs(struct vfu_dev *vfu, uint32_t data, unsigned irq, unsigned start, unsigned count, const int *fds,
		     unsigned fd_count)
{
	struct vfio_irq_set set = { .argsz = sizeof(set), .flags = data | VFIO_IRQ_SET_ACTION_TRIGGER, .index = irq,
				    .start = start, .count = count };
	struct vfu_request request = { .command = HVB_VFU_SET_IRQS, .body = &set, .length = sizeof(set), .fds = fds,
				       .fd_count = fd_count };

	return vfu_request(&vfu->connection, &request);
}

/* How many of the descriptors go in one message: valid ones, or ones that are to be disconnected. */
static unsigned run(const int *eventfds, unsigned count, unsigned limit)
{
	unsigned n = 1;

	while (n < count && (eventfds[n] < 0) == (eventfds[0] < 0) && (eventfds[0] < 0 || n < limit))
		n++;
	return n;
}

static int vfu_irq_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds)
{
	struct vfu_dev *vfu = vfu_of(dev);
	unsigned have;
	int err = vfu_irq_count(dev, irq, &have);

	if (!err && (start > have || count > have - start))
		err = -EINVAL;
	for (unsigned i = 0, n; !err && i < count; i += n) {
		n = run(eventfds + i, count - i, vfu->connection.limits.fds);
		err = send_irqs(vfu, VFIO_IRQ_SET_DATA_EVENTFD, irq, start + i, n, eventfds + i,
				eventfds[i] < 0 ? 0 : n);
	}
	return err;
}

/* Disconnects every interrupt of an index. */
static int end_irqs(struct vfu_dev *vfu, unsigned irq)
{
	return vfu->irqs[irq] ? send_irqs(vfu, VFIO_IRQ_SET_DATA_NONE, irq, 0, 0, NULL, 0) : 0;
}

static int vfu_reset(struct hvb_dev *dev)
{
	struct vfu_dev *vfu = vfu_of(dev);
	struct vfu_request request = { .command = HVB_VFU_RESET };
	int err;

	if (!vfu->can_reset)
		return -ENOTSUP;
	err = end_irqs(vfu, HVB_IRQ_MSIX);
	if (!err)
		err = vfu_request(&vfu->connection, &request);
	return err ? err : hvb_config_enable(dev, true, NULL);
}

/* The server executes AtomicOps on memory that it has mapped. */
static int vfu_atomics(struct hvb_dev *dev)
{
	(void)dev;
	return 1;
}

static int vfu_stats(struct hvb_dev *dev, struct hvb_dev_stat *stats, int max)
{
	const struct vfu_stats *s = &vfu_of(dev)->connection.stats;
	const struct hvb_dev_stat all[] = {
		{ "requests", s->requests },
		{ "posted", s->posted },
		{ "replies", s->replies },
		{ "dma_reads", s->dma_reads },
		{ "dma_writes", s->dma_writes },
		{ "dma_denied", s->dma_denied },
	};
	int count = (int)(sizeof(all) / sizeof(*all));

	for (int i = 0; i < count && i < max; i++)
		stats[i] = all[i];
	return count;
}

static void vfu_close_dev(struct hvb_dev *dev)
{
	struct vfu_dev *vfu = vfu_of(dev);

	hvb_config_disable(dev);
	for (unsigned irq = HVB_IRQ_MSIX; irq < VFU_IRQS; irq++)
		end_irqs(vfu, irq);
	vfu_dma_end(vfu);
	vfu_stop(&vfu->connection);
	vfu_close(&vfu->connection);
	vfu_dma_free(&vfu->dma);
	vfu_forget(vfu);
	free(vfu);
}

/* Says what became of the connection, where that is why something else failed. */
static int explain(struct vfu_dev *vfu, int err, const char *path, struct hvb_diag *diag)
{
	int why = vfu->connection.dead;

	if (!why)
		return err;
	return hvb_diag(diag, err, path, "look at what the server says, and start it again", "%s",
			why == -EPROTO ? "the server breaks the protocol" :
			why == -ETIMEDOUT ? "the server does not answer" : "the server went away");
}

static int start(struct vfu_dev *vfu, const char *path, struct hvb_diag *diag)
{
	int err = vfu_open(&vfu->connection, path, VFU_TIMEOUT_MS, diag);

	if (err)
		return err;
	vfu_dma_init(&vfu->dma);
	err = vfu_start(&vfu->connection, vfu_serve, vfu);
	if (!err)
		return 0;
	vfu_dma_free(&vfu->dma);
	vfu_close(&vfu->connection);
	return hvb_diag(diag, err, path, "", "no thread to receive: %s", strerror(-err));
}

static int vfu_open_dev(const char *rest, struct hvb_dev **dev, struct hvb_diag *diag)
{
	static const char *const options[] = { NULL };
	struct vfu_dev *vfu;
	char path[sizeof((*dev)->url)];
	int err = hvb_url_check(rest, options, diag);

	if (err)
		return err;
	snprintf(path, sizeof(path), "%.*s", (int)hvb_url_name_length(rest), rest);
	vfu = calloc(1, sizeof(*vfu));
	if (!vfu)
		return hvb_diag(diag, -ENOMEM, path, "", "no memory for a card's connection");
	vfu->dev.ops = &hvb_vfio_user_ops;
	err = start(vfu, path, diag);
	if (err) {
		free(vfu);
		return err;
	}
	err = vfu_ask(vfu, diag);
	if (!err)
		err = hvb_config_enable(&vfu->dev, true, diag);
	if (!err) {
		*dev = &vfu->dev;
		return 0;
	}
	err = explain(vfu, err, path, diag);
	vfu_close_dev(&vfu->dev);
	return err;
}

const struct hvb_dev_ops hvb_vfio_user_ops = {
	.scheme = "vfio-user",
	.open = vfu_open_dev,
	.close = vfu_close_dev,
	.region_info = vfu_region_info,
	.region_read = vfu_region_read,
	.region_write = vfu_region_write,
	.region_map = vfu_region_map,
	.region_unmap = vfu_region_unmap,
	.irq_count = vfu_irq_count,
	.irq_set = vfu_irq_set,
	.dma_map = vfu_dma_map,
	.dma_unmap = vfu_dma_unmap,
	.reset = vfu_reset,
	.atomics = vfu_atomics,
	.stats = vfu_stats,
};
