/* SPDX-License-Identifier: MIT */
/*
 * The Verilated card as C sees it: its pins, one clock cycle at a time. The only C++ of the project, sim/rtl.cpp,
 * stands behind this header. Nothing here knows what the pins mean; sim/tlp.h does.
 *
 * Every output is a function of the card's registers alone, so one call is one cycle:
 *   - on entry, `out` holds the outputs of this cycle (as the call before left them);
 *   - the caller has set `in`, having looked at `out` if it wanted to;
 *   - a beat moves where valid and ready are both 1 in this cycle;
 *   - on return the edge has passed, and `out` holds the outputs of the next cycle.
 */
#ifndef HVB_SIM_RTL_H
#define HVB_SIM_RTL_H
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* One TLP. hdr[0] is header DW 0 with its specification bit numbers (fmt in 31:29); data[] is payload in memory
 * order, byte 0 of the payload in bits 7:0 of data[0]. Payload past 16 bytes is zero and not carried. */
struct hvb_tlp {
	uint32_t hdr[4];
	uint32_t data[4];
};

struct hvb_rtl_in {
	bool rst;                /* synchronous, active high */
	bool rx_req_valid;       /* requests to the card */
	bool rx_req_err;         /* the link layer below says: malformed, or its check failed */
	struct hvb_tlp rx_req;
	bool rx_cpl_valid;       /* completions of the card's AtomicOps; always taken */
	bool rx_cpl_err;
	struct hvb_tlp rx_cpl;
	bool tx_p_ready;         /* posted out: MSI-X */
	bool tx_np_ready;        /* non-posted out: AtomicOps */
	bool tx_cpl_ready;       /* completions out */
	uint16_t check_off;      /* test build only: each bit switches one check of the card off */
};

struct hvb_rtl_out {
	bool rx_req_ready;       /* never depends on anything but the beat before */
	bool rx_np_ret;          /* pulse: one non-posted request has left; its credit is free again */
	bool tx_p_valid;
	struct hvb_tlp tx_p;
	bool tx_np_valid;
	struct hvb_tlp tx_np;
	bool tx_cpl_valid;
	struct hvb_tlp tx_cpl;
	bool waits;              /* AtomicOps fly; without input the next 256 cycles change nothing but the time */
	bool idle;               /* nothing moves inside: without input the next cycle changes nothing but the time */
	bool gone;               /* nobody is behind the pins any more */
};

struct hvb_rtl {
	struct hvb_rtl_in in;
	struct hvb_rtl_out out;
	uint64_t cycle;          /* edges passed since creation */
	void *priv;
	/* Pins of a card that is not simulated here, and whose clock nobody passes (driver/serial_pins.h); all NULL for
	 * one that is. Its cycles are microseconds, and a call of clock moves what is there. */
	void (*clock)(struct hvb_rtl *rtl);
	void (*free)(struct hvb_rtl *rtl);
	/* Waits until clock has something to do, or wake (a descriptor) is readable. */
	void (*wait)(struct hvb_rtl *rtl, int wake);
};

/* Makes a card, held in reset for a few cycles and released. NULL: out of memory. Several cards in one process do
 * not touch each other; one card belongs to one thread at a time. */
struct hvb_rtl *hvb_rtl_new(void);
void hvb_rtl_free(struct hvb_rtl *rtl);
/* Passes one clock edge of a simulated card. */
void hvb_rtl_clock(struct hvb_rtl *rtl);
/* Records every following cycle into an FST file (GTKWave). 0; -ENOTSUP where this build has no tracing;
 * what the system has against the file; -EIO where the recording library has. */
int hvb_rtl_trace(struct hvb_rtl *rtl, const char *path);

#ifdef __cplusplus
}
#endif
#endif
