/* SPDX-License-Identifier: MIT */
/* Opening, what a card may be, errors of its accesses, reset, quiesce, counters, trace, log. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lib_world.h"

static int open_with(const char *url, void (*spoil)(struct fake_dev *fake), struct hvbell_diag *diag)
{
	struct fake_dev *fake = fake_new();
	hvbell_card *card = (hvbell_card *)fake;
	int err;

	snprintf(fake->dev.url, sizeof(fake->dev.url), "%s", url);
	if (spoil)
		spoil(fake);
	err = hvbell_open_dev(&fake->dev, &card);
	*diag = hvbell_error();
	if (err)
		assert_null(card);
	else
		hvbell_close(card);
	assert_int_equal(fake->closed, 1);
	fake_free(fake);
	return err;
}

static void no_magic(struct fake_dev *fake)
{
	fake->registers[HVB_R_MAGIC / 8] = ~0ull;
}

static void other_version(struct fake_dev *fake)
{
	fake->registers[HVB_R_MAGIC / 8] += 1ull << 48;
}

static void no_rows(struct fake_dev *fake)
{
	fake->registers[HVB_R_PARAMS0 / 8] &= ~HVB_PARAMS0_CONN_ROWS_MASK;
}

static void no_atomics(struct fake_dev *fake)
{
	fake->no_atomics = true;
}

static void no_writes(struct fake_dev *fake)
{
	fake->fail_writes = 1;
}

static void opens_or_says_why(void **state)
{
	static const struct {
		const char *url;
		void (*spoil)(struct fake_dev *fake);
		int err;
	} cases[] = {
		{ "fake:", NULL, 0 }, { "fake:?seed=7", NULL, 0 },
		{ "fake:?latency=none&seed=0x10&timeout=64", NULL, 0 },
		{ "fake:?timeout=63", NULL, -EINVAL }, { "fake:?timeout=4294967296", NULL, -EINVAL },
		{ "fake:?timeout=", NULL, -EINVAL }, { "fake:?seed=abc", NULL, -EINVAL },
		{ "fake:?seed=-1", NULL, -EINVAL },
		{ "fake:?seed=1x", NULL, -EINVAL },
		{ "fake:", no_magic, -ENODEV }, { "fake:", other_version, -ENODEV }, { "fake:", no_rows, -ENODEV },
		{ "fake:", no_atomics, -ENOTSUP }, { "fake:?deliver=atomic", no_atomics, -ENOTSUP },
		{ "fake:", no_writes, -EIO },
	};

	(void)state;
	for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct hvbell_diag diag;

		assert_int_equal(open_with(cases[n].url, cases[n].spoil, &diag), cases[n].err);
		if (cases[n].err) {
			assert_int_equal(diag.err, cases[n].err);
			assert_string_equal(diag.where, cases[n].url);
			assert_true(strlen(diag.what) > 10);
		}
	}
}

static void unknown_url(void **state)
{
	hvbell_card *card = (hvbell_card *)state;

	(void)state;
	assert_true(hvbell_open("nothing:", &card) < 0);
	assert_null(card);
	assert_true(hvbell_error().err < 0);
	hvbell_close(NULL);
}

static void options_reach_the_card(void **state)
{
	uint64_t seeds[3][3];

	(void)state;
	for (int n = 0; n < 3; n++) {
		struct fake_dev *fake = fake_new();
		hvbell_card *card;

		snprintf(fake->dev.url, sizeof(fake->dev.url), "fake:?timeout=1234&seed=%d", n == 2 ? 2 : 1);
		assert_int_equal(hvbell_open_dev(&fake->dev, &card), 0);
		assert_int_equal(fake->registers[HVB_R_TIMEOUT / 8], 1234);
		memcpy(seeds[n], &fake->registers[HVB_R_HASH0 / 8], sizeof(seeds[n]));
		hvbell_close(card);
		fake_free(fake);
	}
	assert_memory_equal(seeds[0], seeds[1], sizeof(seeds[0]));
	assert_memory_not_equal(seeds[0], seeds[2], sizeof(seeds[0]));
	assert_true(seeds[0][0] && seeds[0][0] != seeds[0][1] && seeds[0][1] != seeds[0][2]);
}

static void partitions(void **state)
{
	struct world w;
	enum hvbell_partition_state pstate;
	uint64_t privileges;

	(void)state;
	world_new(&w, 0);
	assert_int_equal(hvbell_partition_add(w.card, SENDER, HVBELL_ACTIVE, 0), -EEXIST);
	assert_int_equal(hvbell_partition_add(w.card, 7, (enum hvbell_partition_state)4, 0), -EINVAL);
	/* to a guest this is itself; as a port's partner it would be everybody */
	assert_int_equal(hvbell_partition_add(w.card, HVBELL_ANY_PARTITION, HVBELL_ACTIVE, 0), -EINVAL);
	assert_false(hvbell_partition_get(w.card, HVBELL_ANY_PARTITION, &pstate, &privileges));
	for (uint64_t id = 1; id <= FAKE_PARTITIONS - 2; id++)
		assert_int_equal(hvbell_partition_add(w.card, ~id, HVBELL_FINALIZED, 0), 0);
	assert_int_equal(hvbell_partition_add(w.card, 7, HVBELL_ACTIVE, 0), -ENOSPC);
	assert_int_equal(hvbell_partition_remove(w.card, ~3ull), 0);
	assert_int_equal(hvbell_partition_add(w.card, 7, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS | 1), 0);
	assert_true(hvbell_partition_get(w.card, 7, &pstate, &privileges));
	assert_int_equal(pstate, HVBELL_ACTIVE);
	assert_int_equal(privileges, HVBELL_SIGNAL_EVENTS | 1);
	assert_false(hvbell_partition_get(w.card, ~3ull, NULL, NULL));
	assert_int_equal(hvbell_partition_state(w.card, 99, HVBELL_ACTIVE), -ENOENT);
	assert_int_equal(hvbell_partition_state(w.card, 7, (enum hvbell_partition_state)9), -EINVAL);
	assert_int_equal(hvbell_partition_privileges(w.card, 99, 0), -ENOENT);
	assert_int_equal(hvbell_partition_memory(w.card, 99, NULL, NULL), -ENOENT);
	world_free(&w);
}

