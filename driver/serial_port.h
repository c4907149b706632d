/* SPDX-License-Identifier: MIT */
/* Opening a serial port. */
#ifndef HVB_SERIAL_PORT_H
#define HVB_SERIAL_PORT_H
#include "driver/diag.h"

/* A descriptor of the port: raw, 8 data bits, no parity, one stop bit, no flow control, non-blocking, locked, and with
 * what was waiting in it thrown away. Or -errno, as hvb_serial_pins() says. */
int hvb_serial_port(const char *path, unsigned long baud, struct hvb_diag *diag);
#endif
