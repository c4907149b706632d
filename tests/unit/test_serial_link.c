/* SPDX-License-Identifier: MIT */
/* The driver's end of a serial line: order, resending, and a line that loses, damages and repeats frames. The other end
 * is another one of the same kind, which the protocol makes no difference to once a session runs. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "driver/serial_link.h"
#include "sim/line.h"

#define SESSION 0x7e

static void input(struct hvb_serial_link *link, uint64_t now, const struct hvb_serial_frame *frame)
{
	uint8_t line[HVB_SERIAL_LINE_BYTES];
	size_t length = hvb_serial_encode(frame, line);
	struct hvb_tlp tlp;

	for (size_t i = 0; i < length; i++)
		hvb_serial_link_input(link, now, line[i], &tlp);
}

/* What the link says next. */
static bool output(struct hvb_serial_link *link, uint64_t now, struct hvb_serial_frame *frame)
{
	struct hvb_serial_decoder decoder = { 0 };
	uint8_t line[HVB_SERIAL_LINE_BYTES];
	size_t length = hvb_serial_link_output(link, now, line);

	for (size_t i = 0; i < length; i++)
		if (hvb_serial_decode(&decoder, line[i], frame) == HVB_SERIAL_GOOD)
			return true;
	assert_int_equal(length, 0);
	return false;
}

static void start(struct hvb_serial_link *link)
{
	const struct hvb_serial_frame ready = { .kind = HVB_SERIAL_READY, .number = SESSION };
	struct hvb_serial_frame frame;

	memset(link, 0, sizeof(*link));
	hvb_serial_link_reset(link, SESSION, 0);
	assert_true(output(link, 0, &frame));
	assert_int_equal(frame.kind, HVB_SERIAL_RESET);
	assert_int_equal(frame.number, SESSION);
	input(link, 0, &ready);
	assert_true(hvb_serial_link_up(link));
}

static struct hvb_tlp numbered(unsigned number)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR, .first_be = 0xf, .last_be = 0xf, .len = 2,
				     .addr = 8ull * number };
	struct hvb_tlp tlp;

	hvb_tlp_build(&head, &tlp);
	tlp.data[0] = tlp.data[1] = number;
	return tlp;
}

static void send(struct hvb_serial_link *link, unsigned number)
{
	struct hvb_tlp tlp = numbered(number);

	hvb_serial_link_send(link, &tlp);
}

static void reset_is_repeated_then_given_up(void **state)
{
	static struct hvb_serial_link link;
	const struct hvb_serial_frame stale = { .kind = HVB_SERIAL_READY, .number = SESSION + 1 };
	struct hvb_serial_frame frame;
	uint64_t now = 1000;
	unsigned resets = 0;

	(void)state;
	memset(&link, 0, sizeof(link));
	hvb_serial_link_reset(&link, SESSION, now);
	assert_int_equal(hvb_serial_link_due(&link), 0);
	while (!hvb_serial_link_dead(&link)) {
		if (output(&link, now, &frame)) {
			assert_int_equal(frame.kind, HVB_SERIAL_RESET);
			resets++;
			input(&link, now, &stale);
			assert_false(hvb_serial_link_up(&link));
		}
		now += HVB_SERIAL_RESEND_US / 2;
	}
	assert_int_equal(resets, HVB_SERIAL_TRIES);
	assert_int_equal(hvb_serial_link_due(&link), UINT64_MAX);
	assert_true(now < 15 * 1000000);
}

static void window_and_timeout(void **state)
{
	static struct hvb_serial_link link;
	struct hvb_serial_frame frame;
	uint64_t now = 5;

	(void)state;
	start(&link);
	for (unsigned i = 0; i < HVB_SERIAL_WINDOW + 2; i++)
		send(&link, i);
	assert_false(hvb_serial_link_room(&link));
	for (unsigned i = 0; i < HVB_SERIAL_WINDOW; i++) {
		assert_true(output(&link, now, &frame));
		assert_int_equal(frame.kind, HVB_SERIAL_TLP);
		assert_int_equal(frame.number, i << 4);
	}
	assert_false(output(&link, now, &frame));
	assert_int_equal(hvb_serial_link_due(&link), now + HVB_SERIAL_RESEND_US);
	/* two arrive: two more may go */
	input(&link, now, &(struct hvb_serial_frame){ .kind = HVB_SERIAL_ACK, .number = 2 });
	assert_true(output(&link, now, &frame));
	assert_int_equal(frame.number, 8 << 4);
	assert_true(output(&link, now, &frame));
	assert_false(output(&link, now, &frame));
	/* an acknowledgement of what was never sent is none */
	input(&link, now, &(struct hvb_serial_frame){ .kind = HVB_SERIAL_ACK, .number = 15 });
	assert_false(output(&link, now + HVB_SERIAL_RESEND_US - 1, &frame));
	/* nothing is heard: from the oldest on, again */
	now += HVB_SERIAL_RESEND_US;
	for (unsigned i = 2; i < 10; i++) {
		assert_true(output(&link, now, &frame));
		assert_int_equal(frame.number, i << 4);
		assert_int_equal(frame.tlp.data[0], i);
	}
	assert_int_equal(link.stats.resent, 8);
	assert_int_equal(link.stats.timeouts, 1);
	/* the card says from where */
	input(&link, now, &(struct hvb_serial_frame){ .kind = HVB_SERIAL_NAK, .number = 9 });
	assert_true(output(&link, now, &frame));
	assert_int_equal(frame.number, 9 << 4);
	assert_false(output(&link, now, &frame));
	assert_true(hvb_serial_link_busy(&link));
	input(&link, now, &(struct hvb_serial_frame){ .kind = HVB_SERIAL_ACK, .number = 10 });
	assert_false(hvb_serial_link_busy(&link));
	assert_int_equal(hvb_serial_link_due(&link), UINT64_MAX);
}

