/* SPDX-License-Identifier: MIT */
/* A card: open, identify, reset, close, what it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "internal.h"

#define TIMEOUT_MIN 64
#define TIMEOUT_MAX 0xffffffffu
#define GOLDEN_RATIO 0x9e3779b97f4a7c15ull      /* splitmix64 */

uint64_t hvl_random(void *arg)
{
	hvbell_card *card = arg;
	uint64_t z = card->random += GOLDEN_RATIO;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* An option NAME=NUMBER behind the ? of a card's URL: 1 found, 0 not there, -EINVAL no number. */
static int url_number(const hvbell_card *card, const char *name, uint64_t *value)
{
	char text[32], *end;
	int found = hvb_dev_option(card->dev, name, text, sizeof(text));

	if (found <= 0)
		return found ? -EINVAL : 0;
	*value = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && !*end ? 1 : -EINVAL;
}

static int read_options(hvbell_card *card)
{
	int err = url_number(card, "timeout", &card->timeout_wanted);

	if (err < 0 || (err > 0 && (card->timeout_wanted < TIMEOUT_MIN || card->timeout_wanted > TIMEOUT_MAX)))
		return hvl_fail(card, -EINVAL, "give timeout=CYCLES, 64 to 4294967295",
				"the URL's timeout is out of range");
	err = url_number(card, "seed", &card->random);
	if (err < 0)
		return hvl_fail(card, -EINVAL, "give seed=NUMBER", "the URL's seed is no number");
	if (err == 0 && getrandom(&card->random, sizeof(card->random), 0) != (ssize_t)sizeof(card->random))
		return hvl_fail(card, -EIO, "", "no random numbers from the kernel");
	return 0;
}

static bool limits_sound(const hvbell_card *card, unsigned rows)
{
	const struct hvbell_info *l = &card->limits;

	return l->partitions >= 2 && l->partitions <= 256 && l->vps >= 1 && l->vps <= 4096 && l->words >= 2 &&
	       l->words <= 4096 && l->vectors >= 1 && l->vectors <= 2048 && l->groups <= 4096 && rows >= 2 &&
	       (rows & (rows - 1)) == 0 && l->connections <= HVL_WAYS * rows && card->page_shift >= 12 &&
	       card->page_shift <= 24;
}

/* By AtomicOps where they reach memory, unless the URL says otherwise. */
static int choose_delivery(hvbell_card *card, bool can_own)
{
	bool atomics = card->dev->ops->atomics(card->dev) != 0;
	char wanted[8] = "";
	int found = hvb_dev_option(card->dev, "deliver", wanted, sizeof(wanted));

	if (found < 0 || (found && strcmp(wanted, "atomic") != 0 && strcmp(wanted, "owned") != 0))
		return hvl_fail(card, -EINVAL, "give deliver=atomic or deliver=owned", "the URL's deliver is neither");
	card->owned = found ? strcmp(wanted, "owned") == 0 : !atomics;
	if (card->owned && !can_own)
		return hvl_fail(card, -ENOTSUP, "put the card where AtomicOps are routed to memory",
				"the path from the card to memory does not complete 64-bit AtomicOps, and this card "
				"keeps no flags itself");
	if (!card->owned && !atomics)
		return hvl_fail(card, -ENOTSUP, "leave out deliver=atomic, or put the card where AtomicOps are routed "
				"to memory", "the path from the card to memory does not complete 64-bit AtomicOps");
	return 0;
}

static int identify(hvbell_card *card)
{
	uint64_t magic = hvl_get(card, HVB_R_MAGIC), p0, p1, p2;
	unsigned irqs = 0;

	if (card->err)
		return card->err;
	card->limits.version = (uint32_t)HVL_GET(MAGIC_VERSION, magic);
	if ((uint32_t)magic != HVB_MAGIC || card->limits.version >> 16 != HVB_VERSION >> 16)
		return hvl_fail(card, -ENODEV, "check the address of the card",
				"this is no hvbell card of version %u (0x%016llx)",
				HVB_VERSION >> 16, (unsigned long long)magic);
	p0 = hvl_get(card, HVB_R_PARAMS0);
	p1 = hvl_get(card, HVB_R_PARAMS1);
	p2 = hvl_get(card, HVB_R_PARAMS2);
	card->timeout = (uint32_t)hvl_get(card, HVB_R_TIMEOUT); /* what was before has AtomicOps in flight: start() */
	if (!card->err) {
		card->err = card->dev->ops->irq_count(card->dev, HVB_IRQ_MSIX, &irqs);
		if (card->err)
			hvl_fail(card, card->err, "", "the card does not say how many interrupts it has");
	}
	card->limits.partitions = (unsigned)HVL_GET(PARAMS0_PARTITIONS, p0);
	card->rows = (unsigned)HVL_GET(PARAMS0_CONN_ROWS, p0);
	card->limits.words = (unsigned)HVL_GET(PARAMS0_WORDS, p0);
	card->limits.tags = (unsigned)HVL_GET(PARAMS0_TAGS, p0);
	card->limits.vectors = (unsigned)HVL_GET(PARAMS1_VECTORS, p1);
	if (card->limits.vectors > irqs)
		card->limits.vectors = irqs;
	card->limits.vps = (unsigned)HVL_GET(PARAMS1_VPS, p1);
	card->limits.groups = (unsigned)HVL_GET(PARAMS1_GROUPS, p1);
	card->limits.clock_mhz = (unsigned)HVL_GET(PARAMS1_CLOCK_MHZ, p1);
	card->limits.connections = (unsigned)HVL_GET(PARAMS2_CONNECTIONS, p2);
	card->page_shift = (unsigned)HVL_GET(PARAMS2_PAGE_SHIFT, p2);
	card->list_elements = (unsigned)HVL_GET(PARAMS2_LIST_ELEMS, p2);
	if (card->err)
		return card->err;
	if (!limits_sound(card, card->rows))
		return hvl_fail(card, -ENODEV, "", "the card's sizes make no sense");
	return choose_delivery(card, HVL_GET(PARAMS2_OWNED, p2));
}

static int allocate(hvbell_card *card)
{
	card->partitions = calloc(card->limits.partitions, sizeof(struct partition *));
	card->vps = calloc(card->limits.vps, sizeof(struct vp *));
	card->ack_locks = calloc(card->limits.partitions, sizeof(pthread_mutex_t));
	/* the last pending word is the card's own, for direct signalling */
	for (unsigned slot = 0; card->ack_locks && slot < card->limits.partitions; slot++)
		pthread_mutex_init(&card->ack_locks[slot], NULL);
	if (!card->partitions || !card->vps || !card->ack_locks ||
	    hvl_pool_init(&card->words, card->limits.words - 1) ||
	    hvl_pool_init(&card->groups, card->limits.groups) || hvl_pool_init(&card->elements, card->list_elements) ||
	    hvl_pool_init(&card->vectors, card->limits.vectors) || hvl_pool_init(&card->numbers, card->limits.vps))
		return hvl_fail(card, -ENOMEM, "", "no memory for the card's tables");
	return 0;
}

static int map_doorbells(hvbell_card *card)
{
	struct hvb_region region = { 0 };
	size_t bytes = (size_t)card->limits.partitions << card->page_shift;
	int err = card->dev->ops->region_info(card->dev, HVB_REGION_BAR2, &region);

	if (err || region.size < bytes)
		return hvl_fail(card, err ? err : -ENODEV, "", "the card has no doorbell pages");
	if (!(region.flags & HVB_REGION_CAN_MAP))
		return 0;
	err = card->dev->ops->region_map(card->dev, HVB_REGION_BAR2, 0, bytes, &card->doorbells);
	if (err) {
		card->doorbells = NULL;
		return err == -ENOTSUP ? 0 : hvl_fail(card, err, "", "the doorbell pages cannot be mapped");
	}
	card->doorbell_bytes = bytes;
	return 0;
}

static int reset(hvbell_card *card)
{
	int err = card->dev->ops->reset(card->dev);

	if (err && !hvb_dev_why(card->dev, err, hvl_diag()))
		hvl_fail(card, err, "power the card off and on", "the card cannot be reset: %s", strerror(-err));
	return err;
}

/* Function level reset, then the few registers that are not their reset value. */
static int start(hvbell_card *card)
{
	uint64_t value;
	int err = reset(card);

	if (!err)
		err = hvl_poll(card, HVB_REGION_BAR0, HVB_R_STATE, HVB_STATE_INIT_MASK, 0, &value);
	if (err == -ETIME)
		err = hvl_fail(card, -ETIMEDOUT, "power the card off and on",
			       "the card does not come back from its reset: STATE.INIT (BAR 0 at 0x%x) stays 1",
			       HVB_R_STATE);
	if (err)
		return err;
	card->err = 0;
	card->failed.err = 0;
	__atomic_store_n(&card->silent, false, __ATOMIC_RELAXED);
	__atomic_store_n(&card->quiesced, false, __ATOMIC_RELAXED);
	card->trace_next = 0;
	card->log_next = 0;
	if (card->timeout_wanted)
		hvl_put(card, HVB_R_TIMEOUT, card->timeout_wanted);
	card->timeout = hvl_get(card, HVB_R_TIMEOUT);
	if (card->owned)
		hvl_put(card, HVB_R_CONTROL, HVB_CONTROL_OWNED_MASK);
	err = card->err ? card->err : hvl_table_init(card);
	return err ? err : card->err;
}

/* Frees every object above the card; the device is reset or closed. */
static void forget(hvbell_card *card)
{
	for (unsigned slot = 0; card->partitions && slot < card->limits.partitions; slot++)
		if (card->partitions[slot])
			hvl_partition_free(card, card->partitions[slot]);
	hvl_table_free(card);
	while (card->graveyard) {
		struct vp *vp = card->graveyard;

		card->graveyard = vp->next;
		hvl_vp_release(card, vp);
	}
}

static void free_card(hvbell_card *card)
{
	forget(card);
	hvl_pool_free(&card->words);
	hvl_pool_free(&card->groups);
	hvl_pool_free(&card->elements);
	hvl_pool_free(&card->vectors);
	hvl_pool_free(&card->numbers);
	for (unsigned slot = 0; card->ack_locks && slot < card->limits.partitions; slot++)
		pthread_mutex_destroy(&card->ack_locks[slot]);
	free(card->ack_locks);
	free(card->partitions);
	free(card->vps);
	pthread_mutex_destroy(&card->lock);
	pthread_mutex_destroy(&card->index);
	free(card);
}

/* Memory goes last: until the device is closed the card may access it. */
void hvbell_close(hvbell_card *card)
{
	if (!card)
		return;
	if (card->doorbells)
		card->dev->ops->region_unmap(card->dev, card->doorbells, card->doorbell_bytes);
	hvb_dev_close(card->dev);
	hvl_pages_forget(card, false);
	free_card(card);
}

int hvbell_open_dev(struct hvb_dev *dev, hvbell_card **out)
{
	hvbell_card *card = calloc(1, sizeof(*card));
	int err;

	*out = NULL;
	if (!card) {
		err = hvb_diag(hvl_diag(), -ENOMEM, dev->url, "", "no memory for a card");
		hvb_dev_close(dev);
		return err;
	}
	card->dev = dev;
	pthread_mutex_init(&card->lock, NULL);
	pthread_mutex_init(&card->index, NULL);
	err = read_options(card);
	err = err ? err : identify(card);
	err = err ? err : allocate(card);
	err = err ? err : start(card);
	err = err ? err : map_doorbells(card);
	if (err) {
		hvbell_close(card);
		return err;
	}
	*out = card;
	return 0;
}

int hvbell_open(const char *url, hvbell_card **card)
{
	struct hvb_dev *dev;
	int err;

	*card = NULL;
	if (!url)
		url = getenv("HVBELL_CARD");
	err = hvb_dev_open(url, &dev, hvl_diag());
	return err ? err : hvbell_open_dev(dev, card);
}

int hvbell_reset(hvbell_card *card)
{
	int err;

	pthread_mutex_lock(&card->lock);
	for (unsigned n = 0; n < card->limits.vps; n++)
		if (card->vps[n])
			hvl_vectors_unbind(card, card->vps[n]);
	for (unsigned slot = 0; slot < card->limits.partitions; slot++)
		if (card->partitions[slot])
			hvl_kicks_disconnect(card, card->partitions[slot]);
	err = reset(card);
	if (err) {
		card->err = err;
		return hvl_end(card, err);
	}
	hvl_pages_forget(card, true);
	forget(card);
	err = start(card);
	if (err)
		card->err = err;
	return hvl_end(card, err);
}

int hvbell_notice(hvbell_card *card, enum hvbell_notice notice, int eventfd)
{
	unsigned irq = notice == HVBELL_NOTICE_ERROR ? HVB_IRQ_ERR : HVB_IRQ_REQ, count = 0;
	int err = notice == HVBELL_NOTICE_ERROR || notice == HVBELL_NOTICE_REMOVE ? 0 : -EINVAL;

	if (!err)
		err = card->dev->ops->irq_count(card->dev, irq, &count);
	if (!err && !count)
		err = -ENOTSUP;
	if (!err)
		err = card->dev->ops->irq_set(card->dev, irq, 0, 1, &eventfd);
	return err ? hvb_diag(hvl_diag(), err, card->dev->url, "", "this notice cannot be connected") : 0;
}

int hvbell_info(hvbell_card *card, struct hvbell_info *info)
{
	pthread_mutex_lock(&card->lock);
	*info = card->limits;
	info->url = card->dev->url;
	info->mode = card->owned ? "owned" : "atomic";
	info->words_free = card->words.free;
	info->vectors_free = card->vectors.free;
	info->doorbell_mapped = card->doorbells != NULL;
	info->simulated = strcmp(card->dev->ops->scheme, "sim") == 0;
	pthread_mutex_unlock(&card->lock);
	return 0;
}
