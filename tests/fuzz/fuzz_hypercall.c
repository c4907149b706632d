/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: hypercalls, their registers and the guest's memory, on a card and on the golden model beside it; they
 * must agree on every status, output, flag and interrupt.
 *
 * An input is calls, one behind the other: how it is made (MADE_*), the call code's place in codes[], who calls, how
 * many quadwords of memory; then the control word (2 bytes, or 8 with MADE_RAW), two parameters and the quadwords, 8
 * bytes each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver.h"
#include "lockstep_play.h"

#define MADE_X64 1u
#define MADE_RAW 2u              /* the control word is in the input, whole */
#define MADE_BLOCK 4u            /* the first parameter is where the memory is */
#define MADE_REAL 8u
#define MADE_CPL 0x30u
#define BLOCK 0x3000u
#define CALLS_MOST 16u
#define CREATES_MOST 6u          /* more might use up the card's pending words, of which the model knows nothing */
#define QWORDS_MOST 10u
#define FAST 0x10000u

static const uint8_t codes[] = { 0x5d, 0x57, 0x58, 0x59, 0x5b, 0x95, 0x96, 0xc0 };

static void set_registers(struct scn_call *call, uint64_t control, uint64_t first, uint64_t second)
{
	if (call->mode == SCN_X86) {
		call->rdx = control >> 32, call->rax = control & 0xffffffff;
		call->rbx = first >> 32, call->rcx = first & 0xffffffff;
		call->rdi = second >> 32, call->rsi = second & 0xffffffff;
	} else {
		call->rcx = control;
		call->rdx = first;
		call->r8 = second;
	}
}

static void take_call(struct fuzz_bytes *in, struct scn_call *call)
{
	uint8_t made = (uint8_t)fuzz_take(in, 1), code = codes[fuzz_take(in, 1) % sizeof(codes)];
	uint64_t who = fuzz_take(in, 1), first, second, control;

	call->caller_partition = 0x10 + 0x10 * (who % 3);
	call->caller_vp = (uint32_t)who / 3;
	call->mode = made & MADE_REAL ? SCN_REAL : made & MADE_X64 ? SCN_X64 : SCN_X86;
	call->cpl = (made & MADE_CPL) >> 4;
	call->memory_count = fuzz_take(in, 1) % (QWORDS_MOST + 1);
	control = made & MADE_RAW ? fuzz_take(in, 8) : code | (made & MADE_BLOCK ? 0 : FAST);
	first = fuzz_take(in, 8);
	second = fuzz_take(in, 8);
	set_registers(call, control, made & MADE_BLOCK ? BLOCK : first, second);
	call->memory = calloc(call->memory_count + 1, sizeof(*call->memory));
	for (size_t i = 0; i < call->memory_count; i++)
		call->memory[i] = (struct scn_qword){ (made & MADE_BLOCK ? BLOCK : first) + 8 * i, fuzz_take(in, 8) };
}

static bool creates(const struct scn_call *call)
{
	uint64_t control = call->mode == SCN_X86 ? call->rax : call->rcx;

	return (control & 0xffff) == 0x57 || (control & 0xffff) == 0x95;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static hvbell_card *card;
	struct lockstep l = { 0 };
	struct fuzz_bytes in = { data, size };
	unsigned created = 0;
	int ret;

	if (!card && hvbell_open("sim:?step=1&latency=none", &card) != 0)
		abort();
	l.card = card;
	ret = lockstep_begin(&l, 3, CALLS_MOST);
	for (unsigned n = 0; n < CALLS_MOST && in.left && !ret; n++) {
		struct scn_step *step = &l.world.scenario.steps[l.world.scenario.step_count++];

		step->op = SCN_HYPERCALL;
		step->calls = calloc(1, sizeof(*step->calls));
		step->call_count = 1;
		take_call(&in, step->calls);
		created += creates(step->calls);
		if (created > CREATES_MOST)
			break;
		ret = lockstep_step(&l);
	}
	if (ret) {
		fprintf(stderr, "call %zu: %s\n", l.world.scenario.step_count, l.why);
		abort();
	}
	lockstep_end(&l);
	return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "hypercall", .runs = 150 };

	return fuzz_main(&target, argc, argv);
}
#endif
