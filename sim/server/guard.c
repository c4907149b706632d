/* SPDX-License-Identifier: MIT */
/*
 * A client may cut short the file behind memory it has given: the next access of the card then raises SIGBUS. The
 * handler puts an empty page of the server's own there and lets the access go on: the client has lost its page, and
 * nobody else anything. Where one page cannot be put there (huge pages, too many pieces), all of the file is lost.
 *
 * Only the card's thread accesses client memory, and only it changes this table: the handler runs on that thread and
 * finds the table at rest.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "state.h"

struct guarded {
	uintptr_t start, end;
};

static struct guarded *table;
static size_t count, capacity;

static const struct guarded *find(uintptr_t at)
{
	for (size_t i = 0; i < count; i++)
		if (at >= table[i].start && at < table[i].end)
			return &table[i];
	return NULL;
}

static bool put_empty(uintptr_t at, size_t length)
{
	return mmap((void *)at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		    -1, 0) != MAP_FAILED;
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t at = (uintptr_t)info->si_addr & ~(uintptr_t)(page - 1);
	const struct guarded *lost = find(at);
	int saved = errno;

	(void)context;
	/* not ours, or no page to be had: the access is repeated and ends the process as it always would */
	if (!lost || (!put_empty(at, page) && !put_empty(lost->start, lost->end - lost->start)))
		signal(number, SIG_DFL);
	errno = saved;
}

int guard_install(void)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	sigemptyset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) ? -errno : 0;
}

/* Memory that finds no place in the table is merely not guarded. */
void guard_add(void *start, size_t length)
{
	if (count == capacity) {
		size_t more = capacity ? 2 * capacity : 16;
		struct guarded *grown = realloc(table, more * sizeof(*grown));

		if (!grown)
			return;
		table = grown;
		capacity = more;
	}
	table[count++] = (struct guarded){ (uintptr_t)start, (uintptr_t)start + length };
}

void guard_remove(void *start)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].start == (uintptr_t)start) {
			table[i] = table[--count];
			break;
		}
	if (!count) {
		free(table);
		table = NULL;
		capacity = 0;
	}
}
