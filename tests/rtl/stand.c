/* SPDX-License-Identifier: MIT */
/* The test stand of the card's streams: its clock, its memory, its requests. See stand.h. */
#include "stand.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "hvb_regs.h"

static void die(const char *what)
{
	fprintf(stderr, "stand: %s\n", what);
	exit(1);
}

uint64_t stand_random(struct stand *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random;
}

uint64_t stand_now(const struct stand *s)
{
	return s->rtl->cycle;
}

static bool stalled(struct stand *s, unsigned share)
{
	return share && (stand_random(s) & 255) < share;
}

/* A SIEF word that the card keeps changed: the whole of it comes. */
static void take_write(struct stand *s, const struct hvb_tlp *tlp, const struct hvb_tlp_head *head)
{
	uint64_t place = (head->addr - STAND_MEMORY) / 8, before;

	if (head->len != 2 || head->first_be != 15 || head->last_be != 15 || head->addr & 7)
		die("a flag write that is no word of memory");
	before = s->memory[place];
	s->memory[place] = tlp->data[0] | (uint64_t)tlp->data[1] << 32;
	s->writes++;
	s->last_write_cycle = stand_now(s);
	if (s->on_write)
		s->on_write(s->arg, (unsigned)place, before);
}

static void take_posted(struct stand *s, const struct hvb_tlp *tlp)
{
	struct hvb_tlp_head head;
	hvb_tlp_parse(tlp, &head);
	if (head.type == HVB_TLP_MWR && head.addr >= STAND_MEMORY && head.addr < STAND_MEMORY + 8 * STAND_WORDS) {
		take_write(s, tlp, &head);
		return;
	}
	if (head.type != HVB_TLP_MWR || (uint32_t)head.addr != STAND_MSG_ADDR || head.len != 1 || head.first_be != 15)
		die("a posted write that is no message");
	unsigned vector = tlp->data[0];
	if (vector >= STAND_VECTORS)
		die("a message of no vector");
	if (!s->messages++)
		s->first_message_cycle = stand_now(s);
	s->last_message_cycle = stand_now(s);
	s->message = *tlp;
	s->vector_messages[vector]++;
	if (s->on_message)
		s->on_message(s->arg, vector);
}

static void take_atomic(struct stand *s, const struct hvb_tlp *tlp)
{
	if (s->flights == STAND_FLIGHTS)
		die("more AtomicOps in flight than tags");
	struct stand_flight *f = &s->flight[s->flights++];
	memset(f, 0, sizeof(*f));
	hvb_tlp_parse(tlp, &f->head);
	if (f->head.type != HVB_TLP_CAS || f->head.len != 4 || f->head.addr & 7 || f->head.addr < STAND_MEMORY ||
	    f->head.addr >= STAND_MEMORY + 8 * STAND_WORDS)
		die("an AtomicOp that is no CAS of a word of memory");
	f->compare = (uint64_t)tlp->data[1] << 32 | tlp->data[0];
	f->swap = (uint64_t)tlp->data[3] << 32 | tlp->data[2];
	f->seen = s->np_valid_since;
	f->taken = stand_now(s);
	unsigned more = s->jitter ? (unsigned)(stand_random(s) % s->jitter) : 0;
	f->execute = stand_now(s) + (s->latency + more) / 2;
	f->answer = stand_now(s) + s->latency + more;
	if (!s->atomics++)
		s->first_atomic_cycle = f->seen;
	s->last_atomic_cycle = f->seen;
}

static void execute_atomics(struct stand *s)
{
	for (int i = 0; i < s->flights; i++) {
		struct stand_flight *f = &s->flight[i];
		if (f->executed || f->execute > stand_now(s))
			continue;
		uint64_t *word = &s->memory[(f->head.addr - STAND_MEMORY) / 8];
		f->executed = true;
		f->old = *word;
		if (s->status == HVB_CPL_SC && !s->poison && *word == f->compare)
			*word = f->swap;
		if (s->on_atomic)
			s->on_atomic(s->arg, f, stand_now(s));
	}
}

static bool muted(const struct stand *s, uint64_t addr)
{
	return addr >= s->mute_first && addr <= s->mute_last;
}

