/* SPDX-License-Identifier: MIT */
/* A small world on the fake card that the library's tests start from: a sender (0x10), a receiver (0x20) with VPs
 * whose SINT 2 is open. */
#ifndef LIB_WORLD_H
#define LIB_WORLD_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>
#include "fake_dev.h"
#include "lib/src/internal.h"

#define SENDER 0x10
#define RECEIVER 0x20
#define SINT 2

struct world {
	struct fake_dev *fake;
	hvbell_card *card;
	hvbell_sender sender;
};

static inline void world_open_vp(struct world *w, uint32_t vp)
{
	assert_int_equal(hvbell_vp_add(w->card, RECEIVER, vp), 0);
	assert_int_equal(hvbell_set_scontrol(w->card, RECEIVER, vp, true), 0);
	assert_int_equal(hvbell_set_siefp(w->card, RECEIVER, vp, true, 0x100000 + 0x1000ull * vp), 0);
	assert_int_equal(hvbell_set_sint(w->card, RECEIVER, vp, SINT, &(struct hvbell_sint){ .vector = 177 }), 0);
}

static inline void world_new(struct world *w, uint32_t vps)
{
	w->fake = fake_new();
	assert_int_equal(hvbell_open_dev(&w->fake->dev, &w->card), 0);
	assert_int_equal(hvbell_partition_add(w->card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(w->card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	for (uint32_t vp = 0; vp < vps; vp++)
		world_open_vp(w, vp);
	assert_int_equal(hvbell_sender_init(w->card, SENDER, 0, &w->sender), 0);
}

static inline void world_free(struct world *w)
{
	hvbell_close(w->card);
	assert_int_equal(w->fake->closed, 1);
	fake_free(w->fake);
}

static inline struct hvbell_port world_port(uint32_t id, uint32_t vp, uint32_t base, uint32_t count)
{
	return (struct hvbell_port){ .partition = RECEIVER, .id = id, .type = HVBELL_PORT_EVENT,
		.connection_partition = SENDER, .target_sint = SINT, .target_vp = vp, .base_flag_number = base,
		.flag_count = count };
}

/* Port and connection of the same id. */
static inline void world_connect(struct world *w, uint32_t id, uint32_t vp, uint32_t base, uint32_t count)
{
	struct hvbell_port port = world_port(id, vp, base, count);

	assert_int_equal(hvbell_create_port(w->card, &port), 0);
	assert_int_equal(hvbell_connect_port(w->card, SENDER, id, RECEIVER, id), 0);
}

static inline int world_signal(struct world *w, uint32_t connection, uint64_t flag)
{
	return hvbell_signal_sync(&w->sender, flag << 32 | connection, HVBELL_DELIVERED);
}

static inline int world_flag(struct world *w, uint32_t vp, unsigned flag)
{
	const uint64_t *page = hvbell_sief(w->card, RECEIVER, vp);

	return (int)(page[SINT * 32 + flag / 64] >> flag % 64 & 1);
}

static inline uint64_t world_messages(struct world *w, uint32_t vp)
{
	uint64_t count;

	assert_int_equal(hvbell_messages(w->card, RECEIVER, vp, SINT, &count), 0);
	return count;
}
#endif
