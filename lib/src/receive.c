/* SPDX-License-Identifier: MIT */
/* Receiving: the SIEF page of a VP, flags taken from it, waiting for them. Never takes the management lock: a
 * receiver does not wait for a drain. */
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include "internal.h"

#define PASSES 64               /* over one SINT's words in one dispatch: a flood must not keep the caller for ever */
#define POLLING_MS 1            /* how often a polling SINT is looked at, which nothing interrupts */

/* the words of a receiver of nothing */
static const uint64_t nowhere[HVL_SIEF_WORDS] __attribute__((aligned(16)));

static uint64_t *page_of(const struct vp *vp)
{
	return __atomic_load_n(&vp->page, __ATOMIC_ACQUIRE);
}

/* Clears flags of a word of the page: those that were set. */
static uint64_t take_flags(hvbell_card *card, struct vp *vp, unsigned n, uint64_t flags, bool shown)
{
	if (card->owned)
		return hvl_own_take(card, vp, n, flags, shown && !__atomic_load_n(&card->quiesced, __ATOMIC_RELAXED));
	return flags & __atomic_fetch_and(page_of(vp) + n, ~flags, __ATOMIC_ACQ_REL);
}

uint64_t *hvbell_sief(hvbell_card *card, uint64_t partition, uint32_t index)
{
	struct vp *vp = hvl_vp_hold(card, partition, index);
	uint64_t *page;

	if (!vp)
		return NULL;
	page = page_of(vp);
	hvl_vp_release(card, vp);
	return page;
}

bool hvbell_clear_flag(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, unsigned flag)
{
	const uint64_t bit = 1ull << flag % 64;
	uint64_t before;
	struct vp *vp;

	if (sint >= HVBELL_SINTS || flag >= HVBELL_FLAGS)
		return false;
	vp = hvl_vp_hold(card, partition, index);
	if (!vp)
		return false;
	before = take_flags(card, vp, sint * HVL_SIEF_WORDS + flag / 64, bit, true);
	hvl_vp_release(card, vp);
	return before & bit;
}

static int take_word(hvbell_card *card, struct vp *vp, unsigned sint, unsigned n, hvbell_flag_fn fn, void *arg)
{
	uint64_t bits = __atomic_load_n(page_of(vp) + sint * HVL_SIEF_WORDS + n, __ATOMIC_RELAXED);
	int count = 0;

	if (!bits)
		return 0;
	bits = take_flags(card, vp, sint * HVL_SIEF_WORDS + n, bits, false);
	for (; bits; bits &= bits - 1, count++)
		if (fn)
			fn(arg, sint, n * 64 + (unsigned)__builtin_ctzll(bits));
	return count;
}

/* A flag set behind the pass interrupts again, so nothing is lost where the passes run out. */
static int dispatch(hvbell_card *card, struct vp *vp, unsigned sint, hvbell_flag_fn fn, void *arg)
{
	int total = 0;

	for (int pass = 0; pass < PASSES; pass++) {
		uint32_t changed = hvbell_changed(page_of(vp) + sint * HVL_SIEF_WORDS);
		int found = 0;

		changed &= __atomic_load_n(&vp->used[sint], __ATOMIC_ACQUIRE);
		for (; changed; changed &= changed - 1)
			found += take_word(card, vp, sint, (unsigned)__builtin_ctz(changed), fn, arg);
		total += found;
		if (!found)
			break;
	}
	return total;
}

int hvbell_dispatch(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, hvbell_flag_fn fn, void *arg)
{
	struct vp *vp;
	int count;

	if (sint >= HVBELL_SINTS)
		return hvl_fail(card, -EINVAL, "", "no SINT %u", sint);
	vp = hvl_vp_hold(card, partition, index);
	if (!vp)
		return -ENOENT;
	count = dispatch(card, vp, sint, fn, arg);
	hvl_vp_release(card, vp);
	return count;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for the eventfd, at most until end (-1: for ever), and empties it: 1 may have flags, 0 time is up. */
static int await(const struct vp *vp, unsigned sint, int fd, int64_t end)
{
	bool polling = __atomic_load_n(&vp->polling, __ATOMIC_RELAXED) >> sint & 1;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int64_t left = end < 0 ? INT32_MAX : end - now_ms();
	uint64_t count;
	int ready;

	if (left <= 0)
		return 0;
	left = left > INT32_MAX ? INT32_MAX : left;
	ready = poll(&pollfd, 1, (int)(polling && left > POLLING_MS ? POLLING_MS : left));
	if (ready < 0 && errno != EINTR)
		return -errno;
	/* emptied before the flags are looked at, so that one set behind the look leaves it full */
	if (ready > 0 && read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return -errno;
	return 1;
}

static int wait_flags(hvbell_card *card, struct vp *vp, unsigned sint, int timeout_ms, hvbell_flag_fn fn,
		      void *arg)
{
	int64_t end = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	int fd = __atomic_load_n(&vp->vector[sint].eventfd, __ATOMIC_ACQUIRE);
	int count, more;

	if (fd < 0)
		return hvl_fail(card, -ENOENT, "create a port first", "SINT %u of VP %u has no port", sint, vp->index);
	for (;;) {
		if (__atomic_load_n(&vp->gone, __ATOMIC_ACQUIRE))
			return hvl_fail(card, -ENOENT, "", "VP %u was removed", vp->index);
		count = dispatch(card, vp, sint, fn, arg);
		if (count)
			return count;
		more = await(vp, sint, fd, end);
		if (more <= 0)
			return more < 0 ? hvl_fail(card, more, "", "waiting for an interrupt failed") : 0;
	}
}

int hvbell_wait(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, int timeout_ms, hvbell_flag_fn fn,
		void *arg)
{
	int saved = errno, result;
	struct vp *vp;

	if (sint >= HVBELL_SINTS)
		return hvl_fail(card, -EINVAL, "", "no SINT %u", sint);
	vp = hvl_vp_hold(card, partition, index);
	if (!vp)
		return -ENOENT;
	result = wait_flags(card, vp, sint, timeout_ms, fn, arg);
	hvl_vp_release(card, vp);
	errno = saved;
	return result;
}

int hvbell_receiver_init(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, hvbell_receiver *rx)
{
	struct vp *vp;

	*rx = (hvbell_receiver){ .words = (uint64_t *)(uintptr_t)nowhere };
	if (sint >= HVBELL_SINTS)
		return hvl_fail(card, -EINVAL, "", "no SINT %u", sint);
	vp = hvl_vp_hold(card, partition, index);
	if (!vp)
		return -ENOENT;
	rx->words = page_of(vp) + sint * HVL_SIEF_WORDS;
	rx->used = __atomic_load_n(&vp->used[sint], __ATOMIC_ACQUIRE);
	if (card->owned) {
		rx->card = card;
		rx->vp = vp;
		rx->sint = sint;
	}
	hvl_vp_release(card, vp);
	return 0;
}

/* The words that memory shows; a flag that it still shows but that is taken is none. */
int hvbell_receive_owned(const hvbell_receiver *rx, uint32_t changed)
{
	for (; changed; changed &= changed - 1) {
		unsigned w = (unsigned)__builtin_ctz(changed);
		uint64_t bits = __atomic_load_n(&rx->words[w], __ATOMIC_RELAXED);

		for (; bits; bits &= bits - 1)
			if (hvl_own_take(rx->card, rx->vp, rx->sint * HVL_SIEF_WORDS + w, bits & -bits, false))
				return (int)(w * 64) + __builtin_ctzll(bits);
	}
	return -1;
}
