/* SPDX-License-Identifier: MIT */
/* Ports and connections: every status of the management calls in its order, placed states, what signals then meet. */
#include <string.h>
#include "lib_world.h"

static int create(struct world *w, struct hvbell_port port)
{
	return hvbell_create_port(w->card, &port);
}

static void creates_and_signals(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 64, 16);
	assert_int_equal(world_signal(&w, 1, 3), HV_STATUS_SUCCESS);
	assert_true(world_flag(&w, 0, 67));
	assert_int_equal(world_messages(&w, 0), 1);
	assert_int_equal(world_signal(&w, 1, 3), HV_STATUS_SUCCESS);
	assert_int_equal(world_messages(&w, 0), 1);
	assert_int_equal(world_signal(&w, 1, 16), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(world_signal(&w, 2, 0), HV_STATUS_INVALID_CONNECTION_ID);
	world_free(&w);
}

static void range_crosses_words(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 60, 200);
	for (unsigned flag = 0; flag < 200; flag++)
		assert_int_equal(world_signal(&w, 1, flag), 0);
	for (unsigned flag = 0; flag < HVBELL_FLAGS; flag++)
		assert_int_equal(world_flag(&w, 0, flag), flag >= 60 && flag < 260);
	world_free(&w);
}

static void create_statuses_in_order(void **state)
{
	struct world w;
	struct hvbell_port p = world_port(1, 9, 2048, 0);

	(void)state;
	world_new(&w, 1);
	/* everything is wrong; what is repaired uncovers the next */
	p.partition = 0x99;
	p.id = 0x1000001;
	p.type = 0xffffffff;
	p.target_sint = 0;
	p.connection_partition = SENDER;
	p.reserved_nonzero = true;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARTITION_ID);
	p.partition = SENDER;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARTITION_ID);
	p.partition = RECEIVER;
	p.connection_partition = 0x99;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARTITION_ID);
	p.connection_partition = SENDER;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PORT_ID);
	p.id = 1;
	p.type = HVBELL_PORT_EVENT;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_VP_INDEX);
	p.target_vp = 0;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARAMETER);
	p.target_sint = SINT;
	p.reserved_nonzero = false;
	p.type = 0xffffffff;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARAMETER);
	p.type = HVBELL_PORT_EVENT;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARAMETER);
	p.base_flag_number = 2047;
	p.flag_count = 1;
	hvbell_partition_state(w.card, RECEIVER, HVBELL_FINALIZING);
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARTITION_STATE);
	hvbell_partition_state(w.card, RECEIVER, HVBELL_ACTIVE);
	assert_int_equal(create(&w, p), 0);
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PORT_ID);
	world_free(&w);
}

static void reserved_fields(void **state)
{
	struct world w;
	struct hvbell_port p = world_port(1, 0, 0, 8);

	(void)state;
	world_new(&w, 1);
	p.reserved_nonzero = true;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARAMETER);
	p.reserved_nonzero = false;
	assert_int_equal(create(&w, p), 0);
	world_free(&w);
}

