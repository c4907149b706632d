/* SPDX-License-Identifier: MIT */
/* Finds the cards of this machine. Opens no device, changes nothing. */
#ifndef HVB_DRIVER_DISCOVER_H
#define HVB_DRIVER_DISCOVER_H
#include <stdbool.h>
#include <stddef.h>
#include "driver/diag.h"
#include "driver/pci.h"

struct hvb_found {
	struct hvb_pci pci;
	char name[80];           /* as pci.ids has it, else our own */
};

/* The cards there are, known by their ids, in the order of their addresses. *found is the caller's to free(); NULL
 * where *count is 0. 0, -ENOMEM, or -errno of libpciaccess, said in diag. No two threads at once: libpciaccess is
 * global. */
int hvb_discover(struct hvb_found **found, size_t *count, struct hvb_diag *diag);
/* Whether 64-bit AtomicOps get from a function to memory: 1, 0, or -EACCES where that takes more rights to know. */
int hvb_pci_atomics(const char *bdf);
#endif
