/* SPDX-License-Identifier: MIT */
/* Who uses a device that is busy. */
#ifndef HVB_DRIVER_OWNER_H
#define HVB_DRIVER_OWNER_H
#include <stddef.h>
#include "driver/pci.h"

/* Which other process holds a card by either of its nodes, its group's or its own, as far as /proc shows it to us:
 * "process 123 (qemu)"; "" where nobody is seen. May change errno. */
void hvb_card_owner(const struct hvb_pci *pci, char *owner, size_t size);
#endif
