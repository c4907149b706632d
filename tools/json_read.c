/* SPDX-License-Identifier: MIT */
/* JSON values with a place: reading a file, members, numbers. The line of a value is found by json_line.c. */
#include "json_read.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json_line.h"

#define FILE_MAX (64u << 20)

static bool load(struct json_file *file)
{
	FILE *in = fopen(file->path, "rb");
	size_t room = 0, got;

	if (!in)
		return json_wrong(file, NULL, "cannot be read: %s", strerror(errno));
	do {
		char *more = realloc(file->text, room + 65536 + 1);

		if (!more) {
			fclose(in);
			return json_wrong(file, NULL, "out of memory");
		}
		file->text = more;
		errno = 0;
		got = fread(file->text + room, 1, 65536, in);
		room += got;
	} while (got == 65536 && room < FILE_MAX);
	file->text[room] = 0;
	file->length = room;
	if (ferror(in)) {
		json_wrong(file, NULL, "cannot be read: %s", strerror(errno ? errno : EIO));
		fclose(in);
		return false;
	}
	fclose(in);
	return room < FILE_MAX || json_wrong(file, NULL, "is larger than 64 MiB");
}

static bool syntax(struct json_file *file, size_t offset, const char *what)
{
	file->failed = true;
	snprintf(file->message, sizeof(file->message), "%s:%zu: not JSON: %s", file->path,
		 json_line_of_offset(file->text, file->length, offset), what);
	return false;
}

static bool parse(struct json_file *file)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error error;
	size_t end;

	if (!tokener)
		return json_wrong(file, NULL, "out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	file->root = json_tokener_parse_ex(tokener, file->text, (int)file->length + 1);  /* the NUL ends a number */
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return syntax(file, end, json_tokener_error_desc(error));
	while (end < file->length && strchr(" \t\r\n", file->text[end]) && file->text[end])
		end++;
	return end >= file->length || syntax(file, end, "something follows the value");
}

bool json_file_read(struct json_file *file, const char *path)
{
	memset(file, 0, sizeof(*file));
	file->path = path;
	return load(file) && parse(file);
}

void json_file_free(struct json_file *file)
{
	json_object_put(file->root);
	free(file->text);
	file->root = NULL;
	file->text = NULL;
}

static size_t path_text(const struct json_at *at, char *to, size_t size)
{
	size_t used = at->parent ? path_text(at->parent, to, size) : 0;
	int more = 0;

	if (used + 1 >= size)
		return used;
	if (at->parent && at->key)
		more = snprintf(to + used, size - used, "%s%s", used ? "." : "", at->key);
	else if (at->parent)
		more = snprintf(to + used, size - used, "[%zu]", at->index);
	used += more > 0 ? (size_t)more : 0;
	return used < size ? used : size - 1;
}

bool json_wrong(struct json_file *file, const struct json_at *at, const char *what, ...)
{
	char reason[200], key[256] = "";
	va_list args;

	if (file->failed)
		return false;
	file->failed = true;
	va_start(args, what);
	vsnprintf(reason, sizeof(reason), what, args);
	va_end(args);
	if (!at) {
		snprintf(file->message, sizeof(file->message), "%s: %s", file->path, reason);
		return false;
	}
	path_text(at, key, sizeof(key));
	snprintf(file->message, sizeof(file->message), "%s:%zu: %s%s%s", file->path,
		 json_line_of_value(file->text, file->length, at), key, key[0] ? ": " : "", reason);
	return false;
}

bool json_member(const struct json_at *object, const char *key, struct json_at *member)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object->value, key, &value))
		return false;
	*member = (struct json_at){ .value = value, .parent = object, .key = key };
	return true;
}

bool json_need(struct json_file *file, const struct json_at *object, const char *key, struct json_at *member)
{
	return json_member(object, key, member) || json_wrong(file, object, "the key \"%s\" is missing", key);
}

bool json_is_object(struct json_file *file, const struct json_at *at)
{
	return json_object_is_type(at->value, json_type_object) || json_wrong(file, at, "must be an object");
}

bool json_is_array(struct json_file *file, const struct json_at *at, size_t *count)
{
	if (!json_object_is_type(at->value, json_type_array))
		return json_wrong(file, at, "must be an array");
	*count = json_object_array_length(at->value);
	return true;
}

struct json_at json_element(const struct json_at *array, size_t index)
{
	return (struct json_at){ .value = json_object_array_get_idx(array->value, index),
				 .parent = array,
				 .index = index };
}

static bool hexadecimal(const char *text, uint64_t *value)
{
	size_t digits = strspn(text + 2, "0123456789abcdefABCDEF");

	if (digits < 1 || text[2 + digits])
		return false;
	text += 2 + strspn(text + 2, "0");
	if (strlen(text) > 16)
		return false;
	*value = *text ? strtoull(text, NULL, 16) : 0;
	return true;
}

bool json_number(struct json_file *file, const struct json_at *at, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;

	switch (json_object_get_type(at->value)) {
	case json_type_int:
		if (json_object_get_int64(at->value) < 0)
			return json_wrong(file, at, "must not be negative");
		number = json_object_get_uint64(at->value);
		break;
	case json_type_string:
		if (strncmp(json_object_get_string(at->value), "0x", 2) == 0 &&
		    hexadecimal(json_object_get_string(at->value), &number))
			break;
		/* fallthrough */
	default:
		return json_wrong(file, at, "must be an integer or a \"0x...\" string of at most 64 bits");
	}
	if (number > max)
		return json_wrong(file, at, "must be at most 0x%" PRIx64, max);
	*value = number;
	return true;
}

bool json_flag(struct json_file *file, const struct json_at *at, bool *value)
{
	uint64_t number;

	if (json_object_is_type(at->value, json_type_boolean)) {
		*value = json_object_get_boolean(at->value);
		return true;
	}
	if (!json_object_is_type(at->value, json_type_int) && !json_object_is_type(at->value, json_type_string))
		return json_wrong(file, at, "must be 0 or 1");
	if (!json_number(file, at, 1, &number))
		return false;
	*value = number;
	return true;
}

bool json_text(struct json_file *file, const struct json_at *at, const char **text)
{
	if (!json_object_is_type(at->value, json_type_string))
		return json_wrong(file, at, "must be a string");
	*text = json_object_get_string(at->value);
	return true;
}

bool json_is_null(const struct json_at *at)
{
	return json_object_is_type(at->value, json_type_null);
}
