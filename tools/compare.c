/* SPDX-License-Identifier: MIT */
/* What was seen against what is expected. A key that the scenario does not give is not compared. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "seen.h"

void seen_free(struct seen *seen)
{
	free(seen->statuses);
	free(seen->flags);
	free(seen->interrupts);
	memset(seen, 0, sizeof(*seen));
}

static int grow(void **items, size_t *room, size_t count, size_t size)
{
	size_t wanted = *room ? *room * 2 : 8;
	void *more;

	if (count < *room)
		return 0;
	more = realloc(*items, wanted * size);
	if (!more)
		return -ENOMEM;
	*items = more;
	*room = wanted;
	return 0;
}

int seen_add_flag(struct seen *seen, const struct scn_flag *flag)
{
	int ret = grow((void **)&seen->flags, &seen->flag_room, seen->flag_count, sizeof(*flag));

	if (ret == 0)
		seen->flags[seen->flag_count++] = *flag;
	return ret;
}

int seen_add_interrupt(struct seen *seen, const struct scn_interrupt *interrupt)
{
	int ret = grow((void **)&seen->interrupts, &seen->interrupt_room, seen->interrupt_count, sizeof(*interrupt));

	if (ret == 0)
		seen->interrupts[seen->interrupt_count++] = *interrupt;
	return ret;
}

struct verdict {
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static bool differs(const struct verdict *verdict, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	vsnprintf(verdict->why, verdict->size, what, args);
	va_end(args);
	return false;
}

static const char *status_text(int status)
{
	const char *name = status == SCN_NONE ? "null" : hvbell_status_name(status);

	return name ? name : "an unknown status";
}

static bool same_call(const struct verdict *v, const struct scn_expected *want, const struct seen *seen)
{
	if (want->has_status && want->status != seen->call.status)
		return differs(v, "status: expected %s, seen %s", status_text(want->status),
			       status_text(seen->call.status));
	if (want->has_code && want->code != seen->call.status)
		return differs(v, "status_code: expected %d, seen %d", want->code, seen->call.status);
	if (want->has_fault && want->fault != seen->call.fault)
		return differs(v, "fault: expected vector %d, seen %d (0: none)", want->fault, seen->call.fault);
	return true;
}

static bool same_masked(const struct verdict *v, const char *key, const struct scn_masked *want, bool there,
			uint64_t value)
{
	if (!want->given)
		return true;
	if (want->null)
		return !there || differs(v, "%s: expected null, seen 0x%" PRIx64, key, value);
	if (!there)
		return differs(v, "%s: expected a value, seen none", key);
	return (value & want->mask) == (want->value & want->mask) ||
	       differs(v, "%s: expected 0x%" PRIx64 " under mask 0x%" PRIx64 ", seen 0x%" PRIx64, key, want->value,
		       want->mask, value);
}

static bool same_result(const struct verdict *v, const struct scn_expected *want, const struct seen *seen)
{
	bool there = (seen->parts & SEEN_RESULT) && !seen->call.fault;

	return same_masked(v, "result_value_masked", &want->result, there, seen->call.result) &&
	       same_masked(v, "output_qword_masked", &want->output, seen->call.has_output, seen->call.output) &&
	       same_masked(v, "reps_completed", &want->reps, there, seen->call.result >> 32 & 0xfff) &&
	       same_masked(v, "value", &want->value, seen->parts & SEEN_VALUE, seen->value);
}

static bool same_statuses(const struct verdict *v, const struct scn_expected *want, const struct seen *seen)
{
	if (!want->has_statuses)
		return true;
	if (want->status_count != seen->status_count)
		return differs(v, "statuses: expected %zu, seen %zu", want->status_count, seen->status_count);
	for (size_t i = 0; i < want->status_count; i++)
		if (want->statuses[i] != seen->statuses[i])
			return differs(v, "statuses[%zu]: expected %s, seen %s", i, status_text(want->statuses[i]),
				       status_text(seen->statuses[i]));
	return true;
}

static bool same_flag(const struct scn_flag *a, const struct scn_flag *b)
{
	return a->partition == b->partition && a->vp == b->vp && a->sint == b->sint && a->flag == b->flag;
}

static bool has_flag(const struct scn_flag *flags, size_t count, const struct scn_flag *flag)
{
	for (size_t i = 0; i < count; i++)
		if (same_flag(&flags[i], flag))
			return true;
	return false;
}

static bool flag_missing(const struct verdict *v, const struct scn_flag *flag, const char *what)
{
	return differs(v, "sief_bits_after: partition 0x%" PRIx64 " vp %" PRIu32 " sint %u flag %u %s", flag->partition,
		       flag->vp, flag->sint, flag->flag, what);
}

static bool same_flags(const struct verdict *v, const struct scn_expected *want, const struct seen *seen)
{
	if (!want->has_flags)
		return true;
	for (size_t i = 0; i < want->flag_count; i++)
		if (!has_flag(seen->flags, seen->flag_count, &want->flags[i]))
			return flag_missing(v, &want->flags[i], "is expected and not set");
	for (size_t i = 0; i < seen->flag_count; i++)
		if (!has_flag(want->flags, want->flag_count, &seen->flags[i]))
			return flag_missing(v, &seen->flags[i], "is set and not expected");
	return true;
}

static bool same_target(const struct scn_interrupt *a, const struct scn_interrupt *b)
{
	return (a->any_partition || b->any_partition || a->partition == b->partition) && a->vp == b->vp &&
	       a->vector == b->vector;
}

/* Two SINTs of a VP may have one vector: they are counted together. */
static uint64_t count_of(const struct scn_interrupt *list, size_t count, const struct scn_interrupt *target)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		if (same_target(&list[i], target))
			sum += list[i].count;
	return sum;
}