static void errors_stick_until_reset(void **state)
{
	struct world w;
	struct hvbell_card_counters counters;
	struct hvbell_info info;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	w.fake->fail_writes = 1;
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), -EIO);
	w.fake->fail_writes = -1;
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, true), -EIO);
	assert_int_equal(hvbell_card_counters(w.card, &counters), -EIO);
	assert_non_null(strstr(hvbell_error().remedy, "reset"));
	assert_int_equal(hvbell_reset(w.card), 0);
	hvbell_info(w.card, &info);
	assert_int_equal(info.words_free, FAKE_WORDS - 1);
	assert_int_equal(info.vectors_free, FAKE_VECTORS);
	assert_int_equal(hvbell_vp_count(w.card, RECEIVER), -ENOENT);
	assert_int_equal(w.fake->maps, 0);
	assert_int_equal(hvbell_partition_add(w.card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(w.card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	world_open_vp(&w, 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_CONNECTION_ID);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	assert_int_equal(world_messages(&w, 0), 1);
	world_free(&w);
}

/* Each write of a long change fails in turn: nothing may leak or be used after it was freed (the sanitizers look). */
static void every_failing_write_is_survived(void **state)
{
	(void)state;
	for (int n = 0; n < 60; n++) {
		struct world w;

		world_new(&w, 2);
		world_connect(&w, 1, 0, 0, 100);
		world_connect(&w, 2, HVBELL_ANY_VP, 128, 64);
		w.fake->fail_writes = n;
		hvbell_set_siefp(w.card, RECEIVER, 0, false, 0);
		hvbell_vp_remove(w.card, RECEIVER, 1);
		hvbell_vp_add(w.card, RECEIVER, 3);
		hvbell_delete_port(w.card, RECEIVER, 1);
		hvbell_partition_remove(w.card, RECEIVER);
		if (n % 3 == 1) {
			w.fake->fail_writes = 0;
			assert_int_equal(hvbell_reset(w.card), -EIO);
			assert_int_equal(hvbell_fence(w.card), -EIO);
		}
		if (n % 3) {
			w.fake->fail_writes = -1;
			assert_int_equal(hvbell_reset(w.card), 0);
			assert_int_equal(hvbell_fence(w.card), 0);
		}
		world_free(&w);
	}
}

static void drain_that_never_ends(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 2);
	world_connect(&w, 1, 1, 0, 8);
	w.fake->never_drains = true;
	assert_int_equal(hvbell_vp_remove(w.card, RECEIVER, 1), -ETIMEDOUT);
	assert_non_null(strstr(hvbell_error().what, "VP 1 of partition 0x20"));
	assert_int_equal(hvbell_fence(w.card), -ETIMEDOUT);
	w.fake->never_drains = false;
	assert_int_equal(hvbell_reset(w.card), 0);
	assert_int_equal(hvbell_fence(w.card), 0);
	world_free(&w);
}

static void quiesced_card_changes_nothing(void **state)
{
	struct world w;
	hvbell_connection conn;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(hvbell_connection_init(&w.sender, 1, &conn), 0);
	assert_int_equal(hvbell_quiesce(w.card), 0);
	assert_int_equal(hvbell_signal(&conn, 3), 0);
	assert_int_equal(hvbell_signal_sync(&w.sender, 1, HVBELL_ACCEPTED), 0);
	assert_int_equal(hvbell_signal_sync(&w.sender, 1, HVBELL_DELIVERED), -ETIMEDOUT);
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), -EBUSY);
	assert_int_equal(hvbell_fence(w.card), -EBUSY);
	assert_false(world_flag(&w, 0, 3));
	assert_int_equal(hvbell_resume(w.card), 0);
	assert_true(world_flag(&w, 0, 3));
	assert_int_equal(hvbell_fence(w.card), 0);
	assert_int_equal(hvbell_set_scontrol(w.card, RECEIVER, 0, false), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_SYNIC_STATE);
	world_free(&w);
}

