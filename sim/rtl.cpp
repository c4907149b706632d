// SPDX-License-Identifier: MIT
// The Verilated card behind sim/rtl.h: copies pins, passes clock edges, records waveforms. The only C++ of the project.
// Compile with the flags of the model: -DVM_TRACE_FST=1 where it was made with --trace-fst, -DHVB_CHECK_OFF where the
// card was made with that define.
#include "rtl.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include "Vhvb_card.h"
#include "Vhvb_card___024root.h"
#include "verilated.h"
#ifndef VM_TRACE_FST
#define VM_TRACE_FST 0
#endif
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif
#if VM_COVERAGE
#include <atomic>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include "verilated_cov.h"
#endif

namespace {

constexpr int RESET_CYCLES = 8;
constexpr unsigned WAIT_CYCLES = 256; // for as long wait_o holds

// Members die in reverse order: the model before its context.
struct Core {
	unsigned skipped = 0;
	VerilatedContext context;
	std::unique_ptr<Vhvb_card> model;
#if VM_TRACE_FST
	std::unique_ptr<VerilatedFstC> trace;
#endif
};

Core *core_of(hvb_rtl *rtl) { return static_cast<Core *>(rtl->priv); }

// Ports are little-endian arrays of words: header DW0 is the topmost, payload byte 0 is in the lowest.
template <typename Wide> void to_header(Wide &pin, const uint32_t *hdr)
{
	pin[3] = hdr[0];
	pin[2] = hdr[1];
	pin[1] = hdr[2];
	pin[0] = hdr[3];
}

template <typename Wide> void to_payload(Wide &pin, const uint32_t *data)
{
	for (int i = 0; i < 4; i++)
		pin[i] = data[i];
}

template <typename Wide> void from_pins(hvb_tlp &tlp, const Wide &hdr, const Wide &data)
{
	for (int i = 0; i < 4; i++) {
		tlp.hdr[i] = hdr[3 - i];
		tlp.data[i] = data[i];
	}
}

// A clock edge is what the model remembers of the clock against what the pin says. Where that memory can be reached, it
// is set to 0 and the falling edge's evaluation, which computes nothing new, is saved. Its name is Verilator's own and
// depends on the version; with a name unknown here the falling edge is evaluated.
template <typename Root> auto fall(Root &root, int) -> decltype(root.__Vtrigrprev__TOP__clk_i, bool())
{
	root.__Vtrigrprev__TOP__clk_i = 0;
	return true;
}

template <typename Root> auto fall(Root &root, long) -> decltype(root.__Vtrigprevexpr___TOP__clk_i__0, bool())
{
	root.__Vtrigprevexpr___TOP__clk_i__0 = 0;
	return true;
}

template <typename Root> bool fall(Root &, ...) { return false; }

// A header and payload are copied only beside their valid: most cycles carry none.
void drive(Vhvb_card &m, const hvb_rtl_in &in)
{
	m.rst_i = in.rst;
	m.rx_req_valid_i = in.rx_req_valid;
	if (in.rx_req_valid) {
		m.rx_req_err_i = in.rx_req_err;
		to_header(m.rx_req_hdr_i, in.rx_req.hdr);
		to_payload(m.rx_req_data_i, in.rx_req.data);
	}
	m.rx_cpl_valid_i = in.rx_cpl_valid;
	if (in.rx_cpl_valid) {
		m.rx_cpl_err_i = in.rx_cpl_err;
		to_header(m.rx_cpl_hdr_i, in.rx_cpl.hdr);
		to_payload(m.rx_cpl_data_i, in.rx_cpl.data);
	}
	m.tx_p_ready_i = in.tx_p_ready;
	m.tx_np_ready_i = in.tx_np_ready;
	m.tx_cpl_ready_i = in.tx_cpl_ready;
#ifdef HVB_CHECK_OFF
	m.check_off_i = in.check_off;
#endif
}

void sample(const Vhvb_card &m, hvb_rtl_out &out)
{
	out.rx_req_ready = m.rx_req_ready_o;
	out.rx_np_ret = m.rx_np_ret_o;
	out.idle = m.idle_o;
	out.waits = m.wait_o;
	out.tx_p_valid = m.tx_p_valid_o;
	if (out.tx_p_valid)
		from_pins(out.tx_p, m.tx_p_hdr_o, m.tx_p_data_o);
	out.tx_np_valid = m.tx_np_valid_o;
	if (out.tx_np_valid)
		from_pins(out.tx_np, m.tx_np_hdr_o, m.tx_np_data_o);
	out.tx_cpl_valid = m.tx_cpl_valid_o;
	if (out.tx_cpl_valid)
		from_pins(out.tx_cpl, m.tx_cpl_hdr_o, m.tx_cpl_data_o);
}

#if VM_TRACE_FST
bool traced(const Core &core) { return core.trace != nullptr; }

void dump(Core &core, uint64_t half_cycle)
{
	if (core.trace)
		core.trace->dump(half_cycle);
}
#else
bool traced(const Core &) { return false; }

void dump(Core &, uint64_t) {}
#endif

#if VM_COVERAGE
// What this card has reached goes into a file of its own, in the folder that the environment names.
void save_coverage(Core &core)
{
	static std::atomic<unsigned> number;
	const char *folder = std::getenv("HVB_COVERAGE");

	if (folder)
		core.context.coveragep()->write((std::string(folder) + "/" + std::to_string(getpid()) + "-" +
						 std::to_string(number++) + ".dat").c_str());
}
#else
void save_coverage(Core &) {}
#endif

} // namespace

