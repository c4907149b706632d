/* SPDX-License-Identifier: MIT */
/*
 * A board's serial line, at the pins of its top level: the driver's end of the protocol on one side, bytes damaged,
 * lost and repeated in between. Whatever the line does, each request is answered once and in order.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "driver/serial_link.h"
#include "hvb_regs.h"
#include "sim/board/uart.h"
#include "sim/line.h"

#define IDENTITY ((uint32_t)HVB_DEVICE_ID << 16 | HVB_VENDOR_ID)
#define CACHE_LINE 0x0c          /* a register of configuration space that only remembers */
#define SESSION 0x7d
#define LED_UP 1u
#define LED_BAD 8u
#define LED_AGAIN 16u
#define LED_RESET 128u
#define ENOUGH 3000000u          /* cycles, for anything here */

struct desk {
	struct hvb_board *board;
	struct hvb_uart uart;
	struct hvb_serial_link link;
	uint8_t line[HVB_SERIAL_LINE_BYTES];
	size_t length, at;
	uint64_t now, random;            /* a microsecond a cycle: resending takes as long as the card's */
	unsigned damage;                 /* one byte of so many, either way; 0: none */
	unsigned answers;                /* completions so far */
	struct hvb_tlp_head head;        /* of the last one */
	struct hvb_tlp answer;
	unsigned tags[256];              /* of all, in order */
};

static bool chance(struct desk *desk)
{
	return desk->damage && hvb_random(&desk->random, desk->damage) == 0;
}

static void arrive(struct desk *desk, uint8_t byte)
{
	if (!hvb_serial_link_input(&desk->link, desk->now, byte, &desk->answer))
		return;
	hvb_tlp_parse(&desk->answer, &desk->head);
	assert_true(desk->answers < 256);
	desk->tags[desk->answers++] = desk->head.tag;
}

static void leave(struct desk *desk)
{
	uint8_t byte;

	if (desk->at == desk->length) {
		desk->length = hvb_serial_link_output(&desk->link, desk->now, desk->line);
		desk->at = 0;
		/* a frame that comes twice */
		if (desk->length && chance(desk))
			desk->link.cursor = desk->link.base;
	}
	if (desk->at == desk->length)
		return;
	byte = desk->line[desk->at++];
	if (chance(desk))
		return;
	if (chance(desk))
		byte ^= (uint8_t)(1 << hvb_random(&desk->random, 8));
	hvb_uart_send(&desk->uart, byte);
}

static void cycle(struct desk *desk)
{
	enum hvb_uart_result result;
	uint8_t byte;

	if (hvb_uart_ready(&desk->uart))
		leave(desk);
	result = hvb_uart_clock(&desk->uart, desk->board, &byte);
	assert_int_not_equal(result, HVB_UART_ERROR);
	desk->now++;
	if (result == HVB_UART_BYTE && !chance(desk))
		arrive(desk, chance(desk) ? byte ^ 0x10 : byte);
}

static void pass(struct desk *desk, unsigned cycles)
{
	while (cycles--)
		cycle(desk);
}

static void begin(struct desk *desk)
{
	hvb_serial_link_reset(&desk->link, SESSION, desk->now);
	for (unsigned i = 0; i < ENOUGH && !hvb_serial_link_up(&desk->link); i++)
		cycle(desk);
	assert_true(hvb_serial_link_up(&desk->link));
}

static int setup(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	desk->board = hvb_board_new();
	desk->random = 99;
	pass(desk, 1000);
	*state = desk;
	return 0;
}

static int teardown(void **state)
{
	struct desk *desk = *state;

	hvb_board_free(desk->board);
	free(desk);
	return 0;
}

static void request(struct desk *desk, enum hvb_tlp_type type, unsigned tag, unsigned reg, uint32_t value)
{
	struct hvb_tlp_head head = { .type = type, .tag = (uint16_t)tag, .target = 0x0100, .reg = (uint16_t)reg,
				     .first_be = 0xf, .len = 1 };
	struct hvb_tlp tlp;

	hvb_tlp_build(&head, &tlp);
	tlp.data[0] = value;
	hvb_serial_link_send(&desk->link, &tlp);
}

