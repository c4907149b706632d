/* SPDX-License-Identifier: MIT */
/* The smallest world of the card, for test_checks.c and test_order.c: one sender, one receiver, one connection, one
 * word. */
#ifndef TESTS_RTL_ONE_WORLD_H
#define TESTS_RTL_ONE_WORLD_H
#include "stand.h"

#define SENDER 1
#define RECEIVER 2
#define ID 0x321
#define WORD 10
#define VP 3
#define VECTOR 7
#define COUNT 16

struct world {
	struct stand *s;
	struct stand_word word;
	struct stand_conn conn;
	uint64_t place;          /* of conn in the table */
};

/* cmocka's setup and teardown: *state is a struct world. */
int one_world_setup(void **state);
int one_world_teardown(void **state);
#endif
