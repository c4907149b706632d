/* SPDX-License-Identifier: MIT */
/* Has the system refuse one call of the program under test: one thing that it asks for, once. The program is linked
 * with --wrap of each of them (Makefile, REFUSED). Only calls of the thread that asked for it are counted. */
#ifndef REFUSE_H
#define REFUSE_H
#include <stdbool.h>

enum refused {
	REFUSED_NOTHING,
	REFUSED_MEMORY,         /* malloc, calloc, realloc: ENOMEM */
	REFUSED_DESCRIPTOR,     /* eventfd, epoll_create1, memfd_create, dup: EMFILE */
	REFUSED_THREAD,         /* pthread_create: EAGAIN */
	REFUSED_READ,           /* of the card: -EIO */
	REFUSED_WRITE,          /* of a register: a doorbell store tells nobody that it failed */
};

/* So many calls of that kind pass, the next one does not, all others do. */
void refuse(enum refused what, unsigned passes);
/* Ends that. Whether a call was refused. */
bool refuse_end(void);
#endif