static void await_answers(struct desk *desk, unsigned answers)
{
	for (unsigned i = 0; i < ENOUGH && (desk->answers < answers || hvb_serial_link_busy(&desk->link)); i++)
		cycle(desk);
	assert_int_equal(desk->answers, answers);
	assert_false(hvb_serial_link_dead(&desk->link));
}

static uint32_t read_register(struct desk *desk, unsigned reg)
{
	request(desk, HVB_TLP_CFGRD0, 7, reg, 0);
	await_answers(desk, desk->answers + 1);
	assert_int_equal(desk->head.type, HVB_TLP_CPLD);
	assert_int_equal(desk->head.tag, 7);
	return desk->answer.data[0];
}

static void a_session_and_a_read(void **state)
{
	struct desk *desk = *state;

	assert_false(hvb_board_leds(desk->board) & LED_UP);
	begin(desk);
	assert_true(hvb_board_leds(desk->board) & LED_UP);
	assert_int_equal(read_register(desk, 0), IDENTITY);
	assert_int_equal(desk->link.stats.bad, 0);
	assert_int_equal(desk->link.stats.naks, 0);
	assert_int_equal(desk->link.stats.resent, 0);
	assert_false(hvb_board_leds(desk->board) & (LED_BAD | LED_AGAIN));
}

/* Before its first session a card takes nothing and says nothing. */
static void nothing_before_a_session(void **state)
{
	struct desk *desk = *state;

	request(desk, HVB_TLP_CFGRD0, 1, 0, 0);
	pass(desk, HVB_SERIAL_RESEND_US + 20000);
	assert_int_equal(desk->answers, 0);
	assert_true(desk->link.stats.timeouts > 0);
	assert_int_equal(desk->link.stats.naks, 0);
	begin(desk);
	assert_int_equal(read_register(desk, 0), IDENTITY);
}

