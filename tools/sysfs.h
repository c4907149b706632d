/* SPDX-License-Identifier: MIT */
/* Reading the small files of the kernel and of this command. */
#ifndef TOOLS_SYSFS_H
#define TOOLS_SYSFS_H
#include <stdbool.h>
#include <stddef.h>

/* The first line of a file, without its end, cut where line is too small. False, line "", where it cannot be read. */
bool sysfs_line(char *line, size_t size, const char *path, ...) __attribute__((format(printf, 3, 4)));
#endif
