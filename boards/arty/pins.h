// SPDX-License-Identifier: MIT
// The pins of an Arty A7, simulated, by what they are for (sim/board/board.cpp).
#ifndef HVB_BOARD_PINS_H
#define HVB_BOARD_PINS_H
#include "Varty.h"

using Top = Varty;
constexpr unsigned CLOCKS = 4;   // of the board's clock to one of the card's

static inline void put_clock(Top &top, bool high) { top.clk_100mhz = high; }
static inline void put_line(Top &top, bool high) { top.uart_rx = high; }
static inline void put_button(Top &top, bool pressed) { top.btn = pressed; }
static inline bool get_line(const Top &top) { return top.uart_tx; }
static inline uint8_t get_leds(const Top &top) { return top.led; }
#endif
