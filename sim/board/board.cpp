// SPDX-License-Identifier: MIT
// The Verilated top of a board behind sim/board/board.h; its pins are as boards/BOARD/pins.h says.
#include "board.h"
#include <memory>
#include <new>
#include "pins.h"
#include "verilated.h"

// Members die in reverse order: the model before its context.
struct hvb_board {
	VerilatedContext context;
	std::unique_ptr<Top> top;
};

extern "C" struct hvb_board *hvb_board_new(void)
{
	try {
		auto board = std::make_unique<hvb_board>();

		board->context.randReset(0);
		board->top = std::make_unique<Top>(&board->context);
		put_line(*board->top, true);
		put_button(*board->top, false);
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
	Top &top = *board->top;

	put_line(top, line);
	for (unsigned i = 0; i < CLOCKS; i++) {
		put_clock(top, false);
		top.eval();
		put_clock(top, true);
		top.eval();
	}
	return get_line(top);
}

extern "C" void hvb_board_press(struct hvb_board *board, bool pressed)
{
	put_button(*board->top, pressed);
}

extern "C" uint8_t hvb_board_leds(const struct hvb_board *board)
{
	return get_leds(*board->top);
}
