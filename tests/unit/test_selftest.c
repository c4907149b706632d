/* SPDX-License-Identifier: MIT */
/* The selftest on a good simulated card, and on the same one behind a device that has one defect: the step that is
 * there for it is the first to fail. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "sim_helper.h"
#include "hvb_regs.h"
#include "tools/selftest.h"

#define BAR0 HVB_REGION_BAR0
#define BAR2 HVB_REGION_BAR2
#define CONFIG HVB_REGION_CONFIG
#define VECTORS 256u

/* What else than reads and writes goes wrong */
enum wrong {
	NOTHING, FEW_VECTORS, SMALL_BAR, RESET_FAILS, RESET_DOES_NOTHING, VECTORS_SWAPPED, VECTOR_LOST, NEVER_MASKED,
	PENDING_LOST, PENDING_TWICE, LOST_BEHIND_RESET, MAP_FAILS, MAP_BESIDE, NEVER_UNMAPPED, INTERRUPTED,
};

struct defect {
	const char *step;        /* the first to fail; NULL: none */
	enum wrong wrong;
	unsigned region;         /* the register the rest is about */
	uint64_t offset;
	uint64_t flip;           /* bits that read wrong */
	size_t drop;             /* writes of so many bytes that do not come through */
	int error;               /* of a read */
	unsigned after;          /* all of it only behind a write of this register of BAR0 */
	bool block;              /* configuration space is said to be a PCIe block's */
};

struct broken {
	struct hvb_dev dev;
	struct hvb_dev *card;
	const struct defect *defect;
	bool on;
	unsigned resets, connects;
};

static struct broken *broken_of(struct hvb_dev *dev)
{
	return (struct broken *)(void *)dev;
}

static int broken_read(struct hvb_dev *dev, unsigned region, uint64_t off, void *buf, size_t len)
{
	struct broken *broken = broken_of(dev);
	const struct defect *defect = broken->defect;
	bool hit = broken->on && region == defect->region && defect->offset >= off && defect->offset < off + len;
	uint64_t value = 0;
	int err;

	if (hit && defect->wrong == INTERRUPTED)
		selftest_stop = 1;
	if (hit && defect->error)
		return defect->error;
	err = broken->card->ops->region_read(broken->card, region, off, &value, len);
	if (!err && hit)
		value ^= defect->flip;
	if (!err && defect->block && region == CONFIG && off == 8)
		value ^= 1 ^ 2;  /* the revision */
	memcpy(buf, &value, len);
	return err;
}

static int broken_write(struct hvb_dev *dev, unsigned region, uint64_t off, const void *buf, size_t len)
{
	struct broken *broken = broken_of(dev);
	const struct defect *defect = broken->defect;

	if (defect->after && region == BAR0 && off == defect->after)
		broken->on = true;
	if (broken->on && defect->drop == len && region == defect->region && off == defect->offset)
		return 0;
	return broken->card->ops->region_write(broken->card, region, off, buf, len);
}

static int broken_info(struct hvb_dev *dev, unsigned region, struct hvb_region *info)
{
	struct broken *broken = broken_of(dev);
	int err = broken->card->ops->region_info(broken->card, region, info);

	if (broken->defect->wrong == SMALL_BAR && region == BAR2)
		info->size /= 2;
	return err;
}

static int broken_count(struct hvb_dev *dev, unsigned irq, unsigned *count)
{
	struct broken *broken = broken_of(dev);
	int err = broken->card->ops->irq_count(broken->card, irq, count);

	if (broken->defect->wrong == FEW_VECTORS)
		*count = 1;
	return err;
}

static int set_one(struct broken *broken, unsigned vector, int fd)
{
	return broken->card->ops->irq_set(broken->card, HVB_IRQ_MSIX, vector, 1, &fd);
}

/* An eventfd that nobody looks at takes what pends. */
static int swallow(struct broken *broken, unsigned vector)
{
	int none = eventfd(0, EFD_CLOEXEC), err = set_one(broken, vector, none);

	assert_int_equal(sim_events(none, 1), 1);
	close(none);
	return err;
}