extern "C" struct hvb_rtl *hvb_rtl_new(void)
{
	try {
		auto core = std::make_unique<Core>();
		auto rtl = std::make_unique<hvb_rtl>();

		core->context.randReset(0);
#if VM_TRACE_FST
		core->context.traceEverOn(true);
#endif
		core->model = std::make_unique<Vhvb_card>(&core->context);
		rtl->priv = core.get();
		rtl->in.rst = true;
		for (int i = 0; i < RESET_CYCLES; i++)
			hvb_rtl_clock(rtl.get());
		rtl->in.rst = false;
		core.release();
		return rtl.release();
	} catch (const std::bad_alloc &) {
		return nullptr;
	}
}

extern "C" void hvb_rtl_free(struct hvb_rtl *rtl)
{
	if (!rtl)
		return;
	Core *core = core_of(rtl);
#if VM_TRACE_FST
	if (core->trace)
		core->trace->close();
#endif
	save_coverage(*core);
	core->model->final();
	delete core;
	delete rtl;
}

// At rest only the time passes, and that is an input; while AtomicOps only fly it is so until one may be late. A
// waveform shows every edge all the same.
static bool nothing_moves(const Core &core, const hvb_rtl &rtl)
{
	const bool still = rtl.out.idle || (rtl.out.waits && core.skipped < WAIT_CYCLES);

	return still && !rtl.in.rx_req_valid && !rtl.in.rx_cpl_valid && !rtl.in.rst && !traced(core);
}

// Inputs change with the falling edge, so that a waveform shows them settled before the edge that takes them.
extern "C" void hvb_rtl_clock(struct hvb_rtl *rtl)
{
	Core &core = *core_of(rtl);
	Vhvb_card &m = *core.model;

	if (nothing_moves(core, *rtl)) {
		rtl->cycle++;
		core.skipped++;
		return;
	}
	core.skipped = 0;
	m.time_i = rtl->cycle;
	drive(m, rtl->in);
	if (traced(core) || !fall(*m.rootp, 0)) {
		m.clk_i = 0;
		m.eval();
		dump(core, 2 * rtl->cycle);
	}
	m.clk_i = 1;
	m.eval();
	dump(core, 2 * rtl->cycle + 1);
	rtl->cycle++;
	sample(m, rtl->out);
}

#if VM_TRACE_FST
extern "C" int hvb_rtl_trace(struct hvb_rtl *rtl, const char *path)
{
	Core &core = *core_of(rtl);
	const int saved = errno;
	std::FILE *probe = std::fopen(path, "wb"); // the tracing library does not report a file it cannot write
	const int err = probe ? 0 : -errno;

	errno = saved;
	if (err)
		return err;
	std::fclose(probe);
	try {
		core.trace = std::make_unique<VerilatedFstC>();
		core.model->trace(core.trace.get(), 99);
		core.trace->open(path);
	} catch (const std::bad_alloc &) {
		core.trace.reset();
		return -ENOMEM;
	}
	return core.trace->isOpen() ? 0 : -EIO;
}
#else
extern "C" int hvb_rtl_trace(struct hvb_rtl *, const char *) { return -ENOTSUP; }
#endif
