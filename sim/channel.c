/* SPDX-License-Identifier: MIT */
/* The ring of messages, the reader's sleep, and the cells its answers go to. */
#include "channel.h"
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READER_SPINS 20000u      /* some ten microseconds: longer than a busy sender rests between two signals */
#define SPINS_A_YIELD 1000u
#define SPINS_A_PAUSE 64u
#define CELL_SPINS 400000u       /* about a millisecond: longer than most answers take */

/* sequence is the position in the endless row of messages that may use the slot next, plus 1 while it is filled. */
struct slot {
	uint64_t sequence;
	struct hvb_message message;
} __attribute__((aligned(HVB_CACHE_LINE)));

struct hvb_channel {
	uint64_t tail __attribute__((aligned(HVB_CACHE_LINE)));
	uint32_t asleep __attribute__((aligned(HVB_CACHE_LINE)));
	uint64_t head __attribute__((aligned(HVB_CACHE_LINE)));      /* the reader's own from here on */
	unsigned spins;
	int wake_fd;                     /* -1: the futex */
	hvb_channel_full full;
	void *full_arg;
	struct slot slots[HVB_CHANNEL_SLOTS];
};

enum { CELL_OPEN, CELL_SLEEPING, CELL_DONE };

/* The i-th turn of a spinning loop. Now and then it lets somebody else run, who may be the one that is waited for. A
 * pause is good for the other half of a processor core, but a hypervisor takes the whole processor away from a guest
 * that executes many in a row. */
static void spin(unsigned i)
{
	if (i % SPINS_A_YIELD == SPINS_A_YIELD - 1)
		sched_yield();
	if (i % SPINS_A_PAUSE)
		return;
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield" ::: "memory");
#endif
}

/* Signal handlers use this, and callers are promised that errno stays. */
static void futex_wait(uint32_t *word, uint32_t value)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
	errno = saved;
}

static void futex_wake(uint32_t *word)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	errno = saved;
}

static void ring(int fd)
{
	const uint64_t one = 1;
	int saved = errno;

	if (write(fd, &one, sizeof(one)) < 0)
		errno = saved;
}

/* Spinning for somebody who needs this very processor only keeps him from it. */
static bool several_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) > 1;
}

struct hvb_channel *hvb_channel_new(hvb_channel_full full, void *arg)
{
	struct hvb_channel *channel = aligned_alloc(HVB_CACHE_LINE, sizeof(*channel));

	if (!channel)
		return NULL;
	memset(channel, 0, sizeof(*channel));
	for (uint64_t i = 0; i < HVB_CHANNEL_SLOTS; i++)
		channel->slots[i].sequence = i;
	channel->spins = several_processors() ? READER_SPINS : 0;
	channel->full = full;
	channel->wake_fd = -1;
	channel->full_arg = arg;
	return channel;
}

void hvb_channel_free(struct hvb_channel *channel)
{
	free(channel);
}

static void wait_for_room(struct hvb_channel *channel, const struct slot *slot, uint64_t position)
{
	for (unsigned i = 1; __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE) != position; i++) {
		if (channel->full)
			channel->full(channel->full_arg);
		else
			spin(i);
	}
}

/*
 * A message is never missed by a reader falling asleep: the writer fills the slot, then looks at `asleep`; the reader
 * sets `asleep`, then looks at the slot. All four are sequentially consistent, so at least one of them sees the other.
 */
void hvb_channel_send(struct hvb_channel *channel, const struct hvb_message *message)
{
	uint64_t position = __atomic_fetch_add(&channel->tail, 1, __ATOMIC_RELAXED);
	struct slot *slot = &channel->slots[position % HVB_CHANNEL_SLOTS];

	if (__builtin_expect(__atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE) != position, 0))
		wait_for_room(channel, slot, position);
	slot->message = *message;
	__atomic_store_n(&slot->sequence, position + 1, __ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&channel->asleep, __ATOMIC_SEQ_CST), 0))
		hvb_channel_wake(channel);
	/* the reader had the next one last: it comes here while nobody waits for it */
	__builtin_prefetch(&channel->slots[(position + 1) % HVB_CHANNEL_SLOTS], 1);
}

void hvb_channel_wake(struct hvb_channel *channel)
{
	if (!__atomic_exchange_n(&channel->asleep, 0, __ATOMIC_SEQ_CST))
		return;
	if (channel->wake_fd < 0)
		futex_wake(&channel->asleep);
	else
		ring(channel->wake_fd);
}

void hvb_channel_wake_by(struct hvb_channel *channel, int fd)
{
	channel->wake_fd = fd;
}

static bool filled(const struct hvb_channel *channel, int order)
{
	const struct slot *slot = &channel->slots[channel->head % HVB_CHANNEL_SLOTS];

	return __atomic_load_n(&slot->sequence, order) == channel->head + 1;
}

const struct hvb_message *hvb_channel_peek(struct hvb_channel *channel)
{
	return filled(channel, __ATOMIC_ACQUIRE) ? &channel->slots[channel->head % HVB_CHANNEL_SLOTS].message : NULL;
}

void hvb_channel_pop(struct hvb_channel *channel)
{
	struct slot *slot = &channel->slots[channel->head % HVB_CHANNEL_SLOTS];

	__atomic_store_n(&slot->sequence, channel->head + HVB_CHANNEL_SLOTS, __ATOMIC_RELEASE);
	channel->head++;
}

void hvb_channel_wait(struct hvb_channel *channel, const bool *stop)
{
	for (unsigned i = 0; i < channel->spins; i++) {
		if (filled(channel, __ATOMIC_ACQUIRE) || __atomic_load_n(stop, __ATOMIC_ACQUIRE))
			return;
		spin(i);
	}
	for (;;) {
		__atomic_store_n(&channel->asleep, 1, __ATOMIC_SEQ_CST);
		if (filled(channel, __ATOMIC_SEQ_CST) || __atomic_load_n(stop, __ATOMIC_SEQ_CST))
			break;
		futex_wait(&channel->asleep, 1);
	}
	__atomic_store_n(&channel->asleep, 0, __ATOMIC_SEQ_CST);
}

bool hvb_channel_lie_down(struct hvb_channel *channel)
{
	__atomic_store_n(&channel->asleep, 1, __ATOMIC_SEQ_CST);
	return !filled(channel, __ATOMIC_SEQ_CST);
}

void hvb_channel_rise(struct hvb_channel *channel)
{
	__atomic_store_n(&channel->asleep, 0, __ATOMIC_SEQ_CST);
}

bool hvb_cell_is_done(const struct hvb_cell *cell)
{
	return __atomic_load_n(&cell->state, __ATOMIC_ACQUIRE) == CELL_DONE;
}

void hvb_cell_wait(struct hvb_cell *cell)
{
	uint32_t open = CELL_OPEN;

	for (unsigned i = 1; i < CELL_SPINS; i++) {
		if (hvb_cell_is_done(cell))
			return;
		spin(i);
	}
	__atomic_compare_exchange_n(&cell->state, &open, CELL_SLEEPING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	while (!hvb_cell_is_done(cell))
		futex_wait(&cell->state, CELL_SLEEPING);
}

void hvb_cell_done(struct hvb_cell *cell)
{
	if (__atomic_exchange_n(&cell->state, CELL_DONE, __ATOMIC_ACQ_REL) == CELL_SLEEPING)
		futex_wake(&cell->state);
}
