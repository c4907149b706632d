/* SPDX-License-Identifier: MIT */
/* Writes a scenario as the JSON file it could have been read from. */
#ifndef GOLDEN_SCENARIO_WRITE_H
#define GOLDEN_SCENARIO_WRITE_H
#include <stdio.h>
#include "tools/scenario.h"

/* False: the file cannot be written, or there is no memory. */
bool scenario_write(const struct scenario *scenario, FILE *out);
#endif
