/* SPDX-License-Identifier: MIT */
/*
 * JSON values with a place: each is known by its path from the root of its file, so that whatever is wrong with it
 * can be said with file, line and key. The first failure is kept; every function returns false from then on.
 */
#ifndef TOOLS_JSON_READ_H
#define TOOLS_JSON_READ_H
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_file {
	const char *path;
	char *text;                     /* the file, ended with a NUL */
	size_t length;
	struct json_object *root;       /* NULL before json_file_read(), and where it failed */
	bool failed;
	char message[600];              /* FILE:LINE: KEY: what is wrong */
};

/* A value and the way to it; lives on the stack of its reader. */
struct json_at {
	struct json_object *value;
	const struct json_at *parent;   /* NULL: the root */
	const char *key;                /* in an object; NULL: in an array */
	size_t index;
};

/* Reads and parses a file. On failure file->message says why. */
bool json_file_read(struct json_file *file, const char *path);
void json_file_free(struct json_file *file);

/* Notes what is wrong with a value, once; returns false. */
bool json_wrong(struct json_file *file, const struct json_at *at, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* A member that may be absent: false then, without failure. */
bool json_member(const struct json_at *object, const char *key, struct json_at *member);
/* A member that must be there. */
bool json_need(struct json_file *file, const struct json_at *object, const char *key, struct json_at *member);
bool json_is_object(struct json_file *file, const struct json_at *at);
/* *count elements; json_element() makes the place of one. */
bool json_is_array(struct json_file *file, const struct json_at *at, size_t *count);
struct json_at json_element(const struct json_at *array, size_t index);
/* An integer from 0 to max, or a "0x..." string. */
bool json_number(struct json_file *file, const struct json_at *at, uint64_t max, uint64_t *value);
/* 0, 1, "0x0", "0x1", false or true. */
bool json_flag(struct json_file *file, const struct json_at *at, bool *value);
bool json_text(struct json_file *file, const struct json_at *at, const char **text);
bool json_is_null(const struct json_at *at);
#endif
