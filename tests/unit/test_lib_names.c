/* SPDX-License-Identifier: MIT */
/* Calls that name a partition, VP, SINT or flag that there is not: an error that says which, and nothing changes. */
#include <string.h>
#include "lib_world.h"

#define NOBODY 0x99
#define NO_VP 7

static void no_flags(void *arg, unsigned sint, unsigned flag)
{
	(void)arg, (void)sint, (void)flag;
	fail();
}

/* Each call on the receiver's VP 0, or another one. */
static int call(struct world *w, unsigned n, uint64_t partition, uint32_t vp)
{
	const struct hvbell_sint sint = { .vector = 177 };
	struct hvbell_receiver rx;
	struct hvbell_sint got;
	uint64_t value;
	bool yes;
	int fd;

	switch (n) {
	case 0: return hvbell_vp_remove(w->card, partition, vp);
	case 1: return hvbell_vp_reset(w->card, partition, vp);
	case 2: return hvbell_vp_faulty(w->card, partition, vp, &yes);
	case 3: return hvbell_vp_clear_fault(w->card, partition, vp);
	case 4: return hvbell_set_scontrol(w->card, partition, vp, true);
	case 5: return hvbell_set_siefp(w->card, partition, vp, true, 0);
	case 6: return hvbell_set_sint(w->card, partition, vp, SINT, &sint);
	case 7: return hvbell_get_sint(w->card, partition, vp, SINT, &got);
	case 8: return hvbell_wrmsr(w->card, partition, vp, 0x40000080, 1);
	case 9: return hvbell_rdmsr(w->card, partition, vp, 0x40000080, &value);
	case 10: return hvbell_messages(w->card, partition, vp, SINT, &value);
	case 11:
		fd = hvbell_eventfd(w->card, partition, vp, SINT);
		return fd < 0 ? fd : 0;
	case 12: return hvbell_receiver_init(w->card, partition, vp, SINT, &rx);
	case 13: return hvbell_dispatch(w->card, partition, vp, SINT, no_flags, NULL);
	case 14: return hvbell_wait(w->card, partition, vp, SINT, 0, no_flags, NULL);
	default: return 1;
	}
}

static void nobody(void **state)
{
	struct world w;
	int err;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 64);
	for (unsigned n = 0; (err = call(&w, n, NOBODY, 0)) != 1; n++)
		assert_int_equal(err, -ENOENT);
	for (unsigned n = 0; (err = call(&w, n, RECEIVER, NO_VP)) != 1; n++)
		assert_int_equal(err, -ENOENT);
	assert_int_equal(hvbell_place_port(w.card, &(struct hvbell_port){ .partition = NOBODY, .id = 1 }), -ENOENT);
	assert_int_equal(hvbell_vp_add(w.card, NOBODY, 0), -ENOENT);
	assert_int_equal(hvbell_vp_count(w.card, NOBODY), -ENOENT);
	assert_int_equal(hvbell_partition_memory(w.card, NOBODY, NULL, NULL), -ENOENT);
	assert_false(hvbell_vp_exists(w.card, NOBODY, 0));
	assert_null(hvbell_sief(w.card, NOBODY, 0));
	assert_false(hvbell_clear_flag(w.card, NOBODY, 0, SINT, 0));
	/* what is there still works */
	assert_int_equal(world_signal(&w, 1, 5), HV_STATUS_SUCCESS);
	assert_true(world_flag(&w, 0, 5));
	world_free(&w);
}

static void no_sint(void **state)
{
	const struct hvbell_sint sint = { .vector = 177 };
	struct hvbell_receiver rx;
	struct hvbell_sint got;
	struct world w;
	uint64_t count;

	(void)state;
	world_new(&w, 1);
	assert_int_equal(hvbell_set_sint(w.card, RECEIVER, 0, HVBELL_SINTS, &sint), -EINVAL);
	assert_int_equal(hvbell_get_sint(w.card, RECEIVER, 0, HVBELL_SINTS, &got), -EINVAL);
	assert_int_equal(hvbell_eventfd(w.card, RECEIVER, 0, HVBELL_SINTS), -EINVAL);
	assert_int_equal(hvbell_messages(w.card, RECEIVER, 0, HVBELL_SINTS, &count), -EINVAL);
	assert_int_equal(hvbell_receiver_init(w.card, RECEIVER, 0, HVBELL_SINTS, &rx), -EINVAL);
	assert_int_equal(hvbell_dispatch(w.card, RECEIVER, 0, HVBELL_SINTS, no_flags, NULL), -EINVAL);
	assert_int_equal(hvbell_wait(w.card, RECEIVER, 0, HVBELL_SINTS, 0, no_flags, NULL), -EINVAL);
	assert_non_null(strstr(hvbell_error().what, "no SINT 16"));
	assert_false(hvbell_clear_flag(w.card, RECEIVER, 0, HVBELL_SINTS, 0));
	world_free(&w);
}

static void too_many(void **state)
{
	struct world w;
	uint32_t vps = 0;
	int err;

	(void)state;
	world_new(&w, 0);
	while (!(err = hvbell_vp_add(w.card, RECEIVER, vps)))
		vps++;
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(vps, FAKE_VPS);
	assert_non_null(strstr(hvbell_error().what, "are in use"));
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 3), 0);
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, vps), 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody),
		cmocka_unit_test(no_sint),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
