// SPDX-License-Identifier: MIT
// The Verilated top of boards/ulx3s behind sim/board/board.h.
#include "board.h"
#include <memory>
#include <new>
#include "Vulx3s.h"
#include "verilated.h"

// Members die in reverse order: the model before its context.
struct hvb_board {
	VerilatedContext context;
	std::unique_ptr<Vulx3s> top;
};

extern "C" struct hvb_board *hvb_board_new(void)
{
	try {
		auto board = std::make_unique<hvb_board>();

		board->context.randReset(0);
		board->top = std::make_unique<Vulx3s>(&board->context);
		board->top->ftdi_txd = 1;
		board->top->eval();
		return board.release();
	} catch (const std::bad_alloc &) {
		return nullptr;
	}
}

extern "C" void hvb_board_free(struct hvb_board *board)
{
	if (board)
		board->top->final();
	delete board;
}

extern "C" bool hvb_board_clock(struct hvb_board *board, bool line)
{
	Vulx3s &top = *board->top;

	top.ftdi_txd = line;
	top.clk_25mhz = 0;
	top.eval();
	top.clk_25mhz = 1;
	top.eval();
	return top.ftdi_rxd;
}

extern "C" uint8_t hvb_board_leds(const struct hvb_board *board)
{
	return board->top->led;
}
