// SPDX-License-Identifier: MIT
// The Verilated bench behind tests/adapters/bench.h.
#include "bench.h"
#include <memory>
#include <new>
#include "Vhvb_bench.h"
#include "verilated.h"

namespace {

// Members die in reverse order: the model before its context.
struct Model {
	VerilatedContext context;
	std::unique_ptr<Vhvb_bench> top;
};

// Ports are little-endian arrays of words: header DW0 is the topmost, payload byte 0 is in the lowest.
template <typename Wide> void to_pins(Wide &hdr, Wide &data, const hvb_tlp &tlp)
{
	for (int i = 0; i < 4; i++) {
		hdr[3 - i] = tlp.hdr[i];
		data[i] = tlp.data[i];
	}
}

template <typename Wide> void from_pins(hvb_tlp &tlp, const Wide &hdr, const Wide &data)
{
	for (int i = 0; i < 4; i++) {
		tlp.hdr[i] = hdr[3 - i];
		tlp.data[i] = data[i];
	}
}

void drive(Vhvb_bench &t, const bench_in &in)
{
	t.pause_i = in.pause;
	t.stall_i = in.stall;
	t.down_valid_i = in.down_valid;
	t.down_err_i = in.down_err;
	t.down_cut_i = in.down_cut & 7;
	t.down_hit_i = in.down_hit;
	to_pins(t.down_hdr_i, t.down_data_i, in.down);
	t.up_ready_i = in.up_ready;
	t.up_room_i = in.up_room;
	t.req_ready_i = in.req_ready;
	t.np_ret_i = in.np_ret;
	t.p_valid_i = in.valid[BENCH_P];
	to_pins(t.p_hdr_i, t.p_data_i, in.tlp[BENCH_P]);
	t.np_valid_i = in.valid[BENCH_NP];
	to_pins(t.np_hdr_i, t.np_data_i, in.tlp[BENCH_NP]);
	t.cpl_valid_i = in.valid[BENCH_CPL];
	to_pins(t.cpl_hdr_i, t.cpl_data_i, in.tlp[BENCH_CPL]);
}

void sample(const Vhvb_bench &t, bench_out &out)
{
	out.down_ready = t.down_ready_o;
	out.np_ok = t.np_ok_o;
	out.down_end = t.down_end_o;
	out.up_valid = t.up_valid_o;
	out.up_begin = t.up_begin_o;
	from_pins(out.up, t.up_hdr_o, t.up_data_o);
	out.req_valid = t.req_valid_o;
	out.cpl_valid = t.cpl_valid_o;
	out.err = t.rx_err_o;
	out.bar = t.rx_bar_o;
	from_pins(out.rx, t.rx_hdr_o, t.rx_data_o);
	out.ready[BENCH_P] = t.p_ready_o;
	out.ready[BENCH_NP] = t.np_ready_o;
	out.ready[BENCH_CPL] = t.cpl_ready_o;
}

void edge(Vhvb_bench &t)
{
	t.clk_i = 1;
	t.eval();
	t.clk_i = 0;
}

} // namespace

extern "C" struct bench *bench_new(void)
{
	try {
		auto model = std::make_unique<Model>();
		auto made = std::make_unique<bench>();

		model->context.randReset(0);
		model->top = std::make_unique<Vhvb_bench>(&model->context);
		Vhvb_bench &t = *model->top;
		t.rst_i = 1;
		for (int i = 0; i < 8; i++) {
			t.eval();
			edge(t);
		}
		t.rst_i = 0;
		t.eval();
		made->width = t.width_o;
		made->priv = model.release();
		return made.release();
	} catch (const std::bad_alloc &) {
		return nullptr;
	}
}

extern "C" void bench_free(struct bench *bench)
{
	if (!bench)
		return;
	Model *model = static_cast<Model *>(bench->priv);
	model->top->final();
	delete model;
	delete bench;
}

extern "C" void bench_clock(struct bench *bench)
{
	Vhvb_bench &t = *static_cast<Model *>(bench->priv)->top;

	drive(t, bench->in);
	t.eval();
	sample(t, bench->out);
	edge(t);
}
