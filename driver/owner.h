/* SPDX-License-Identifier: MIT */
/* Who uses a device that is busy. */
#ifndef HVB_DRIVER_OWNER_H
#define HVB_DRIVER_OWNER_H
#include <stddef.h>

/* Who holds a node, as far as /proc shows it to us: "process 123 (qemu)"; "" where nobody is seen. May change errno. */
void hvb_node_owner(const char *node, char *owner, size_t size);
#endif
