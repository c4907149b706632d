/* SPDX-License-Identifier: MIT */
/* The library's diagnoses in words. */
#include "diag.h"
#include <stdio.h>
#include <string.h>

const char *diag_text(const struct hvbell_diag *diag, char *text, size_t size)
{
	const char *where = diag->where ? diag->where : "";
	size_t length = strlen(where);
	/* the place may be a URL that ends with a colon of its own */
	const char *between = length == 0 ? "" : where[length - 1] == ':' ? " " : ": ";

	snprintf(text, size, "%s%s%s", where, between, diag->what);
	return text;
}

void diag_tell(const char *who)
{
	struct hvbell_diag diag = hvbell_error();
	char text[400];

	fprintf(stderr, "%s: %s\n", who, diag_text(&diag, text, sizeof(text)));
	if (diag.remedy[0])
		fprintf(stderr, "        %s\n", diag.remedy);
}
