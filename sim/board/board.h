/* SPDX-License-Identifier: MIT */
/* A Verilated board without PCIe as C sees it: two pins of a serial line, one clock cycle at a time.
 * sim/board/board.cpp stands behind this header; sim/board/uart.h makes bytes of the pins. */
#ifndef HVB_BOARD_H
#define HVB_BOARD_H
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define HVB_BOARD_CLKS 4u        /* cycles a bit takes: what the model is built with */

struct hvb_board;

/* NULL: out of memory. */
struct hvb_board *hvb_board_new(void);
void hvb_board_free(struct hvb_board *board);
/* Passes one clock cycle of the card with `line` at the board's receiving pin; returns its sending pin. */
bool hvb_board_clock(struct hvb_board *board, bool line);
/* Holds the board's reset button from now on, or lets go of it. */
void hvb_board_press(struct hvb_board *board, bool pressed);
/* The board's eight LEDs, 1 is on. */
uint8_t hvb_board_leds(const struct hvb_board *board);

#ifdef __cplusplus
}
#endif
#endif
