/* SPDX-License-Identifier: MIT */
/* HvCallSignalEvent through hvcall: registers in and out, faults, the control word, the memory form, failures of
 * the card. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include "fake_lib.h"
#include "hvcall_stand.h"

#define FAST 0x1005dull
#define SLOW 0x5dull
#define INPUT(flag) ((uint64_t)(flag) << 32 | 0x21)

static const struct hvcall_options plain = { .wait = HVBELL_DELIVERED };

static void x64_registers(void **state)
{
	struct hvcall_vcpu cpu = { .vp = 35,
				   .mode = HVCALL_X64,
				   .rax = 1,
				   .rbx = 2,
				   .rcx = FAST,
				   .rdx = INPUT(3),
				   .rsi = 4,
				   .rdi = 5,
				   .r8 = 6 };
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), 0);
	assert_int_equal(cpu.rax, 0);
	assert_int_equal(cpu.rbx, 2);
	assert_int_equal(cpu.rcx, FAST);
	assert_int_equal(cpu.rdx, INPUT(3));
	assert_int_equal(cpu.rsi, 4);
	assert_int_equal(cpu.rdi, 5);
	assert_int_equal(cpu.r8, 6);
	assert_true(stand_flag(&stand, 67));
	assert_int_equal(stand.card->last_slot, 35 % 16);
	assert_int_equal(stand.card->last_wait, HVBELL_DELIVERED);
	assert_int_equal(stand.guest.reads, 0);
	stand_close(&stand);
}

static void x86_registers(void **state)
{
	struct hvcall_vcpu cpu = { .mode = HVCALL_X86, .rax = 0xaaaaaaaa0001005d, .rbx = 0xbbbbbbbb00000003,
				   .rcx = 0xcccccccc00000021, .rdx = 0xdddddddd00000000, .rsi = 4, .rdi = 5, .r8 = 6 };
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), 0);
	assert_int_equal(cpu.rax, 0);
	assert_int_equal(cpu.rdx, 0);
	assert_int_equal(cpu.rbx, 0xbbbbbbbb00000003);
	assert_int_equal(cpu.rcx, 0xcccccccc00000021);
	assert_true(stand_flag(&stand, 67));
	cpu.rax = 0x1005d;
	cpu.rdx = 0;
	cpu.rbx = 16;
	assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), 0);
	assert_int_equal(cpu.rax, HV_STATUS_INVALID_PARAMETER);
	assert_int_equal(cpu.rdx, 0);
	stand_close(&stand);
}

static void faults_leave_the_registers(void **state)
{
	static const struct hvcall_vcpu cpus[] = {
		{ .mode = HVCALL_X64, .cpl = 1 }, { .mode = HVCALL_X64, .cpl = 3 }, { .mode = HVCALL_X86, .cpl = 2 },
		{ .mode = HVCALL_REAL }, { .mode = (enum hvcall_mode)77 },
	};
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	for (unsigned i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		struct hvcall_vcpu cpu = cpus[i], before;

		cpu.rax = FAST;
		cpu.rcx = FAST;
		cpu.rdx = INPUT(0);
		before = cpu;
		assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), HVBELL_FAULT_UD);
		assert_memory_equal(&cpu, &before, sizeof(cpu));
	}
	assert_int_equal(stand.card->signals, 0);
	stand_close(&stand);
}

static void control_word(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	guest_put64(&stand.guest, 0x1000, INPUT(0));
	for (int bit = 17; bit < 64; bit++) {
		assert_int_equal(stand_status(&stand, FAST | 1ull << bit, INPUT(0), 0),
				 HV_STATUS_INVALID_HYPERCALL_INPUT);
		assert_int_equal(stand_status(&stand, SLOW | 1ull << bit, 0x1000, 0),
				 HV_STATUS_INVALID_HYPERCALL_INPUT);
		assert_int_equal(stand_status(&stand, 0x3fff | 1ull << bit, 0, 0), HV_STATUS_INVALID_HYPERCALL_CODE);
	}
	assert_int_equal(stand.card->signals, 0);
	assert_int_equal(stand.guest.reads, 0);
	stand_close(&stand);
}

static void memory_form(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	guest_put64(&stand.guest, 0x1ff8, INPUT(5));
	assert_int_equal(stand_status(&stand, SLOW, 0x1ff8, 0x1234567), HV_STATUS_SUCCESS);
	assert_true(stand_flag(&stand, 69));
	assert_int_equal(stand.guest.reads, 1);
	for (uint64_t gpa = 0x1ff1; gpa < 0x1ff8; gpa++)
		assert_int_equal(stand_status(&stand, SLOW, gpa, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand.guest.reads, 1);
	assert_int_equal(stand_status(&stand, SLOW, GUEST_BYTES, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand_status(&stand, SLOW, UINT64_MAX - 7, 0), HV_STATUS_INVALID_ALIGNMENT);
	assert_int_equal(stand.guest.writes, 0);
	stand_close(&stand);
}

static void spoil(struct guest_memory *guest)
{
	guest_put64(guest, 0x1000, 0x1234);
}

static void block_is_read_once(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	guest_put64(&stand.guest, 0x1000, INPUT(7));
	stand.guest.after_read = spoil;
	assert_int_equal(stand_status(&stand, SLOW, 0x1000, 0), HV_STATUS_SUCCESS);
	assert_true(stand_flag(&stand, 71));
	assert_int_equal(stand.guest.reads, 1);
	stand_close(&stand);
}

static void privilege_before_memory(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	stand_privileges(&stand, SENDER, 0);
	assert_int_equal(stand_status(&stand, SLOW, 0x1001, 0), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(stand_status(&stand, SLOW, 0x1000, 0), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(stand.guest.reads, 0);
	assert_int_equal(stand.card->signals, 0);
	/* the fast form has nothing to hide: the card answers */
	assert_int_equal(stand_status(&stand, FAST, INPUT(0), 0), HV_STATUS_ACCESS_DENIED);
	assert_int_equal(stand.card->signals, 1);
	stand_close(&stand);
}

