/* SPDX-License-Identifier: MIT */
/* The MSI-X table in BAR 4 and the eventfds behind it (PCIe 7.7.2). */
#include "vectors.h"
#include <errno.h>
#include <fcntl.h>
#include "card.h"
#include "rc.h"

#define TABLE_BAR 4u
#define ENTRY_BYTES 16u
#define ENTRY_DATA 8u            /* message data below, vector control above */
#define ENTRY_MASKED (1ull << 32)

struct eventfd_change {
	unsigned vector;
	int fd;
};

static void change_eventfd(struct hvb_rc *rc, void *arg)
{
	const struct eventfd_change *change = arg;

	hvb_rc_eventfd(rc, change->vector, change->fd);
}

/* Masked first; the read that follows is behind every message sent before. */
static int disconnect(struct hvb_card *card, unsigned vector)
{
	struct eventfd_change change = { .vector = vector, .fd = -1 };
	uint64_t data = ENTRY_MASKED | vector;
	uint64_t offset = ENTRY_BYTES * vector + ENTRY_DATA;
	int err;

	hvb_card_write(card, TABLE_BAR, offset, 8, data);
	err = hvb_card_read(card, TABLE_BAR, offset, 8, &data);
	hvb_card_call(card, change_eventfd, &change);
	return err;
}

void hvb_vector_restore(struct hvb_card *card, unsigned vector)
{
	uint64_t offset = ENTRY_BYTES * vector;

	hvb_card_write(card, TABLE_BAR, offset, 8, hvb_rc_msi_address(vector));
	hvb_card_write(card, TABLE_BAR, offset + ENTRY_DATA, 8, vector);
}

int hvb_vector_connect(struct hvb_card *card, unsigned vector, int eventfd)
{
	struct eventfd_change change = { .vector = vector };
	int saved = errno, err = 0;

	if (eventfd < 0)
		return disconnect(card, vector);
	change.fd = fcntl(eventfd, F_DUPFD_CLOEXEC, 0);
	if (change.fd < 0)
		err = -errno;
	errno = saved;
	if (err)
		return err;
	hvb_card_call(card, change_eventfd, &change);
	hvb_vector_restore(card, vector);
	return 0;
}

int hvb_vectors_sync(struct hvb_card *card)
{
	uint64_t data;

	return hvb_card_read(card, TABLE_BAR, 0, 8, &data);
}

static void forget_eventfds(struct hvb_rc *rc, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < HVB_RC_VECTORS; i++)
		hvb_rc_eventfd(rc, i, -1);
}

void hvb_vectors_forget(struct hvb_card *card)
{
	hvb_card_call(card, forget_eventfds, NULL);
}
