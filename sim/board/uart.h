/* SPDX-License-Identifier: MIT */
/* The USB serial chip of a simulated board: bytes to pins and back, cycle by cycle. */
#ifndef HVB_BOARD_UART_H
#define HVB_BOARD_UART_H
#include "board.h"

/* Starts as all zeroes: both lines at rest. */
struct hvb_uart {
	unsigned bits;           /* to the board: still to be sent, the lowest first, with a 1 in front of the last */
	unsigned hold;           /* cycles that the bit on the line still lasts */
	bool low;                /* the line to the board */
	unsigned came, count;    /* from the board: bits so far, how many */
	unsigned wait;           /* cycles until the next is sampled; count 0: the line is at rest */
	bool stuck;              /* it stayed low where it should not have */
};

enum hvb_uart_result { HVB_UART_NONE, HVB_UART_BYTE, HVB_UART_ERROR };

/* A byte may be given to be sent. */
static inline bool hvb_uart_ready(const struct hvb_uart *uart)
{
	return !uart->bits && !uart->hold;
}

/* Nothing is on either line. */
static inline bool hvb_uart_idle(const struct hvb_uart *uart)
{
	return hvb_uart_ready(uart) && !uart->count;
}

void hvb_uart_send(struct hvb_uart *uart, uint8_t byte);
/* Passes one cycle of the board. HVB_UART_BYTE: a byte has come from it, which is in *byte; HVB_UART_ERROR: one without
 * a stop bit. */
enum hvb_uart_result hvb_uart_clock(struct hvb_uart *uart, struct hvb_board *board, uint8_t *byte);
#endif
