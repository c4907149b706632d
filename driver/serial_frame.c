/* SPDX-License-Identifier: MIT */
/* Encoding and decoding one frame of the serial line (docs/serial.md). */
#include "driver/serial_frame.h"
#include <string.h>

#define CRC_POLYNOMIAL 0xedb88320u
#define CRC_BYTES 4u
#define HEAD_BYTES 2u            /* kind and number */

uint32_t hvb_serial_crc(const uint8_t *bytes, size_t count)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < count; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
	}
	return ~crc;
}

/* DWs that a TLP's first DW promises: of its header, and of the payload that travels (struct hvb_tlp). */
static unsigned header_words(uint32_t dw0)
{
	return dw0 >> 29 & 1 ? 4 : 3;
}

static unsigned payload_words(uint32_t dw0)
{
	unsigned length = dw0 & 0x3ff;

	if (!(dw0 >> 30 & 1))
		return 0;
	return length == 0 || length > 4 ? 4 : length;
}

/* A header's DW goes most significant byte first, payload in the order of memory: both as on a PCIe link. */
static unsigned pack(const struct hvb_tlp *tlp, uint8_t *bytes)
{
	unsigned head = header_words(tlp->hdr[0]), data = payload_words(tlp->hdr[0]);

	for (unsigned i = 0; i < 4 * head; i++)
		bytes[i] = (uint8_t)(tlp->hdr[i / 4] >> (24 - 8 * (i % 4)));
	for (unsigned i = 0; i < 4 * data; i++)
		bytes[4 * head + i] = (uint8_t)(tlp->data[i / 4] >> 8 * (i % 4));
	return 4 * (head + data);
}

static bool unpack(const uint8_t *bytes, unsigned count, struct hvb_tlp *tlp)
{
	unsigned head, data;

	memset(tlp, 0, sizeof(*tlp));
	if (count < 4)
		return false;
	for (unsigned i = 0; i < 4; i++)
		tlp->hdr[0] |= (uint32_t)bytes[i] << (24 - 8 * i);
	head = header_words(tlp->hdr[0]);
	data = payload_words(tlp->hdr[0]);
	if (count != 4 * (head + data))
		return false;
	for (unsigned i = 4; i < 4 * head; i++)
		tlp->hdr[i / 4] |= (uint32_t)bytes[i] << (24 - 8 * (i % 4));
	for (unsigned i = 0; i < 4 * data; i++)
		tlp->data[i / 4] |= (uint32_t)bytes[4 * head + i] << 8 * (i % 4);
	return true;
}

static size_t put(uint8_t *line, size_t at, uint8_t byte)
{
	if (byte == HVB_SERIAL_FLAG || byte == HVB_SERIAL_ESCAPE) {
		line[at++] = HVB_SERIAL_ESCAPE;
		byte ^= HVB_SERIAL_FLIP;
	}
	line[at++] = byte;
	return at;
}

size_t hvb_serial_encode(const struct hvb_serial_frame *frame, uint8_t *line)
{
	uint8_t body[HVB_SERIAL_BODY_BYTES] = { frame->kind, frame->number };
	unsigned count = HEAD_BYTES;
	size_t at = 0;
	uint32_t crc;

	if (frame->kind == HVB_SERIAL_TLP)
		count += pack(&frame->tlp, body + HEAD_BYTES);
	crc = hvb_serial_crc(body, count);
	for (unsigned i = 0; i < CRC_BYTES; i++)
		body[count++] = (uint8_t)(crc >> 8 * i);
	line[at++] = HVB_SERIAL_FLAG;
	for (unsigned i = 0; i < count; i++)
		at = put(line, at, body[i]);
	line[at++] = HVB_SERIAL_FLAG;
	return at;
}

static bool check(const struct hvb_serial_decoder *decoder, struct hvb_serial_frame *frame)
{
	const uint8_t *body = decoder->body;
	unsigned count = decoder->count - CRC_BYTES;
	uint32_t crc = 0;

	if (decoder->broken || decoder->escaped || decoder->count < HEAD_BYTES + CRC_BYTES)
		return false;
	for (unsigned i = 0; i < CRC_BYTES; i++)
		crc |= (uint32_t)body[count + i] << 8 * i;
	if (crc != hvb_serial_crc(body, count))
		return false;
	frame->kind = body[0];
	frame->number = body[1];
	if (frame->kind == HVB_SERIAL_TLP)
		return unpack(body + HEAD_BYTES, count - HEAD_BYTES, &frame->tlp);
	return frame->kind < HVB_SERIAL_TLP && count == HEAD_BYTES;
}

enum hvb_serial_result hvb_serial_decode(struct hvb_serial_decoder *decoder, uint8_t byte,
					 struct hvb_serial_frame *frame)
{
	if (byte == HVB_SERIAL_FLAG) {
		bool any = decoder->count || decoder->broken || decoder->escaped;
		bool good = any && check(decoder, frame);

		decoder->count = 0;
		decoder->escaped = decoder->broken = false;
		/* one frame's end and the next one's start have nothing between them */
		return good ? HVB_SERIAL_GOOD : any ? HVB_SERIAL_BAD : HVB_SERIAL_MORE;
	}
	if (byte == HVB_SERIAL_ESCAPE) {
		decoder->broken |= decoder->escaped;
		decoder->escaped = true;
		return HVB_SERIAL_MORE;
	}
	if (decoder->escaped)
		byte ^= HVB_SERIAL_FLIP;
	decoder->escaped = false;
	if (decoder->count == HVB_SERIAL_BODY_BYTES)
		decoder->broken = true;
	else
		decoder->body[decoder->count++] = byte;
	return HVB_SERIAL_MORE;
}
