/* SPDX-License-Identifier: MIT */
/* What a failure was: filled beside a -errno by everything that opens, maps or talks to a card. */
#ifndef HVB_DIAG_H
#define HVB_DIAG_H
#include <stdarg.h>

struct hvb_diag {
	int err;            /* -errno, 0 where nothing failed */
	char where[160];    /* BDF, path, URL or ioctl it happened at */
	char what[160];     /* what failed and why, one sentence */
	char remedy[200];   /* what to do about it; empty where nobody knows */
};

/* Fills *d (which may be NULL) and returns err, so that a failure is one line: return hvb_diag(d, -EIO, ...). */
int hvb_diag(struct hvb_diag *d, int err, const char *where, const char *remedy, const char *what, ...)
	__attribute__((format(printf, 5, 6)));
#endif
