/* SPDX-License-Identifier: MIT */
/* Ports for HV_ANY_VP: who is chosen, in what order, and that one VP's change never shows in a signal's status. */
#include "lib_world.h"

static void signal_ok(struct world *w)
{
	assert_int_equal(world_signal(w, 1, 0), 0);
}

/* Which VP of 0..count-1 has flag 0, which is cleared; -1: none or several. */
static int taken_by(struct world *w, uint32_t count)
{
	int who = -1;

	for (uint32_t vp = 0; vp < count; vp++)
		if (hvbell_vp_exists(w->card, RECEIVER, vp) && hvbell_clear_flag(w->card, RECEIVER, vp, SINT, 0)) {
			if (who >= 0)
				return -1;
			who = (int)vp;
		}
	return who;
}

static void goes_round(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 3);
	world_connect(&w, 1, HVBELL_ANY_VP, 0, 8);
	for (int n = 0; n < 9; n++) {
		signal_ok(&w);
		assert_int_equal(taken_by(&w, 3), n % 3);
	}
	world_free(&w);
}

static void skips_who_cannot(void **state)
{
	struct world w;
	const struct hvbell_sint masked = { .vector = 177, .masked = true }, both = { .vector = 177, .masked = true,
		.polling = true };

	(void)state;
	world_new(&w, 3);
	world_connect(&w, 1, HVBELL_ANY_VP, 0, 8);
	hvbell_set_scontrol(w.card, RECEIVER, 0, false);
	for (int n = 0; n < 4; n++) {
		signal_ok(&w);
		assert_int_equal(taken_by(&w, 3), 1 + n % 2);
	}
	hvbell_set_siefp(w.card, RECEIVER, 1, false, 0);
	signal_ok(&w);
	assert_int_equal(taken_by(&w, 3), 2);
	hvbell_set_sint(w.card, RECEIVER, 2, SINT, &masked);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	hvbell_set_sint(w.card, RECEIVER, 2, SINT, &both);
	signal_ok(&w);
	assert_int_equal(taken_by(&w, 3), 2);
	hvbell_vp_remove(w.card, RECEIVER, 2);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	hvbell_vp_remove(w.card, RECEIVER, 0);
	hvbell_vp_remove(w.card, RECEIVER, 1);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_VP_INDEX);
	/* VPs that come later join */
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, 7), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	world_open_vp(&w, 4);
	world_open_vp(&w, 2);
	for (int n = 0; n < 4; n++) {
		signal_ok(&w);
		assert_int_equal(taken_by(&w, 8), n % 2 ? 4 : 2);
	}
	world_free(&w);
}

static void runs_out_of_groups_and_elements(void **state)
{
	struct world w;
	struct hvbell_port p;
	struct hvbell_info info;

	(void)state;
	world_new(&w, 5);
	for (uint32_t n = 0; n < 4; n++) {
		p = world_port(n, HVBELL_ANY_VP, 0, 1);
		assert_int_equal(hvbell_create_port(w.card, &p), n < 3 ? 0 : HV_STATUS_NO_RESOURCES);
	}
	/* one element is left of 16, three ports want one each */
	assert_int_equal(hvbell_vp_add(w.card, RECEIVER, 5), -ENOSPC);
	assert_int_equal(hvbell_vp_count(w.card, RECEIVER), 5);
	hvbell_info(w.card, &info);
	assert_int_equal(info.words_free, FAKE_WORDS - 1 - 15);
	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(hvbell_delete_port(w.card, RECEIVER, n), 0);
	for (uint32_t vp = 0; vp < 5; vp++)
		assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, vp), 0);
	for (uint32_t n = 0; n < 5; n++) {
		p = world_port(n, HVBELL_ANY_VP, 0, 1);
		assert_int_equal(hvbell_create_port(w.card, &p), n < FAKE_GROUPS ? 0 : HV_STATUS_NO_RESOURCES);
	}
	world_free(&w);
}

/* Behind every register write the port for any VP is signalled: VP 0 is always open, so it must always be accepted. */
static unsigned refused, sent;

static void hook(struct fake_dev *fake, uint64_t offset)
{
	(void)offset;
	refused += fake_signal(fake, 0, 1, 1 | (uint64_t)(sent % 8) << 32) != 0;
	sent++;
}

static void changes_of_one_vp_do_not_show(void **state)
{
	struct world w;
	const struct hvbell_sint masked = { .vector = 177, .masked = true }, open = { .vector = 177 };

	(void)state;
	world_new(&w, 3);
	world_connect(&w, 1, HVBELL_ANY_VP, 0, 8);
	refused = sent = 0;
	w.fake->hook = hook;
	for (uint32_t vp = 1; vp < 3; vp++) {
		hvbell_set_scontrol(w.card, RECEIVER, vp, false);
		hvbell_set_scontrol(w.card, RECEIVER, vp, true);
		hvbell_set_siefp(w.card, RECEIVER, vp, false, 0);
		hvbell_set_siefp(w.card, RECEIVER, vp, true, 0x9000);
		hvbell_set_sint(w.card, RECEIVER, vp, SINT, &masked);
		hvbell_set_sint(w.card, RECEIVER, vp, SINT, &open);
		hvbell_vp_reset(w.card, RECEIVER, vp);
		hvbell_vp_remove(w.card, RECEIVER, vp);
		/* whatever an element held before it joins must never be served: here a word of nobody's */
		for (unsigned n = 3; n < FAKE_ELEMENTS; n++)
			w.fake->elements[n] = FAKE_WORDS - 2;
		w.fake->elements[vp] = FAKE_WORDS - 2;
		world_open_vp(&w, vp);
	}
	w.fake->hook = NULL;
	assert_true(sent > 50);
	assert_int_equal(refused, 0);
	world_free(&w);
}

/* A removed VP's words are not written any more once the removal is done, although the ring pointed there. */
static void nothing_reaches_a_removed_vp(void **state)
{
	struct world w;
	uint64_t faults;

	(void)state;
	world_new(&w, 2);
	world_connect(&w, 1, HVBELL_ANY_VP, 0, 8);
	signal_ok(&w);
	hvbell_vp_remove(w.card, RECEIVER, 1);
	for (int n = 0; n < 5; n++)
		signal_ok(&w);
	faults = w.fake->registers[HVB_R_N_FAULT / 8];
	assert_int_equal(faults, 0);
	assert_int_equal(taken_by(&w, 2), 0);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_round), cmocka_unit_test(skips_who_cannot),
		cmocka_unit_test(runs_out_of_groups_and_elements), cmocka_unit_test(changes_of_one_vp_do_not_show),
		cmocka_unit_test(nothing_reaches_a_removed_vp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
