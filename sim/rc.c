/* SPDX-License-Identifier: MIT */
/* The root complex's clock and link: which beat moves between the pins and the two delay lines in a cycle. */
#include "rc.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "log.h"
#include "rc_state.h"

#define EXPIRE_CYCLES 4096u      /* between two looks for requests without an answer */
/* TLPs to the card beyond those that a link holds, all of which may come at once */
#define DOWN_EXTRA (HVB_RC_TAGS + HVB_RC_DELAYED + HVB_RC_WAITING)

static int credit_init(struct hvb_rc_credit *credit, unsigned size)
{
	credit->free_at = calloc(size, sizeof(*credit->free_at));
	credit->size = credit->limit = size;
	credit->next = 0;
	return credit->free_at ? 0 : -1;
}

struct hvb_rc *hvb_rc_new(const struct hvb_rc_config *config, struct hvb_rtl *rtl, struct hvb_log *log)
{
	struct hvb_rc *rc = calloc(1, sizeof(*rc));
	uint64_t seed = config->seed * 2 + 1;

	if (!rc)
		return NULL;
	rc->config = *config;
	rc->rtl = rtl;
	rc->log = log;
	rc->random = seed;
	rc->np_credits = HVB_RC_NP_CREDITS;
	for (unsigned i = 0; i < HVB_RC_VECTORS; i++)
		rc->eventfds[i] = -1;
	if (hvb_line_init(&rc->down, config->latency, config->interval, config->jitter, DOWN_EXTRA, seed) ||
	    hvb_line_init(&rc->up, config->latency, config->interval, config->jitter, 8, seed + 2) ||
	    credit_init(&rc->posted, config->posted_credits) ||
	    credit_init(&rc->nonposted, config->nonposted_credits)) {
		hvb_rc_free(rc);
		return NULL;
	}
	return rc;
}

void hvb_rc_free(struct hvb_rc *rc)
{
	if (!rc)
		return;
	for (unsigned i = 0; i < HVB_RC_VECTORS; i++)
		hvb_rc_eventfd(rc, i, -1);
	hvb_line_free(&rc->down);
	hvb_line_free(&rc->up);
	free(rc->posted.free_at);
	free(rc->nonposted.free_at);
	hvb_dmamap_free(&rc->dma);
	free(rc);
}

static void present(struct hvb_rc *rc, const struct hvb_line_entry *entry)
{
	struct hvb_rtl_in *in = &rc->rtl->in;

	if (entry->kind == HVB_LINE_COMPLETION) {
		in->rx_cpl_valid = true;
		in->rx_cpl_err = entry->bad;
		in->rx_cpl = entry->tlp;
	} else {
		in->rx_req_valid = true;
		in->rx_req_err = entry->bad;
		in->rx_req = entry->tlp;
		if (!rc->rtl->out.rx_req_ready)
			return;
	}
	hvb_line_pop(&rc->down);
}

/* Takes at most one beat from the card: posted first, then completions, which must not pass it, then AtomicOps. */
static void take(struct hvb_rc *rc, uint64_t now)
{
	struct hvb_rtl_in *in = &rc->rtl->in;
	const struct hvb_rtl_out *out = &rc->rtl->out;
	uint64_t free_at = now + 2ull * rc->config.latency;

	if (!hvb_line_ready(&rc->up, now))
		return;
	if (out->tx_p_valid) {
		in->tx_p_ready = hvb_rc_credit_ready(&rc->posted, now) &&
				 hvb_line_put(&rc->up, now, &out->tx_p, HVB_LINE_REQUEST, false);
		if (in->tx_p_ready)
			hvb_rc_credit_take(&rc->posted, free_at);
	} else if (out->tx_cpl_valid) {
		in->tx_cpl_ready = hvb_line_put(&rc->up, now, &out->tx_cpl, HVB_LINE_COMPLETION, false);
	} else if (out->tx_np_valid) {
		in->tx_np_ready = hvb_rc_credit_ready(&rc->nonposted, now) &&
				  hvb_line_put(&rc->up, now, &out->tx_np, HVB_LINE_REQUEST, false);
		if (in->tx_np_ready)
			hvb_rc_credit_take(&rc->nonposted, free_at);
	}
}

