/* SPDX-License-Identifier: MIT */
/* What may happen to the link itself: the root gives fewer credits than it has, or the link goes down. */
#include <errno.h>
#include <string.h>
#include "rc.h"
#include "rc_state.h"

#define RESET_CYCLES 8

bool hvb_rc_credit_ready(const struct hvb_rc_credit *credit, uint64_t now)
{
	unsigned out = 0;

	if (credit->limit >= credit->size)
		return credit->free_at[credit->next] <= now;
	for (unsigned i = 0; i < credit->size; i++)
		out += credit->free_at[i] > now;
	return out < credit->limit;
}

void hvb_rc_credit_take(struct hvb_rc_credit *credit, uint64_t free_at)
{
	credit->free_at[credit->next] = free_at;
	if (++credit->next == credit->size)
		credit->next = 0;
}

void hvb_rc_credits(struct hvb_rc *rc, unsigned posted, unsigned nonposted)
{
	rc->posted.limit = posted;
	rc->nonposted.limit = nonposted;
}

static void lose_line(struct hvb_rc *rc, struct hvb_line *line)
{
	rc->stats.link_lost += line->tail - line->head;
	line->head = line->tail;
}

static void end_requests(struct hvb_rc *rc)
{
	for (unsigned tag = 0; tag < HVB_RC_TAGS; tag++)
		if (rc->open[tag].asked.wait)
			hvb_rc_finish(rc, tag, -ENODEV);
	for (; rc->waiting_count; rc->waiting_count--) {
		struct hvb_rc_wait *wait = rc->waiting[rc->waiting_head].asked.wait;

		rc->waiting_head = (rc->waiting_head + 1) % HVB_RC_WAITING;
		wait->err = -ENODEV;
		wait->done(wait);
	}
}

/* The card sees its reset; what is on the way, or at the root and not executed yet, is nowhere. */
static void go_down(struct hvb_rc *rc)
{
	rc->down_now = true;
	lose_line(rc, &rc->down);
	lose_line(rc, &rc->up);
	rc->stats.link_lost += rc->delayed_count;
	rc->delayed_count = 0;
	end_requests(rc);
	rc->np_credits = HVB_RC_NP_CREDITS;
	memset(rc->posted.free_at, 0, rc->posted.size * sizeof(*rc->posted.free_at));
	memset(rc->nonposted.free_at, 0, rc->nonposted.size * sizeof(*rc->nonposted.free_at));
	rc->rtl->in.rst = true;
	for (int i = 0; i < RESET_CYCLES; i++)
		hvb_rc_clock(rc);
}

void hvb_rc_link(struct hvb_rc *rc, bool up)
{
	if (up) {
		rc->down_now = false;
		rc->rtl->in.rst = false;
	} else if (!rc->down_now) {
		go_down(rc);
	}
}
