/* SPDX-License-Identifier: MIT */
/*
 * An adapter and the model of its hard block (tests/adapters/hvb_*_bench.sv) as C sees them: TLPs go in and come out at
 * the block's side (down, up) and at the card's. One call is one cycle. `in` is set before it; `out` then says what the
 * pins were in that cycle: a TLP moved where valid and ready were both 1.
 */
#ifndef HVB_TESTS_BENCH_H
#define HVB_TESTS_BENCH_H
#include "sim/rtl.h"
#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_P, BENCH_NP, BENCH_CPL, BENCH_CLASSES };

struct bench_in {
	uint8_t pause, stall;            /* of 256 cycles, in how many the block sends nothing, takes nothing */
	bool down_valid, down_err;       /* to the card; err: its check sum is wrong */
	int8_t down_cut;                 /* DWs of the TLP's end that are missing (-1: one too many) */
	uint8_t down_hit;                /* BAR hit, a bit for each register */
	struct hvb_tlp down;
	bool up_ready;
	uint8_t up_room;                 /* transmit buffers that are free */
	bool req_ready, np_ret;
	bool valid[BENCH_CLASSES];       /* from the card */
	struct hvb_tlp tlp[BENCH_CLASSES];
};

struct bench_out {
	bool down_ready, np_ok;          /* np_ok: non-posted requests may be offered */
	bool down_end;                   /* a TLP's last beat was taken */
	bool up_valid, up_begin;         /* up_begin: a TLP's first beat was taken */
	struct hvb_tlp up;
	bool req_valid, cpl_valid, err;  /* to the card */
	uint8_t bar;
	struct hvb_tlp rx;
	bool ready[BENCH_CLASSES];
};

struct bench {
	struct bench_in in;
	struct bench_out out;
	unsigned width;                  /* bits of the block's streams */
	void *priv;
};

/* Makes one, reset. It ends the process where the adapter breaks a rule of the interface. NULL: no memory. */
struct bench *bench_new(void);
void bench_free(struct bench *bench);
void bench_clock(struct bench *bench);

#ifdef __cplusplus
}
#endif
#endif
