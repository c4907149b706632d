/* SPDX-License-Identifier: MIT */
/* The DMA map: intervals, rights, holes, and a random run against a plain table. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include "sim/dmamap.h"

#define RW (HVB_DMAMAP_READ | HVB_DMAMAP_WRITE)
#define PAGE 4096u

static unsigned char memory[64 * PAGE];

static void edges(void **state)
{
	struct hvb_dmamap map = { 0 };

	(void)state;
	assert_null(hvb_dmamap_find(&map, 0, 1, 0));
	assert_int_equal(hvb_dmamap_add(&map, 0x10000, PAGE, memory, RW), 0);
	assert_int_equal(hvb_dmamap_add(&map, 0x11000, PAGE, memory + 2 * PAGE, HVB_DMAMAP_READ), 0);
	assert_ptr_equal(hvb_dmamap_find(&map, 0x10000, 8, RW), memory);
	assert_ptr_equal(hvb_dmamap_find(&map, 0x10ff8, 8, RW), memory + PAGE - 8);
	assert_null(hvb_dmamap_find(&map, 0x10ff9, 8, HVB_DMAMAP_READ));
	assert_null(hvb_dmamap_find(&map, 0xffff, 1, HVB_DMAMAP_READ));
	assert_null(hvb_dmamap_find(&map, 0x12000, 1, HVB_DMAMAP_READ));
	assert_null(hvb_dmamap_find(&map, 0x10000, 0, HVB_DMAMAP_READ));
	assert_null(hvb_dmamap_find(&map, UINT64_MAX, 8, HVB_DMAMAP_READ));
	assert_ptr_equal(hvb_dmamap_find(&map, 0x11000, 8, HVB_DMAMAP_READ), memory + 2 * PAGE);
	assert_null(hvb_dmamap_find(&map, 0x11000, 8, RW));
	hvb_dmamap_free(&map);
	assert_null(hvb_dmamap_find(&map, 0x10000, 8, RW));
}

static void refusals(void **state)
{
	struct hvb_dmamap map = { 0 };

	(void)state;
	assert_int_equal(hvb_dmamap_add(&map, 0, 0, memory, RW), -EINVAL);
	assert_int_equal(hvb_dmamap_add(&map, 0, PAGE, NULL, RW), -EINVAL);
	assert_int_equal(hvb_dmamap_add(&map, 0, PAGE, memory, 0), -EINVAL);
	assert_int_equal(hvb_dmamap_add(&map, 0, PAGE, memory, 4), -EINVAL);
	assert_int_equal(hvb_dmamap_add(&map, UINT64_MAX - PAGE + 2, PAGE, memory, RW), -EINVAL);
	assert_int_equal(hvb_dmamap_add(&map, UINT64_MAX - PAGE + 1, PAGE, memory, RW), 0);
	assert_int_equal(hvb_dmamap_add(&map, 0x2000, 2 * PAGE, memory, RW), 0);
	assert_int_equal(hvb_dmamap_add(&map, 0x1000, 2 * PAGE, memory, RW), -EEXIST);
	assert_int_equal(hvb_dmamap_add(&map, 0x3000, PAGE, memory, RW), -EEXIST);
	assert_int_equal(hvb_dmamap_add(&map, 0x1000, 4 * PAGE, memory, RW), -EEXIST);
	assert_int_equal(hvb_dmamap_remove(&map, 0x2000, PAGE), -ENOENT);
	assert_int_equal(hvb_dmamap_remove(&map, 0x3000, PAGE), -ENOENT);
	assert_int_equal(hvb_dmamap_remove(&map, 0x2000, 0), -ENOENT);
	assert_int_equal(hvb_dmamap_remove(&map, 0x2000, 2 * PAGE), 0);
	assert_int_equal(hvb_dmamap_add(&map, 0x1000, 4 * PAGE, memory, RW), 0);
	hvb_dmamap_free(&map);
}

static void count_gone(const struct hvb_dma_range *range, void *arg)
{
	assert_ptr_equal(range->owner, memory);
	++*(unsigned *)arg;
}

static void clears_what_is_covered(void **state)
{
	struct hvb_dmamap map = { 0 };
	struct hvb_dma_range range = { .host = memory, .flags = RW, .owner = memory };
	unsigned gone = 0;

	(void)state;
	for (uint64_t i = 0; i < 8; i++) {
		range.first = 0x10000 + 2 * i * PAGE;
		range.last = range.first + PAGE - 1;
		assert_int_equal(hvb_dmamap_insert(&map, &range), 0);
	}
	range = (struct hvb_dma_range){ .first = UINT64_MAX - PAGE + 1, .last = UINT64_MAX, .owner = memory };
	assert_int_equal(hvb_dmamap_insert(&map, &range), 0);
	assert_int_equal(hvb_dmamap_insert(&map, &range), -EEXIST);
	range.first = 0;
	range.last = PAGE;
	range.flags = RW;
	assert_int_equal(hvb_dmamap_insert(&map, &range), -EINVAL);
	/* nobody reaches a range without memory */
	assert_null(hvb_dmamap_find(&map, UINT64_MAX - 7, 8, HVB_DMAMAP_READ));
	/* half a range: nothing happens */
	assert_int_equal(hvb_dmamap_clear(&map, 0x10001, 0x20000, count_gone, &gone), -EINVAL);
	assert_int_equal(hvb_dmamap_clear(&map, 0x10000, 0x10000 + 2 * PAGE, count_gone, &gone), -EINVAL);
	assert_int_equal(gone, 0);
	assert_int_equal(map.count, 9);
	assert_int_equal(hvb_dmamap_clear(&map, 0, 0xffff, count_gone, &gone), 0);
	assert_int_equal(hvb_dmamap_clear(&map, 0x10000 + PAGE, 0x10000 + 5 * PAGE - 1, count_gone, &gone), 2);
	assert_int_equal(gone, 2);
	assert_ptr_equal(hvb_dmamap_find(&map, 0x10000, 8, RW), memory);
	assert_null(hvb_dmamap_find(&map, 0x10000 + 2 * PAGE, 8, RW));
	assert_ptr_equal(hvb_dmamap_find(&map, 0x10000 + 6 * PAGE, 8, RW), memory);
	assert_int_equal(hvb_dmamap_clear(&map, 0x10000 + 8 * PAGE, UINT64_MAX, NULL, NULL), 5);
	assert_int_equal(hvb_dmamap_clear(&map, 0, UINT64_MAX, count_gone, &gone), 2);
	assert_int_equal(map.count, 0);
	hvb_dmamap_free(&map);
}