/* More than a window, back to back. Tags are numbers modulo 200. */
static void order_on_a_line(struct desk *desk, unsigned count)
{
	begin(desk);
	for (unsigned i = 0, sent = 0; sent < count; i++) {
		assert_true(i < 10 * ENOUGH);
		if (hvb_serial_link_room(&desk->link) && sent - desk->answers < 30)
			request(desk, HVB_TLP_CFGRD0, sent++, 0, 0);
		cycle(desk);
	}
	await_answers(desk, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(desk->tags[i], i);
}

static void order_on_a_good_line(void **state)
{
	struct desk *desk = *state;

	order_on_a_line(desk, 60);
	assert_int_equal(desk->link.stats.received, 60);
	assert_int_equal(desk->link.stats.resent, 0);
	assert_int_equal(desk->link.stats.bad, 0);
}

static void order_on_a_bad_line(void **state)
{
	struct desk *desk = *state;

	desk->damage = 150;
	order_on_a_line(desk, 200);
	assert_int_equal(desk->link.stats.received, 200);
	assert_true(desk->link.stats.bad > 5);
	assert_true(desk->link.stats.naks > 5);
	assert_true(desk->link.stats.resent > 5);
	assert_true(desk->link.stats.repeated > 0);
	assert_true(hvb_board_leds(desk->board) & LED_BAD);
	assert_true(hvb_board_leds(desk->board) & LED_AGAIN);
}

/* Writes are executed once, in order: the last one stays. */
static void writes_on_a_bad_line(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	desk->damage = 150;
	for (unsigned i = 1; i <= 20; i++)
		request(desk, HVB_TLP_CFGWR0, i, CACHE_LINE, 0x7e7d7e00u + i);
	await_answers(desk, 20);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(desk->tags[i], i + 1);
	assert_int_equal(read_register(desk, CACHE_LINE), 20);
}

static void send_raw(struct desk *desk, uint8_t byte)
{
	while (!hvb_uart_ready(&desk->uart))
		cycle(desk);
	hvb_uart_send(&desk->uart, byte);
}

static void noise_between_frames(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	for (unsigned i = 0; i < 3000; i++)
		send_raw(desk, (uint8_t)hvb_random(&desk->random, 256));
	/* an escape at the end of everything */
	send_raw(desk, HVB_SERIAL_ESCAPE);
	assert_int_equal(read_register(desk, 0), IDENTITY);
	assert_true(desk->link.stats.naks > 0);
	assert_true(hvb_board_leds(desk->board) & LED_BAD);
}

/* A line that is low for long: no bytes, no spin, and all is well afterwards. */
static void line_that_breaks(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	while (!hvb_uart_idle(&desk->uart))
		cycle(desk);
	for (unsigned i = 0; i < 5000; i++)
		hvb_board_clock(desk->board, false);
	for (unsigned i = 0; i < 100; i++)
		hvb_board_clock(desk->board, true);
	assert_int_equal(read_register(desk, 0), IDENTITY);
	/* spikes too short for a start bit */
	for (unsigned i = 0; i < 1000; i++)
		hvb_board_clock(desk->board, i % 10 != 0);
	assert_int_equal(read_register(desk, 0), IDENTITY);
}

/* A good frame whose TLP is shorter or longer than it says: an error to the core, no completion, nothing hangs. */
static void tlp_of_a_wrong_length(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	for (unsigned words = 1; words <= 8; words++) {
		uint8_t body[HVB_SERIAL_BODY_BYTES] = { HVB_SERIAL_TLP, (uint8_t)((words - 1) << 4), 0x04 };
		unsigned count = 2 + 4 * words;
		uint32_t crc;

		if (words == 3)                 /* this would be right; something else takes the number */
			body[2] = 0x44;
		crc = hvb_serial_crc(body, count);
		memcpy(body + count, &crc, 4);
		send_raw(desk, HVB_SERIAL_FLAG);
		for (unsigned i = 0; i < count + 4; i++) {
			if (body[i] == HVB_SERIAL_FLAG || body[i] == HVB_SERIAL_ESCAPE) {
				send_raw(desk, HVB_SERIAL_ESCAPE);
				body[i] ^= HVB_SERIAL_FLIP;
			}
			send_raw(desk, body[i]);
		}
		send_raw(desk, HVB_SERIAL_FLAG);
	}
	pass(desk, 20000);
	assert_int_equal(desk->answers, 0);
	assert_int_equal(desk->link.stats.naks, 0);
	begin(desk);
	assert_int_equal(read_register(desk, 0), IDENTITY);
}

/* A session that begins in the middle of another one: nothing of the old one is seen, the card is as after power-on. */
static void a_session_in_a_session(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	request(desk, HVB_TLP_CFGWR0, 1, CACHE_LINE, 0xff);
	await_answers(desk, 1);
	for (unsigned i = 0; i < 8; i++)
		request(desk, HVB_TLP_CFGRD0, 100 + i, 0, 0);
	pass(desk, 4000);
	desk->answers = 0;
	begin(desk);
	assert_int_equal(read_register(desk, CACHE_LINE), 0);
	assert_int_equal(desk->answers, 1);
}

/* The reset button: a card that is held in reset shows that and answers nothing; let go, it is as after power-on. */
static void reset_button(void **state)
{
	struct desk *desk = *state;

	begin(desk);
	request(desk, HVB_TLP_CFGWR0, 1, CACHE_LINE, 0xff);
	await_answers(desk, 1);
	hvb_board_press(desk->board, true);
	request(desk, HVB_TLP_CFGRD0, 2, 0, 0);
	pass(desk, 20000);
	assert_int_equal(desk->answers, 1);
	assert_int_equal(hvb_board_leds(desk->board) & (LED_RESET | LED_UP), LED_RESET);
	hvb_board_press(desk->board, false);
	pass(desk, 1000);
	assert_int_equal(hvb_board_leds(desk->board) & (LED_RESET | LED_UP), 0);
	begin(desk);
	assert_int_equal(read_register(desk, CACHE_LINE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_session_and_a_read, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_before_a_session, setup, teardown),
		cmocka_unit_test_setup_teardown(order_on_a_good_line, setup, teardown),
		cmocka_unit_test_setup_teardown(order_on_a_bad_line, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_on_a_bad_line, setup, teardown),
		cmocka_unit_test_setup_teardown(noise_between_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(line_that_breaks, setup, teardown),
		cmocka_unit_test_setup_teardown(tlp_of_a_wrong_length, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_in_a_session, setup, teardown),
		cmocka_unit_test_setup_teardown(reset_button, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
