/* SPDX-License-Identifier: MIT */
/* Frames of the serial line between the driver and a card without PCIe: docs/serial.md says what each byte is. This
 * file knows one frame at a time; driver/serial_link.h knows which is sent when. */
#ifndef HVB_SERIAL_FRAME_H
#define HVB_SERIAL_FRAME_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/tlp.h"

#define HVB_SERIAL_FLAG 0x7eu
#define HVB_SERIAL_ESCAPE 0x7du
#define HVB_SERIAL_FLIP 0x20u            /* what an escaped byte differs by */
#define HVB_SERIAL_TLP_BYTES 32u
#define HVB_SERIAL_BODY_BYTES (2u + HVB_SERIAL_TLP_BYTES + 4u)
#define HVB_SERIAL_LINE_BYTES (2u + 2u * HVB_SERIAL_BODY_BYTES)  /* every byte escaped, and both flags */

enum hvb_serial_kind {
	HVB_SERIAL_ACK = 0,      /* number: the TLP expected next; all before it have arrived */
	HVB_SERIAL_NAK = 1,      /* the same, and what was sent from that one on is to be sent again */
	HVB_SERIAL_RESET = 2,    /* to the card: reset everything; number: the session that begins */
	HVB_SERIAL_READY = 3,    /* from the card: reset is done; number: the session */
	HVB_SERIAL_TLP = 4       /* number: its own above, the one expected next below */
};

struct hvb_serial_frame {
	uint8_t kind;            /* enum hvb_serial_kind */
	uint8_t number;
	struct hvb_tlp tlp;      /* HVB_SERIAL_TLP only */
};

/* Collects the bytes of a frame. Starts as all zeroes. */
struct hvb_serial_decoder {
	uint8_t body[HVB_SERIAL_BODY_BYTES];
	unsigned count;
	bool escaped, broken;
};

enum hvb_serial_result { HVB_SERIAL_MORE, HVB_SERIAL_GOOD, HVB_SERIAL_BAD };

/* CRC-32 as in IEEE 802.3 (reflected, all ones before and after). */
uint32_t hvb_serial_crc(const uint8_t *bytes, size_t count);
/* Writes a frame as it goes over the line and returns how many bytes it has, at most HVB_SERIAL_LINE_BYTES. */
size_t hvb_serial_encode(const struct hvb_serial_frame *frame, uint8_t *line);
/* Takes one byte off the line. HVB_SERIAL_GOOD: it ended a frame, which is in *frame. HVB_SERIAL_BAD: it ended
 * something that is none: damaged, too short, too long, unknown, or a TLP whose length is not what its header says. */
enum hvb_serial_result hvb_serial_decode(struct hvb_serial_decoder *decoder, uint8_t byte,
					 struct hvb_serial_frame *frame);
#endif