static void holes(void **state)
{
	struct hvb_dmamap map = { 0 };
	uint64_t iova;

	(void)state;
	assert_int_equal(hvb_dmamap_hole(&map, 0x1000, 0x4fff, PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 0x1000);
	assert_int_equal(hvb_dmamap_add(&map, 0x0, 2 * PAGE, memory, RW), 0);
	assert_int_equal(hvb_dmamap_add(&map, 0x3000, 100, memory, RW), 0);
	assert_int_equal(hvb_dmamap_hole(&map, 0x1000, 0x4fff, PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 0x2000);
	assert_int_equal(hvb_dmamap_hole(&map, 0x1000, 0x5fff, 2 * PAGE, PAGE, &iova), 0);
	assert_int_equal(iova, 0x4000);
	assert_int_equal(hvb_dmamap_hole(&map, 0x1000, 0x5fff, 3 * PAGE, PAGE, &iova), -ENOSPC);
	assert_int_equal(hvb_dmamap_hole(&map, 0x1000, 0x1fff, PAGE, PAGE, &iova), -ENOSPC);
	assert_int_equal(hvb_dmamap_add(&map, UINT64_MAX - PAGE + 1, PAGE, memory, RW), 0);
	assert_int_equal(hvb_dmamap_hole(&map, UINT64_MAX - PAGE + 1, UINT64_MAX, PAGE, PAGE, &iova), -ENOSPC);
	hvb_dmamap_free(&map);
}

/* 64 pages, mapped and unmapped at random; a table of pages says what must be found. */
static void random_changes(void **state)
{
	struct hvb_dmamap map = { 0 };
	unsigned start[64] = { 0 };      /* of the range that covers the page, plus 1; 0: none */
	unsigned pages[64] = { 0 };      /* of the range that starts here */

	(void)state;
	srand(7);
	for (int i = 0; i < 50000; i++) {
		unsigned at = (unsigned)rand() % 64, n = 1 + (unsigned)rand() % 4;
		bool is_free = at + n <= 64;

		for (unsigned p = at; is_free && p < at + n; p++)
			is_free = !start[p];
		if (pages[at] && rand() % 2) {
			assert_int_equal(hvb_dmamap_remove(&map, at * PAGE, pages[at] * PAGE), 0);
			for (unsigned p = at; p < at + pages[at]; p++)
				start[p] = 0;
			pages[at] = 0;
		} else if (at + n <= 64) {
			assert_int_equal(hvb_dmamap_add(&map, at * PAGE, n * PAGE, memory + at * PAGE, RW),
					 is_free ? 0 : -EEXIST);
			for (unsigned p = at; is_free && p < at + n; p++)
				start[p] = at + 1;
			if (is_free)
				pages[at] = n;
		}
		at = (unsigned)rand() % (64 * PAGE - 8);
		if (start[at / PAGE] && start[at / PAGE] == start[(at + 7) / PAGE])
			assert_ptr_equal(hvb_dmamap_find(&map, at, 8, RW), memory + at);
		else
			assert_null(hvb_dmamap_find(&map, at, 8, RW));
	}
	hvb_dmamap_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges),
		cmocka_unit_test(refusals),
		cmocka_unit_test(clears_what_is_covered),
		cmocka_unit_test(holes),
		cmocka_unit_test(random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