/* The completion that is due, if any, goes to the card's input. */
static void offer_completion(struct stand *s)
{
	struct hvb_rtl_in *in = &s->rtl->in;
	in->rx_cpl_valid = in->rx_cpl_err = false;
	if (s->inject) {
		in->rx_cpl = s->inject_cpl;
		in->rx_cpl_err = s->inject_err;
		in->rx_cpl_valid = true;
		s->inject = false;
		return;
	}
	if (s->withhold)
		return;
	int pick = -1;
	for (int i = 0; i < s->flights; i++)
		if (s->flight[i].answer <= stand_now(s) && !muted(s, s->flight[i].head.addr) &&
		    (pick < 0 || s->flight[i].answer < s->flight[pick].answer))
			pick = i;
	if (pick < 0)
		return;
	struct stand_flight f = s->flight[pick];
	s->flight[pick] = s->flight[--s->flights];
	struct hvb_tlp_head head = { .type = s->status ? HVB_TLP_CPL : HVB_TLP_CPLD, .len = s->status ? 0 : 2,
		.bytes = 8,
		.status = s->status, .requester = f.head.requester, .tag = f.head.tag, .poisoned = s->poison };
	hvb_tlp_build(&head, &in->rx_cpl);
	in->rx_cpl.data[0] = (uint32_t)f.old;
	in->rx_cpl.data[1] = (uint32_t)(f.old >> 32);
	in->rx_cpl_valid = true;
	s->status = HVB_CPL_SC;
	s->poison = false;
	s->completions++;
	s->last_answer_cycle = stand_now(s);
}

bool stand_clock(struct stand *s, const struct hvb_tlp *req)
{
	struct hvb_rtl_in *in = &s->rtl->in;
	const struct hvb_rtl_out *out = &s->rtl->out;
	bool taken = req && out->rx_req_ready;

	if (!out->tx_np_valid)
		s->np_valid_since = 0;
	else if (!s->np_valid_since)
		s->np_valid_since = stand_now(s);
	execute_atomics(s);
	offer_completion(s);
	in->rx_req_valid = req != NULL;
	in->rx_req_err = s->req_err;
	if (req)
		in->rx_req = *req;
	in->tx_p_ready = !stalled(s, s->stall_p);
	in->tx_cpl_ready = !stalled(s, s->stall_cpl);
	in->tx_np_ready = !stalled(s, s->stall_np);
	if (s->one_link) {
		in->tx_cpl_ready &= !out->tx_p_valid;
		in->tx_np_ready &= !out->tx_p_valid && !out->tx_cpl_valid;
	}
	if (out->tx_p_valid && in->tx_p_ready) {
		s->beats++;
		take_posted(s, &out->tx_p);
	}
	if (out->tx_np_valid && in->tx_np_ready) {
		s->beats++;
		take_atomic(s, &out->tx_np);
		s->np_valid_since = 0;
	}
	if (out->tx_cpl_valid && in->tx_cpl_ready) {
		s->beats++;
		s->reply = out->tx_cpl;
		s->reply_here = true;
	}
	s->np_credits += out->rx_np_ret;
	hvb_rtl_clock(s->rtl);
	return taken;
}

void stand_run(struct stand *s, unsigned cycles)
{
	while (cycles--)
		stand_clock(s, NULL);
}

void stand_send(struct stand *s, const struct hvb_tlp *req)
{
	for (int i = 0; i < 10000; i++)
		if (stand_clock(s, req))
			return;
	die("the card does not take requests");
}

bool stand_ask(struct stand *s, const struct hvb_tlp *req, struct hvb_tlp *reply)
{
	s->reply_here = false;
	stand_send(s, req);
	for (int i = 0; i < 10000; i++) {
		if (s->reply_here) {
			*reply = s->reply;
			return true;
		}
		stand_clock(s, NULL);
	}
	return false;
}

static void request(struct hvb_tlp *tlp, enum hvb_tlp_type type, uint64_t addr, unsigned bytes, uint64_t value)
{
	struct hvb_tlp_head head = { .type = type, .requester = 0x0010, .tag = 5 };
	hvb_tlp_span(&head, addr, bytes);
	hvb_tlp_build(&head, tlp);
	if (type == HVB_TLP_MWR)
		hvb_tlp_put(tlp, addr, bytes, value);
}

