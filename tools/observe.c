/* SPDX-License-Identifier: MIT */
/* What can be seen of a step: flags in the SIEF pages, interrupts in the card's counts and on the eventfds. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "stage.h"

#define SIGNALED_WITHIN_MS 1000

/* Reads how many messages the card has sent; a (VP, SINT) without a vector has sent none. */
static int read_count(struct stage *stage, struct stage_watch *watch, uint64_t *count)
{
	int ret;

	*count = 0;
	watch->eventfd = -1;
	if (!hvbell_vp_exists(stage->card, watch->partition, watch->vp))
		return 0;
	ret = hvbell_eventfd(stage->card, watch->partition, watch->vp, watch->sint);
	if (ret == -ENOENT)
		return 0;
	if (ret < 0)
		return stage_failed(stage->error, sizeof(stage->error), ret, "eventfd of a SINT");
	watch->eventfd = ret;
	ret = hvbell_messages(stage->card, watch->partition, watch->vp, watch->sint, count);
	return ret != 0 ? stage_failed(stage->error, sizeof(stage->error), ret, "message count of a SINT") : 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Polls the eventfds of those (VP, SINT)s that did, or did not, send a message: until all are readable, or until
 * one is. */
static void poll_some(const struct stage *stage, struct pollfd *fds, bool sent, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	size_t open = 0, ready = 0;

	for (size_t i = 0; i < stage->watch_count; i++) {
		const struct stage_watch *watch = &stage->watches[i];

		fds[i] = (struct pollfd){ .fd = (watch->count != 0) == sent ? watch->eventfd : -1, .events = POLLIN };
		open += fds[i].fd >= 0;
	}
	while (open > 0) {
		int64_t left = end - now_ms();

		if (left < 0 || poll(fds, stage->watch_count, (int)left) <= 0)
			return;
		ready = 0;
		for (size_t i = 0; i < stage->watch_count; i++)
			ready += fds[i].revents != 0;
		if (!sent || ready == open)
			return;
		usleep(100);
	}
}

static void note_disagreement(const struct stage *stage, const struct pollfd *fds, bool sent, struct seen *seen)
{
	for (size_t i = 0; i < stage->watch_count; i++) {
		const struct stage_watch *watch = &stage->watches[i];

		if (fds[i].fd >= 0 && (fds[i].revents != 0) != sent)
			snprintf(seen->trouble, sizeof(seen->trouble),
				 "eventfd of partition 0x%llx vp %u sint %u is%s signaled though the card counts %llu "
				 "messages",
				 (unsigned long long)watch->partition, watch->vp, watch->sint, sent ? " not" : "",
				 (unsigned long long)watch->count);
	}
}

static void empty_eventfds(const struct stage *stage)
{
	for (size_t i = 0; i < stage->watch_count; i++) {
		struct pollfd fd = { .fd = stage->watches[i].eventfd, .events = POLLIN };
		uint64_t value;

		if (fd.fd >= 0 && poll(&fd, 1, 0) == 1 && read(fd.fd, &value, sizeof(value)) < 0)
			return;
	}
}

static int add_interrupt(struct stage *stage, const struct stage_watch *watch, struct seen *seen)
{
	struct scn_interrupt interrupt = { .partition = watch->partition, .vp = watch->vp, .count = watch->count };
	struct hvbell_sint sint;
	int ret = hvbell_get_sint(stage->card, watch->partition, watch->vp, watch->sint, &sint);

	if (ret != 0)
		return stage_failed(stage->error, sizeof(stage->error), ret, "reading a SINT");
	interrupt.vector = sint.vector;
	ret = seen_add_interrupt(seen, &interrupt);
	return ret != 0 ? stage_failed(stage->error, sizeof(stage->error), ret, "noting an interrupt") : 0;
}

int stage_watch_end(struct stage *stage, struct seen *seen)
{
	struct pollfd *fds;

	/* Nothing is sent between two steps, so what one leaves is what the next starts from. */
	for (size_t i = 0; i < stage->watch_count; i++) {
		struct stage_watch *watch = &stage->watches[i];
		uint64_t after;
		int ret = read_count(stage, watch, &after);

		if (ret != 0)
			return ret;
		watch->count = after > watch->before ? after - watch->before : 0;
		watch->before = after;
		ret = watch->count ? add_interrupt(stage, watch, seen) : 0;
		if (ret != 0)
			return ret;
	}
	fds = calloc(stage->watch_count + 1, sizeof(*fds));
	if (!fds)
		return stage_failed(stage->error, sizeof(stage->error), -ENOMEM, "waiting for interrupts");
	poll_some(stage, fds, true, SIGNALED_WITHIN_MS);
	note_disagreement(stage, fds, true, seen);
	poll_some(stage, fds, false, stage->silent_ms);
	note_disagreement(stage, fds, false, seen);
	free(fds);
	empty_eventfds(stage);
	return 0;
}

static int read_page(struct stage *stage, struct scn_flag *flag, const uint64_t *page, struct seen *seen)
{
	for (unsigned word = 0; word < HVBELL_SIEF_BYTES / 8; word++) {
		uint64_t bits = __atomic_load_n(&page[word], __ATOMIC_RELAXED);

		for (; bits; bits &= bits - 1) {
			unsigned bit = word * 64 + (unsigned)__builtin_ctzll(bits);
			int ret;

			flag->sint = bit / HVBELL_FLAGS;
			flag->flag = bit % HVBELL_FLAGS;
			ret = seen_add_flag(seen, flag);
			if (ret != 0)
				return stage_failed(stage->error, sizeof(stage->error), ret, "noting a flag");
		}
	}
	return 0;
}

int stage_read_flags(struct stage *stage, struct seen *seen)
{
	const struct scn_world *world = &stage->scenario->world;

	for (size_t p = 0; p < world->partition_count; p++)
		for (size_t v = 0; v < world->partitions[p].vp_count; v++) {
			struct scn_flag flag = { .partition = world->partitions[p].id,
						 .vp = world->partitions[p].vps[v].index };
			const uint64_t *page = NULL;
			int ret;

			if (hvbell_vp_exists(stage->card, flag.partition, flag.vp))
				page = hvbell_sief(stage->card, flag.partition, flag.vp);
			ret = page ? read_page(stage, &flag, page, seen) : 0;
			if (ret != 0)
				return ret;
		}
	return 0;
}
