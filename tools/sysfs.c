/* SPDX-License-Identifier: MIT */
/* Reading the small files of the kernel and of this command. */
#include "sysfs.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool sysfs_line(char *line, size_t size, const char *path, ...)
{
	char name[256];
	va_list args;
	ssize_t got;
	int fd;

	line[0] = '\0';
	va_start(args, path);
	vsnprintf(name, sizeof(name), path, args);
	va_end(args);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, line, size - 1);
	close(fd);
	line[got > 0 ? got : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return got >= 0;
}
