/* SPDX-License-Identifier: MIT */
/* Port calls and HvCallSignalEventDirect through hvcall: rights, blocks of both generations, output, root and child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "fake_lib.h"
#include "hvcall_stand.h"

#define SELF UINT64_MAX
#define BLOCK 0x1000u
#define OUTPUT 0x2000u

static const struct hvcall_options child = { .wait = HVBELL_DELIVERED };
static const struct hvcall_options root = { .root = true, .wait = HVBELL_DELIVERED };
static const struct hvcall_options privileged = { .direct = true, .wait = HVBELL_DELIVERED };

/* HvCallCreatePort's block for port id of partition, flags 128 to 135 of SINT 2, VP 0. */
static void put_port(struct stand *stand, uint64_t partition, uint32_t id)
{
	guest_put64(&stand->guest, BLOCK, partition);
	guest_put64(&stand->guest, BLOCK + 8, id);
	guest_put64(&stand->guest, BLOCK + 16, SENDER);
	guest_put64(&stand->guest, BLOCK + 24, HVBELL_PORT_EVENT);
	guest_put64(&stand->guest, BLOCK + 32, 2);
	guest_put64(&stand->guest, BLOCK + 40, 128 | 8 << 16);
	guest_put64(&stand->guest, BLOCK + 48, 0x1234);         /* a proximity hint */
}

static void put_connection(struct stand *stand, uint64_t partition, uint32_t id, uint32_t port)
{
	memset(stand->guest.bytes + BLOCK, 0, 72);
	guest_put64(&stand->guest, BLOCK, partition);
	guest_put64(&stand->guest, BLOCK + 8, id);
	guest_put64(&stand->guest, BLOCK + 16, RECEIVER);
	guest_put64(&stand->guest, BLOCK + 24, port);
	guest_put64(&stand->guest, BLOCK + 32, HVBELL_PORT_EVENT);
}

static void root_makes_and_ends_a_port(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &root);
	put_port(&stand, RECEIVER, 7);
	assert_int_equal(stand_status(&stand, 0x95, BLOCK, 0), HV_STATUS_SUCCESS);
	put_connection(&stand, SENDER, 0x77, 7);
	assert_int_equal(stand_status(&stand, 0x96, BLOCK, 0), HV_STATUS_SUCCESS);
	assert_int_equal(stand_status(&stand, 0x1005d, 7ull << 32 | 0x77, 0), HV_STATUS_SUCCESS);
	assert_true(stand_flag(&stand, 135));
	assert_int_equal(stand_status(&stand, 0x1005b, SENDER, 0x77), HV_STATUS_SUCCESS);
	assert_int_equal(stand_status(&stand, 0x10058, RECEIVER, 7), HV_STATUS_SUCCESS);
	assert_int_equal(stand_status(&stand, 0x10058, RECEIVER, 7), HV_STATUS_INVALID_PORT_ID);
	put_port(&stand, 0x99, 7);
	assert_int_equal(stand_status(&stand, 0x95, BLOCK, 0), HV_STATUS_INVALID_PARTITION_ID);
	stand_close(&stand);
}

static void old_generation(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &root);
	put_port(&stand, RECEIVER, 7);
	assert_int_equal(stand_status(&stand, 0x57, BLOCK, 0), HV_STATUS_SUCCESS);
	put_connection(&stand, SELF, 0x77, 7);
	assert_int_equal(stand_status(&stand, 0x59, BLOCK, 0), HV_STATUS_SUCCESS);
	assert_int_equal(stand_status(&stand, 0x1005d, 0x77, 0), HV_STATUS_SUCCESS);
	assert_true(stand_flag(&stand, 128));
	stand_close(&stand);
}

