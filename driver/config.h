/* SPDX-License-Identifier: MIT */
/* The configuration space of a card behind any backend that reaches it as a region: what a card needs switched on there
 * before it answers, sends interrupts and AtomicOps. A function level reset switches all of it off again. */
#ifndef HVB_DRIVER_CONFIG_H
#define HVB_DRIVER_CONFIG_H
#include <stdbool.h>
#include "dev.h"

#define HVB_CONFIG_PCIE 0x10u            /* capabilities, for hvb_config_find() */
#define HVB_CONFIG_MSIX 0x11u

/* Offset of a capability in the card's first 256 bytes. 0; -ENOENT it has none (or a list that loops or leaves them),
 * -ENODEV it is gone, or the error of a read. */
int hvb_config_find(struct hvb_dev *dev, unsigned id, unsigned *offset);
/* Switches on memory space and bus master (interrupts need it too) and, with atomics, the AtomicOp Requester, and reads
 * them back. What failed is in diag (NULL where nobody wants it). -EIO a bit stays off; -ENOENT no PCI Express
 * capability, -ENODEV it is gone, or the error of an access. */
int hvb_config_enable(struct hvb_dev *dev, bool atomics, struct hvb_diag *diag);
/* Bus master off: the card starts neither DMA nor interrupts. Before its close. */
int hvb_config_disable(struct hvb_dev *dev);
#endif
