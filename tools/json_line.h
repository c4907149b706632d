/* SPDX-License-Identifier: MIT */
/* Lines in a JSON text: json-c knows none, so they are found again by walking the text. */
#ifndef TOOLS_JSON_LINE_H
#define TOOLS_JSON_LINE_H
#include <stddef.h>

struct json_at;

/* The line, from 1, of a byte. */
size_t json_line_of_offset(const char *text, size_t length, size_t offset);
/* The line where a value stands (its key, in an object). The text must be the one the value was parsed from. */
size_t json_line_of_value(const char *text, size_t length, const struct json_at *at);
#endif
