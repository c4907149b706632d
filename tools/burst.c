/* SPDX-License-Identifier: MIT */
/* The demo's world and its two phases. VP v of a partition has a port of its own, to which sender v of the other
 * partition is connected. */
#include "burst.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define PAIRS (BURST_PARTITIONS * BURST_VPS)
#define FLAGS 512               /* of a port: eight words */
#define BASE 64
#define FIRST_CONNECTION 0x21
#define RECORDS 256

const uint64_t burst_partitions[BURST_PARTITIONS] = { 0x10, 0x20 };

/* One sender and the VP it signals; sender and receiver have a thread each. */
struct pair {
	hvbell_card *card;
	uint64_t from, to;
	unsigned vp;
	unsigned count;
	double end;                     /* seconds of the monotonic clock */
	atomic_bool *stop;
	bool sent[FLAGS], seen[FLAGS];
	uint64_t signals, received;
	int send_error, receive_error;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int make_vp(hvbell_card *card, uint64_t partition, unsigned vp)
{
	const struct hvbell_sint sint = { .vector = (uint8_t)(0xb0 + vp) };
	int ret = hvbell_vp_add(card, partition, vp);

	if (ret == 0)
		ret = hvbell_set_sint(card, partition, vp, BURST_SINT, &sint);
	if (ret == 0)
		ret = hvbell_set_siefp(card, partition, vp, true, 0x100000 + 0x1000 * vp);
	return ret == 0 ? hvbell_set_scontrol(card, partition, vp, true) : ret;
}

/* A status of a port call is a failure here: the demo asks for nothing that may be refused. */
static int must(int ret)
{
	return ret > 0 ? -EPROTO : ret;
}

static int join_pair(hvbell_card *card, uint64_t from, uint64_t to, unsigned vp)
{
	const struct hvbell_port port = {
		.partition = to, .id = 1 + vp, .type = HVBELL_PORT_EVENT, .connection_partition = from,
		.target_sint = BURST_SINT, .target_vp = vp,
		.base_flag_number = BASE, .flag_count = FLAGS,
	};
	int ret = must(hvbell_create_port(card, &port));

	return ret == 0 ? must(hvbell_connect_port(card, from, FIRST_CONNECTION + vp, to, 1 + vp)) : ret;
}

int burst_world(hvbell_card *card)
{
	int ret = hvbell_reset(card);

	for (int p = 0; p < BURST_PARTITIONS && ret == 0; p++) {
		ret = hvbell_partition_add(card, burst_partitions[p], HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
		for (unsigned v = 0; v < BURST_VPS && ret == 0; v++)
			ret = make_vp(card, burst_partitions[p], v);
	}
	for (int p = 0; p < BURST_PARTITIONS && ret == 0; p++)
		for (unsigned v = 0; v < BURST_VPS && ret == 0; v++)
			ret = join_pair(card, burst_partitions[p], burst_partitions[1 - p], v);
	return ret;
}

static void widen(struct burst_span *span, uint32_t cycles)
{
	span->least = !span->any || cycles < span->least ? cycles : span->least;
	span->most = !span->any || cycles > span->most ? cycles : span->most;
	span->any = true;
}

static int read_trace(hvbell_card *card, struct burst_figures *figures)
{
	struct hvbell_trace records[RECORDS];
	int count = hvbell_trace_read(card, records, RECORDS, NULL);

	for (int i = 0; i < count; i++) {
		if (records[i].fault)
			continue;
		widen(&figures->to_request, records[i].to_request);
		if (records[i].message)
			widen(&figures->to_message, records[i].to_message - records[i].to_completion);
	}
	return count < 0 ? count : 0;
}

/* Adds what the card has counted so far, times sign: once before a phase, once after it. */
static int count(hvbell_card *card, struct burst_figures *figures, int sign)
{
	struct hvbell_card_counters whole;
	int ret = hvbell_card_counters(card, &whole);

	for (int p = 0; p < BURST_PARTITIONS && ret == 0; p++) {
		struct hvbell_counters counters;

		ret = hvbell_counters(card, burst_partitions[p], &counters);
		figures->accepted += (uint64_t)sign * counters.accepted;
		figures->coalesced += (uint64_t)sign * counters.coalesced;
	}
	figures->interrupts += (uint64_t)sign * (ret == 0 ? whole.messages : 0);
	return ret;
}

static void take_flag(void *arg, unsigned sint, unsigned flag)
{
	struct pair *pair = arg;

	(void)sint;
	pair->received++;
	pair->seen[(flag - BASE) % FLAGS] = true;
}

int burst_alone(hvbell_card *card, unsigned signals, struct burst_figures *figures)
{
	struct pair pair = { .card = card, .to = burst_partitions[1] };
	hvbell_sender sender;
	double start = now();
	int ret;

	memset(figures, 0, sizeof(*figures));
	ret = hvbell_sender_init(card, burst_partitions[0], 0, &sender);
	if (ret == 0)
		ret = hvbell_trace_enable(card, true);
	if (ret == 0)
		ret = count(card, figures, -1);
	for (unsigned i = 0; i < signals && ret >= 0; i++) {
		pair.sent[i % FLAGS] = true;
		ret = must(
			hvbell_signal_sync(&sender, (uint64_t)(i % FLAGS) << 32 | FIRST_CONNECTION, HVBELL_DELIVERED));
		if (ret == 0)
			ret = hvbell_dispatch(card, burst_partitions[1], 0, BURST_SINT, take_flag, &pair);
		if (ret >= 0)
			ret = hvbell_fence(card);
	}
	if (ret >= 0)
		ret = count(card, figures, 1);
	if (ret == 0)
		ret = read_trace(card, figures);
	for (int f = 0; f < FLAGS; f++)
		figures->lost += pair.sent[f] && !pair.seen[f];
	figures->signals = signals;
	figures->received = pair.received;
	figures->seconds = now() - start;
	return ret;
}

static void *send(void *arg)
{
	struct pair *pair = arg;
	hvbell_connection connection;
	hvbell_sender sender;

	pair->send_error = hvbell_sender_init(pair->card, pair->from, pair->vp, &sender);
	if (pair->send_error == 0)
		pair->send_error = must(hvbell_connection_init(&sender, FIRST_CONNECTION + pair->vp, &connection));
	if (pair->send_error != 0)
		return NULL;
	while (pair->signals < pair->count && now() < pair->end) {
		/* a stride that meets every flag, so that some signals find theirs set and some do not */
		unsigned flag = (unsigned)(pair->signals * 77 % FLAGS);

		pair->sent[flag] = true;
		hvbell_signal(&connection, flag);
		pair->signals++;
	}
	return NULL;
}

static void *receive(void *arg)
{
	struct pair *pair = arg;

	while (pair->receive_error >= 0 && !atomic_load(pair->stop))
		pair->receive_error = hvbell_wait(pair->card, pair->to, pair->vp, BURST_SINT, 20, take_flag, pair);
	return NULL;
}

struct threads {
	pthread_t sender[PAIRS], receiver[PAIRS];
	unsigned senders, receivers;
};

static int start(struct threads *threads, struct pair *pairs)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		if (pthread_create(&threads->receiver[i], NULL, receive, &pairs[i]) != 0)
			return -EAGAIN;
		threads->receivers++;
	}
	for (unsigned i = 0; i < PAIRS; i++) {
		if (pthread_create(&threads->sender[i], NULL, send, &pairs[i]) != 0)
			return -EAGAIN;
		threads->senders++;
	}
	return 0;
}

