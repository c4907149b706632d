/* SPDX-License-Identifier: MIT */
/*
 * calls URL FILE...: scenarios whose hypercalls a guest makes. Every HvCallSignalEvent that the scenario has a 64-bit
 * kernel make is made by a virtual machine on KVM, and goes by its exit and hvcall/kvm.h to the card; then status,
 * flags and interrupts are held against what the scenario expects. What KVM answers itself, and calls that are none for
 * a guest of this kind, go to the hypercall layer as they always do. Prints TAP, one line a scenario of which a guest
 * made a call; exit status 0 where all are ok.
 *
 * Linked so that this file's stage_hypercall() stands before the stage's own.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "examples/vmm/vmm.h"
#include "tools/play.h"
#include "tools/stage.h"

#define FEWEST 100u              /* calls that must have gone through a guest: fewer, and this test shows nothing */
#define FAST (1ull << 16)
#define PAGE 4096u
#define OS_ID_MSR 0x40000000u
#define OS_ID 0x8100000000000000ull

int __real_stage_hypercall(hvcall *call, const struct scn_call *registers, struct seen_call *result);
int __wrap_stage_hypercall(hvcall *call, const struct scn_call *registers, struct seen_call *result);

/* Calls beside each other take turns: a machine is made for each. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static hvbell_card *card;
static unsigned by_guest, by_kvm;
static bool broken;              /* a machine could not be made or run */

/* A caller that has VPs in its scenario would meet one of the machine's. */
static bool suits(const struct scn_call *call)
{
	return call->mode == SCN_X64 && call->cpl == 0 && (call->rcx & 0xffff) == HVCALL_SIGNAL_EVENT &&
	       hvbell_vp_count(card, call->caller_partition) == 0;
}

/* The memory form's input moves to a page that the guest has; unmapped stays unmapped. */
static uint64_t place_input(struct machine *machine, const struct scn_call *call)
{
	bool mapped = false;

	for (size_t i = 0; i < call->memory_count; i++) {
		const struct scn_qword *qword = &call->memory[i];

		if (qword->gpa != call->rdx || qword->gpa % PAGE > PAGE - 8)
			continue;
		memcpy(machine->memory + GUEST_SCRATCH + qword->gpa % PAGE, &qword->value, sizeof(qword->value));
		mapped = true;
	}
	return (mapped ? GUEST_SCRATCH : GUEST_NOWHERE) + call->rdx % PAGE;
}

/* 1 the card answered by way of a guest, 0 KVM did, -1 the machine failed. */
static int call_in_guest(const struct scn_call *call, uint64_t *rax)
{
	struct box_op op = { .kind = BOX_CALL, .a = call->rcx, .c = call->r8 };
	struct machine machine;
	int ret = -1;

	if (machine_make(&machine, 1, card, call->caller_partition) &&
	    world_wrmsr(&machine, 0, OS_ID_MSR, OS_ID, NULL)) {
		op.b = call->rcx & FAST ? call->rdx : place_input(&machine, call);
		if (world_ops(&machine, 0, &op, 1))
			ret = machine.vp[0].calls != 0;
	}
	*rax = op.result;
	if (ret < 0)
		machine_astray(&machine);
	machine_end(&machine);
	return ret;
}

int __wrap_stage_hypercall(hvcall *call, const struct scn_call *registers, struct seen_call *result)
{
	uint64_t rax = 0;
	int handed = 0;

	pthread_mutex_lock(&turn);
	if (suits(registers)) {
		handed = call_in_guest(registers, &rax);
		by_guest += handed > 0;
		by_kvm += handed == 0;
		broken |= handed < 0;
	}
	pthread_mutex_unlock(&turn);
	if (handed < 0)
		return -1;
	if (handed == 0)
		return __real_stage_hypercall(call, registers, result);
	*result = (struct seen_call){ .status = (int)(rax & 0xffff), .result = rax };
	return 0;
}

static bool play_one(const struct scenario *scenario, unsigned *number)
{
	unsigned before = by_guest;
	struct played played;
	bool good;

	play(card, scenario, PLAY_SILENT_MS, &played);
	good = played.outcome == OUTCOME_PASS || played.outcome == OUTCOME_DONE;
	json_object_put(played.steps);
	if (good && by_guest == before)
		return true;
	printf("%sok %u - %s, by a guest's own hypercalls\n", good ? "" : "not ", ++*number, scenario->name);
	if (!good)
		printf("# %s\n", played.message);
	fflush(stdout);
	return good;
}

static bool play_file(const char *path, unsigned *number)
{
	struct scenario_file file;
	bool good = scenario_read(&file, path);

	if (!good)
		printf("not ok %u - %s can be read\n", ++*number, path);
	for (size_t i = 0; good && i < file.count && !broken; i++)
		good = play_one(&file.scenarios[i], number) && good;
	scenario_free(&file);
	return good;
}

int main(int argc, char **argv)
{
	unsigned number = 0, failed = 0;

	if (argc < 3 || hvbell_open(argv[1], &card)) {
		fprintf(stderr, "calls URL FILE...: %s\n", argc < 3 ? "which card, which files?" : hvbell_error().what);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		failed += !play_file(argv[i], &number);
	hvbell_close(card);
	printf("# %u calls by a guest, %u that KVM answered\n", by_guest, by_kvm);
	failed += by_guest < FEWEST;
	printf("%sok %u - a guest made at least %u calls\n", by_guest < FEWEST ? "not " : "", ++number, FEWEST);
	printf("1..%u\n", number);
	return failed > 0;
}
