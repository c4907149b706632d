/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: TLPs into the card, good ones, bad ones and noise, with faults of memory between. Nothing of it may stop
 * the card from coming back by a reset (card_under_fuzz.h); and every read that is one is answered.
 *
 * An input is steps: RAW 16 bytes of header and 16 of payload; BUILT a TLP whose fields are taken one by one; SIGNAL a
 * doorbell; FAULT of the next AtomicOps; CREDITS; WAIT.
 */
#include <stdlib.h>
#include "card_under_fuzz.h"
#include "driver/backends.h"
#include "sim/card.h"
#include "sim/enumerate.h"
#include "sim/rc.h"
#include "tests/unit/sim_helper.h"

enum step { RAW, BUILT, SIGNAL, FAULT, CREDITS, WAIT, STEPS };

struct order {
	struct hvb_tlp tlp;
	bool bad, sent;
	struct hvb_rc_fault fault;
	unsigned posted, nonposted;
};

static void send(struct hvb_rc *rc, void *arg)
{
	struct order *order = arg;

	order->sent = hvb_rc_raw(rc, &order->tlp, order->bad, NULL);
}

static void add_fault(struct hvb_rc *rc, void *arg)
{
	hvb_rc_fault(rc, &((struct order *)arg)->fault);
}

static void set_credits(struct hvb_rc *rc, void *arg)
{
	const struct order *order = arg;

	hvb_rc_credits(rc, order->posted, order->nonposted);
}

static void take_raw(struct fuzz_bytes *in, struct hvb_tlp *tlp)
{
	for (unsigned i = 0; i < 4; i++)
		tlp->hdr[i] = (uint32_t)fuzz_take(in, 4);
}

/* Where it goes: near the BARs, mostly. */
static void take_built(struct fuzz_bytes *in, struct hvb_tlp *tlp)
{
	/* as hvb_enumerate() places them; and nowhere */
	static const uint64_t bars[] = { 0x3800000000, 0x3900000000, 0xe0000000, 0x10000000 };
	uint8_t shape = (uint8_t)fuzz_take(in, 1);
	struct hvb_tlp_head head = {
		.type = (enum hvb_tlp_type)(fuzz_take(in, 1) % (HVB_TLP_OTHER + 1)), .poisoned = shape & 1,
		.len = shape & 2 ? 2 : 1, .first_be = shape & 4 ? 0xf : (uint8_t)fuzz_take(in, 1) & 0xf,
		.last_be = shape & 2 ? 0xf : 0, .tag = (uint16_t)fuzz_take(in, 1), .target = HVB_RC_CARD_ID,
		.reg = (uint16_t)fuzz_take(in, 2) & 0xffc,
	};

	if (shape & 8)
		head.last_be = (uint8_t)fuzz_take(in, 1) & 0xf;
	if (shape & 16)
		head.len = (uint16_t)(1 + fuzz_take(in, 2) % 1024);
	head.addr = bars[shape >> 6] + (fuzz_take(in, 3) & 0x3fffc);
	if (shape & 32)
		head.addr ^= fuzz_take(in, 8) & ~3ull;
	hvb_tlp_build(&head, tlp);
}

static void send_tlp(struct hvb_dev *dev, struct fuzz_bytes *in, bool built)
{
	struct order order = { .bad = false };

	if (built)
		take_built(in, &order.tlp);
	else
		take_raw(in, &order.tlp);
	for (unsigned i = 0; i < 4; i++)
		order.tlp.data[i] = (uint32_t)fuzz_take(in, 4);
	order.bad = fuzz_take(in, 1) == 1;
	hvb_card_call(hvb_sim_card(dev), send, &order);
	dev->ops->step(dev, 1);
}

static void do_step(struct hvb_dev *dev, struct fuzz_bytes *in)
{
	struct order order = { .sent = false };

	switch ((enum step)(fuzz_take(in, 1) % STEPS)) {
	case RAW:
		send_tlp(dev, in, false);
		break;
	case BUILT:
		send_tlp(dev, in, true);
		break;
	case SIGNAL:
		card_fuzz_signal(dev, in);
		break;
	case FAULT:
		order.fault.kind = (enum hvb_rc_fault_kind)(fuzz_take(in, 1) % (HVB_RC_FAULT_TAG + 1));
		order.fault.count = 1 + (unsigned)fuzz_take(in, 1) % 4;
		order.fault.last = UINT64_MAX;
		order.fault.delay = (unsigned)fuzz_take(in, 2) % (2 * FUZZ_TIMEOUT);
		hvb_card_call(hvb_sim_card(dev), add_fault, &order);
		break;
	case CREDITS:
		order.posted = (unsigned)fuzz_take(in, 1) % 4;
		order.nonposted = (unsigned)fuzz_take(in, 1) % 4;
		hvb_card_call(hvb_sim_card(dev), set_credits, &order);
		break;
	default:
		dev->ops->step(dev, 1 + fuzz_take(in, 1));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	card_fuzz_run(data, size, do_step);
	return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "tlp", .runs = 2000 };

	return fuzz_main(&target, argc, argv);
}
#endif