static void flag_ranges(void **state)
{
	static const struct {
		uint32_t base, count;
		int status;
	} cases[] = {
		{ 0, 2048, 0 }, { 0, 2049, HV_STATUS_INVALID_PARAMETER }, { 1, 2048, HV_STATUS_INVALID_PARAMETER },
		{ 2047, 1, 0 }, { 2048, 1, HV_STATUS_INVALID_PARAMETER }, { 0, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0xffffffff, 2, HV_STATUS_INVALID_PARAMETER }, { 2, 0xffffffff, HV_STATUS_INVALID_PARAMETER },
	};
	struct world w;

	(void)state;
	world_new(&w, 1);
	for (unsigned n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
		assert_int_equal(create(&w, world_port(n, 0, cases[n].base, cases[n].count)), cases[n].status);
	for (uint32_t sint = 0; sint < 18; sint++) {
		struct hvbell_port p = world_port(100 + sint, 0, 0, 1);

		p.target_sint = sint;
		assert_int_equal(create(&w, p), sint >= 1 && sint <= 15 ? 0 : HV_STATUS_INVALID_PARAMETER);
	}
	world_free(&w);
}

static void connect_statuses(void **state)
{
	struct world w;
	hvbell_card *c;

	(void)state;
	world_new(&w, 1);
	c = w.card;
	assert_int_equal(create(&w, world_port(1, 0, 0, 8)), 0);
	assert_int_equal(hvbell_connect_port(c, 0x99, 1, RECEIVER, 1), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(hvbell_connect_port(c, SENDER, 1, 0x99, 1), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(hvbell_connect_port(c, SENDER, 0x1000000, RECEIVER, 1), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_connect_port(c, SENDER, 1, RECEIVER, 2), HV_STATUS_INVALID_PORT_ID);
	hvbell_partition_add(c, 0x30, HVBELL_ACTIVE, 0);
	assert_int_equal(hvbell_connect_port(c, 0x30, 1, RECEIVER, 1), HV_STATUS_INVALID_PORT_ID);
	hvbell_partition_state(c, SENDER, HVBELL_FINALIZING);
	assert_int_equal(hvbell_connect_port(c, SENDER, 1, RECEIVER, 1), HV_STATUS_INVALID_PARTITION_STATE);
	hvbell_partition_state(c, SENDER, HVBELL_ACTIVE);
	assert_int_equal(hvbell_connect_port(c, SENDER, 1, RECEIVER, 1), 0);
	assert_int_equal(hvbell_connect_port(c, SENDER, 2, RECEIVER, 1), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_connect_port(c, SENDER, 1, RECEIVER, 1), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_disconnect_port(c, 0x99, 1), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(hvbell_disconnect_port(c, SENDER, 7), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_disconnect_port(c, SENDER, 0x1000001), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_disconnect_port(c, SENDER, 1), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_connect_port(c, SENDER, 2, RECEIVER, 1), 0);
	assert_int_equal(world_signal(&w, 2, 0), 0);
	world_free(&w);
}

static void deleted_port_stays_dead(void **state)
{
	struct world w;

	(void)state;
	world_new(&w, 1);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(hvbell_delete_port(w.card, 0x99, 1), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(hvbell_delete_port(w.card, RECEIVER, 2), HV_STATUS_INVALID_PORT_ID);
	hvbell_partition_state(w.card, RECEIVER, HVBELL_FINALIZING);
	assert_int_equal(hvbell_delete_port(w.card, RECEIVER, 1), HV_STATUS_INVALID_PARTITION_STATE);
	hvbell_partition_state(w.card, RECEIVER, HVBELL_ACTIVE);
	assert_int_equal(hvbell_delete_port(w.card, RECEIVER, 1), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(create(&w, world_port(1, 0, 0, 8)), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 1, RECEIVER, 1), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvbell_disconnect_port(w.card, SENDER, 1), 0);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 1, RECEIVER, 1), 0);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	world_free(&w);
}

static void runs_out_of_words(void **state)
{
	struct world w;
	struct hvbell_info info;
	uint32_t id = 0;
	int status;

	(void)state;
	world_new(&w, 1);
	do {
		status = create(&w, world_port(++id, 0, 0, 2048));
	} while (status == 0);
	assert_int_equal(status, HV_STATUS_NO_RESOURCES);
	assert_int_equal(id - 1, (FAKE_WORDS - 1) / 32);
	assert_int_equal(hvbell_delete_port(w.card, RECEIVER, 1), 0);
	assert_int_equal(create(&w, world_port(1, 0, 0, 2048)), 0);
	for (uint32_t n = 1; n < id; n++)
		assert_int_equal(hvbell_delete_port(w.card, RECEIVER, n), 0);
	hvbell_info(w.card, &info);
	assert_int_equal(info.words_free, FAKE_WORDS - 1);
	world_free(&w);
}

static void runs_out_of_vectors_and_connections(void **state)
{
	struct world w;
	struct hvbell_port p;
	uint32_t n;

	(void)state;
	world_new(&w, 2);
	for (n = 0; n < FAKE_VECTORS + 1; n++) {
		p = world_port(n, n / 15, 0, 1);
		p.target_sint = 1 + n % 15;
		assert_int_equal(create(&w, p), n < FAKE_VECTORS ? 0 : HV_STATUS_NO_RESOURCES);
	}
	assert_int_equal(hvbell_error().err, -ENOSPC);
	for (n = 0; n < FAKE_CONNECTIONS + 1; n++)
		assert_int_equal(hvbell_place_connection(w.card, SENDER, n, RECEIVER, 1000),
				 n < FAKE_CONNECTIONS ? 0 : -ENOSPC);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 5000, RECEIVER, 1), HV_STATUS_NO_RESOURCES);
	for (n = 0; n < FAKE_CONNECTIONS; n++)
		assert_int_equal(world_signal(&w, n, 0), HV_STATUS_INVALID_PORT_ID);
	world_free(&w);
}

/* One state of a port, and what a signal through its connection gets. */
static void place(struct world *w, struct hvbell_port p, int status)
{
	assert_int_equal(hvbell_place_port(w->card, &p), 0);
	assert_int_equal(hvbell_place_connection(w->card, SENDER, p.id, RECEIVER, p.id), 0);
	assert_int_equal(world_signal(w, p.id, 0), status);
}

static void placed_states(void **state)
{
	struct world w;
	struct hvbell_port p;

	(void)state;
	world_new(&w, 1);
	p = world_port(1, 0, 0, 8);
	p.type = HVBELL_PORT_MESSAGE;
	place(&w, p, HV_STATUS_INVALID_PORT_ID);
	p.id = 2;
	p.type = 0xffffffff;
	place(&w, p, HV_STATUS_INVALID_PORT_ID);
	place(&w, world_port(3, 5, 0, 8), HV_STATUS_INVALID_VP_INDEX);
	place(&w, world_port(4, 0, 0, 0), HV_STATUS_INVALID_PARAMETER);
	place(&w, world_port(5, 0, 4000, 8), HV_STATUS_INVALID_PARAMETER);
	place(&w, world_port(6, HVBELL_ANY_VP, 7, 0), HV_STATUS_INVALID_PARAMETER);
	p = world_port(7, 0, 0, 8);
	p.target_sint = 16;
	place(&w, p, HV_STATUS_INVALID_SYNIC_STATE);
	p.id = 8;
	p.target_vp = 5;
	p.target_sint = 0xffffffff;
	place(&w, p, HV_STATUS_INVALID_VP_INDEX);
	place(&w, world_port(9, 0, 2040, 100), HV_STATUS_SUCCESS);
	assert_int_equal(world_signal(&w, 9, 7), 0);
	assert_int_equal(world_signal(&w, 9, 8), HV_STATUS_INVALID_PARAMETER);
	world_free(&w);
}

static void placed_connections(void **state)
{
	struct world w;
	struct hvbell_port p = world_port(1, 0, 0, 8);

	(void)state;
	world_new(&w, 1);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 3, RECEIVER, 1), 0);
	assert_int_equal(world_signal(&w, 3, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 3, RECEIVER, 1), -EEXIST);
	assert_int_equal(hvbell_place_connection(w.card, 0x99, 3, RECEIVER, 1), -ENOENT);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 0x1000000, RECEIVER, 1), -EINVAL);
	assert_int_equal(hvbell_place_port(w.card, &p), 0);
	assert_int_equal(hvbell_place_port(w.card, &p), -EEXIST);
	assert_int_equal(world_signal(&w, 3, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 4, RECEIVER, 1), 0);
	hvbell_partition_state(w.card, RECEIVER, HVBELL_FINALIZED);
	assert_int_equal(world_signal(&w, 4, 0), HV_STATUS_INVALID_PORT_ID);
	hvbell_partition_state(w.card, RECEIVER, HVBELL_ACTIVE);
	assert_int_equal(world_signal(&w, 4, 0), 0);
	hvbell_partition_privileges(w.card, SENDER, HVBELL_POST_MESSAGES);
	assert_int_equal(world_signal(&w, 4, 0), HV_STATUS_ACCESS_DENIED);
	world_free(&w);
}