static int broken_set(struct hvb_dev *dev, unsigned irq, unsigned start, unsigned count, const int *eventfds)
{
	struct broken *broken = broken_of(dev);
	enum wrong wrong = broken->defect->wrong;
	const uint64_t one = 1;
	int err = 0;

	if (irq != HVB_IRQ_MSIX)
		return -EINVAL;
	for (unsigned n = 0; !err && n < count; n++) {
		unsigned vector = start + n;
		bool third;      /* connected for the signals, for those unmasked, for those that pended */

		if (wrong == VECTORS_SWAPPED && (vector == 6 || vector == 7))
			vector ^= 1;
		if ((wrong == VECTOR_LOST && vector == 200) ||
		    (wrong == NEVER_MASKED && eventfds[n] < 0 && vector == 77) ||
		    (wrong == LOST_BEHIND_RESET && broken->resets > 1 && vector == 3))
			continue;
		broken->connects += vector == 9 && eventfds[n] >= 0;
		third = vector == 9 && eventfds[n] >= 0 && broken->connects == 3;
		if (wrong == PENDING_LOST && third)
			err = swallow(broken, vector);
		if (wrong == PENDING_TWICE && third)
			assert_int_equal(write(eventfds[n], &one, sizeof(one)), sizeof(one));
		if (!err)
			err = set_one(broken, vector, eventfds[n]);
	}
	return err;
}

static int broken_dma_map(struct hvb_dev *dev, void *addr, size_t len, unsigned flags, uint64_t *iova)
{
	struct broken *broken = broken_of(dev);
	int err = broken->card->ops->dma_map(broken->card, addr, len, flags, iova);

	if (broken->defect->wrong == MAP_FAILS)
		return -ENOMEM;
	if (broken->defect->wrong == MAP_BESIDE)
		*iova += 8;
	return err;
}

static int broken_dma_unmap(struct hvb_dev *dev, uint64_t iova, size_t len)
{
	struct broken *broken = broken_of(dev);

	if (broken->defect->wrong == MAP_BESIDE)
		iova -= 8;
	return broken->defect->wrong == NEVER_UNMAPPED ? 0 : broken->card->ops->dma_unmap(broken->card, iova, len);
}

static int broken_reset(struct hvb_dev *dev)
{
	struct broken *broken = broken_of(dev);

	broken->resets++;
	if (broken->defect->wrong == RESET_FAILS)
		return -EIO;
	return broken->defect->wrong == RESET_DOES_NOTHING ? 0 : broken->card->ops->reset(broken->card);
}

/* What a selftest told: how many steps, how many of them failed, and the first of these. */
struct told {
	unsigned steps, failed;
	char first[64], seen[200], expected[120], remedy[160];
	bool stop;               /* there */
};

static void tell(void *arg, const struct selftest_line *line)
{
	struct told *told = arg;

	told->steps++;
	assert_true(line->seen[0]);
	assert_true(line->ok || line->remedy[0]);
	if (!line->ok && !told->failed++) {
		snprintf(told->first, sizeof(told->first), "%s", line->step);
		snprintf(told->seen, sizeof(told->seen), "%s", line->seen);
		snprintf(told->expected, sizeof(told->expected), "%s", line->expected);
		snprintf(told->remedy, sizeof(told->remedy), "%s", line->remedy);
		selftest_stop = told->stop;
	}
}

static void run(const struct defect *defect, const char *scheme, struct told *told)
{
	struct hvb_dev_ops ops = { .scheme = scheme, .region_info = broken_info, .region_read = broken_read,
		.region_write = broken_write, .irq_count = broken_count, .irq_set = broken_set,
		.dma_map = broken_dma_map, .dma_unmap = broken_dma_unmap, .reset = broken_reset };
	struct broken broken = { .dev.ops = &ops, .card = sim_open_card("sim:?latency=none"), .defect = defect,
		.on = !defect->after };
	unsigned files = sim_entries("/proc/self/fd"), failed;

	selftest_stop = 0;
	failed = selftest_run(&broken.dev, tell, told);
	assert_int_equal(failed, told->failed);
	selftest_stop = 0;
	assert_int_equal(sim_entries("/proc/self/fd"), files);
	if (defect->wrong != RESET_FAILS && defect->wrong != RESET_DOES_NOTHING) {
		assert_int_equal(sim_register(broken.card, HVB_R_TIMEOUT), 5000000);
		assert_int_equal(sim_register(broken.card, HVB_W_PART + 8 * ST_RECEIVER), 0);
	}
	hvb_dev_close(broken.card);
}