/* Blocks of the old calls are 48 bytes long, those of the new ones 56 and 72: the page they lie in ends behind them. */
static void block_sizes(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &root);
	assert_int_equal(stand_status(&stand, 0x57, 0x2000 - 48, 0), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(stand_status(&stand, 0x95, 0x2000 - 56, 0), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(stand_status(&stand, 0x96, 0x2000 - 72, 0), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(stand_status(&stand, 0x58, 0x2000 - 16, 0), HV_STATUS_INVALID_PARTITION_ID);
	assert_int_equal(stand.guest.reads, 4);
	assert_int_equal(stand_status(&stand, 0x57, 0x2000 - 40, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, 0x95, 0x2000 - 48, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, 0x96, 0x2000 - 64, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, 0x58, 0x2000 - 8, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand.guest.reads, 4);
	stand_close(&stand);
}

static void rights_of_a_child(void **state)
{
	static const uint64_t calls[] = { 0x57, 0x95, 0x10058, 0x59, 0x96, 0x1005b };
	struct stand stand;

	(void)state;
	stand_open(&stand, RECEIVER, &child);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(stand_status(&stand, calls[i], 0x1001, 0), HV_STATUS_ACCESS_DENIED);
	stand_privileges(&stand, RECEIVER, HVBELL_CREATE_PORT);
	put_port(&stand, SELF, 7);
	assert_int_equal(stand_status(&stand, 0x95, BLOCK, 0), HV_STATUS_SUCCESS);
	put_port(&stand, RECEIVER, 8);
	assert_int_equal(stand_status(&stand, 0x95, BLOCK, 0), HV_STATUS_SUCCESS);
	put_port(&stand, SENDER, 9);
	assert_int_equal(stand_status(&stand, 0x95, BLOCK, 0), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(stand_status(&stand, 0x10058, SENDER, 8), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(stand_status(&stand, 0x10058, SELF, 8), HV_STATUS_SUCCESS);
	assert_int_equal(stand_status(&stand, 0x1005b, SELF, 8), HV_STATUS_ACCESS_DENIED);
	stand_privileges(&stand, RECEIVER, HVBELL_CONNECT_PORT);
	assert_int_equal(stand_status(&stand, 0x1005b, SELF, 8), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(stand_status(&stand, 0x1005b, SENDER, 0x21), HV_STATUS_ACCESS_DENIED);
	put_connection(&stand, SENDER, 0x77, 7);
	assert_int_equal(stand_status(&stand, 0x96, BLOCK, 0), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(stand_status(&stand, 0x10058, SELF, 7), HV_STATUS_ACCESS_DENIED);
	stand_close(&stand);
}

static void fast_forms(void **state)
{
	static const uint64_t none[] = { 0x57, 0x95, 0x59, 0x96, 0xc0 };
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &root);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(stand_status(&stand, none[i] | 0x10000, BLOCK, OUTPUT),
				 HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(stand_status(&stand, 0x10058, RECEIVER, 1 | 1ull << 32), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(stand_status(&stand, 0x1005b, SENDER, 0x21 | 1ull << 63), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(stand.guest.reads, 0);
	stand_close(&stand);
}

/* HvCallSignalEventDirect's block. */
static void put_direct(struct stand *stand, uint64_t partition, uint32_t vp, uint8_t vtl, uint8_t sint, uint16_t flag)
{
	guest_put64(&stand->guest, BLOCK, partition);
	guest_put64(&stand->guest, BLOCK + 8, vp | (uint64_t)vtl << 32 | (uint64_t)sint << 40 | (uint64_t)flag << 48);
}

static unsigned direct(struct stand *stand, uint64_t partition, uint32_t vp, uint8_t vtl, uint8_t sint, uint16_t flag)
{
	put_direct(stand, partition, vp, vtl, sint, flag);
	return stand_status(stand, 0xc0, BLOCK, OUTPUT);
}

static void direct_output(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, RECEIVER, &privileged);
	guest_put64(&stand.guest, OUTPUT, UINT64_MAX);
	guest_put64(&stand.guest, OUTPUT + 8, UINT64_MAX);
	assert_int_equal(direct(&stand, SELF, 0, 0, 2, 2047), HV_STATUS_SUCCESS);
	assert_int_equal(guest_get64(&stand.guest, OUTPUT), 1);
	assert_int_equal(guest_get64(&stand.guest, OUTPUT + 8), UINT64_MAX);
	assert_true(stand_flag(&stand, 2047));
	assert_int_equal(direct(&stand, SELF, 0, 0, 2, 2047), HV_STATUS_SUCCESS);
	assert_int_equal(guest_get64(&stand.guest, OUTPUT), 0);
	stand_close(&stand);
}

static void direct_refused(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, RECEIVER, &privileged);
	assert_int_equal(direct(&stand, SENDER, 0, 0, 2, 0), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(direct(&stand, SELF, 0, 1, 2, 0), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(direct(&stand, SELF, 0, 0, 0, 0), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(direct(&stand, SELF, 0, 0, 16, 0), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(direct(&stand, SELF, 0, 0, 2, 2048), HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(direct(&stand, SELF, 1, 0, 2, 0), HV_STATUS_INVALID_VP_INDEX);
	assert_int_equal(direct(&stand, SELF, 0, 0, 3, 0), HV_STATUS_INVALID_SYNIC_STATE);
	put_direct(&stand, SELF, 0, 0, 2, 5);
	assert_int_equal(stand_status(&stand, 0xc0, BLOCK, OUTPUT + 4), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, 0xc0, BLOCK, GUEST_BYTES), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, 0xc0, BLOCK + 4, OUTPUT), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, 0xc0, 0x1ff8, OUTPUT), HV_STATUS_INVALID_ALIGNMENT);
	stand.guest.refuse_writes = true;
	assert_int_equal(stand_status(&stand, 0xc0, BLOCK, OUTPUT), HV_STATUS_INVALID_ALIGNMENT);
	/* nothing happened where the output could not be written */
	assert_false(stand_flag(&stand, 5));
	stand_close(&stand);
}

static void direct_rights(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, RECEIVER, &child);
	assert_int_equal(direct(&stand, SELF, 0, 0, 2, 5), HV_STATUS_OPERATION_DENIED);
	assert_int_equal(stand_status(&stand, 0xc0, BLOCK + 4, 1), HV_STATUS_OPERATION_DENIED);
	assert_int_equal(stand.guest.reads, 0);
	stand_close(&stand);
	stand_open(&stand, SENDER, &root);
	assert_int_equal(direct(&stand, RECEIVER, 0, 0, 2, 5), HV_STATUS_SUCCESS);
	assert_true(stand_flag(&stand, 69 - 64));
	stand.card->fail_signal = -EIO;
	assert_int_equal(stand_x64(&stand, 0xc0, BLOCK, OUTPUT, &(unsigned){ 0 }), -EIO);
	stand_close(&stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_makes_and_ends_a_port), cmocka_unit_test(old_generation),
		cmocka_unit_test(block_sizes), cmocka_unit_test(rights_of_a_child), cmocka_unit_test(fast_forms),
		cmocka_unit_test(direct_output), cmocka_unit_test(direct_refused), cmocka_unit_test(direct_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
