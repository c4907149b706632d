/* SPDX-License-Identifier: MIT */
/* Single-stepped cards: exact latencies, equal runs for equal inputs, and the replay of a TLP log bit for bit. */
#include "sim_helper.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "hvb_regs.h"
#include "sim/log.h"

#define RW (HVB_DMA_READ | HVB_DMA_WRITE)

static char folder[] = "/tmp/hvbell-step-XXXXXX";

static const char *file_in_folder(const char *name)
{
	static char path[2][80];
	static int which;

	which = !which;
	snprintf(path[which], sizeof(path[which]), "%s/%s", folder, name);
	return path[which];
}

static uint64_t cycle_of(struct hvb_dev *dev)
{
	return sim_stat(dev, "cycles");
}

/* Cycles of a register read, and from a doorbell to its flag in memory. */
static void latencies_of(const char *url, unsigned *read, unsigned *flag)
{
	struct hvb_dev *dev = sim_open_card(url);
	uint64_t *page = sim_page(), iova, start;

	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	sim_connect(dev, 1, 1, 0, iova, 0, 0);
	sim_register(dev, HVB_R_MAGIC);
	dev->ops->step(dev, 1000);
	start = cycle_of(dev);
	sim_register(dev, HVB_R_MAGIC);
	*read = (unsigned)(cycle_of(dev) - start);
	dev->ops->step(dev, 1000);
	start = cycle_of(dev);
	sim_signal(dev, 1, 1, 0);
	while (!page[0] && cycle_of(dev) < start + 100000)
		dev->ops->step(dev, 1);
	*flag = (unsigned)(cycle_of(dev) - start);
	hvb_dev_close(dev);
	free(page);
}

static void latencies(void **state)
{
	unsigned read0, flag0, read, flag;

	(void)state;
	latencies_of("sim:?step=1&latency=none", &read0, &flag0);
	latencies_of("sim:?step=1&latency=1", &read, &flag);
	assert_int_equal(read, read0 + 2);
	assert_int_equal(flag, flag0 + 2);
	latencies_of("sim:?step=1", &read, &flag);
	assert_int_equal(read, read0 + 2 * 45);
	assert_int_equal(flag, flag0 + 2 * 45);
	latencies_of("sim:?step=1&latency=gen2x4", &read, &flag);
	assert_int_equal(read, read0 + 2 * 62);
	latencies_of("sim:?step=1&latency=2000", &read, &flag);
	assert_int_equal(flag, flag0 + 2 * 2000);
	/* the card's own share: 5 cycles from the doorbell to the AtomicOp and one for the clock call that executes it
	 *  */
	assert_in_range(flag0, 5, 8);
}

/* 100 writes and a read behind them: the wire of one lane takes a TLP in 8 cycles. */
static void bandwidth(void **state)
{
	static const struct {
		const char *url;
		unsigned least, most;
	} links[] = {
		{ "sim:?step=1&latency=gen3x8", 190, 230 },
		{ "sim:?step=1&latency=gen2x4", 320, 360 },
		{ "sim:?step=1&latency=gen2x1", 930, 980 },
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct hvb_dev *dev = sim_open_card(links[i].url);
		uint64_t start = cycle_of(dev);

		for (unsigned n = 0; n < 100; n++)
			hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_WORD_ADDR, n * 8);
		assert_int_equal(sim_register(dev, HVB_R_WORD_ADDR), 99 * 8);
		assert_in_range(cycle_of(dev) - start, links[i].least, links[i].most);
		hvb_dev_close(dev);
	}
}

/* Time stands between calls and passes in them; the cycles are the card's own. */
static void steps(void **state)
{
	struct hvb_dev *dev = sim_open_card("sim:?step=1");
	uint64_t start = cycle_of(dev), inside;

	(void)state;
	assert_int_equal(dev->ops->step(dev, 0), 0);
	usleep(1000);
	assert_int_equal(cycle_of(dev), start);
	inside = sim_register(dev, HVB_R_CYCLES);
	dev->ops->step(dev, 12345);
	start = cycle_of(dev);
	inside = sim_register(dev, HVB_R_CYCLES) - inside;
	assert_int_equal(inside, 12345 + (cycle_of(dev) - start));
	/* more posted writes than the channel holds: the writer passes the cycles */
	for (unsigned i = 0; i < 10000; i++)
		hvb_dev_write64(dev, HVB_REGION_BAR0, HVB_R_WORD_ADDR, 8 * i);
	assert_int_equal(sim_register(dev, HVB_R_WORD_ADDR), 8 * 9999);
	hvb_dev_close(dev);
}

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* A busy run: many connections, some senders' mistakes, flags cleared in between, interrupts. Its end is *cycles. */
static void busy_run(const char *url, uint64_t *cycles, uint64_t *sum)
{
	struct hvb_dev *dev = sim_open_card(url);
	uint64_t *page = sim_page(), iova;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_int_equal(dev->ops->dma_map(dev, page, 4096, RW, &iova), 0);
	assert_int_equal(dev->ops->irq_set(dev, HVB_IRQ_MSIX, 0, 1, &fd), 0);
	for (unsigned i = 0; i < 64; i++)
		sim_connect(dev, i % 8, i, i, iova + 8 * i, 0, i % 4);
	srand(11);
	*sum = 0;
	for (unsigned i = 0; i < 3000; i++) {
		unsigned n = (unsigned)rand() % 66;

		sim_signal(dev, n % 8, n, (unsigned)rand() % 70);
		if (i % 50 == 0)
			*sum = *sum * 31 + sim_status(dev, n % 8) + load(&page[n]);
		if (i % 7 == 0)
			__atomic_store_n(&page[n], 0, __ATOMIC_RELEASE);
	}
	dev->ops->step(dev, 2000);
	for (unsigned i = 0; i < 64; i++)
		*sum = *sum * 31 + load(&page[i]);
	*sum = *sum * 31 + sim_events(fd, 0);
	*cycles = cycle_of(dev);
	hvb_dev_close(dev);
	close(fd);
	free(page);
}

