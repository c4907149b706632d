/* SPDX-License-Identifier: MIT */
/* One direction of the link: latency, spacing, order, jitter, and what a full line does. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "sim/line.h"

static struct hvb_tlp numbered(uint32_t number)
{
	return (struct hvb_tlp){ .hdr = { number } };
}

static void latency_and_spacing(void **state)
{
	struct hvb_line line;

	(void)state;
	assert_int_equal(hvb_line_init(&line, 10, 8, 0, 0, 1), 0);
	assert_true(hvb_line_ready(&line, 100));
	for (uint32_t i = 0; i < 5; i++) {
		struct hvb_tlp tlp = numbered(i);

		assert_true(hvb_line_put(&line, 100, &tlp, HVB_LINE_REQUEST, i == 3));
	}
	assert_false(hvb_line_ready(&line, 100));
	for (uint32_t i = 0; i < 5; i++) {
		assert_null(hvb_line_peek(&line, 100 + 10 + 8 * i - 1));
		assert_int_equal(hvb_line_peek(&line, 100 + 10 + 8 * i)->tlp.hdr[0], i);
		assert_int_equal(hvb_line_peek(&line, 1000)->bad, i == 3);
		hvb_line_pop(&line);
	}
	assert_true(hvb_line_empty(&line));
	assert_null(hvb_line_peek(&line, 1000));
	assert_true(hvb_line_ready(&line, 140));
	hvb_line_free(&line);
}

static void full(void **state)
{
	struct hvb_tlp tlp = numbered(7);
	struct hvb_line line;
	unsigned sent = 0;

	(void)state;
	assert_int_equal(hvb_line_init(&line, 100, 1, 0, 20, 1), 0);
	assert_true(hvb_line_room(&line, 20));
	assert_false(hvb_line_room(&line, line.mask));
	while (sent < 1000 && hvb_line_put(&line, 0, &tlp, HVB_LINE_COMPLETION, false))
		sent++;
	assert_in_range(sent, 120, 256);
	assert_false(hvb_line_room(&line, 0));
	assert_non_null(hvb_line_peek(&line, 100));
	hvb_line_pop(&line);
	assert_true(hvb_line_put(&line, 0, &tlp, HVB_LINE_COMPLETION, false));
	hvb_line_free(&line);
}

/* Jitter delays, within its bound, and never reorders. */
static void jitter(void **state)
{
	uint64_t before = 0;
	struct hvb_line line;
	unsigned late = 0;

	(void)state;
	assert_int_equal(hvb_line_init(&line, 50, 1, 30, 0, 99), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t now = 100ull * i;
		struct hvb_tlp tlp = numbered(i);
		const struct hvb_line_entry *entry;

		assert_true(hvb_line_put(&line, now, &tlp, HVB_LINE_REQUEST, false));
		entry = hvb_line_peek(&line, now + 80);
		assert_non_null(entry);
		assert_in_range(entry->due, now + 50, now + 80);
		assert_int_equal(entry->tlp.hdr[0], i);
		assert_true(entry->due > before);
		before = entry->due;
		late += entry->due > now + 65;
		hvb_line_pop(&line);
	}
	assert_in_range(late, 300, 700);
	hvb_line_free(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latency_and_spacing),
		cmocka_unit_test(full),
		cmocka_unit_test(jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
