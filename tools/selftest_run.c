/* SPDX-License-Identifier: MIT */
/* The steps of a selftest in turn, what each of them says, and the card left as it should be. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "selftest.h"

#define QUIET_MS 2000u           /* a step that lasts longer says how far it is, each time */

volatile sig_atomic_t selftest_stop;

/* In this order: what a step relies on is checked before it. */
static const struct {
	const char *name;
	bool (*run)(struct selftest *t);
} steps[] = {
	{ "identity", st_identity },
	{ "reset", st_first_reset },
	{ "sizes", st_sizes },
	{ "capabilities", st_capabilities },
	{ "vendor-specific capability", st_vendor_specific },
	{ "switches", st_switches },
	{ "regions", st_regions },
	{ "registers", st_registers },
	{ "partition registers", st_partitions },
	{ "reserved registers", st_reserved },
	{ "4-byte halves", st_halves },
	{ "accesses of a bad shape", st_bad_shapes },
	{ "memory and interrupts", st_memory },
	{ "compare-and-swap", st_swap },
	{ "signal to a VP", st_signal },
	{ "signal to any VP", st_any_vp },
	{ "direct signal", st_direct_signal },
	{ "vectors, unmasked", st_unmasked },
	{ "vectors, masked", st_masked },
	{ "vectors, unmasked again", st_unmasked_again },
	{ "counters", st_counters },
	{ "denied memory", st_denied },
	{ "reset values", st_reset_values },
	{ "vectors after the reset", st_after_reset },
};

uint64_t st_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool st_good(struct selftest *t, const char *seen, ...)
{
	va_list arguments;

	if (t->err)
		return false;
	va_start(arguments, seen);
	vsnprintf(t->seen, sizeof(t->seen), seen, arguments);
	va_end(arguments);
	return true;
}

/* What failed first is what is told: an access that failed makes everything behind it wrong. */
bool st_bad(struct selftest *t, const char *remedy, const char *expected, const char *seen, ...)
{
	va_list arguments;

	if (t->err)
		return false;
	va_start(arguments, seen);
	vsnprintf(t->seen, sizeof(t->seen), seen, arguments);
	va_end(arguments);
	snprintf(t->expected, sizeof(t->expected), "%s", expected);
	snprintf(t->remedy, sizeof(t->remedy), "%s", remedy);
	return false;
}

bool st_equal(struct selftest *t, const char *remedy, uint64_t got, uint64_t wanted, const char *what, ...)
{
	char name[100], expected[40];
	va_list arguments;

	if (t->err)
		return false;
	if (got == wanted)
		return true;
	va_start(arguments, what);
	vsnprintf(name, sizeof(name), what, arguments);
	va_end(arguments);
	snprintf(expected, sizeof(expected), "0x%llx", (unsigned long long)wanted);
	return st_bad(t, remedy, expected, "%s is 0x%llx", name, (unsigned long long)got);
}

bool st_waits(struct selftest *t)
{
	uint64_t now = st_now();

	if (selftest_stop && !t->err) {
		st_bad(t, "run it again for the rest", "", "interrupted");
		t->err = -EINTR;
	}
	if (now - t->begun >= QUIET_MS && now - t->said >= QUIET_MS) {
		t->said = now;
		if (t->of)
			fprintf(stderr, "hvbell selftest: %s: %u of %u\n", t->step, t->done, t->of);
		else
			fprintf(stderr, "hvbell selftest: %s: waiting\n", t->step);
	}
	return !t->err;
}

bool st_goes_on(struct selftest *t, unsigned done, unsigned of)
{
	t->done = done;
	t->of = of;
	return st_waits(t);
}

/* A step that does not apply to this card leaves seen empty, and nothing is told of it. */
static void run_step(struct selftest *t, unsigned n)
{
	struct selftest_line line = { .step = steps[n].name, .seen = t->seen, .expected = t->expected,
		.remedy = t->remedy };

	t->step = steps[n].name;
	t->begun = t->said = st_now();
	t->seen[0] = t->expected[0] = t->remedy[0] = '\0';
	line.ok = st_goes_on(t, 0, 0) && steps[n].run(t);
	if (line.ok && !t->seen[0])
		return;
	t->failed += !line.ok;
	t->tell(t->arg, &line);
}

bool st_memory(struct selftest *t)
{
	long size = sysconf(_SC_PAGESIZE);
	void *memory;
	int err;

	t->bytes = size > 4096 ? (size_t)size : 4096;
	memory = mmap(NULL, t->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	t->eventfds = calloc(t->vectors, sizeof(*t->eventfds));
	t->sent = calloc(t->vectors, sizeof(*t->sent));
	if (memory == MAP_FAILED || !t->eventfds || !t->sent) {
		st_bad(t, "", "memory for the test", "none");
		t->err = -ENOMEM;
		return false;
	}
	t->page = memory;
	memset(t->eventfds, -1, t->vectors * sizeof(*t->eventfds));
	for (unsigned v = 0; v < t->vectors; v++) {
		t->eventfds[v] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (t->eventfds[v] < 0) {
			st_bad(t, "raise ulimit -n to twice the vectors and more", "an eventfd for each vector",
			       "no file descriptor left for vector %u", v);
			t->err = -EMFILE;
			return false;
		}
	}
	err = t->dev->ops->dma_map(t->dev, memory, t->bytes, HVB_DMA_READ | HVB_DMA_WRITE, &t->iova);
	if (err) {
		munmap(memory, t->bytes);
		t->page = NULL;
		st_bad(t, "is memory locking allowed (ulimit -l)?", "a page mapped for DMA", "mapping it failed: %s",
		       strerror(-err));
		t->err = err;
		return false;
	}
	return st_good(t, "a page mapped at 0x%llx, %u eventfds", (unsigned long long)t->iova, t->vectors);
}

/* The card is reset first: nothing of it is under way then, and its memory may go. */
static void leave(struct selftest *t)
{
	t->err = 0;
	if (t->eventfds)
		st_connect(t, 0, t->vectors, false);
	if (!t->strange)
		t->dev->ops->reset(t->dev);
	if (t->page) {
		t->dev->ops->dma_unmap(t->dev, t->iova, t->bytes);
		munmap(t->page, t->bytes);
	}
	for (unsigned v = 0; t->eventfds && v < t->vectors; v++)
		if (t->eventfds[v] >= 0)
			close(t->eventfds[v]);
	free(t->eventfds);
	free(t->sent);
}

unsigned selftest_run(struct hvb_dev *dev, selftest_fn tell, void *arg)
{
	struct selftest t = { .dev = dev, .tell = tell, .arg = arg };

	for (unsigned n = 0; n < sizeof(steps) / sizeof(steps[0]) && !t.err && !t.strange; n++)
		run_step(&t, n);
	leave(&t);
	return t.failed;
}
