/* SPDX-License-Identifier: MIT */
/* Filling a diagnosis record. */
#include "driver/diag.h"
#include <stdio.h>

int hvb_diag(struct hvb_diag *d, int err, const char *where, const char *remedy, const char *what, ...)
{
	va_list args;

	if (!d)
		return err;
	d->err = err;
	snprintf(d->where, sizeof(d->where), "%s", where ? where : "");
	snprintf(d->remedy, sizeof(d->remedy), "%s", remedy ? remedy : "");
	va_start(args, what);
	vsnprintf(d->what, sizeof(d->what), what, args);
	va_end(args);
	return err;
}
