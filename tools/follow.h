/* SPDX-License-Identifier: MIT */
/* Something for trace and top to look at: a scenario's steps, or a load that runs beside. */
#ifndef TOOLS_FOLLOW_H
#define TOOLS_FOLLOW_H
#include <hvbell/hvbell.h>

/* Called again and again while signals are made, and once after the last. Returns 0 or -errno. */
typedef int follow_fn(hvbell_card *card, void *arg);

/* Plays the scenarios of the files in turn; look after each step. Returns the exit status. */
int follow_files(hvbell_card *card, char **paths, int count, follow_fn *look, void *arg);
/* Whether all of the files are scenarios without a mistake (said on standard error). */
bool follow_check(char **paths, int count);
/* Four senders and four receivers of two partitions (tools/burst.h) for some seconds, or until Ctrl-C; look every
 * interval_ms. 0 of seconds: until Ctrl-C. Returns the exit status. */
int follow_load(hvbell_card *card, double seconds, int interval_ms, follow_fn *look, void *arg);
/* From now on Ctrl-C ends the load and is no more than that. */
void follow_until_interrupt(void);
/* "--name NUMBER", hexadecimal or decimal; text NULL: leaves *value. False (said on standard error): it is none. */
bool follow_number(const char *command, const char *name, const char *text, uint64_t most, uint64_t *value);
#endif
