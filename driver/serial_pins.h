/* SPDX-License-Identifier: MIT */
/* The pins of a card at the end of a serial line, as the root complex of sim/ has them of a simulated one (sim/rtl.h):
 * a beat that it gives becomes a frame, a frame that comes becomes a beat. So enumeration, DMA, AtomicOps, MSI-X and
 * time-outs are the root complex's, and there is one of those. */
#ifndef HVB_SERIAL_PINS_H
#define HVB_SERIAL_PINS_H
#include "driver/diag.h"
#include "driver/serial_link.h"
#include "sim/rtl.h"

/* Opens a serial port (raw, at `baud` bits a second, locked against other programs) and starts a session with the card
 * behind it. -ETIMEDOUT no card answers within 8 s, -EBUSY another program has the port, -EINVAL no such speed,
 * -ENOTTY no serial port, -ENOMEM, or what the system says. The pins are freed by their own free(). */
int hvb_serial_pins(const char *path, unsigned long baud, struct hvb_rtl **rtl, struct hvb_diag *diag);
/* What the line counted; between two calls of clock(). */
const struct hvb_serial_stats *hvb_serial_pins_stats(const struct hvb_rtl *rtl);
#endif