static void good_card(void **state)
{
	const struct defect none = { .step = NULL };
	struct told told = { 0 };

	(void)state;
	run(&none, "sim", &told);
	if (told.failed)
		fail_msg("%s: %s", told.first, told.seen);
	assert_int_equal(told.steps, 24);
}

/* A PCIe block has no capability of the card's, and may be unable to reset a function; all else is as it should be. */
static void behind_a_block(void **state)
{
	static const struct defect of_it[] = {
		{ .region = CONFIG, .offset = 0x100, .flip = 1, .block = true },
		{ .region = CONFIG, .offset = 0x74, .flip = 1 << 28, .block = true },
		{ "capabilities", .region = CONFIG, .offset = 0x58, .flip = 0x1000, .block = true },
	};

	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		struct told told = { 0 };

		run(&of_it[n], "sim", &told);
		assert_int_equal(told.failed, n == 2);
		if (n == 2)
			assert_string_equal(told.first, of_it[n].step);
	}
}

/* No fault is made where a host's kernel would see it. */
static void no_faults_on_a_host(void **state)
{
	const struct defect none = { .step = NULL };
	struct told told = { 0 };

	(void)state;
	run(&none, "vfio", &told);
	assert_int_equal(told.failed, 0);
	assert_int_equal(told.steps, 23);
}

/* Interrupts wait for nobody's clock but the card's. */
static void single_stepped(void **state)
{
	struct hvb_dev *dev = sim_open_card("sim:?step=1");
	struct told told = { 0 };

	(void)state;
	assert_int_equal(selftest_run(dev, tell, &told), 0);
	assert_int_equal(told.steps, 24);
	hvb_dev_close(dev);
}

