// SPDX-License-Identifier: MIT
// The pins of a ULX3S, simulated, by what they are for (sim/board/board.cpp).
#ifndef HVB_BOARD_PINS_H
#define HVB_BOARD_PINS_H
#include "Vulx3s.h"

using Top = Vulx3s;
constexpr unsigned CLOCKS = 1;   // of the board's clock to one of the card's

static inline void put_clock(Top &top, bool high) { top.clk_25mhz = high; }
static inline void put_line(Top &top, bool high) { top.ftdi_txd = high; }
static inline void put_button(Top &top, bool pressed) { top.btn_fire1 = pressed; }
static inline bool get_line(const Top &top) { return top.ftdi_rxd; }
static inline uint8_t get_leds(const Top &top) { return top.led; }
#endif
