/* SPDX-License-Identifier: MIT */
/* The card's requests at the root complex: interrupts, memory writes, AtomicOps, and the faults tests order. */
#include <poll.h>
#include <unistd.h>
#include "memory.h"
#include "rc.h"
#include "rc_state.h"

/* A saturated eventfd is left as it is: it is readable already, and a write would block the card. */
static void ring_eventfd(int fd)
{
	const uint64_t one = 1;
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t written = 0;

	if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT))
		written = write(fd, &one, sizeof(one));
	(void)written;
}

void hvb_rc_ring(struct hvb_rc *rc, unsigned vector)
{
	if (rc->eventfds[vector] >= 0)
		ring_eventfd(rc->eventfds[vector]);
}

static bool is_message(const struct hvb_tlp_head *head)
{
	return head->type == HVB_TLP_MWR && head->addr >> 20 == HVB_RC_MSI_BASE >> 20;
}

static void deliver_message(struct hvb_rc *rc, const struct hvb_tlp *tlp, const struct hvb_tlp_head *head)
{
	uint32_t vector = tlp->data[0];

	if (head->poisoned || head->len != 1 || head->first_be != 0xf || head->last_be || vector >= HVB_RC_VECTORS ||
	    head->addr != hvb_rc_msi_address(vector)) {
		rc->stats.bad_requests++;
		return;
	}
	rc->stats.messages++;
	if (rc->eventfds[vector] < 0)
		rc->stats.messages_lost++;
	hvb_rc_ring(rc, vector);
}

static void answer(struct hvb_rc *rc, const struct hvb_tlp *cpl, bool bad)
{
	hvb_line_put(&rc->down, rc->rtl->cycle - 1, cpl, HVB_LINE_COMPLETION, bad);
}

static void count(struct hvb_rc *rc, enum hvb_tlp_type type, enum hvb_memory_result result)
{
	struct hvb_rc_stats *stats = &rc->stats;
	bool atomic = hvb_tlp_atomic(type), denied = result == HVB_MEMORY_DENIED;

	if (result == HVB_MEMORY_BAD)
		stats->bad_requests++;
	else if (atomic)
		(*(denied ? &stats->denied_atomics : &stats->atomics))++;
	else if (type == HVB_TLP_MRD)
		(*(denied ? &stats->denied_reads : &stats->card_reads))++;
	else
		(*(denied ? &stats->denied_writes : &stats->card_writes))++;
}

static void serve(struct hvb_rc *rc, const struct hvb_tlp *tlp, const struct hvb_tlp_head *head, bool bad)
{
	struct hvb_tlp cpl;

	count(rc, head->type, hvb_memory_serve(&rc->dma, tlp, head, &cpl));
	if (hvb_tlp_nonposted(head->type))
		answer(rc, &cpl, bad);
}

static void delay(struct hvb_rc *rc, const struct hvb_tlp *tlp, uint64_t cycles)
{
	struct hvb_rc_delayed *entry = &rc->delayed[rc->delayed_count++];

	entry->due = rc->rtl->cycle + cycles;
	entry->tlp = *tlp;
}

void hvb_rc_run_delayed(struct hvb_rc *rc)
{
	for (unsigned i = 0; i < rc->delayed_count; i++) {
		struct hvb_rc_delayed entry = rc->delayed[i];
		struct hvb_tlp_head head;

		if (entry.due > rc->rtl->cycle)
			continue;
		rc->delayed[i--] = rc->delayed[--rc->delayed_count];
		hvb_tlp_parse(&entry.tlp, &head);
		serve(rc, &entry.tlp, &head, false);
	}
}

static struct hvb_rc_fault *fault_for(struct hvb_rc *rc, uint64_t addr)
{
	for (unsigned i = 0; i < HVB_RC_FAULTS; i++)
		if (rc->faults[i].count && addr >= rc->faults[i].first && addr <= rc->faults[i].last)
			return &rc->faults[i];
	return NULL;
}

#define STRAY_TAG 0x80u           /* no tag of a card with up to 128 */

/* A completion as good as any, that nothing asked for. */
static void again(struct hvb_rc *rc, const struct hvb_tlp_head *head, unsigned tag)
{
	struct hvb_tlp_head other = *head;
	struct hvb_tlp cpl;

	other.tag = (uint16_t)tag;
	hvb_memory_complete(&other, HVB_CPL_SC, head->type == HVB_TLP_CAS ? 2u * head->len : 4u * head->len, &cpl);
	answer(rc, &cpl, false);
}

static void spoil(struct hvb_rc *rc, struct hvb_rc_fault *fault, const struct hvb_tlp *tlp,
		  const struct hvb_tlp_head *head)
{
	struct hvb_tlp cpl;

	fault->count--;
	rc->stats.faults++;
	switch (fault->kind) {
	case HVB_RC_FAULT_UR:
	case HVB_RC_FAULT_CA:
		hvb_memory_complete(head, fault->kind == HVB_RC_FAULT_UR ? HVB_CPL_UR : HVB_CPL_CA, 0, &cpl);
		answer(rc, &cpl, false);
		break;
	case HVB_RC_FAULT_POISON:
		hvb_memory_complete(head, HVB_CPL_SC, head->type == HVB_TLP_CAS ? 2u * head->len : 4u * head->len,
				    &cpl);
		cpl.hdr[0] |= HVB_TLP_DW0_POISON;
		answer(rc, &cpl, false);
		break;
	case HVB_RC_FAULT_BAD:
		serve(rc, tlp, head, true);
		break;
	case HVB_RC_FAULT_TWICE:
		serve(rc, tlp, head, false);
		again(rc, head, head->tag);
		break;
	case HVB_RC_FAULT_STRAY:
		again(rc, head, head->tag ^ STRAY_TAG);
		serve(rc, tlp, head, false);
		break;
	case HVB_RC_FAULT_TAG:
		count(rc, head->type, hvb_memory_serve(&rc->dma, tlp, head, &cpl));
		again(rc, head, head->tag ^ STRAY_TAG);
		break;
	case HVB_RC_FAULT_NEVER:
		break;
	case HVB_RC_FAULT_LATE:
		if (rc->delayed_count < HVB_RC_DELAYED)
			delay(rc, tlp, fault->delay);
		break;
	}
}

static void atomic_arrives(struct hvb_rc *rc, const struct hvb_tlp *tlp, const struct hvb_tlp_head *head)
{
	struct hvb_rc_fault *fault = fault_for(rc, head->addr);

	if (fault)
		spoil(rc, fault, tlp, head);
	else if (rc->config.jitter && rc->delayed_count < HVB_RC_DELAYED)
		delay(rc, tlp, hvb_random(&rc->random, rc->config.jitter + 1));
	else
		serve(rc, tlp, head, false);
}

void hvb_rc_arrival(struct hvb_rc *rc, const struct hvb_tlp *tlp)
{
	struct hvb_tlp_head head;

	hvb_tlp_parse(tlp, &head);
	if (head.type == HVB_TLP_CPL || head.type == HVB_TLP_CPLD) {
		hvb_rc_completion(rc, tlp, &head);
	} else if (head.requester != HVB_RC_CARD_ID) {
		struct hvb_tlp cpl;

		rc->stats.bad_requests++;
		hvb_memory_complete(&head, HVB_CPL_UR, 0, &cpl);
		if (hvb_tlp_nonposted(head.type))
			answer(rc, &cpl, false);
	} else if (is_message(&head)) {
		deliver_message(rc, tlp, &head);
	} else if (hvb_tlp_atomic(head.type)) {
		atomic_arrives(rc, tlp, &head);
	} else {
		serve(rc, tlp, &head, false);
	}
}