static bool output_waits(const struct hvb_rtl_out *out)
{
	return out->tx_p_valid || out->tx_cpl_valid || out->tx_np_valid;
}

static void pass_edge(struct hvb_rc *rc)
{
	if (rc->log)
		hvb_log_cycle(rc->log, rc->rtl);
	if (rc->rtl->clock)
		rc->rtl->clock(rc->rtl);
	else
		hvb_rtl_clock(rc->rtl);
}

void hvb_rc_clock(struct hvb_rc *rc)
{
	struct hvb_rtl_in *in = &rc->rtl->in;
	const struct hvb_rtl_out *out = &rc->rtl->out;
	uint64_t now = rc->rtl->cycle;
	const struct hvb_line_entry *entry;

	in->rx_req_valid = in->rx_cpl_valid = false;
	in->tx_p_ready = in->tx_np_ready = in->tx_cpl_ready = false;
	if (rc->down_now) {
		pass_edge(rc);
		return;
	}
	if (rc->waiting_count)
		hvb_rc_send_waiting(rc);
	entry = hvb_line_peek(&rc->down, now);
	if (entry)
		present(rc, entry);
	if (output_waits(out))
		take(rc, now);
	if (out->rx_np_ret && rc->np_credits < HVB_RC_NP_CREDITS)
		rc->np_credits++;
	pass_edge(rc);

	entry = hvb_line_peek(&rc->up, now);
	if (entry) {
		hvb_rc_arrival(rc, &entry->tlp);
		hvb_line_pop(&rc->up);
	}
	if (rc->delayed_count)
		hvb_rc_run_delayed(rc);
	if (now >= rc->expire_at) {
		rc->expire_at = (now / EXPIRE_CYCLES + 1) * EXPIRE_CYCLES;
		hvb_rc_expire(rc);
	}
}

bool hvb_rc_idle(const struct hvb_rc *rc)
{
	if (rc->down_now)
		return true;
	return rc->rtl->out.idle && !rc->open_count && !rc->waiting_count && !rc->delayed_count &&
	       hvb_line_empty(&rc->down) && hvb_line_empty(&rc->up) && !output_waits(&rc->rtl->out);
}

uint64_t hvb_rc_cycle(const struct hvb_rc *rc)
{
	return rc->rtl->cycle;
}

bool hvb_rc_room(const struct hvb_rc *rc)
{
	return hvb_line_ready(&rc->down, rc->rtl->cycle) && rc->waiting_count < HVB_RC_WAITING &&
	       hvb_line_room(&rc->down, DOWN_EXTRA);
}

bool hvb_rc_pressed(const struct hvb_rc *rc)
{
	return !hvb_line_empty(&rc->down) && rc->rtl->out.rx_req_ready;
}

struct hvb_dmamap *hvb_rc_dmamap(struct hvb_rc *rc)
{
	return &rc->dma;
}

void hvb_rc_eventfd(struct hvb_rc *rc, unsigned vector, int fd)
{
	if (rc->eventfds[vector] >= 0)
		close(rc->eventfds[vector]);
	rc->eventfds[vector] = fd;
}

void hvb_rc_stats(const struct hvb_rc *rc, struct hvb_rc_stats *stats)
{
	*stats = rc->stats;
}

int hvb_rc_fault(struct hvb_rc *rc, const struct hvb_rc_fault *fault)
{
	for (unsigned i = 0; i < HVB_RC_FAULTS; i++)
		if (!rc->faults[i].count) {
			rc->faults[i] = *fault;
			return 0;
		}
	return -ENOSPC;
}

void hvb_rc_no_faults(struct hvb_rc *rc)
{
	for (unsigned i = 0; i < HVB_RC_FAULTS; i++)
		rc->faults[i].count = 0;
}
