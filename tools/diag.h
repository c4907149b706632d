/* SPDX-License-Identifier: MIT */
/* The library's diagnoses in words. */
#ifndef TOOLS_DIAG_H
#define TOOLS_DIAG_H
#include <hvbell/hvbell.h>

/* "WHERE: WHAT", and nothing before WHAT where the place is not known. */
const char *diag_text(const struct hvbell_diag *diag, char *text, size_t size);
/* Writes the library's diagnosis of this thread to standard error: "WHO: WHERE: WHAT", then what to do. */
void diag_tell(const char *who);
#endif
