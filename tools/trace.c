/* SPDX-License-Identifier: MIT */
/* hvbell trace: every signal as the card records it, with what each stage took. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include "command.h"
#include "follow.h"
#include "report.h"

#define RECORDS 256             /* as many as the card keeps */
#define INTERVAL_MS 5

struct filter {
	uint64_t partition, connection, vp;     /* UINT64_MAX: all */
};

struct trace {
	struct filter filter;
	bool json, headed;
	uint64_t shown, lost;
};

static bool wanted(const struct filter *filter, const struct hvbell_trace *record,
		   const struct hvbell_trace_names *names, bool named)
{
	if (filter->partition != UINT64_MAX && filter->partition != record->partition &&
	    !(named && filter->partition == names->receiver))
		return false;
	if (filter->connection != UINT64_MAX && !(named && filter->connection == names->connection))
		return false;
	return filter->vp == UINT64_MAX || (named && filter->vp == names->vp);
}

static const char *verdict(const struct hvbell_trace *record)
{
	return record->fault ? "fault" : record->message ? "message" : "was set";
}

static void id_text(char *text, size_t size, uint64_t id, uint64_t none)
{
	if (id == none)
		snprintf(text, size, "-");
	else
		snprintf(text, size, "0x%" PRIx64, id);
}

static void print_text(struct trace *trace, const struct hvbell_trace *r, const struct hvbell_trace_names *names)
{
	char sender[20], receiver[20], connection[20], vp[20];

	if (!trace->headed)
		printf("%14s %8s %8s %10s %6s %5s  %8s %8s %8s %8s  %s\n", "T0, cycles", "sender", "conn",
			"receiver", "VP",
		       "SINT", "request", "answer", "message", "retries", "end");
	trace->headed = true;
	id_text(sender, sizeof(sender), r->partition, UINT64_MAX);
	id_text(receiver, sizeof(receiver), names->receiver, UINT64_MAX);
	id_text(connection, sizeof(connection), names->connection, UINT32_MAX);
	id_text(vp, sizeof(vp), names->vp, HVBELL_ANY_VP);
	printf("%14" PRIu64 " %8s %8s %10s %6s %5u  %8u %8u %8u %8u  %s\n", r->t0, sender, connection, receiver, vp,
	       names->sint, r->to_request, r->to_completion - r->to_request,
	       r->message ? r->to_message - r->to_completion : 0, r->retries, verdict(r));
}

static void add(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static void print_json(const struct hvbell_trace *r, const struct hvbell_trace_names *names, bool named)
{
	struct json_object *object = json_object_new_object();

	add(object, "t0", r->t0);
	json_object_object_add(object, "sender", r->partition == UINT64_MAX ? NULL : report_hex(r->partition));
	json_object_object_add(object, "receiver", named ? report_hex(names->receiver) : NULL);
	json_object_object_add(object, "connection", named && names->connection != UINT32_MAX ?
			       report_hex(names->connection) : NULL);
	json_object_object_add(object, "vp", named ? json_object_new_uint64(names->vp) : NULL);
	json_object_object_add(object, "sint", named ? json_object_new_uint64(names->sint) : NULL);
	add(object, "request", r->to_request);
	add(object, "answer", r->to_completion - r->to_request);
	json_object_object_add(object, "message", r->message ?
			       json_object_new_uint64(r->to_message - r->to_completion) : NULL);
	add(object, "retries", r->retries);
	json_object_object_add(object, "end", json_object_new_string(verdict(r)));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

static int look(hvbell_card *card, void *arg)
{
	struct hvbell_trace records[RECORDS];
	struct trace *trace = arg;
	uint64_t lost = 0;
	int count = hvbell_trace_read(card, records, RECORDS, &lost);

	trace->lost += count < 0 ? 0 : lost;
	for (int i = 0; i < count; i++) {
		struct hvbell_trace_names names = { .receiver = UINT64_MAX, .vp = HVBELL_ANY_VP,
			.connection = UINT32_MAX };
		bool named = hvbell_trace_names(card, &records[i], &names) == 0;

		if (!wanted(&trace->filter, &records[i], &names, named))
			continue;
		trace->shown++;
		if (trace->json)
			print_json(&records[i], &names, named);
		else
			print_text(trace, &records[i], &names);
	}
	fflush(stdout);
	return count < 0 ? count : 0;
}

static bool read_filter(struct filter *filter, const char *partition, const char *connection, const char *vp)
{
	*filter = (struct filter){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
	return follow_number("trace", "--partition", partition, UINT64_MAX, &filter->partition) &&
	       follow_number("trace", "--connection", connection, 0xffffff, &filter->connection) &&
	       follow_number("trace", "--vp", vp, UINT32_MAX - 1, &filter->vp);
}

int command_trace(int argc, char **argv)
{
	const char *partition = NULL, *connection = NULL, *vp = NULL, *seconds_text = NULL;
	const struct argument_value values[] = {
		{ "--partition", &partition }, { "--connection", &connection }, { "--vp", &vp },
		{ "--seconds", &seconds_text }, { NULL, NULL },
	};
	struct trace trace = { .shown = 0 };
	struct arguments arguments;
	uint64_t seconds = 0;
	hvbell_card *card;
	int ret;

	if (!arguments_read_values(&arguments, argc, argv, ARG_JSON, values) ||
	    !read_filter(&trace.filter, partition, connection, vp) ||
	    !follow_number("trace", "--seconds", seconds_text, 1000000, &seconds))
		return EXIT_INPUT;
	trace.json = arguments.json;
	if (!card_open(arguments.card, &card))
		return EXIT_FAILED;
	follow_until_interrupt();
	if (arguments.rest_count)
		ret = follow_files(card, arguments.rest, arguments.rest_count, look, &trace);
	else
		ret = follow_load(card, (double)seconds, INTERVAL_MS, look, &trace);
	hvbell_close(card);
	if (!trace.json)
		printf("%" PRIu64 " signals shown, %" PRIu64 " came faster than they could be read\n", trace.shown,
		       trace.lost);
	else if (trace.lost)
		fprintf(stderr, "hvbell trace: %" PRIu64 " signals came faster than they could be read\n", trace.lost);
	return ret;
}
