/* SPDX-License-Identifier: MIT */
/* The linearizability check itself: histories that are right, and each kind of wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "history.h"

#define SET(from, to) { HISTORY_SET, HISTORY_UNKNOWN, from, to }
#define NEWLY(result, from, to) { HISTORY_SET, result, from, to }
#define TAKE(result, from, to) { HISTORY_TAKE, result, from, to }
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#define good(...) do { \
		const struct history_op ops_[] = { __VA_ARGS__ }; \
		size_t wrong_; \
		assert_true(history_linearizable(ops_, COUNT(ops_), &wrong_)); \
	} while (0)
#define bad(at, ...) do { \
		const struct history_op ops_[] = { __VA_ARGS__ }; \
		size_t wrong_; \
		assert_false(history_linearizable(ops_, COUNT(ops_), &wrong_)); \
		assert_int_equal(wrong_, at); \
	} while (0)

static void test_one_after_the_other(void **state)
{
	(void)state;
	good(TAKE(0, 1, 2), SET(3, 4), SET(5, 6), TAKE(1, 7, 8), TAKE(0, 9, 10));
	good(NEWLY(1, 1, 2), NEWLY(0, 3, 4), TAKE(1, 5, 6), NEWLY(1, 7, 8));
	bad(1, SET(1, 2), TAKE(0, 3, 4));                        /* lost */
	bad(0, TAKE(1, 1, 2), SET(3, 4));                        /* too early */
	bad(2, SET(1, 2), TAKE(1, 3, 4), TAKE(1, 5, 6));         /* twice */
	bad(1, NEWLY(1, 1, 2), NEWLY(1, 3, 4));
	bad(0, NEWLY(0, 1, 2));
}

static void test_overlapping(void **state)
{
	(void)state;
	good(SET(1, 10), TAKE(0, 2, 3), TAKE(1, 4, 5), TAKE(0, 6, 7));
	good(TAKE(1, 1, 10), SET(2, 3), TAKE(0, 11, 12));
	good(SET(1, 4), TAKE(0, 2, 3));
	/* one set cannot be taken twice, whatever its place */
	bad(2, SET(1, 10), TAKE(1, 2, 3), TAKE(1, 4, 5));
	/* two that overlap: only one of them finds the flag clear */
	good(NEWLY(1, 1, 4), NEWLY(0, 2, 3));
	bad(0, NEWLY(1, 1, 4), NEWLY(1, 2, 3));
	/* the first take proves that the set had taken effect, so the second set was not the first */
	bad(2, SET(1, 8), TAKE(1, 2, 3), NEWLY(0, 4, 5));
	/* read in any order of the array */
	good(TAKE(1, 7, 8), SET(3, 4), TAKE(0, 1, 2));
}

static void test_too_many(void **state)
{
	struct history_op ops[HISTORY_THREADS + 1];
	size_t wrong;

	(void)state;
	for (size_t i = 0; i < COUNT(ops); i++)
		ops[i] = (struct history_op){ HISTORY_SET, HISTORY_UNKNOWN, 1 + i, 100 + i };
	assert_true(history_linearizable(ops, HISTORY_THREADS, &wrong));
	assert_false(history_linearizable(ops, COUNT(ops), &wrong));
	assert_int_equal(wrong, COUNT(ops));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
