/* SPDX-License-Identifier: MIT */
/* Results of scenarios as JSON, in the forms of their `expected` objects. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H
#include <json-c/json.h>
#include "seen.h"

/* "0x..." */
struct json_object *report_hex(uint64_t value);
/* What was seen after one step; the caller's, or its parent's. */
struct json_object *report_step(const struct seen *seen);
#endif