void stand_write64(struct stand *s, uint64_t addr, uint64_t value)
{
	struct hvb_tlp tlp;
	request(&tlp, HVB_TLP_MWR, addr, 8, value);
	stand_send(s, &tlp);
}

void stand_write32(struct stand *s, uint64_t addr, uint32_t value)
{
	struct hvb_tlp tlp;
	request(&tlp, HVB_TLP_MWR, addr, 4, value);
	stand_send(s, &tlp);
}

uint64_t stand_read64(struct stand *s, uint64_t addr)
{
	struct hvb_tlp tlp, reply;
	request(&tlp, HVB_TLP_MRD, addr, 8, 0);
	if (!stand_ask(s, &tlp, &reply))
		die("a read is not answered");
	return hvb_tlp_get(&reply, addr, 8);
}

void stand_cfg_write(struct stand *s, unsigned reg, uint32_t value)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_CFGWR0, .len = 1, .first_be = 15, .requester = 0x0010,
		.target = STAND_ID, .reg = (uint16_t)reg };
	struct hvb_tlp tlp, reply;
	hvb_tlp_build(&head, &tlp);
	tlp.data[0] = value;
	if (!stand_ask(s, &tlp, &reply))
		die("a configuration write is not answered");
}

uint32_t stand_cfg_read(struct stand *s, unsigned reg)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_CFGRD0, .len = 1, .first_be = 15, .requester = 0x0010,
		.target = STAND_ID, .reg = (uint16_t)reg };
	struct hvb_tlp tlp, reply;
	hvb_tlp_build(&head, &tlp);
	if (!stand_ask(s, &tlp, &reply))
		die("a configuration read is not answered");
	return reply.data[0];
}

static void enable(struct stand *s)
{
	static const struct { unsigned reg; uint64_t base; } bar[] = {
		{ 0x10, STAND_CTRL }, { 0x18, STAND_DOORBELL }, { 0x20, STAND_MSIX } };
	for (int i = 0; i < 3; i++) {
		stand_cfg_write(s, bar[i].reg, (uint32_t)bar[i].base);
		stand_cfg_write(s, bar[i].reg + 4, (uint32_t)(bar[i].base >> 32));
	}
	stand_cfg_write(s, 0x04, 0x6);
	for (unsigned cap = stand_cfg_read(s, 0x34) & 0xfc; cap; ) {
		uint32_t head = stand_cfg_read(s, cap);
		if ((head & 0xff) == 0x11)
			stand_cfg_write(s, cap, head | 0x80000000u);
		if ((head & 0xff) == 0x10)
			stand_cfg_write(s, cap + 0x28, 0x40);
		cap = head >> 8 & 0xfc;
	}
}

/* From a reset to where a test begins. */
static void start(struct stand *s)
{
	enable(s);
	while (stand_read64(s, STAND_CTRL + HVB_R_STATE) & HVB_STATE_INIT_MASK)
		stand_run(s, 100);
	stand_write64(s, STAND_CTRL + HVB_R_HASH0, 0x2545f491);
	stand_write64(s, STAND_CTRL + HVB_R_HASH1, 0x9e3779b9);
	stand_write64(s, STAND_CTRL + HVB_R_HASH2, 0x85ebca6b);
	memset(s->row_used, 0, sizeof(s->row_used));
	s->beats = 0;
}

struct stand *stand_new(void)
{
	struct stand *s = calloc(1, sizeof(*s));
	/* tests/off/off.sh, with a model built for it: checks to switch off */
	const char *off = getenv("HVB_CHECK_OFF");
	if (!s || !(s->rtl = hvb_rtl_new()))
		die("out of memory");
	if (off)
		s->rtl->in.check_off = (uint16_t)strtoul(off, NULL, 0);
	s->latency = 20;
	s->random = 0x9e3779b97f4a7c15ull;
	start(s);
	return s;
}

void stand_flr(struct stand *s)
{
	stand_cfg_write(s, 0x78, 0x8000);
	stand_run(s, 100);
	start(s);
}

void stand_free(struct stand *s)
{
	hvb_rtl_free(s->rtl);
	free(s);
}