static void counts(void **state)
{
	struct world w;
	struct hvbell_counters c;
	struct hvbell_card_counters cc;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	world_signal(&w, 1, 0);
	world_signal(&w, 1, 8);
	world_signal(&w, 2, 0);
	assert_int_equal(hvbell_signal_sync(&w.sender, 1ull << 48, HVBELL_ACCEPTED), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(hvbell_counters(w.card, SENDER, &c), 0);
	assert_int_equal(c.accepted, 1);
	assert_int_equal(c.invalid_parameter, 1);
	assert_int_equal(c.invalid_connection_id, 1);
	assert_int_equal(c.invalid_hypercall_input, 1);
	assert_int_equal(c.reads, 5);
	/* the card's counters are 32 bits wide */
	w.fake->counters[0][HVB_CNT_ACCEPTED] = 0xffffffff;
	hvbell_counters(w.card, SENDER, &c);
	assert_int_equal(c.accepted, 0xffffffff);
	w.fake->counters[0][HVB_CNT_ACCEPTED] = 5;
	hvbell_counters(w.card, SENDER, &c);
	assert_int_equal(c.accepted, 0x100000005);
	assert_int_equal(hvbell_counters(w.card, 0x99, &c), -ENOENT);
	assert_int_equal(hvbell_card_counters(w.card, &cc), 0);
	assert_int_equal(cc.atomics, 1);
	assert_int_equal(cc.messages, 1);
	/* a later owner of the page starts at 0 */
	hvbell_partition_remove(w.card, SENDER);
	hvbell_partition_add(w.card, 0x50, HVBELL_ACTIVE, 0);
	hvbell_counters(w.card, 0x50, &c);
	assert_int_equal(c.accepted, 0);
	world_free(&w);
}

static void traces(void **state)
{
	struct world w;
	struct hvbell_trace records[300];
	uint64_t lost;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(hvbell_trace_read(w.card, records, 300, &lost), 0);
	assert_int_equal(hvbell_trace_enable(w.card, true), 0);
	for (int n = 0; n < 3; n++)
		world_signal(&w, 1, 0);
	assert_int_equal(hvbell_trace_read(w.card, records, 2, &lost), 2);
	assert_int_equal(lost, 0);
	assert_int_equal(records[0].partition, SENDER);
	assert_true(records[0].message && !records[0].fault);
	assert_int_equal(records[0].retries, 2);
	assert_int_equal(records[0].to_request, 5);
	assert_int_equal(records[0].to_completion, 205);
	assert_int_equal(records[0].to_message, 207);
	assert_int_equal(records[0].vector, w.card->partitions[1]->vps->vector[SINT].number);
	assert_true(records[1].t0 > records[0].t0);
	for (int n = 0; n < 300; n++)
		world_signal(&w, 1, 0);
	assert_int_equal(hvbell_trace_read(w.card, records, 300, &lost), 256);
	assert_int_equal(lost, 45);
	assert_int_equal(hvbell_trace_enable(w.card, false), 0);
	world_signal(&w, 1, 0);
	assert_int_equal(hvbell_trace_read(w.card, records, 300, NULL), 0);
	world_free(&w);
}

static void maps_doorbells(void **state)
{
	struct fake_dev *fake = fake_new();
	struct hvbell_info info;
	hvbell_card *card;
	hvbell_sender sender;

	(void)state;
	fake->map_plain = true;
	assert_int_equal(hvbell_open_dev(&fake->dev, &card), 0);
	hvbell_info(card, &info);
	assert_true(info.doorbell_mapped);
	assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_sender_init(card, RECEIVER, 3, &sender), 0);
	assert_ptr_equal(sender.doorbell, (char *)fake->plain + 4096 + 768);
	hvbell_signal_raw(&sender, 0x123456789);
	assert_int_equal(*sender.doorbell, 0x123456789);
	sender.doorbell[1] = HV_STATUS_INVALID_PORT_ID | 7ull << 32;
	assert_int_equal(hvbell_signal_sync(&sender, 1, HVBELL_DELIVERED), HV_STATUS_INVALID_PORT_ID);
	sender.doorbell[1] = ~0ull;
	assert_int_equal(hvbell_signal_sync(&sender, 1, HVBELL_ACCEPTED), -ENODEV);
	assert_int_equal(hvbell_sender_init(card, RECEIVER, 16, &sender), -EINVAL);
	assert_int_equal(hvbell_sender_init(card, 0x99, 0, &sender), -ENOENT);
	hvbell_close(card);
	fake_free(fake);
}

