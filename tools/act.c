/* SPDX-License-Identifier: MIT */
/* Does a scenario's steps on the card: management calls, registers, and hypercalls, alone or several at once. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "stage.h"

#define MSR_SIEFP 0x40000082u

/* Starts threads at the same moment: each reports itself and waits until all have. */
struct gate {
	atomic_uint ready;
	atomic_bool open;
};

/* One thread's work: a hypercall, or the clearing of a flag. */
struct worker {
	pthread_t thread;
	struct gate *gate;
	struct stage *stage;
	const struct scn_call *call;    /* NULL: clear */
	const struct scn_step *clear;
	struct seen_call result;
	int ret;
	char error[400];                /* the library's diagnosis belongs to the thread it happened in */
};

/* -ENXIO: the step names something that is not there, and no call of the library has said so. */
static int failed(char *error, size_t size, int err, enum scn_op op)
{
	if (err != -ENXIO)
		return stage_failed(error, size, err, scn_op_name(op));
	snprintf(error, size, "%s: %s", scn_op_name(op),
		 op == SCN_GUEST_CLEAR_FLAG ? "there is no such VP" : "caller_partition is not in setup");
	return err;
}

static int set_siefp(struct stage *stage, const struct scn_step *step)
{
	uint64_t gpa = step->gpa;

	if (!step->has_gpa) {
		int ret = hvbell_rdmsr(stage->card, step->partition, step->vp, MSR_SIEFP, &gpa);

		if (ret != 0)
			return ret;
	}
	return hvbell_set_siefp(stage->card, step->partition, step->vp, step->enable, gpa & STAGE_PAGE);
}

/* Steps whose result is a status: management calls. */
static int manage(struct stage *stage, const struct scn_step *step)
{
	const struct scn_connection *c = &step->connection;

	switch (step->op) {
	case SCN_CREATE_PORT:
		return hvbell_create_port(stage->card, &step->port.port);
	case SCN_DELETE_PORT:
		return hvbell_delete_port(stage->card, c->port_partition, c->port_id);
	case SCN_CONNECT_PORT:
		return hvbell_connect_port(stage->card, c->partition, c->id, c->port_partition, c->port_id);
	default:
		return hvbell_disconnect_port(stage->card, c->partition, c->id);
	}
}

/* The slot's own sender: a step is over before another uses it. */
static int kick(struct stage *stage, const struct scn_step *step, struct seen *seen)
{
	hvbell_sender sender;
	int ret = hvbell_sender_init(stage->card, step->partition, step->slot, &sender);

	if (ret == 0 && step->binds)
		ret = hvbell_kick_bind(stage->card, step->partition, step->slot, step->connection.id,
				       (uint16_t)step->flag);
	if (ret == 0)
		ret = hvbell_kick_sync(&sender, HVBELL_DELIVERED);
	seen->parts = SEEN_STATUS;
	seen->call.status = ret < 0 ? SCN_NONE : ret;
	return ret < 0 ? ret : 0;
}

/* Steps without a result: the state of partitions and VPs. */
static int set(struct stage *stage, const struct scn_step *step)
{
	switch (step->op) {
	case SCN_SET_SCONTROL:
		return hvbell_set_scontrol(stage->card, step->partition, step->vp, step->enable);
	case SCN_SET_SIEFP:
		return set_siefp(stage, step);
	case SCN_SET_SINT:
		return hvbell_set_sint(stage->card, step->partition, step->vp, step->sint, &step->sint_value);
	case SCN_VP_RESET:
		return hvbell_vp_reset(stage->card, step->partition, step->vp);
	case SCN_DELETE_VP:
		return hvbell_vp_remove(stage->card, step->partition, step->vp);
	case SCN_SET_PARTITION_STATE:
		return hvbell_partition_state(stage->card, step->partition, step->state);
	default:
		if (!hvbell_vp_exists(stage->card, step->partition, step->vp))
			return -ENXIO;
		hvbell_clear_flag(stage->card, step->partition, step->vp, step->sint, step->flag);
		return 0;
	}
}

static int access_msr(struct stage *stage, const struct scn_step *step, struct seen *seen)
{
	int ret;

	if (step->op == SCN_WRMSR)
		ret = hvbell_wrmsr(stage->card, step->partition, step->vp, step->msr, step->value);
	else
		ret = hvbell_rdmsr(stage->card, step->partition, step->vp, step->msr, &seen->value);
	seen->parts = SEEN_FAULT;
	if (ret >= 0)
		seen->call.fault = ret;
	if (ret == 0 && step->op == SCN_RDMSR)
		seen->parts |= SEEN_VALUE;
	return ret < 0 ? ret : 0;
}

