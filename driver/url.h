/* SPDX-License-Identifier: MIT */
/* Options of a card's URL: NAME=VALUE behind a "?", joined by "&". */
#ifndef HVB_DRIVER_URL_H
#define HVB_DRIVER_URL_H
#include <stddef.h>
#include "diag.h"

/* How many characters of rest (the URL behind its scheme) stand before the options. */
size_t hvb_url_name_length(const char *rest);
/* The value of one option: 1 found, 0 not there (value is ""), -ENAMETOOLONG. */
int hvb_url_option(const char *rest, const char *name, char *value, size_t size);
/* Refuses options that are neither in names (ending with NULL) nor the library's own (seed, timeout). -EINVAL, said in
 * diag with the names there are. */
int hvb_url_check(const char *rest, const char *const *names, struct hvb_diag *diag);
#endif
