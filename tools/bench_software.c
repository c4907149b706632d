/* SPDX-License-Identifier: MIT */
/*
 * Software beside the card: the same flags, the same receiver, the same threads; only the way between is another. What
 * a hypervisor does for HvCallSignalEvent, without the exit that brings the call to it: find the connection, set the
 * flag by a locked instruction, and where it was clear write the eventfd that raises the interrupt (as KVM's irqfd).
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "bench.h"

#define HASH_ROWS 8192u

/* A port, as far as a signal needs it. */
struct target {
	uint64_t *words;
	int eventfd;
};

struct entry {
	uint32_t id;
	struct target *target;
	struct entry *next;
};

struct software {
	_Alignas(16) uint64_t words[HVBELL_FLAGS / 64];
	struct target target;
	struct entry *entries;          /* of all connections */
	unsigned count;
	struct entry *list, *rows[HASH_ROWS];
	pthread_mutex_t lock;           /* of the hash: readers and changes exclude each other */
	uint64_t turn;
};

static void set_flag(const struct target *target, unsigned flag)
{
	const uint64_t one = 1;
	uint64_t bit = 1ull << flag % 64;

	if (__atomic_fetch_or(&target->words[flag / 64], bit, __ATOMIC_ACQ_REL) & bit)
		return;
	/* it cannot be full: the receiver empties it for each signal */
	if (write(target->eventfd, &one, sizeof(one)) < 0)
		abort();
}

static void send_bare(struct bench_path *path, unsigned flag)
{
	struct software *software = path->arg;

	set_flag(&software->target, flag);
}

/* Another connection for each signal, in an order that a processor does not guess. */
static uint32_t next_id(struct software *software)
{
	return (uint32_t)(software->turn++ * 2654435761u % software->count);
}

static void send_list(struct bench_path *path, unsigned flag)
{
	struct software *software = path->arg;
	uint32_t id = next_id(software);

	for (struct entry *entry = software->list; entry; entry = entry->next)
		if (entry->id == id) {
			set_flag(entry->target, flag);
			return;
		}
}

static unsigned row_of(uint32_t id)
{
	return (id * 2654435761u >> 8) % HASH_ROWS;
}

static void send_hash(struct bench_path *path, unsigned flag)
{
	struct software *software = path->arg;
	uint32_t id = next_id(software);
	struct entry *entry;

	pthread_mutex_lock(&software->lock);
	for (entry = software->rows[row_of(id)]; entry && entry->id != id; entry = entry->next)
		;
	pthread_mutex_unlock(&software->lock);
	if (entry)
		set_flag(entry->target, flag);
}

/* Entries lie in memory in another order than in the list, as they do after some time. */
static int fill(struct software *software, unsigned count, bool list)
{
	software->count = count;
	software->entries = calloc(count, sizeof(*software->entries));
	if (!software->entries)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		struct entry *entry = &software->entries[i * 1597u % count];
		struct entry **head = list ? &software->list : &software->rows[row_of(i)];

		*entry = (struct entry){ .id = i, .target = &software->target, .next = *head };
		*head = entry;
	}
	return 0;
}

static void empty(struct software *software)
{
	if (software->target.eventfd >= 0)
		close(software->target.eventfd);
	pthread_mutex_destroy(&software->lock);
	free(software->entries);
	free(software);
}

static struct software *new_software(void)
{
	struct software *software = calloc(1, sizeof(*software));

	if (!software)
		return NULL;
	pthread_mutex_init(&software->lock, NULL);
	software->target.words = software->words;
	software->target.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (software->target.eventfd >= 0)
		return software;
	empty(software);
	return NULL;
}

static const struct kind {
	const char *name;
	void (*send)(struct bench_path *path, unsigned flag);
	unsigned connections;
	bool list;
} kinds[] = {
	{ "software: flag and eventfd", send_bare, 1, false },
	{ "software: list of 4096 connections", send_list, 4096, true },
	{ "software: hash of 4096 connections", send_hash, 4096, false },
};

static void path_of(struct software *software, const struct kind *kind, struct bench_path *path)
{
	*path = (struct bench_path){
		.name = kind->name, .send = kind->send, .eventfd = software->target.eventfd, .arg = software,
		.rx = { .words = software->words, .used = BENCH_WORDS },
	};
}

int bench_software(struct bench *bench)
{
	int ret = 0;

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !ret && !bench_stopped(); i++) {
		struct software *software = new_software();
		struct bench_path path;

		if (!software)
			return -ENOMEM;
		ret = fill(software, kinds[i].connections, kinds[i].list);
		path_of(software, &kinds[i], &path);
		if (!ret)
			bench_modes(bench, &path);
		empty(software);
	}
	return ret;
}