static void equal_runs(void **state)
{
	uint64_t cycles[4], sum[4];

	(void)state;
	busy_run("sim:?step=1", &cycles[0], &sum[0]);
	busy_run("sim:?step=1", &cycles[1], &sum[1]);
	assert_int_equal(cycles[0], cycles[1]);
	assert_int_equal(sum[0], sum[1]);
	busy_run("sim:?step=1&jitter=40&seed=5", &cycles[0], &sum[0]);
	busy_run("sim:?step=1&jitter=40&seed=5", &cycles[1], &sum[1]);
	busy_run("sim:?step=1&jitter=40&seed=6", &cycles[2], &sum[2]);
	assert_int_equal(cycles[0], cycles[1]);
	assert_int_equal(sum[0], sum[1]);
	assert_int_not_equal(cycles[0], cycles[2]);
}

static void log_url(char *url, size_t size, const char *options, const char *log)
{
	assert_true((size_t)snprintf(url, size, "sim:?%slog=%s", options, log) < size);
}

/* Changes the nth character c in a copy of a file. */
static void spoil_copy(const char *from, const char *to, const char *line_with, char character, char other)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char line[256];
	bool done = false;

	assert_non_null(in);
	assert_non_null(out);
	while (fgets(line, sizeof(line), in)) {
		char *word = strstr(line, line_with);
		char *last = word ? strrchr(word, character) : NULL;

		if (last && !done) {
			*last = other;
			done = true;
		}
		fputs(line, out);
	}
	assert_true(done);
	fclose(in);
	fclose(out);
}

static void replay(void **state)
{
	static const char *const options[] = {
		"step=1&", "", "latency=gen2x1&jitter=30&seed=3&", "latency=none&step=1&",
	};
	const char *log = file_in_folder("run.log");
	struct hvb_replay result;
	uint64_t cycles, sum;
	char url[200];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		log_url(url, sizeof(url), options[i], log);
		busy_run(url, &cycles, &sum);
		if (hvb_log_replay(log, &result))
			fail_msg("%s: line %u: %s", url, result.line, result.difference ? result.difference : "");
		assert_true(result.beats > 6000);
		assert_true(result.cycles > cycles - 100);
	}
}

static void replay_finds_differences(void **state)
{
	const char *log = file_in_folder("run.log"), *other = file_in_folder("other.log");
	struct hvb_replay result;
	uint64_t cycles, sum;
	char url[200];
	FILE *file;

	(void)state;
	log_url(url, sizeof(url), "step=1&", log);
	busy_run(url, &cycles, &sum);
	/* another flag rung: the AtomicOp differs */
	spoil_copy(log, other, " tx_np ", '0', '1');
	assert_int_equal(hvb_log_replay(other, &result), -EILSEQ);
	assert_non_null(result.difference);
	assert_true(result.line > 1);
	spoil_copy(log, other, " np_ret", 'p', 'q');
	assert_int_equal(hvb_log_replay(other, &result), -EBADMSG);

	file = fopen(other, "w");
	fputs("hello\n", file);
	fclose(file);
	assert_int_equal(hvb_log_replay(other, &result), -EBADMSG);
	assert_int_equal(result.line, 1);
	file = fopen(other, "w");
	fputs("hvbell-tlp-log 1 0\n9 rx_req 12 34\n", file);
	fclose(file);
	assert_int_equal(hvb_log_replay(other, &result), -EBADMSG);
	assert_int_equal(result.line, 2);
	assert_int_equal(hvb_log_replay(file_in_folder("none.log"), &result), -ENOENT);
}

/* A card that is traced evaluates every cycle, one that is not skips its rest: both must do the same. */
static void trace(void **state)
{
	const char *wave = file_in_folder("run.fst"), *log = file_in_folder("run.log");
	struct hvb_replay result;
	uint64_t cycles, sum;
	char url[200];
	FILE *file;

	(void)state;
	snprintf(url, sizeof(url), "sim:?step=1&trace=%s&log=%s", wave, log);
	busy_run(url, &cycles, &sum);
	if (hvb_log_replay(log, &result))
		fail_msg("line %u: %s", result.line, result.difference ? result.difference : "");
	file = fopen(wave, "r");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	assert_true(ftell(file) > 10000);
	fclose(file);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "run.log", "other.log", "run.fst", "run.fst.hier" };

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		unlink(file_in_folder(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latencies),
		cmocka_unit_test(bandwidth),
		cmocka_unit_test(steps),
		cmocka_unit_test(equal_runs),
		cmocka_unit_test(replay),
		cmocka_unit_test(replay_finds_differences),
		cmocka_unit_test(trace),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