static void input_goes_to_the_card_whole(void **state)
{
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &(struct hvcall_options){ .wait = HVBELL_ACCEPTED });
	assert_int_equal(stand_status(&stand, FAST, 0x8001000f81000021, 0), HV_STATUS_INVALID_HYPERCALL_INPUT);
	assert_int_equal(stand.card->last_input, 0x8001000f81000021);
	assert_int_equal(stand.card->last_wait, HVBELL_ACCEPTED);
	stand_close(&stand);
}

static void card_failures(void **state)
{
	struct hvcall_vcpu cpu = { .mode = HVCALL_X64, .rax = 99, .rcx = FAST, .rdx = INPUT(0) };
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	stand.card->fail_signal = -ETIMEDOUT;
	assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), -ETIMEDOUT);
	assert_int_equal(cpu.rax, 99);
	stand.card->fail_signal = 0;
	assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), 0);
	golden_partition(&stand.card->golden, SENDER)->used = false;
	cpu.rcx = SLOW;
	assert_int_equal(hvcall_execute(stand.call, &stand.memory, &cpu), -ENOENT);
	stand_close(&stand);
}

static void opening(void **state)
{
	struct stand stand;
	hvcall *call = (hvcall *)&stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	assert_int_equal(hvcall_open(stand.card, 0x99, &plain, &call), -ENOENT);
	assert_null(call);
	assert_int_equal(hvcall_open(NULL, SENDER, &plain, &call), -EINVAL);
	assert_int_equal(hvcall_open(stand.card, SENDER, NULL, &call), -EINVAL);
	assert_int_equal(hvcall_open(stand.card, SENDER, &plain, NULL), -EINVAL);
	hvcall_close(NULL);
	stand_close(&stand);
}

static void c_function(void **state)
{
	hvbell_sender sender;
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	assert_int_equal(hvbell_sender_init(stand.card, SENDER, 2, &sender), 0);
	assert_int_equal(hvcall_signal_event(&sender, 0x21, 9), HV_STATUS_SUCCESS);
	assert_true(stand_flag(&stand, 73));
	assert_int_equal(hvcall_signal_event(&sender, 0x1000021, 9), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(hvcall_signal_event(NULL, 0x21, 9), HV_STATUS_INVALID_CONNECTION_ID);
	assert_int_equal(stand.card->signals, 1);
	stand_close(&stand);
}

struct caller {
	struct stand *stand;
	uint32_t vp;
	unsigned wrong;
};

/* Even calls succeed, odd ones have a flag that is out of range: each thread must get its own verdicts. */
static void *call_often(void *arg)
{
	struct caller *caller = arg;

	for (unsigned i = 0; i < 2000; i++) {
		struct hvcall_vcpu cpu = {
			.vp = caller->vp, .mode = HVCALL_X64, .rcx = FAST, .rdx = INPUT(i % 2 ? 16 : 0)
		};
		int ret = hvcall_execute(caller->stand->call, &caller->stand->memory, &cpu);

		caller->wrong += ret != 0 || cpu.rax != (i % 2 ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_SUCCESS);
	}
	return NULL;
}

static void many_callers(void **state)
{
	struct caller callers[6];
	pthread_t threads[6];
	struct stand stand;

	(void)state;
	stand_open(&stand, SENDER, &plain);
	for (unsigned i = 0; i < 6; i++) {
		callers[i] = (struct caller){ &stand, i % 2 ? i : 16 * i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
	}
	for (unsigned i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(callers[i].wrong, 0);
	}
	assert_int_equal(stand.card->signals, 12000);
	stand_close(&stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x64_registers), cmocka_unit_test(x86_registers),
		cmocka_unit_test(faults_leave_the_registers), cmocka_unit_test(control_word),
		cmocka_unit_test(memory_form), cmocka_unit_test(block_is_read_once),
		cmocka_unit_test(privilege_before_memory), cmocka_unit_test(input_goes_to_the_card_whole),
		cmocka_unit_test(card_failures), cmocka_unit_test(opening), cmocka_unit_test(c_function),
		cmocka_unit_test(many_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
