/* SPDX-License-Identifier: MIT */
/* The benchmark's results as JSON, schema "hvbell-bench/1" (docs/benchmark.md). */
#include <json-c/json.h>
#include <stdio.h>
#include "bench.h"

static void add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static void add_count(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static void add_number(struct json_object *object, const char *key, double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%.6g", value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

/* Each with its confidence interval and how many samples it rests on; one with too few is null. */
static struct json_object *percentiles(const struct bench_histogram *h)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < BENCH_SHARES; i++) {
		struct json_object *item = json_object_new_object();
		uint64_t behind = bench_behind(h->count, bench_shares[i]), low, high;

		add_number(item, "percentile", bench_shares[i] * 100);
		add_count(item, "samples_behind", behind);
		json_object_array_add(list, item);
		json_object_object_add(item, "value", NULL);
		if (behind < BENCH_BEHIND_MIN)
			continue;
		bench_interval(h, bench_shares[i], &low, &high);
		add_count(item, "value", bench_percentile(h, bench_shares[i]));
		add_count(item, "low", low);
		add_count(item, "high", high);
	}
	return list;
}

static struct json_object *histogram(const struct bench_histogram *h)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < BENCH_BUCKETS; i++) {
		struct json_object *item;

		if (!h->buckets[i])
			continue;
		item = json_object_new_array_ext(3);
		json_object_array_add(item, json_object_new_uint64(bench_bucket_low(i)));
		json_object_array_add(item, json_object_new_uint64(bench_bucket_high(i)));
		json_object_array_add(item, json_object_new_uint64(h->buckets[i]));
		json_object_array_add(list, item);
	}
	return list;
}

static void add_times(const struct bench *bench, struct json_object *object, const struct bench_result *r)
{
	uint64_t read = r->time == BENCH_WALL ? bench->wall_read : bench->model_read;
	double p50 = (double)bench_percentile(r->times, 0.5);

	add_count(object, "min", r->times->min);
	add_count(object, "max", r->times->max);
	add_number(object, "mean", bench_mean(r->times));
	add_number(object, "deviation", bench_deviation(r->times));
	add_number(object, "p50_ns", bench_ns(bench, r->time, p50));
	if (read && r->time != BENCH_CARD)
		add_number(object, "p50_to_bar_read", p50 / (double)read);
	json_object_object_add(object, "percentiles", percentiles(r->times));
	add_count(object, "overflow", r->times->overflow);
	json_object_object_add(object, "histogram", histogram(r->times));
}

static struct json_object *result_json(const struct bench *bench, const struct bench_result *r)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "name", r->name);
	add_text(object, "path", r->path);
	add_text(object, "mode", r->mode);
	add_text(object, "clock", bench_time_name(r->time));
	add_text(object, "unit", bench_time_unit(r->time));
	add_text(object, "loop", r->period ? "open" : "one at a time");
	if (r->period)
		add_count(object, "period", r->period);
	if (r->width)
		add_count(object, "width", r->width);
	add_count(object, "sent", r->sent);
	add_count(object, "lost", r->lost);
	add_count(object, "duplicate", r->duplicate);
	add_count(object, "out_of_order", r->out_of_order);
	add_count(object, "samples", r->times->count);
	if (r->times->count)
		add_times(bench, object, r);
	else
		add_text(object, "why", bench_why(bench, r));
	return object;
}

static struct json_object *rate_json(const struct bench *bench, const struct bench_rate *r)
{
	struct json_object *object = json_object_new_object();
	double ns = bench_ns(bench, r->time, (double)r->elapsed);

	add_text(object, "name", r->name);
	add_text(object, "path", r->path);
	add_text(object, "clock", bench_time_name(r->time));
	add_text(object, "unit", bench_time_unit(r->time));
	add_count(object, "signals", r->signals);
	add_count(object, "flags_taken", r->taken);
	add_count(object, "interrupts", r->interrupts);
	add_count(object, "atomic_ops", r->atomics);
	add_count(object, "flag_writes", r->writes);
	add_count(object, "elapsed", r->elapsed);
	add_number(object, "signals_per_second", ns > 0 ? (double)r->signals * 1e9 / ns : 0);
	return object;
}

/* The stages of single signals: cycles of the model's clock since the store, or of the card's since the doorbell. */
static struct json_object *single_json(const char *card, const struct bench_single *s)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "path", card);
	add_count(object, "accepted", s->accepted - s->issued);
	add_count(object, "requested", s->requested - s->issued);
	add_count(object, "completed", s->completed - s->issued);
	add_count(object, "message_sent", s->sent - s->issued);
	if (!s->interrupt_seen)
		return object;
	add_count(object, "flag_seen", s->flag_seen - s->issued);
	add_count(object, "interrupt_seen", s->interrupt_seen - s->issued);
	return object;
}

static void add_link(struct json_object *object, const struct bench *bench)
{
	unsigned cycles, jitter;
	const char *name;
	bool known = bench_link(bench, &name, &cycles, &jitter);

	json_object_object_add(object, "link", known && name ? json_object_new_string(name) : NULL);
	json_object_object_add(object, "link_cycles", known ? json_object_new_uint64(cycles) : NULL);
}

static struct json_object *card_json(const struct bench *bench)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "url", bench->info.url);
	add_text(object, "delivery", bench->info.mode);
	add_count(object, "clock_mhz", bench->info.clock_mhz);
	add_count(object, "tags", bench->info.tags);
	add_link(object, bench);
	json_object_object_add(object, "simulated", json_object_new_boolean(bench->simulated));
	json_object_object_add(object, "wall_valid_for_latency", json_object_new_boolean(bench_wall_valid(bench)));
	return object;
}

struct json_object *bench_json(const struct bench *bench)
{
	struct json_object *object = json_object_new_object(), *results = json_object_new_array();
	struct json_object *rates = json_object_new_array(), *singles = json_object_new_array();

	add_text(object, "schema", "hvbell-bench/1");
	add_text(object, "version", HVBELL_VERSION);
	json_object_object_add(object, "complete", json_object_new_boolean(!bench->interrupted));
	json_object_object_add(object, "card", card_json(bench));
	json_object_object_add(object, "environment", json_object_get(bench->environment));
	for (unsigned i = 0; i < bench->result_count; i++)
		json_object_array_add(results, result_json(bench, &bench->results[i]));
	for (unsigned i = 0; i < bench->rate_count; i++)
		json_object_array_add(rates, rate_json(bench, &bench->rates[i]));
	for (const struct bench_singles *s = bench->singles; s < bench->singles + bench->singles_count; s++)
		for (unsigned i = 0; i < s->count; i++)
			json_object_array_add(singles, single_json(s->card, &s->signals[i]));
	json_object_object_add(object, "results", results);
	json_object_object_add(object, "rates", rates);
	json_object_object_add(object, "single_signals", singles);
	return object;
}