/* A state may have more connections to a port than the calls would make. */
static void several_connections_of_a_port(void **state)
{
	struct world w;
	struct hvbell_port p = world_port(1, 0, 0, 8);
	struct hvbell_info info;

	(void)state;
	world_new(&w, 1);
	assert_int_equal(hvbell_place_port(w.card, &p), 0);
	for (uint32_t id = 3; id < 7; id++)
		assert_int_equal(hvbell_place_connection(w.card, SENDER, id, RECEIVER, 1), 0);
	for (uint32_t id = 3; id < 7; id++)
		assert_int_equal(world_signal(&w, id, id), 0);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 9, RECEIVER, 1), HV_STATUS_INVALID_PORT_ID);
	/* the middle one, the first and the last of the list */
	assert_int_equal(hvbell_disconnect_port(w.card, SENDER, 4), 0);
	assert_int_equal(hvbell_disconnect_port(w.card, SENDER, 6), 0);
	assert_int_equal(hvbell_disconnect_port(w.card, SENDER, 3), 0);
	assert_int_equal(world_signal(&w, 4, 0), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(world_signal(&w, 5, 0), 0);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 9, RECEIVER, 1), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 4, RECEIVER, 1), 0);
	assert_int_equal(hvbell_delete_port(w.card, RECEIVER, 1), 0);
	assert_int_equal(world_signal(&w, 4, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(world_signal(&w, 5, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_place_port(w.card, &p), 0);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 6, RECEIVER, 1), 0);
	assert_int_equal(hvbell_place_connection(w.card, SENDER, 7, RECEIVER, 1), 0);
	assert_int_equal(hvbell_partition_remove(w.card, RECEIVER), 0);
	assert_int_equal(world_signal(&w, 6, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(world_signal(&w, 7, 0), HV_STATUS_INVALID_PORT_ID);
	hvbell_info(w.card, &info);
	assert_int_equal(info.words_free, FAKE_WORDS - 1);
	world_free(&w);
}

static void placed_for_any_sender(void **state)
{
	struct world w;
	struct hvbell_port p = world_port(1, 0, 0, 8);

	(void)state;
	world_new(&w, 1);
	p.connection_partition = HVBELL_ANY_PARTITION;
	assert_int_equal(create(&w, p), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(hvbell_place_port(w.card, &p), 0);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 1, RECEIVER, 1), 0);
	assert_int_equal(hvbell_connect_port(w.card, SENDER, 2, RECEIVER, 1), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(world_signal(&w, 1, 0), 0);
	world_free(&w);
}

static void ids_are_of_their_partition(void **state)
{
	struct world w;
	struct hvbell_port p;
	hvbell_sender other;

	(void)state;
	world_new(&w, 1);
	hvbell_partition_add(w.card, 0x30, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
	assert_int_equal(hvbell_sender_init(w.card, 0x30, 15, &other), 0);
	world_connect(&w, 1, 0, 0, 8);
	assert_int_equal(hvbell_signal_sync(&other, 1, HVBELL_DELIVERED), HV_STATUS_INVALID_CONNECTION_ID);
	p = world_port(2, 0, 64, 8);
	p.connection_partition = 0x30;
	assert_int_equal(create(&w, p), 0);
	assert_int_equal(hvbell_connect_port(w.card, 0x30, 1, RECEIVER, 2), 0);
	assert_int_equal(hvbell_signal_sync(&other, 1, HVBELL_DELIVERED), 0);
	assert_true(world_flag(&w, 0, 64));
	assert_false(world_flag(&w, 0, 0));
	world_free(&w);
}

static void partition_goes_with_all(void **state)
{
	struct world w;
	struct hvbell_info info;

	(void)state;
	world_new(&w, 2);
	world_connect(&w, 1, 0, 0, 8);
	world_connect(&w, 2, HVBELL_ANY_VP, 64, 8);
	assert_int_equal(hvbell_partition_remove(w.card, RECEIVER), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(world_signal(&w, 2, 0), HV_STATUS_INVALID_PORT_ID);
	assert_int_equal(hvbell_vp_count(w.card, RECEIVER), -ENOENT);
	hvbell_info(w.card, &info);
	assert_int_equal(info.words_free, FAKE_WORDS - 1);
	assert_int_equal(info.vectors_free, FAKE_VECTORS);
	assert_int_equal(w.fake->maps, 0);
	assert_int_equal(hvbell_partition_remove(w.card, SENDER), 0);
	assert_int_equal(hvbell_partition_remove(w.card, SENDER), -ENOENT);
	/* a later partition on the same page inherits nothing */
	assert_int_equal(hvbell_partition_add(w.card, 0x40, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_sender_init(w.card, 0x40, 0, &w.sender), 0);
	assert_int_equal(world_signal(&w, 1, 0), HV_STATUS_INVALID_CONNECTION_ID);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creates_and_signals), cmocka_unit_test(range_crosses_words),
		cmocka_unit_test(create_statuses_in_order), cmocka_unit_test(reserved_fields),
		cmocka_unit_test(flag_ranges),
		cmocka_unit_test(connect_statuses), cmocka_unit_test(deleted_port_stays_dead),
		cmocka_unit_test(runs_out_of_words), cmocka_unit_test(runs_out_of_vectors_and_connections),
		cmocka_unit_test(placed_states), cmocka_unit_test(placed_connections),
		cmocka_unit_test(several_connections_of_a_port), cmocka_unit_test(placed_for_any_sender),
		cmocka_unit_test(ids_are_of_their_partition), cmocka_unit_test(partition_goes_with_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
