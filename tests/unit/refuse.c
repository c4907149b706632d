/* SPDX-License-Identifier: MIT */
/* See refuse.h. */
#include "refuse.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include "driver/dev.h"

static __thread enum refused now;
static __thread unsigned left;
static __thread bool happened;

void refuse(enum refused what, unsigned passes)
{
	left = passes;
	happened = false;
	now = what;
}

bool refuse_end(void)
{
	bool was = happened;

	now = REFUSED_NOTHING;
	happened = false;
	return was;
}

static bool refuses(enum refused what, int err)
{
	if (now != what || left--)
		return false;
	now = REFUSED_NOTHING;
	happened = true;
	errno = err;
	return true;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);
int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg);
int __real_hvb_dev_read64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t *value);
int __wrap_hvb_dev_read64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t *value);
int __real_hvb_dev_write64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t value);
int __wrap_hvb_dev_write64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t value);

void *__wrap_malloc(size_t size)
{
	return refuses(REFUSED_MEMORY, ENOMEM) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refuses(REFUSED_MEMORY, ENOMEM) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refuses(REFUSED_MEMORY, ENOMEM) ? NULL : __real_realloc(old, size);
}

int __wrap_eventfd(unsigned count, int flags)
{
	return refuses(REFUSED_DESCRIPTOR, EMFILE) ? -1 : __real_eventfd(count, flags);
}

int __wrap_epoll_create1(int flags)
{
	return refuses(REFUSED_DESCRIPTOR, EMFILE) ? -1 : __real_epoll_create1(flags);
}

int __wrap_memfd_create(const char *name, unsigned flags)
{
	return refuses(REFUSED_DESCRIPTOR, EMFILE) ? -1 : __real_memfd_create(name, flags);
}

/* The commands that the library uses take an int or nothing. */
int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	int arg;

	va_start(args, command);
	arg = va_arg(args, int);
	va_end(args);
	if (command == F_DUPFD_CLOEXEC && refuses(REFUSED_DESCRIPTOR, EMFILE))
		return -1;
	return __real_fcntl(fd, command, arg);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *arg)
{
	return refuses(REFUSED_THREAD, EAGAIN) ? EAGAIN : __real_pthread_create(thread, attr, start, arg);
}

int __wrap_hvb_dev_read64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t *value)
{
	return refuses(REFUSED_READ, EIO) ? -EIO : __real_hvb_dev_read64(dev, region, off, value);
}

int __wrap_hvb_dev_write64(struct hvb_dev *dev, unsigned region, uint64_t off, uint64_t value)
{
	if (region == HVB_REGION_BAR0 && refuses(REFUSED_WRITE, EIO))
		return -EIO;
	return __real_hvb_dev_write64(dev, region, off, value);
}
