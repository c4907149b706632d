/* SPDX-License-Identifier: MIT */
/* Lines in a JSON text. The text was parsed before, so the walk only has to know strings, brackets and commas. */
#include "json_line.h"
#include <stdbool.h>
#include <string.h>
#include "json_read.h"

struct cursor {
	const char *text;
	size_t length, at;
};

size_t json_line_of_offset(const char *text, size_t length, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < length; i++)
		line += text[i] == '\n';
	return line;
}

static char here(const struct cursor *c)
{
	return c->at < c->length ? c->text[c->at] : 0;
}

static void skip_space(struct cursor *c)
{
	while (c->at < c->length && strchr(" \t\r\n", c->text[c->at]))
		c->at++;
}

/* At a quote: goes behind the closing one. */
static void skip_string(struct cursor *c)
{
	for (c->at++; c->at < c->length && c->text[c->at] != '"'; c->at++)
		if (c->text[c->at] == '\\')
			c->at++;
	c->at++;
}

/* Goes to the comma or bracket behind the value. */
static void skip_value(struct cursor *c)
{
	int depth = 0;

	while (c->at < c->length) {
		char ch = here(c);

		if (ch == '"') {
			skip_string(c);
			continue;
		}
		if (depth == 0 && (ch == ',' || ch == '}' || ch == ']'))
			return;
		depth += (ch == '{' || ch == '[') - (ch == '}' || ch == ']');
		c->at++;
	}
}

static bool same_key(const struct cursor *c, const char *key)
{
	size_t length = strlen(key);

	return c->at + length + 1 < c->length && memcmp(c->text + c->at + 1, key, length) == 0 &&
	       c->text[c->at + 1 + length] == '"';
}

/* At an object: goes to the member of that key (the last, as the parser takes it); *line_at is its key's place. */
static bool enter_member(struct cursor *c, const char *key, size_t *line_at)
{
	struct cursor walk = *c;
	bool found = false;

	walk.at++;
	for (skip_space(&walk); here(&walk) == '"'; skip_space(&walk)) {
		size_t key_at = walk.at;
		bool same = same_key(&walk, key);

		skip_string(&walk);
		skip_space(&walk);
		walk.at++;
		skip_space(&walk);
		if (same) {
			*c = walk;
			*line_at = key_at;
			found = true;
		}
		skip_value(&walk);
		if (here(&walk) == ',')
			walk.at++;
	}
	return found;
}

/* At an array: goes to the element of that index. */
static bool enter_element(struct cursor *c, size_t index, size_t *line_at)
{
	c->at++;
	for (size_t i = 0; i < index; i++) {
		skip_value(c);
		if (here(c) != ',')
			return false;
		c->at++;
	}
	skip_space(c);
	*line_at = c->at;
	return true;
}

/* Goes to a value; *line_at stays at the innermost one that was found. */
static bool enter(struct cursor *c, const struct json_at *at, size_t *line_at)
{
	if (!at->parent) {
		skip_space(c);
		*line_at = c->at;
		return true;
	}
	if (!enter(c, at->parent, line_at))
		return false;
	if (at->key)
		return here(c) == '{' && enter_member(c, at->key, line_at);
	return here(c) == '[' && enter_element(c, at->index, line_at);
}

size_t json_line_of_value(const char *text, size_t length, const struct json_at *at)
{
	struct cursor c = { text, length, 0 };
	size_t line_at = 0;

	enter(&c, at, &line_at);
	return json_line_of_offset(text, length, line_at);
}