static void notices(void **state)
{
	struct fake_dev *fake = fake_new();
	hvbell_card *card;

	(void)state;
	assert_int_equal(hvbell_open_dev(&fake->dev, &card), 0);
	assert_int_equal(hvbell_notice(card, HVBELL_NOTICE_ERROR, 7), -ENOTSUP);
	assert_string_equal(hvbell_error().where, fake->dev.url);
	fake->has_notices = true;
	assert_int_equal(hvbell_notice(card, (enum hvbell_notice)2, 7), -EINVAL);
	assert_int_equal(hvbell_notice(card, HVBELL_NOTICE_ERROR, 7), 0);
	assert_int_equal(hvbell_notice(card, HVBELL_NOTICE_REMOVE, 8), 0);
	assert_int_equal(fake->notices[0], 7);
	assert_int_equal(fake->notices[1], 8);
	assert_int_equal(hvbell_notice(card, HVBELL_NOTICE_REMOVE, -1), 0);
	assert_int_equal(fake->notices[1], -1);
	hvbell_close(card);
	fake_free(fake);
}

static void names_of_statuses(void **state)
{
	(void)state;
	assert_string_equal(hvbell_status_name(0), "HV_STATUS_SUCCESS");
	assert_string_equal(hvbell_status_name(0x18), "HV_STATUS_INVALID_SYNIC_STATE");
	assert_string_equal(hvbell_status_name(0x78), "HV_STATUS_TIME_OUT");
	assert_null(hvbell_status_name(1));
	assert_null(hvbell_status_name(-22));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_or_says_why), cmocka_unit_test(unknown_url),
		cmocka_unit_test(options_reach_the_card),
		cmocka_unit_test(partitions), cmocka_unit_test(errors_stick_until_reset),
		cmocka_unit_test(every_failing_write_is_survived), cmocka_unit_test(drain_that_never_ends),
		cmocka_unit_test(quiesced_card_changes_nothing), cmocka_unit_test(counts), cmocka_unit_test(traces),
		cmocka_unit_test(maps_doorbells), cmocka_unit_test(notices),
		cmocka_unit_test(names_of_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
