/* SPDX-License-Identifier: MIT */
/* Access to the card's registers under the card's lock: collected errors, bounded polls, drains. */
#include <sched.h>
#include <string.h>
#include <time.h>
#include "internal.h"

#define POLLS_A_CLOCK 16                /* polls between looks at the card's clock */
#define POLLS_BEFORE_YIELD 64
#define SLACK_CYCLES 1000000u           /* queueing behind other words, beside what time-outs take */
#define TIMEOUTS 4                      /* a word may wait for quarantined tags, then for its own */
#define STALLED_SECONDS 10              /* a card whose clock does not move for so long is dead */

struct hvb_diag *hvl_diag(void)
{
	static _Thread_local struct hvb_diag last;

	return &last;
}

struct hvbell_diag hvbell_error(void)
{
	const struct hvb_diag *last = hvl_diag();

	return (struct hvbell_diag){ last->err, last->where, last->what, last->remedy };
}

int hvl_lock(hvbell_card *card)
{
	int err;

	pthread_mutex_lock(&card->lock);
	err = card->err;
	if (err) {
		pthread_mutex_unlock(&card->lock);
		return hvl_fail(card, err, "call hvbell_reset()",
				"an access to the card failed before: %s", card->failed.what);
	}
	return 0;
}

int hvl_begin(hvbell_card *card)
{
	int err = hvl_lock(card);

	if (err)
		return err;
	if (card->quiesced) {
		pthread_mutex_unlock(&card->lock);
		return hvl_fail(card, -EBUSY, "call hvbell_resume() first",
				"the card is quiesced: what was accepted cannot be delivered, so nothing may change");
	}
	return 0;
}

int hvl_end(hvbell_card *card, int result)
{
	int err = card->err;

	if (err && !card->failed.err)
		card->failed = *hvl_diag();
	pthread_mutex_unlock(&card->lock);
	return err ? err : result;
}

#define REMEDY "is the card still there, and its link up? else power it off and on"

int hvl_access_failed(hvbell_card *card, int err, const char *doing, unsigned region, uint64_t offset)
{
	if (hvb_dev_why(card->dev, err, hvl_diag()))
		return err;
	return hvl_fail(card, err, REMEDY, "%s BAR %u at 0x%llx failed: %s", doing, region, (unsigned long long)offset,
			err == -ETIMEDOUT ? "the card does not answer" :
			err == -ENODEV ? "the card is gone" : strerror(-err));
}

int hvl_gone(hvbell_card *card, unsigned region, uint64_t offset)
{
	return hvl_fail(card, -ENODEV, REMEDY, "BAR %u at 0x%llx reads as all ones: nobody answers", region,
			(unsigned long long)offset);
}

int hvl_check_gone(hvbell_card *card, unsigned region, uint64_t offset)
{
	uint64_t magic;
	int err = hvb_dev_read64(card->dev, HVB_REGION_BAR0, HVB_R_MAGIC, &magic);

	if (err)
		return hvl_access_failed(card, err, "reading", HVB_REGION_BAR0, HVB_R_MAGIC);
	return magic == HVL_GONE ? hvl_gone(card, region, offset) : 0;
}

void hvl_put(hvbell_card *card, uint64_t offset, uint64_t value)
{
	if (card->err)
		return;
	card->err = hvb_dev_write64(card->dev, HVB_REGION_BAR0, offset, value);
	if (card->err)
		hvl_access_failed(card, card->err, "writing", HVB_REGION_BAR0, offset);
}

uint64_t hvl_get(hvbell_card *card, uint64_t offset)
{
	uint64_t value = 0;

	if (card->err)
		return 0;
	card->err = hvb_dev_read64(card->dev, HVB_REGION_BAR0, offset, &value);
	if (card->err)
		hvl_access_failed(card, card->err, "reading", HVB_REGION_BAR0, offset);
	else if (value == HVL_GONE)
		card->err = hvl_check_gone(card, HVB_REGION_BAR0, offset);
	return card->err ? 0 : value;
}

/* Bounds a poll: by the card's own clock, which a simulation passes more slowly than the wall's, and by the wall's
 * where the card's stands still. */
struct patience {
	uint64_t start, last;
	struct timespec moved;
	bool running;
};

static int still_waiting(hvbell_card *card, struct patience *patience)
{
	struct timespec now;
	uint64_t cycles;
	int err = hvb_dev_read64(card->dev, HVB_REGION_BAR0, HVB_R_CYCLES, &cycles);

	if (err)
		return hvl_access_failed(card, err, "reading", HVB_REGION_BAR0, HVB_R_CYCLES);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!patience->running)
		patience->start = cycles;
	if (!patience->running || cycles != patience->last)
		patience->moved = now;
	patience->running = true;
	patience->last = cycles;
	if (cycles - patience->start > TIMEOUTS * card->timeout + SLACK_CYCLES)
		return -ETIME;
	return now.tv_sec - patience->moved.tv_sec > STALLED_SECONDS ? -ETIME : 0;
}

int hvl_poll(hvbell_card *card, unsigned region, uint64_t offset, uint64_t mask, uint64_t want, uint64_t *value)
{
	struct patience patience = { 0 };
	int err;

	for (unsigned polls = 1;; polls++) {
		err = hvb_dev_read64(card->dev, region, offset, value);
		if (err)
			return hvl_access_failed(card, err, "reading", region, offset);
		if (*value == HVL_GONE)
			err = hvl_check_gone(card, region, offset);
		if (err || (*value & mask) == want)
			return err;
		if (polls % POLLS_A_CLOCK == 0) {
			err = still_waiting(card, &patience);
			if (err)
				return err;
		}
		if (polls > POLLS_BEFORE_YIELD)
			sched_yield();
	}
}

void hvl_drain(hvbell_card *card, unsigned first, unsigned last)
{
	const struct vp *vp;
	uint64_t value = 0;
	unsigned at;

	hvl_put(card, HVB_R_DRAIN, HVL_FIELD(DRAIN_FIRST, first) | HVL_FIELD(DRAIN_LAST, last));
	if (card->err)
		return;
	card->err = hvl_poll(card, HVB_REGION_BAR0, HVB_R_DRAIN, HVB_DRAIN_BUSY_MASK, 0, &value);
	if (card->err != -ETIME)
		return;
	card->err = -ETIMEDOUT;
	at = (unsigned)HVL_GET(DRAIN_AT, value);
	vp = at < card->limits.vps ? card->vps[at] : NULL;
	if (vp)
		hvl_fail(card, card->err, "reset the card", "signals for VP %u of partition 0x%llx are never delivered",
			 vp->index, (unsigned long long)vp->partition->id);
	else
		hvl_fail(card, card->err, "reset the card",
			 "waiting for the delivery of accepted signals failed at VP number %u",
			 at);
}

void hvl_drain_all(hvbell_card *card)
{
	hvl_drain(card, 0, card->limits.vps - 1);
}
