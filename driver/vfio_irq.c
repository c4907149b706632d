/* SPDX-License-Identifier: MIT */
/* Interrupts: the kernel writes an eventfd for each. It programs the MSI-X table; nobody else may. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "driver/vfio.h"

/* eventfds NULL: no data, which with a count of 0 switches all of an index off. */
static int set_irqs(struct vfio_dev *vfio, unsigned index, unsigned start, unsigned count, const int *eventfds)
{
	size_t data = eventfds ? count * sizeof(*eventfds) : 0;
	struct vfio_irq_set *set = calloc(1, sizeof(*set) + data);
	int err;

	if (!set)
		return -ENOMEM;
	set->argsz = (uint32_t)(sizeof(*set) + data);
	set->flags = VFIO_IRQ_SET_ACTION_TRIGGER | (eventfds ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	set->index = index;
	set->start = start;
	set->count = count;
	if (data)
		memcpy(set->data, eventfds, data);
	err = vfio_ioctl(vfio->device, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	return err;
}

static int read_irq(struct vfio_dev *vfio, unsigned index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
	struct vfio_irq *irq = &vfio->irqs[index];
	int err = vfio_ioctl(vfio->device, VFIO_DEVICE_GET_IRQ_INFO, &info);

	*irq = (struct vfio_irq){ 0 };
	/* a device without this index */
	if (err == -EINVAL && index != HVB_IRQ_MSIX)
		return 0;
	if (err < 0)
		return err;
	if (!(info.flags & VFIO_IRQ_INFO_EVENTFD))
		return 0;
	irq->count = info.count < VFIO_VECTORS ? info.count : VFIO_VECTORS;
	if (index != HVB_IRQ_MSIX && irq->count > 1)
		irq->count = 1;
	irq->noresize = info.flags & VFIO_IRQ_INFO_NORESIZE;
	return 0;
}

int vfio_irqs_read(struct vfio_dev *vfio, struct hvb_diag *diag)
{
	int err = read_irq(vfio, HVB_IRQ_MSIX);

	err = err ? err : read_irq(vfio, HVB_IRQ_ERR);
	err = err ? err : read_irq(vfio, HVB_IRQ_REQ);
	if (err)
		return vfio_fail(vfio, diag, err, "VFIO_DEVICE_GET_IRQ_INFO", "",
				 "the device does not describe its interrupts: %s", strerror(-err));
	if (!vfio->irqs[HVB_IRQ_MSIX].count)
		return vfio_fail(vfio, diag, -ENOTSUP, "VFIO_DEVICE_GET_IRQ_INFO", "is this the right card?",
				 "the device has no MSI-X interrupts");
	return 0;
}

static int index_off(struct vfio_dev *vfio, unsigned index)
{
	int err = 0;

	pthread_mutex_lock(&vfio->lock);
	if (vfio->irqs[index].enabled)
		err = set_irqs(vfio, index, 0, 0, NULL);
	vfio->irqs[index].enabled = false;
	if (index == HVB_IRQ_MSIX)
		memset(vfio->used, 0, sizeof(vfio->used));
	pthread_mutex_unlock(&vfio->lock);
	return err;
}

int vfio_msix_off(struct vfio_dev *vfio)
{
	return index_off(vfio, HVB_IRQ_MSIX);
}

void vfio_irqs_off(struct vfio_dev *vfio)
{
	index_off(vfio, HVB_IRQ_MSIX);
	index_off(vfio, HVB_IRQ_ERR);
	index_off(vfio, HVB_IRQ_REQ);
}

unsigned vfio_irqs_used(struct vfio_dev *vfio)
{
	unsigned used = 0;

	pthread_mutex_lock(&vfio->lock);
	for (unsigned i = 0; i < VFIO_VECTORS; i++)
		used += vfio->used[i];
	pthread_mutex_unlock(&vfio->lock);
	return used;
}

/* The kernel's word for how many it can give: a smaller count, or only that it was too many. */
static int fewer(struct vfio_irq *irq, int answer)
{
	if (answer > 0 && (unsigned)answer < irq->count)
		irq->count = (unsigned)answer;
	else if (answer == -ENOSPC && irq->count > 1)
		irq->count /= 2;
	else
		return answer > 0 ? -EPROTO : answer;
	return 0;
}

/* The whole table at once, as large as the kernel gives it; vectors outside [start, start + count) without an eventfd.
 * -ENOSPC where it does not reach that far: irq->count then says how far. */
static int enable_table(struct vfio_dev *vfio, unsigned start, unsigned count, const int *eventfds)
{
	struct vfio_irq *irq = &vfio->irqs[HVB_IRQ_MSIX];
	int *all = malloc(irq->count * sizeof(*all)), err = 0;

	if (!all)
		return -ENOMEM;
	for (unsigned i = 0; i < irq->count; i++)
		all[i] = i - start < count ? eventfds[i - start] : -1;
	while (!err && start + count <= irq->count) {
		int answer = set_irqs(vfio, HVB_IRQ_MSIX, 0, irq->count, all);

		if (!answer) {
			irq->enabled = true;
			free(all);
			return 0;
		}
		err = fewer(irq, answer);
	}
	free(all);
	return err ? err : -ENOSPC;
}

int vfio_irq_count(struct hvb_dev *dev, unsigned irq, unsigned *count)
{
	struct vfio_dev *vfio = vfio_of(dev);
	int err = 0;

	if (irq != HVB_IRQ_MSIX && irq != HVB_IRQ_ERR && irq != HVB_IRQ_REQ)
		return -EINVAL;
	pthread_mutex_lock(&vfio->lock);
	/* how many of a fixed table there are is known once it is had */
	if (irq == HVB_IRQ_MSIX && vfio->irqs[irq].noresize && !vfio->irqs[irq].enabled)
		err = enable_table(vfio, 0, 0, NULL);
	*count = vfio->irqs[irq].count;
	pthread_mutex_unlock(&vfio->lock);
	return err;
}

static int set_msix(struct vfio_dev *vfio, unsigned start, unsigned count, const int *eventfds)
{
	struct vfio_irq *irq = &vfio->irqs[HVB_IRQ_MSIX];
	bool any = false;
	int answer;

	for (unsigned i = 0; i < count; i++)
		any |= eventfds[i] >= 0;
	if (!irq->enabled && !any)
		return 0;
	if (!irq->enabled && irq->noresize)
		return enable_table(vfio, start, count, eventfds);
	answer = set_irqs(vfio, HVB_IRQ_MSIX, start, count, eventfds);
	if (answer > 0) {
		answer = fewer(irq, answer);
		return answer ? answer : -ENOSPC;
	}
	if (!answer)
		irq->enabled = true;
	return answer;
}

static int set_one(struct vfio_dev *vfio, unsigned index, const int *eventfd)
{
	struct vfio_irq *irq = &vfio->irqs[index];
	int err;

	if (*eventfd < 0 && !irq->enabled)
		return 0;
	err = set_irqs(vfio, index, 0, 1, eventfd);
	if (!err)
		irq->enabled = *eventfd >= 0;
	return err > 0 ? -EPROTO : err;
}

int vfio_irq_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds)
{
	struct vfio_dev *vfio = vfio_of(dev);
	int err = 0;

	if (irq != HVB_IRQ_MSIX && irq != HVB_IRQ_ERR && irq != HVB_IRQ_REQ)
		return -EINVAL;
	pthread_mutex_lock(&vfio->lock);
	if (start > vfio->irqs[irq].count || count > vfio->irqs[irq].count - start)
		err = -EINVAL;
	else if (count)
		err = irq == HVB_IRQ_MSIX ? set_msix(vfio, start, count, eventfds) :
					    set_one(vfio, irq, eventfds);
	for (unsigned i = 0; !err && irq == HVB_IRQ_MSIX && i < count; i++)
		vfio->used[start + i] = eventfds[i] >= 0;
	pthread_mutex_unlock(&vfio->lock);
	return err;
}
