/* SPDX-License-Identifier: MIT */
/* Frames of the serial line: their bytes, and what damage does to them. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "driver/serial_frame.h"
#include "sim/line.h"

static struct hvb_serial_frame frame_of(enum hvb_tlp_type type, uint64_t addr, unsigned words)
{
	struct hvb_tlp_head head = { .type = type, .requester = 0x0100, .tag = 0x7e, .first_be = 0xf, .addr = addr,
				     .len = (uint16_t)words, .bytes = (uint16_t)(4 * words) };
	struct hvb_serial_frame frame = { .kind = HVB_SERIAL_TLP, .number = 0x7d };

	hvb_tlp_build(&head, &frame.tlp);
	for (unsigned i = 0; i < words && i < 4 && frame.tlp.hdr[0] >> 30 & 1; i++)
		frame.tlp.data[i] = 0x7e7d0100u * (i + 1);
	return frame;
}

/* What the bytes decode to: the last result that is not HVB_SERIAL_MORE, and how many there were. */
static enum hvb_serial_result decode(struct hvb_serial_decoder *decoder, const uint8_t *line, size_t length,
				     struct hvb_serial_frame *frame, unsigned *results)
{
	enum hvb_serial_result last = HVB_SERIAL_MORE;

	*results = 0;
	for (size_t i = 0; i < length; i++) {
		enum hvb_serial_result result = hvb_serial_decode(decoder, line[i], frame);

		if (result != HVB_SERIAL_MORE) {
			last = result;
			++*results;
		}
	}
	return last;
}

static void known_bytes(void **state)
{
	/* the check value that catalogues of CRCs give for this one */
	const uint8_t ack[] = { 0x7e, 0x00, 0x05, 0, 0, 0, 0, 0x7e };
	uint8_t line[HVB_SERIAL_LINE_BYTES];
	const struct hvb_serial_frame frame = { .kind = HVB_SERIAL_ACK, .number = 5 };

	(void)state;
	assert_int_equal(hvb_serial_crc((const uint8_t *)"123456789", 9), 0xcbf43926u);
	assert_int_equal(hvb_serial_encode(&frame, line), sizeof(ack));
	assert_memory_equal(line, ack, 3);
	assert_int_equal(line[7], 0x7e);
}

/* A doorbell's store as docs/serial.md shows it: header as on the link, payload as in memory. */
static void order_of_bytes(void **state)
{
	struct hvb_serial_frame frame = frame_of(HVB_TLP_MWR, 0x3900001000ull, 2);
	const uint8_t body[] = { 0x60, 0x00, 0x00, 0x02, 0x01, 0x00, 0x7d, 0x5e, 0x0f, 0x00, 0x00, 0x00, 0x39, 0x00,
				 0x00, 0x10, 0x00, 0x44, 0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55 };
	uint8_t line[HVB_SERIAL_LINE_BYTES];

	(void)state;
	frame.number = 0x21;
	frame.tlp.data[0] = 0x11223344;
	frame.tlp.data[1] = 0x55667788;
	assert_true(hvb_serial_encode(&frame, line) > 3 + sizeof(body));
	assert_int_equal(line[1], HVB_SERIAL_TLP);
	assert_int_equal(line[2], 0x21);
	assert_memory_equal(line + 3, body, sizeof(body));
}

static const struct {
	enum hvb_tlp_type type;
	uint64_t addr;
	unsigned words;
} shapes[] = {
	{ HVB_TLP_MRD, 0xe0000000, 2 }, { HVB_TLP_MRD, 0x3800000000ull, 2 }, { HVB_TLP_MWR, 0x3900001000ull, 2 },
	{ HVB_TLP_MWR, 0xfee00000, 1 }, { HVB_TLP_CAS, 0x100000000ull, 4 }, { HVB_TLP_CPLD, 0, 2 },
	{ HVB_TLP_CPLD, 0, 100 }, { HVB_TLP_CPL, 0, 0 }, { HVB_TLP_CFGWR0, 0, 1 }, { HVB_TLP_MWR, 0x1000, 1024 },
};