static bool same_count(const struct verdict *v, const struct scn_interrupt *target, uint64_t want, uint64_t seen,
		       bool share)
{
	/* Flags of one word that are signalled at once may share a message. */
	if (want == seen || (share && seen >= 1 && seen <= want))
		return true;
	return differs(v, "interrupt_requests: vp %" PRIu32 " vector 0x%x: expected %" PRIu64 ", seen %" PRIu64,
		       target->vp, target->vector, want, seen);
}

static bool same_interrupts(const struct verdict *v, const struct scn_expected *want, const struct seen *seen,
			    bool share)
{
	if (!want->has_interrupts)
		return true;
	for (size_t i = 0; i < want->interrupt_count; i++) {
		const struct scn_interrupt *target = &want->interrupts[i];

		if (!same_count(v, target, count_of(want->interrupts, want->interrupt_count, target),
				count_of(seen->interrupts, seen->interrupt_count, target), share))
			return false;
	}
	for (size_t i = 0; i < seen->interrupt_count; i++)
		if (count_of(want->interrupts, want->interrupt_count, &seen->interrupts[i]) == 0)
			return same_count(v, &seen->interrupts[i], 0, seen->interrupts[i].count, false);
	return true;
}

static bool same(const struct verdict *v, const struct scn_step *step, const struct scn_expected *want,
		 const struct seen *seen)
{
	return same_call(v, want, seen) && same_result(v, want, seen) && same_statuses(v, want, seen) &&
	       same_flags(v, want, seen) && same_interrupts(v, want, seen, step->op == SCN_CONCURRENT_HYPERCALLS);
}

static bool a_row_is_right(const struct scenario *scenario, const struct scn_step *step, const struct seen *seen)
{
	char ignored[200];
	const struct verdict v = { ignored, sizeof(ignored) };

	for (size_t i = 0; i < scenario->acceptable_count; i++)
		if (same(&v, step, &scenario->acceptable[i], seen))
			return true;
	return false;
}

/* Right where the step's own keys and, for those that it leaves to them, one of the rows are. */
static bool same_as_told(const struct verdict *v, const struct scenario *scenario, const struct scn_step *step,
			 const struct seen *seen)
{
	struct scn_expected own = step->expected;

	/* one that is not named must not be, but where a row may name it */
	own.has_fault = own.has_fault || !own.see_acceptable;
	return same(v, step, &own, seen) &&
	       (!own.see_acceptable || a_row_is_right(scenario, step, seen) ||
		differs(v, "no row of acceptable is right: seen %s", status_text(seen->call.status)));
}

bool seen_agrees(const struct scenario *scenario, const struct scn_step *step, const struct seen *seen, char *why,
		 size_t size)
{
	const struct verdict v = { why, size };

	if (seen->trouble[0])
		return differs(&v, "%s", seen->trouble);
	if (!step->has_expected || !(seen->parts & SEEN_WORLD))
		return true;
	return same_as_told(&v, scenario, step, seen) ||
	       (scenario->implementation_defined && a_row_is_right(scenario, step, seen));
}
