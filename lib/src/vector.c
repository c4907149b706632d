/* SPDX-License-Identifier: MIT */
/* MSI-X vectors: one for each (VP, SINT) that has a port or was signalled directly, bound while the VP lives, never
 * shared. Each writes an eventfd. */
#include <sys/eventfd.h>
#include <unistd.h>
#include "internal.h"

static int eventfd_of(const struct vector *vector)
{
	return __atomic_load_n(&vector->eventfd, __ATOMIC_ACQUIRE);
}

int hvl_vector_bind(hvbell_card *card, struct vp *vp, unsigned sint)
{
	struct vector *vector = &vp->vector[sint];
	int number, fd, err, saved = errno;

	if (vector->eventfd >= 0)
		return 0;
	number = hvl_pool_take(&card->vectors, 1);
	if (number < 0)
		return hvl_fail(card, -ENOSPC, "remove a VP that has ports", "all %u MSI-X vectors are bound",
				card->vectors.size);
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = fd < 0 ? -errno : card->dev->ops->irq_set(card->dev, HVB_IRQ_MSIX, (unsigned)number, 1, &fd);
	errno = saved;
	if (err) {
		if (fd >= 0)
			close(fd);
		hvl_pool_give(&card->vectors, (unsigned)number, 1);
		if (hvb_dev_why(card->dev, err, hvl_diag()))
			return err;
		return hvl_fail(card, err, err == -ENOSPC ? "the host gives this card no more interrupts" : "",
				"MSI-X vector %d cannot be connected to an eventfd", number);
	}
	vector->number = (unsigned)number;
	vector->messages = 0;
	vector->counted = (uint32_t)hvl_get(card, HVB_W_MSG + 8 * vector->number);
	__atomic_store_n(&vector->eventfd, fd, __ATOMIC_RELEASE);
	return 0;
}

/* The eventfds stay open until the last holder of the VP is gone: another file must not get their numbers before. */
void hvl_vectors_unbind(hvbell_card *card, struct vp *vp)
{
	const int none = -1;

	for (unsigned sint = 0; sint < HVBELL_SINTS; sint++) {
		struct vector *vector = &vp->vector[sint];
		int err;

		if (vector->eventfd < 0)
			continue;
		err = card->dev->ops->irq_set(card->dev, HVB_IRQ_MSIX, vector->number, 1, &none);
		if (err && !card->err)
			card->err = hvl_fail(card, err, "reset the card", "MSI-X vector %u cannot be disconnected",
					     vector->number);
		hvl_pool_give(&card->vectors, vector->number, 1);
	}
}

void hvl_vectors_close(const struct vp *vp)
{
	for (unsigned sint = 0; sint < HVBELL_SINTS; sint++)
		if (vp->vector[sint].eventfd >= 0)
			close(vp->vector[sint].eventfd);
}

void hvl_vectors_wake(const struct vp *vp, unsigned sints)
{
	const uint64_t one = 1;
	int saved = errno;

	for (unsigned sint = 0; sint < HVBELL_SINTS; sint++) {
		int fd = eventfd_of(&vp->vector[sint]);

		/* a full counter (EAGAIN) wakes as well */
		if (fd >= 0 && (sints >> sint & 1) && write(fd, &one, sizeof(one)) < 0)
			errno = saved;
	}
}

uint64_t hvl_vector_messages(hvbell_card *card, struct vector *vector)
{
	uint32_t now = (uint32_t)hvl_get(card, HVB_W_MSG + 8 * vector->number);

	if (!card->err) {
		vector->messages += (uint32_t)(now - vector->counted);
		vector->counted = now;
	}
	return vector->messages;
}

int hvbell_eventfd(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint)
{
	struct vp *vp;
	int fd;

	if (sint >= HVBELL_SINTS)
		return hvl_fail(card, -EINVAL, "", "no SINT %u", sint);
	vp = hvl_vp_hold(card, partition, index);
	if (!vp)
		return -ENOENT;
	fd = eventfd_of(&vp->vector[sint]);
	hvl_vp_release(card, vp);
	return fd >= 0 ? fd : hvl_fail(card, -ENOENT, "create a port first", "SINT %u of VP %u has no port", sint,
				       index);
}

int hvbell_messages(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, uint64_t *count)
{
	struct vp *vp;
	int err;

	if (sint >= HVBELL_SINTS)
		return hvl_fail(card, -EINVAL, "", "no SINT %u", sint);
	err = hvl_lock(card);
	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	if (!vp)
		return hvl_end(card, -ENOENT);
	*count = vp->vector[sint].eventfd < 0 ? 0 : hvl_vector_messages(card, &vp->vector[sint]);
	return hvl_end(card, 0);
}
