/* SPDX-License-Identifier: MIT */
/*
 * The model is not evaluated while the card says that it rests (idle_o, wait_o; sim/rtl.cpp). Beside one that rests
 * goes a twin of which every cycle is evaluated, as for a waveform: the same inputs, and the same outputs in every
 * cycle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "hvb_regs.h"
#include "stand.h"

#define PORTS 24                 /* connection, word, VP and vector n; sender n mod 4, receiver 4 + n mod 4 */
#define SENDERS 4
#define STEPS 3000
#define LONG 700                 /* cycles, of what stays in flight while nothing else happens */

static struct hvb_rtl *twin;
static unsigned rests, waits;

void __real_hvb_rtl_clock(struct hvb_rtl *rtl);
void __wrap_hvb_rtl_clock(struct hvb_rtl *rtl);

static void same_tlp(bool valid, bool other, const struct hvb_tlp *tlp, const struct hvb_tlp *others)
{
	assert_int_equal(valid, other);
	if (valid)
		assert_memory_equal(tlp, others, sizeof(*tlp));
}

/* Each time the stand passes a cycle. */
void __wrap_hvb_rtl_clock(struct hvb_rtl *rtl)
{
	const struct hvb_rtl_out *out = &rtl->out, *other = &twin->out;

	rests += out->idle;
	waits += out->waits;
	twin->in = rtl->in;
	__real_hvb_rtl_clock(rtl);
	__real_hvb_rtl_clock(twin);
	assert_int_equal(out->rx_req_ready, other->rx_req_ready);
	assert_int_equal(out->rx_np_ret, other->rx_np_ret);
	same_tlp(out->tx_p_valid, other->tx_p_valid, &out->tx_p, &other->tx_p);
	same_tlp(out->tx_np_valid, other->tx_np_valid, &out->tx_np, &other->tx_np);
	same_tlp(out->tx_cpl_valid, other->tx_cpl_valid, &out->tx_cpl, &other->tx_cpl);
}

/* A waveform keeps it awake. */
static void wake_twin(const char *path)
{
	twin = hvb_rtl_new();
	assert_non_null(twin);
	assert_int_equal(hvb_rtl_trace(twin, path), 0);
}

static unsigned below(struct stand *s, unsigned n)
{
	return (unsigned)(stand_random(s) % n);
}

static void look(struct stand *s)
{
	static const unsigned registers[] = { HVB_R_STATE, HVB_R_N_ATOMIC, HVB_R_N_HIT, HVB_R_N_MISS, HVB_R_N_MESSAGE,
					      HVB_R_N_PENDED, HVB_R_N_FAULT, HVB_R_CYCLES, HVB_R_DRAIN };
	unsigned part = below(s, SENDERS);

	switch (below(s, 4)) {
	case 0:
		stand_reg(s, (below(s, 2) ? HVB_W_TRACE : HVB_W_LOG) + 8 * below(s, 128));
		break;
	case 1:
		stand_reg(s, registers[below(s, sizeof(registers) / sizeof(*registers))]);
		break;
	case 2:
		stand_status(s, part, below(s, HVB_SLOTS));
		break;
	default:
		stand_reg(s, HVB_W_COUNT + 8 * (part * HVB_COUNTERS + below(s, HVB_COUNTERS)));
	}
}

static void control(struct stand *s)
{
	unsigned n = below(s, PORTS);

	switch (below(s, 5)) {
	case 0:
		stand_vp_ctrl(s, n, below(s, 2));
		break;
	case 1:
		stand_reg_write(s, HVB_R_DRAIN, n | (uint64_t)(n + below(s, 8)) << HVB_DRAIN_LAST_SHIFT);
		break;
	case 2:
		stand_vector(s, n, below(s, 2));
		break;
	case 3:
		s->memory[n] = below(s, 2) ? 0 : stand_random(s);
		break;
	default:
		s->latency = 2 + below(s, below(s, 8) ? 30 : LONG);
	}
}

static void step(struct stand *s)
{
	unsigned n = below(s, PORTS), dice = below(s, 16);

	if (dice < 8)
		stand_signal(s, n % SENDERS, below(s, HVB_SLOTS), stand_input(n, below(s, 64)));
	else if (dice < 13)
		look(s);
	else
		control(s);
	stand_run(s, below(s, below(s, 16) ? 16 : LONG));
}

static void traffic(const char *path, unsigned steps)
{
	struct stand *s;

	wake_twin(path);
	s = stand_new();
	for (unsigned p = 0; p < 2 * SENDERS; p++)
		stand_partition(s, p, true, true);
	for (unsigned n = 0; n < PORTS; n++)
		stand_port(s, n % SENDERS, n, n, n, SENDERS + n % SENDERS);
	stand_reg_write(s, HVB_R_TRACE_CTRL, HVB_TRACE_CTRL_ENABLE_MASK);
	for (unsigned n = 0; n < steps; n++)
		step(s);
	assert_true(rests > steps && waits > steps);
	stand_free(s);
	hvb_rtl_free(twin);
}

static void a_model_that_rests_is_the_same(void **state)
{
	char path[] = "/tmp/hvbell-rest-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	traffic(path, STEPS);
	unlink(path);
}

/* With a path: only some traffic's waveform, for rest.sh. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_that_rests_is_the_same),
	};

	if (argc == 2) {
		traffic(argv[1], STEPS / 8);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