static const struct defect defects[] = {
	{ "identity", .region = CONFIG, .offset = 0, .flip = HVB_DEVICE_ID << 16 | HVB_VENDOR_ID },
	{ "identity", .region = BAR0, .offset = HVB_R_MAGIC, .flip = 1 },
	{ "identity", .region = BAR0, .offset = HVB_R_MAGIC, .flip = 1ull << 48 },
	{ "identity", .region = BAR0, .offset = HVB_R_MAGIC, .error = -ENODEV },
	{ "reset", .wrong = RESET_FAILS },
	{ "reset", .region = BAR0, .offset = HVB_R_STATE, .error = -EIO },
	{ "sizes", .region = BAR0, .offset = HVB_R_PARAMS0, .flip = 0x80 },
	{ "sizes", .wrong = FEW_VECTORS },
	{ "capabilities", .region = CONFIG, .offset = 4, .flip = 1 << 20 },
	{ "capabilities", .region = CONFIG, .offset = 0x34, .flip = 0x3c ^ 0x40 },
	{ "capabilities", .region = CONFIG, .offset = 0x34, .flip = 2 },
	{ "capabilities", .region = CONFIG, .offset = 0x70, .flip = 0x5000 },
	{ "capabilities", .region = CONFIG, .offset = 0x50, .flip = 0x7000 },
	{ "capabilities", .region = CONFIG, .offset = 0x50, .flip = 1 << 16 },
	{ "capabilities", .region = CONFIG, .offset = 0x54, .flip = 2 },
	{ "capabilities", .region = CONFIG, .offset = 0x58, .flip = 0x1000 },
	{ "capabilities", .region = CONFIG, .offset = 0x74, .flip = 1 << 28 },
	{ "capabilities", .region = CONFIG, .offset = 0x94, .flip = 1 << 8 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x100, .flip = 1 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x100, .flip = 0x10000001 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x104, .flip = 1 << 16 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x108, .flip = 1 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x10c, .flip = 1 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x110, .flip = 1 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x114, .flip = 1 },
	{ "vendor-specific capability", .region = CONFIG, .offset = 0x118, .flip = 1 },
	{ "switches", .region = CONFIG, .offset = 4, .flip = 2 },
	{ "switches", .region = CONFIG, .offset = 4, .flip = 4 },
	{ "switches", .region = CONFIG, .offset = 0x98, .flip = 0x40 },
	{ "switches", .region = BAR0, .offset = HVB_R_STATE, .flip = HVB_STATE_ATOMIC_EN_MASK },
	{ "regions", .wrong = SMALL_BAR },
	{ "regions", .region = BAR2, .offset = 0xf8, .flip = 1 },
	{ "registers", .region = BAR0, .offset = HVB_R_GROUP_ENTRY, .flip = 1 << 17 },
	{ "registers", .region = BAR0, .offset = HVB_R_HASH2, .drop = 8 },
	{ "registers", .region = BAR0, .offset = HVB_R_TRACE_CTRL, .error = -EIO },
	{ "partition registers", .region = BAR0, .offset = HVB_W_PART + 8 * 63, .flip = 1 << 8 },
	{ "partition registers", .region = BAR0, .offset = HVB_W_PART + 8 * 5, .drop = 8 },
	{ "reserved registers", .region = BAR0, .offset = 0x170, .flip = 1ull << 63 },
	{ "reserved registers", .region = BAR0, .offset = HVB_W_MSG + 8 * VECTORS, .flip = 1 },
	{ "4-byte halves", .region = BAR0, .offset = HVB_R_WORD_ADDR + 4, .drop = 4 },
	{ "4-byte halves", .region = BAR0, .offset = HVB_R_WORD_ADDR, .drop = 4 },
	{ "accesses of a bad shape", .region = BAR0, .offset = HVB_R_WORD_ADDR, .drop = 1 },
	{ "accesses of a bad shape", .region = BAR0, .offset = HVB_R_MAGIC, .drop = 8 },
	{ "accesses of a bad shape", .region = BAR0, .offset = HVB_R_CONTROL + 4, .drop = 4 },
	{ "memory and interrupts", .wrong = MAP_FAILS },
	{ "compare-and-swap", .wrong = MAP_BESIDE },
	{ "compare-and-swap", .region = BAR0, .offset = HVB_R_DIRECT, .drop = 8 },
	{ "compare-and-swap", .region = BAR0, .offset = HVB_R_DIRECT, .flip = HVB_DIRECT_NEWLY_MASK },
	{ "compare-and-swap", .region = BAR0, .offset = HVB_R_DIRECT, .flip = HVB_DIRECT_FAULT_MASK },
	{ "compare-and-swap", .region = BAR0, .offset = HVB_R_DIRECT, .error = -EIO },
	{ "signal to a VP", .region = BAR2, .offset = HVB_S_SIGNAL, .drop = 8 },
	{ "signal to a VP", .region = BAR2, .offset = HVB_S_STATUS, .flip = HVB_STATUS_INVALID_PORT_ID },
	{ "signal to a VP", .region = BAR2, .offset = HVB_SLOT_BYTES + HVB_S_STATUS, .flip = 1ull << 32 },
	{ "signal to a VP", .region = BAR2, .offset = HVB_S_DELIVERED, .flip = 1 },
	{ "signal to a VP", .region = BAR2, .offset = 2 * HVB_SLOT_BYTES + 4, .drop = 4 },
	{ "signal to a VP", .region = BAR2, .offset = 3 * HVB_SLOT_BYTES + HVB_S_STATUS, .flip = 0x12 },
	{ "signal to a VP", .region = BAR0, .offset = HVB_R_CONN_COMMIT, .drop = 8 },
	{ "signal to any VP", .region = BAR0, .offset = HVB_R_GROUP_COMMIT, .drop = 8 },
	{ "signal to any VP", .region = BAR0, .offset = HVB_R_LIST_COMMIT, .drop = 8 },
	{ "direct signal", .region = BAR0, .offset = HVB_R_DIRECT, .flip = HVB_DIRECT_NEWLY_MASK,
		.after = HVB_R_GROUP_COMMIT },
	{ "vectors, unmasked", .wrong = VECTORS_SWAPPED },
	{ "vectors, unmasked", .wrong = VECTOR_LOST },
	{ "vectors, masked", .wrong = NEVER_MASKED },
	{ "vectors, unmasked again", .wrong = PENDING_LOST },
	{ "vectors, unmasked again", .wrong = PENDING_TWICE },
	{ "counters", .region = BAR0, .offset = HVB_W_MSG + 8 * 255, .flip = 4 },
	{ "counters", .region = BAR0, .offset = HVB_R_N_MESSAGE, .flip = 1 << 20 },
	{ "counters", .region = BAR0, .offset = HVB_R_N_ATOMIC, .flip = 1 },
	{ "counters", .region = BAR0, .offset = HVB_R_N_TIMEOUT, .flip = 1 },
	{ "counters", .region = BAR0, .offset = HVB_W_COUNT + 8 * HVB_CNT_COALESCED, .flip = 1 << 8 },
	{ "counters", .region = BAR0, .offset = HVB_W_COUNT + 8 * HVB_CNT_INVALID_CONNECTION_ID, .flip = 1 << 8 },
	{ "counters", .region = BAR2, .offset = 3 * HVB_SLOT_BYTES, .drop = 2 },
	{ "denied memory", .wrong = NEVER_UNMAPPED },
	{ "denied memory", .region = BAR0, .offset = HVB_W_LOG + 8, .flip = 8 },
	{ "denied memory", .region = BAR0, .offset = HVB_W_LOG, .flip = 1ull << 49 },
	{ "denied memory", .region = BAR0, .offset = HVB_R_VP_CTRL, .drop = 8 },
	{ "reset values", .wrong = RESET_DOES_NOTHING },
	{ "reset values", .region = BAR0, .offset = HVB_W_VP + 8 * 200, .flip = 1 },
	{ "vectors after the reset", .wrong = LOST_BEHIND_RESET },
	{ "direct signal", .wrong = INTERRUPTED, .region = BAR0, .offset = HVB_R_DIRECT, .after = HVB_R_GROUP_COMMIT },
};