static int act_alone(struct stage *stage, const struct scn_step *step, struct seen *seen)
{
	hvcall *caller;
	int ret;

	switch (step->op) {
	case SCN_HYPERCALL:
		caller = stage_caller(stage, step->calls->caller_partition);
		seen->parts = SEEN_STATUS | SEEN_FAULT | SEEN_RESULT;
		return caller ? stage_hypercall(caller, step->calls, &seen->call) : -ENXIO;
	case SCN_CREATE_PORT: case SCN_DELETE_PORT: case SCN_CONNECT_PORT: case SCN_DISCONNECT_PORT:
		ret = manage(stage, step);
		seen->parts = SEEN_STATUS;
		seen->call.status = ret < 0 ? SCN_NONE : ret;
		return ret < 0 ? ret : 0;
	case SCN_WRMSR: case SCN_RDMSR:
		return access_msr(stage, step, seen);
	case SCN_KICK:
		return kick(stage, step, seen);
	default:
		return set(stage, step);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	hvcall *caller = worker->call ? stage_caller(worker->stage, worker->call->caller_partition) : NULL;

	atomic_fetch_add(&worker->gate->ready, 1);
	while (!atomic_load(&worker->gate->open))
		sched_yield();
	if (!worker->call)
		worker->ret = set(worker->stage, worker->clear);
	else
		worker->ret = caller ? stage_hypercall(caller, worker->call, &worker->result) : -ENXIO;
	if (worker->ret != 0)
		failed(worker->error, sizeof(worker->error), worker->ret,
		       worker->call ? SCN_CONCURRENT_HYPERCALLS : SCN_GUEST_CLEAR_FLAG);
	return NULL;
}

/* Starts the workers; how many were. */
static size_t start(struct worker *workers, size_t count, struct gate *gate)
{
	size_t started = 0;

	while (started < count && pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	while (atomic_load(&gate->ready) < started)
		sched_yield();
	return started;
}

static int join(struct stage *stage, struct worker *workers, size_t started)
{
	int ret = 0;

	for (size_t i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].ret != 0 && ret == 0) {
			ret = workers[i].ret;
			snprintf(stage->error, sizeof(stage->error), "%s", workers[i].error);
		}
	}
	return ret;
}

static int keep_statuses(const struct worker *workers, size_t count, struct seen *seen)
{
	seen->parts = SEEN_STATUSES;
	seen->statuses = calloc(count + 1, sizeof(*seen->statuses));
	if (!seen->statuses)
		return -ENOMEM;
	seen->status_count = count;
	for (size_t i = 0; i < count; i++)
		seen->statuses[i] = workers[i].result.status;
	return 0;
}

static int act_together(struct stage *stage, const struct scn_step *step, struct worker *workers, struct seen *seen)
{
	size_t calls = step->op == SCN_CONCURRENT_HYPERCALLS ? step->call_count : 0;
	size_t count = calls + stage->beside_count, started;
	struct gate gate = { 0 };
	int alone = 0, ret;

	for (size_t i = 0; i < count; i++)
		workers[i] = (struct worker){
			.gate = &gate, .stage = stage, .call = i < calls ? &step->calls[i] : NULL,
			.clear = i < calls ? NULL : &stage->scenario->steps[stage->beside[i - calls]],
		};
	started = start(workers, count, &gate);
	atomic_store(&gate.open, true);
	if (step->op != SCN_CONCURRENT_HYPERCALLS && started == count) {
		alone = act_alone(stage, step, seen);
		if (alone != 0)
			failed(stage->error, sizeof(stage->error), alone, step->op);
	}
	ret = join(stage, workers, started);
	if (started < count)
		return stage_failed(stage->error, sizeof(stage->error), -EAGAIN, "starting a thread");
	if (ret == 0 && step->op == SCN_CONCURRENT_HYPERCALLS)
		ret = keep_statuses(workers, calls, seen);
	return alone != 0 ? alone : ret;
}

int stage_act(struct stage *stage, const struct scn_step *step, struct seen *seen)
{
	struct worker *workers = calloc(step->call_count + stage->beside_count + 1, sizeof(*workers));
	int ret;

	if (!workers)
		return stage_failed(stage->error, sizeof(stage->error), -ENOMEM, "starting threads");
	ret = act_together(stage, step, workers, seen);
	free(workers);
	return ret;
}
