/* SPDX-License-Identifier: MIT */
#ifndef VMM_BENCH_H
#define VMM_BENCH_H
#include <stdbool.h>
#include <hvbell/hvbell.h>

/* Measures a signal from a guest to itself four ways, in one run, and prints them as a table, or as one JSON object.
 * 0, or 1: it was said why. */
int bench_run(hvbell_card *card, bool json);

#endif