static void gap_is_told_once(void **state)
{
	static struct hvb_serial_link link;
	struct hvb_serial_frame frame, first = { .kind = HVB_SERIAL_TLP, .number = 0x00, .tlp = numbered(0) };
	struct hvb_serial_frame third = { .kind = HVB_SERIAL_TLP, .number = 0x20, .tlp = numbered(2) };

	(void)state;
	start(&link);
	input(&link, 1, &first);
	input(&link, 1, &third);
	assert_true(output(&link, 1, &frame));
	assert_int_equal(frame.kind, HVB_SERIAL_NAK);
	assert_int_equal(frame.number, 1);
	input(&link, 1, &third);
	assert_false(output(&link, 1, &frame));
	input(&link, 1, &first);
	assert_true(output(&link, 1, &frame));
	assert_int_equal(frame.kind, HVB_SERIAL_ACK);
	assert_int_equal(frame.number, 1);
	assert_int_equal(link.stats.received, 1);
	assert_int_equal(link.stats.repeated, 1);
	assert_int_equal(link.stats.gaps, 2);
}

static void queue_that_is_full_says_so(void **state)
{
	static struct hvb_serial_link link;

	(void)state;
	start(&link);
	for (unsigned i = 0; i < HVB_SERIAL_QUEUE + 3; i++)
		send(&link, i);
	assert_int_equal(link.stats.overflows, 3);
	assert_int_equal(link.stats.sent, HVB_SERIAL_QUEUE);
}

/* One way of a line, on which a byte is changed or lost, or a frame repeated, once in a few. */
struct way {
	struct hvb_serial_link *from, *to;
	uint64_t *random;
	unsigned next, came;
};

static void carry(struct way *way, uint64_t now)
{
	uint8_t line[HVB_SERIAL_LINE_BYTES];
	size_t length;

	if (hvb_serial_link_room(way->from) && way->next < 2000)
		send(way->from, way->next++);
	length = hvb_serial_link_output(way->from, now, line);
	for (unsigned times = 1 + (hvb_random(way->random, 16) == 0); times; times--)
		for (size_t i = 0; i < length; i++) {
			uint8_t byte = line[i];
			struct hvb_tlp tlp;

			if (hvb_random(way->random, 200) == 0)
				continue;
			if (hvb_random(way->random, 200) == 0)
				byte ^= (uint8_t)(1 << hvb_random(way->random, 8));
			if (hvb_serial_link_input(way->to, now, byte, &tlp)) {
				assert_int_equal(tlp.data[0], way->came);
				way->came++;
			}
		}
}

static void everything_arrives_once_in_order(void **state)
{
	static struct hvb_serial_link a, b;
	uint64_t random = 77, now = 0;
	struct way there = { &a, &b, &random, 0, 0 }, back = { &b, &a, &random, 0, 0 };

	(void)state;
	start(&a);
	start(&b);
	for (unsigned i = 0; i < 200000 && (there.came < 2000 || back.came < 2000); i++) {
		carry(&there, now);
		carry(&back, now);
		now += 1000;
		assert_false(hvb_serial_link_dead(&a) || hvb_serial_link_dead(&b));
	}
	assert_int_equal(there.came, 2000);
	assert_int_equal(back.came, 2000);
	assert_true(a.stats.bad > 100 && a.stats.resent > 100 && a.stats.repeated > 10 && a.stats.gaps > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_is_repeated_then_given_up),
		cmocka_unit_test(window_and_timeout),
		cmocka_unit_test(gap_is_told_once),
		cmocka_unit_test(queue_that_is_full_says_so),
		cmocka_unit_test(everything_arrives_once_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