/* Ends the threads: senders first, then, when all is delivered, receivers, who look once more. */
static int finish(hvbell_card *card, struct threads *threads, struct pair *pairs, atomic_bool *stop)
{
	int ret;

	for (unsigned i = 0; i < threads->senders; i++)
		pthread_join(threads->sender[i], NULL);
	ret = hvbell_fence(card);
	atomic_store(stop, true);
	for (unsigned i = 0; i < threads->receivers; i++)
		pthread_join(threads->receiver[i], NULL);
	for (unsigned i = 0; i < PAIRS && ret >= 0; i++) {
		ret = pairs[i].send_error ? pairs[i].send_error : pairs[i].receive_error;
		if (ret >= 0)
			ret = hvbell_dispatch(card, pairs[i].to, pairs[i].vp, BURST_SINT, take_flag, &pairs[i]);
	}
	return ret < 0 ? ret : 0;
}

static void sum_up(const struct pair *pairs, struct burst_figures *figures)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		figures->signals += pairs[i].signals;
		figures->received += pairs[i].received;
		for (int f = 0; f < FLAGS; f++)
			figures->lost += pairs[i].sent[f] && !pairs[i].seen[f];
	}
}

int burst_together(hvbell_card *card, unsigned signals, double seconds, struct burst_figures *figures)
{
	struct threads threads = { .senders = 0 };
	struct pair pairs[PAIRS];
	atomic_bool stop = false;
	double began = now();
	int ret, end;

	memset(figures, 0, sizeof(*figures));
	memset(pairs, 0, sizeof(pairs));
	for (unsigned i = 0; i < PAIRS; i++)
		pairs[i] = (struct pair){ .card = card, .from = burst_partitions[i % 2],
					  .to = burst_partitions[1 - i % 2],
					  .vp = i / 2, .count = signals, .end = began + seconds, .stop = &stop };
	ret = count(card, figures, -1);
	if (ret != 0)
		return ret;
	ret = start(&threads, pairs);
	end = finish(card, &threads, pairs, &stop);
	figures->seconds = now() - began;
	sum_up(pairs, figures);
	if (ret == 0)
		ret = end;
	if (ret == 0)
		ret = count(card, figures, 1);
	return ret == 0 ? read_trace(card, figures) : ret;
}
