/* SPDX-License-Identifier: MIT */
/*
 * What bench_lib.sh counts under callgrind: each measured call stands alone in a function that is never inlined, so
 * its instructions are callgrind's own count of that function (with all that it calls), divided by the number of
 * calls. Counted is everything from the caller's having the handle and the flag in registers to the function's
 * return, the return itself included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <hvbell/hvbell.h>
#include "hvcall/dxgk_internal.h"

#define CALLS 1000
#define SIM_CALLS 200
#define SENDER 0x10
#define RECEIVER 0x20
#define SINT 2
#define FLAGS 250               /* four SIEF words */

#define MEASURED __attribute__((noinline, noclone, used))

int bench_send_checked(const hvbell_connection *conn, uint32_t flag);
void bench_send_unchecked(const hvbell_sender *sender, uint64_t input);
int bench_receive_one_flag(const hvbell_receiver *rx);
int bench_receive_one_of_all(const hvbell_receiver *rx);
uint32_t bench_scan(const uint64_t *words);
int bench_send_sim(const hvbell_connection *conn, uint32_t flag);
NTSTATUS bench_dxgk_signal(DXGKCB_SIGNALEVENT signal, const DXGKARGCB_SIGNALEVENT *args);

MEASURED int bench_send_checked(const hvbell_connection *conn, uint32_t flag)
{
	return hvbell_signal(conn, flag);
}

MEASURED void bench_send_unchecked(const hvbell_sender *sender, uint64_t input)
{
	hvbell_signal_raw(sender, input);
}

MEASURED int bench_receive_one_flag(const hvbell_receiver *rx)
{
	return hvbell_receive(rx);
}

MEASURED int bench_receive_one_of_all(const hvbell_receiver *rx)
{
	return hvbell_receive(rx);
}

MEASURED uint32_t bench_scan(const uint64_t *words)
{
	return hvbell_changed(words);
}

MEASURED int bench_send_sim(const hvbell_connection *conn, uint32_t flag)
{
	return hvbell_signal(conn, flag);
}

MEASURED NTSTATUS bench_dxgk_signal(DXGKCB_SIGNALEVENT signal, const DXGKARGCB_SIGNALEVENT *args)
{
	return signal(args);
}

/* A mapped page: plain memory stands in, the instructions are the same. */
static int bench_memory(void)
{
	static _Alignas(16) uint64_t page[512], words[32];
	const hvbell_sender sender = { .doorbell = page };
	const hvbell_connection conn = { .sender = &sender, .id = 0x21, .flag_count = FLAGS };
	const hvbell_receiver rx = { .words = words, .used = (1u << ((FLAGS - 1) / 64 + 1)) - 1 };
	const hvbell_receiver all = { .words = words, .used = UINT32_MAX };
	int bad = 0;

	for (uint32_t n = 0; n < CALLS; n++) {
		uint32_t flag = (FLAGS - 1) - n % 32;   /* in the last word: the longest way */

		bad |= bench_send_checked(&conn, flag) != 0 || page[0] != ((uint64_t)flag << 32 | 0x21);
		bench_send_unchecked(&sender, n);
		bad |= page[0] != n;
		words[flag / 64] = 1ull << flag % 64;
		bad |= bench_receive_one_flag(&rx) != (int)flag;
		flag = HVBELL_FLAGS - 1 - n % 64;
		words[flag / 64] = 1ull << flag % 64;
		bad |= bench_scan(words) != 1u << flag / 64;
		bad |= bench_receive_one_of_all(&all) != (int)flag;
	}
	return bad;
}

/* DxgkCbSignalEvent for an event of a virtual machine, on such a page. */
static int bench_dxgk(void)
{
	static uint64_t page[512];
	const hvbell_sender sender = { .doorbell = page };
	struct dxgk_place *place = dxgk_place_take(DXGK_EVENT, NULL);
	DXGKARGCB_SIGNALEVENT args = { .hDxgkProcess = &args };
	int bad = 0;

	place->process = args.hDxgkProcess;
	place->sender = &sender;
	place->input = 7ull << 32 | 0x21;
	args.hEvent = dxgk_place_open(place);
	for (uint32_t n = 0; n < CALLS; n++) {
		page[0] = 0;
		bad |= bench_dxgk_signal(dxgk_signal_event, &args) != STATUS_SUCCESS || page[0] != place->input;
	}
	return bad;
}

static int prepare(hvbell_card *card)
{
	const struct hvbell_port port = { .partition = RECEIVER, .id = 1, .type = HVBELL_PORT_EVENT,
		.connection_partition = SENDER, .target_sint = SINT, .flag_count = FLAGS };
	const struct hvbell_sint sint = { .vector = 177 };

	return hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS) ||
	       hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0) || hvbell_vp_add(card, RECEIVER, 0) ||
	       hvbell_set_scontrol(card, RECEIVER, 0, true) || hvbell_set_siefp(card, RECEIVER, 0, true, 0x100000) ||
	       hvbell_set_sint(card, RECEIVER, 0, SINT, &sint) || hvbell_create_port(card, &port) ||
	       hvbell_connect_port(card, SENDER, 1, RECEIVER, 1);
}

/* The simulated card: the sender's thread until the call returns, the card's own thread not. */
static int bench_sim(void)
{
	hvbell_connection conn;
	hvbell_sender sender;
	hvbell_card *card;
	int bad;

	if (hvbell_open("sim:?latency=none", &card))
		return 1;
	bad = prepare(card) || hvbell_sender_init(card, SENDER, 0, &sender) ||
	      hvbell_connection_init(&sender, 1, &conn);
	for (uint32_t n = 0; !bad && n < SIM_CALLS; n++) {
		bad = bench_send_sim(&conn, n % FLAGS) != 0;
		/* as a caller that is not a flood: the channel to the card is empty at each call */
		bad = bad || hvbell_fence(card) != 0 || !hvbell_clear_flag(card, RECEIVER, 0, SINT, n % FLAGS);
	}
	if (bad)
		fprintf(stderr, "bench_lib: %s: %s\n", hvbell_error().where, hvbell_error().what);
	hvbell_close(card);
	return bad;
}

/* Prints how many calls were made, for the division. */
int main(void)
{
	if (bench_memory() || bench_dxgk() || bench_sim()) {
		fprintf(stderr, "bench_lib: a measured call did not do what it should\n");
		return EXIT_FAILURE;
	}
	printf("%d %d\n", CALLS, SIM_CALLS);
	return EXIT_SUCCESS;
}