static void every_shape_returns(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		struct hvb_serial_frame sent = frame_of(shapes[i].type, shapes[i].addr, shapes[i].words), came;
		struct hvb_serial_decoder decoder = { 0 };
		uint8_t line[HVB_SERIAL_LINE_BYTES];
		size_t length = hvb_serial_encode(&sent, line);
		unsigned results;

		assert_true(length <= sizeof(line));
		for (size_t at = 1; at + 1 < length; at++)
			assert_int_not_equal(line[at], HVB_SERIAL_FLAG);
		assert_int_equal(decode(&decoder, line, length, &came, &results), HVB_SERIAL_GOOD);
		assert_int_equal(results, 1);
		assert_int_equal(came.kind, sent.kind);
		assert_int_equal(came.number, sent.number);
		assert_memory_equal(&came.tlp, &sent.tlp, sizeof(came.tlp));
	}
}

/* Whichever bit flips, and whichever byte is lost or doubled: the frame is refused, and the next one is read. */
static void damage_is_seen(void **state)
{
	struct hvb_serial_frame sent = frame_of(HVB_TLP_CAS, 0x100000000ull, 4), came;
	uint8_t line[HVB_SERIAL_LINE_BYTES], bad[HVB_SERIAL_LINE_BYTES + 1];
	size_t length = hvb_serial_encode(&sent, line);

	(void)state;
	for (size_t at = 0; at < length; at++) {
		for (int damage = 0; damage < 10; damage++) {
			struct hvb_serial_decoder decoder = { 0 };
			size_t now = length;
			unsigned results;

			memcpy(bad, line, length);
			if (damage < 8) {
				bad[at] ^= (uint8_t)(1 << damage);
			} else if (damage == 8) {
				memmove(bad + at, bad + at + 1, length - at - 1);
				now--;
			} else {
				memmove(bad + at + 1, bad + at, length - at);
				now++;
			}
			/* a flag lost or doubled harms nothing where the other frame's flag is next to it */
			decode(&decoder, line, length, &came, &results);
			if (decode(&decoder, bad, now, &came, &results) == HVB_SERIAL_GOOD)
				assert_true(damage >= 8 && (at == 0 || at == length - 1));
			decode(&decoder, line, length, &came, &results);
			assert_int_equal(decode(&decoder, line, length, &came, &results), HVB_SERIAL_GOOD);
			assert_int_equal(results, 1);
		}
	}
}

static void noise_makes_no_frame(void **state)
{
	struct hvb_serial_decoder decoder = { 0 };
	struct hvb_serial_frame came;
	uint64_t random = 5;
	unsigned bad = 0;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++) {
		uint8_t byte = (uint8_t)hvb_random(&random, 256);
		enum hvb_serial_result result;

		result = hvb_serial_decode(&decoder, byte % 16 == 3 ? HVB_SERIAL_FLAG : byte, &came);
		assert_int_not_equal(result, HVB_SERIAL_GOOD);
		bad += result == HVB_SERIAL_BAD;
	}
	assert_true(bad > 10000);
}

/* With a good checksum, but no frame all the same. */
static void nonsense_is_refused(void **state)
{
	struct hvb_serial_frame frame = { .kind = 5 }, came;
	struct hvb_serial_decoder decoder = { 0 };
	uint8_t line[HVB_SERIAL_LINE_BYTES];
	unsigned results;
	size_t length = hvb_serial_encode(&frame, line);

	(void)state;
	assert_int_equal(decode(&decoder, line, length, &came, &results), HVB_SERIAL_BAD);
	for (unsigned count = 2; count < HVB_SERIAL_BODY_BYTES - 4; count++) {
		uint8_t body[HVB_SERIAL_BODY_BYTES] = { count % 2 ? HVB_SERIAL_TLP : HVB_SERIAL_ACK };
		uint32_t crc = hvb_serial_crc(body, count);

		if (count == 2 || count == 2 + 12)
			continue;
		memcpy(body + count, &crc, 4);
		for (unsigned i = 0; i < count + 4; i++) {
			if (body[i] == HVB_SERIAL_FLAG || body[i] == HVB_SERIAL_ESCAPE) {
				hvb_serial_decode(&decoder, HVB_SERIAL_ESCAPE, &came);
				body[i] ^= HVB_SERIAL_FLIP;
			}
			assert_int_equal(hvb_serial_decode(&decoder, body[i], &came), HVB_SERIAL_MORE);
		}
		assert_int_equal(hvb_serial_decode(&decoder, HVB_SERIAL_FLAG, &came), HVB_SERIAL_BAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_bytes),
		cmocka_unit_test(order_of_bytes),
		cmocka_unit_test(every_shape_returns),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(noise_makes_no_frame),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
