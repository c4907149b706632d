/* SPDX-License-Identifier: MIT */
/* Finding and checking the options of a URL. */
#include "driver/url.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

size_t hvb_url_name_length(const char *rest)
{
	return strcspn(rest, "?");
}

/* The next option at or behind *at, which moves behind it; NULL at the end. */
static const char *next_option(const char **at, size_t *length)
{
	const char *option = *at;

	if (!*option)
		return NULL;
	option++;                               /* the "?" or "&" before it */
	*length = strcspn(option, "&");
	*at = option + *length;
	return option;
}

static bool named(const char *option, size_t length, const char *name)
{
	size_t n = strlen(name);

	return length > n && option[n] == '=' && !strncmp(option, name, n);
}

int hvb_url_option(const char *rest, const char *name, char *value, size_t size)
{
	const char *at = rest + hvb_url_name_length(rest), *option;
	size_t length, start = strlen(name) + 1;

	value[0] = '\0';
	while ((option = next_option(&at, &length)))
		if (named(option, length, name)) {
			if (length - start >= size)
				return -ENAMETOOLONG;
			memcpy(value, option + start, length - start);
			value[length - start] = '\0';
			return 1;
		}
	return 0;
}

int hvb_url_check(const char *rest, const char *const *names, struct hvb_diag *diag)
{
	const char *at = rest + hvb_url_name_length(rest), *option;
	char remedy[sizeof(diag->remedy)] = "options are: seed, timeout, deliver";
	size_t length, used = strlen(remedy);

	for (unsigned i = 0; names[i] && used < sizeof(remedy); i++)
		used += (size_t)snprintf(remedy + used, sizeof(remedy) - used, ", %s", names[i]);
	while ((option = next_option(&at, &length))) {
		bool known = !length || named(option, length, "seed") ||
			     named(option, length, "timeout") || named(option, length, "deliver");

		for (unsigned i = 0; !known && names[i]; i++)
			known = named(option, length, names[i]);
		if (!known)
			return hvb_diag(diag, -EINVAL, rest, remedy, "unknown option \"%.*s\"",
					(int)(length < 60 ? length : 60), option);
	}
	return 0;
}
