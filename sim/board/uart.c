/* SPDX-License-Identifier: MIT */
/* Start bit, eight data bits, stop bit, each HVB_BOARD_CLKS cycles. */
#include "uart.h"

#define BITS 10u                 /* a byte with its start and stop bit */

void hvb_uart_send(struct hvb_uart *uart, uint8_t byte)
{
	uart->bits = 1u << BITS | 1u << (BITS - 1) | (unsigned)byte << 1;
}

static bool line_out(struct hvb_uart *uart)
{
	if (uart->hold) {
		uart->hold--;
	} else if (uart->bits > 1) {
		uart->low = !(uart->bits & 1);
		uart->bits >>= 1;
		uart->hold = HVB_BOARD_CLKS - 1;
		if (uart->bits == 1)
			uart->bits = 0;
	}
	return !uart->low;
}

/* The middle of each bit is looked at, counted from the edge of the start bit. */
static enum hvb_uart_result line_in(struct hvb_uart *uart, bool line, uint8_t *byte)
{
	if (!uart->count) {
		uart->stuck = uart->stuck && !line;
		if (!line && !uart->stuck) {
			uart->count = 1;
			uart->came = 0;
			uart->wait = HVB_BOARD_CLKS + HVB_BOARD_CLKS / 2 - 1;
		}
		return HVB_UART_NONE;
	}
	if (uart->wait) {
		uart->wait--;
		return HVB_UART_NONE;
	}
	uart->wait = HVB_BOARD_CLKS - 1;
	if (uart->count++ < BITS - 1) {
		uart->came |= (unsigned)line << (uart->count - 2);
		return HVB_UART_NONE;
	}
	uart->count = 0;
	uart->stuck = !line;
	*byte = (uint8_t)uart->came;
	return line ? HVB_UART_BYTE : HVB_UART_ERROR;
}

enum hvb_uart_result hvb_uart_clock(struct hvb_uart *uart, struct hvb_board *board, uint8_t *byte)
{
	return line_in(uart, hvb_board_clock(board, line_out(uart)), byte);
}