static void one_defect(void **state)
{
	const struct defect *defect = *state;
	struct told told = { .stop = true };

	run(defect, "sim", &told);
	if (strcmp(told.first, defect->step) != 0)
		fail_msg("%s fails instead: %s, expected: %s", told.first[0] ? told.first : "nothing", told.seen,
			 told.expected);
}

/* Ctrl-C before it began; run() looks at how one in the middle leaves the card. */
static void interrupted(void **state)
{
	struct hvb_dev *dev = sim_open_card("sim:");
	struct told told = { 0 };

	(void)state;
	selftest_stop = 1;
	assert_int_equal(selftest_run(dev, tell, &told), 1);
	selftest_stop = 0;
	assert_int_equal(told.steps, 1);
	assert_string_equal(told.seen, "interrupted");
	hvb_dev_close(dev);
}

int main(void)
{
	enum { DEFECTS = sizeof(defects) / sizeof(defects[0]) };
	static struct CMUnitTest tests[DEFECTS + 4] = {
		cmocka_unit_test(good_card),
		cmocka_unit_test(behind_a_block),
		cmocka_unit_test(no_faults_on_a_host),
		cmocka_unit_test(single_stepped),
		cmocka_unit_test(interrupted),
	};
	static char names[DEFECTS][80];

	for (unsigned n = 0; n < DEFECTS; n++) {
		snprintf(names[n], sizeof(names[n]), "defect %u: %s", n, defects[n].step);
		tests[4 + n] = (struct CMUnitTest){ .name = names[n], .test_func = one_defect,
			.initial_state = (void *)(uintptr_t)&defects[n] };
	}
	alarm(550); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
