/* SPDX-License-Identifier: MIT */
/* The world of the tests of hvcall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "hvcall_stand.h"

static int read_guest(void *arg, uint64_t gpa, void *to, size_t len)
{
	struct guest_memory *guest = arg;

	guest->reads++;
	if (gpa >= GUEST_BYTES || len > GUEST_BYTES - gpa)
		return -1;
	memcpy(to, guest->bytes + gpa, len);
	if (guest->after_read)
		guest->after_read(guest);
	return 0;
}

static int write_guest(void *arg, uint64_t gpa, const void *from, size_t len)
{
	struct guest_memory *guest = arg;

	guest->writes++;
	if (guest->refuse_writes || gpa >= GUEST_BYTES || len > GUEST_BYTES - gpa)
		return -1;
	memcpy(guest->bytes + gpa, from, len);
	return 0;
}

static void make_world(hvbell_card *card)
{
	const struct hvbell_sint sint = { .vector = 0xb1 };
	const struct hvbell_port port = {
		.partition = RECEIVER, .id = 1, .type = HVBELL_PORT_EVENT, .connection_partition = SENDER,
		.target_sint = 2, .base_flag_number = 64, .flag_count = 16,
	};

	assert_int_equal(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS), 0);
	assert_int_equal(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0), 0);
	assert_int_equal(hvbell_vp_add(card, RECEIVER, 0), 0);
	assert_int_equal(hvbell_set_sint(card, RECEIVER, 0, 2, &sint), 0);
	assert_int_equal(hvbell_set_siefp(card, RECEIVER, 0, true, 0x100000), 0);
	assert_int_equal(hvbell_set_scontrol(card, RECEIVER, 0, true), 0);
	assert_int_equal(hvbell_create_port(card, &port), HV_STATUS_SUCCESS);
	assert_int_equal(hvbell_connect_port(card, SENDER, 0x21, RECEIVER, 1), HV_STATUS_SUCCESS);
}

void stand_open(struct stand *stand, uint64_t caller, const struct hvcall_options *options)
{
	memset(stand, 0, sizeof(*stand));
	assert_int_equal(hvbell_open("fake:", &stand->card), 0);
	make_world(stand->card);
	assert_int_equal(hvcall_open(stand->card, caller, options, &stand->call), 0);
	stand->memory = (struct hvcall_memory){ read_guest, write_guest, &stand->guest };
}

void stand_close(struct stand *stand)
{
	hvcall_close(stand->call);
	hvbell_close(stand->card);
}

void stand_privileges(struct stand *stand, uint64_t partition, uint64_t privileges)
{
	golden_partition(&stand->card->golden, partition)->privileges = privileges;
}

void guest_put64(struct guest_memory *guest, uint64_t gpa, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		guest->bytes[gpa + i] = (uint8_t)(value >> 8 * i);
}

uint64_t guest_get64(const struct guest_memory *guest, uint64_t gpa)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | guest->bytes[gpa + i];
	return value;
}

int stand_x64(struct stand *stand, uint64_t rcx, uint64_t rdx, uint64_t r8, unsigned *status)
{
	struct hvcall_vcpu cpu = { .mode = HVCALL_X64, .rcx = rcx, .rdx = rdx, .r8 = r8 };
	int ret = hvcall_execute(stand->call, &stand->memory, &cpu);

	*status = (unsigned)cpu.rax;
	return ret;
}

unsigned stand_status(struct stand *stand, uint64_t rcx, uint64_t rdx, uint64_t r8)
{
	unsigned status;

	assert_int_equal(stand_x64(stand, rcx, rdx, r8, &status), 0);
	return status;
}

bool stand_flag(struct stand *stand, unsigned flag)
{
	return golden_flag(golden_vp(&stand->card->golden, RECEIVER, 0), 2, flag);
}
