/* SPDX-License-Identifier: MIT */
/* The options of a simulated card's URL: sim:?name=value&name=value */
#ifndef HVB_SIM_OPTIONS_H
#define HVB_SIM_OPTIONS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rc.h"

#define HVB_SIM_OPTION_NAMES "latency, trace, log, seed, jitter, step, timeout, iova, off"
#define HVB_SIM_LATENCY_MAX 65536u
#define HVB_SIM_JITTER_MAX 4096u

struct hvb_sim_options {
	struct hvb_rc_config link;       /* latency=gen3x8|gen2x4|gen2x1|none|CYCLES, jitter=CYCLES, seed=N */
	char trace[256];                 /* trace=FILE: waveforms; "" none */
	char log[256];                   /* log=FILE: TLP log; "" none */
	bool step;                       /* step=1: single-stepped */
	bool iova_low;                   /* iova=low: DMA addresses below 4 GiB; default high */
	uint16_t check_off;              /* off=MASK: checks of the card switched off, in test builds */
	struct hvb_rtl *pins;            /* of no URL: a card that is elsewhere and has a clock of its own (rtl.h) */
};

/* Parses what stands behind "sim:" in the URL: "" or "?" and options. timeout= is accepted and is the library's. 0;
 * -EINVAL with why[] saying which option is wrong. */
int hvb_sim_options_parse(const char *rest, struct hvb_sim_options *options, char *why, size_t size);
/* The name of the link that has these figures, "gen3x8" and so on; NULL: none of the named ones has. */
const char *hvb_sim_link_name(const struct hvb_rc_config *link);
#endif
