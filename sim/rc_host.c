/* SPDX-License-Identifier: MIT */
/* The host's requests to the card: tags, non-posted credits, and the completions that come back. */
#include <errno.h>
#include "rc.h"
#include "rc_state.h"

void hvb_rc_write(struct hvb_rc *rc, uint64_t addr, unsigned bytes, uint64_t value)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR, .requester = HVB_RC_HOST_ID };
	struct hvb_tlp tlp;

	rc->stats.host_posted++;
	if (rc->down_now) {
		rc->stats.link_lost++;
		return;
	}
	hvb_tlp_span(&head, addr, bytes);
	hvb_tlp_build(&head, &tlp);
	hvb_tlp_put(&tlp, addr, bytes, value);
	hvb_line_put(&rc->down, rc->rtl->cycle, &tlp, HVB_LINE_REQUEST, false);
}

/* A free tag; the last one used comes last, so that a late completion does not meet a new request. */
static int free_tag(struct hvb_rc *rc)
{
	for (unsigned i = 0; i < HVB_RC_TAGS; i++) {
		unsigned tag = (rc->next_tag + i) % HVB_RC_TAGS;

		if (!rc->open[tag].asked.wait) {
			rc->next_tag = tag + 1;
			return (int)tag;
		}
	}
	return -1;
}

/* Opens the request and sends it; false where it has to wait for a credit, a tag or the wire. */
static bool send_request(struct hvb_rc *rc, struct hvb_tlp tlp, struct hvb_rc_asked asked, bool bad)
{
	int tag = rc->np_credits ? free_tag(rc) : -1;

	if (tag < 0)
		return false;
	tlp.hdr[0] &= ~(1u << 23 | 1u << 19);
	tlp.hdr[1] = (tlp.hdr[1] & ~0xff00u) | (unsigned)tag << 8;
	if (!hvb_line_put(&rc->down, rc->rtl->cycle, &tlp, HVB_LINE_REQUEST, bad))
		return false;
	rc->open[tag].asked = asked;
	rc->open[tag].deadline = rc->rtl->cycle + rc->config.timeout;
	rc->open_count++;
	rc->np_credits--;
	return true;
}

void hvb_rc_send_waiting(struct hvb_rc *rc)
{
	struct hvb_rc_queued *first = &rc->waiting[rc->waiting_head];

	if (!hvb_line_ready(&rc->down, rc->rtl->cycle) || !send_request(rc, first->tlp, first->asked, false))
		return;
	rc->waiting_head = (rc->waiting_head + 1) % HVB_RC_WAITING;
	rc->waiting_count--;
}

/* There is nobody at the other end. */
static void refuse(struct hvb_rc *rc, struct hvb_rc_wait *wait)
{
	rc->stats.link_lost++;
	wait->err = -ENODEV;
	wait->done(wait);
}

void hvb_rc_request(struct hvb_rc *rc, enum hvb_tlp_type type, uint64_t addr, unsigned bytes, uint64_t value,
		    struct hvb_rc_wait *wait)
{
	const struct hvb_rc_asked asked = { .wait = wait, .addr = addr, .bytes = bytes };
	struct hvb_tlp_head head = { .type = type, .requester = HVB_RC_HOST_ID };
	struct hvb_rc_queued *last;
	struct hvb_tlp tlp;

	hvb_tlp_span(&head, addr, bytes);
	if (type != HVB_TLP_MRD) {
		head.target = HVB_RC_CARD_ID;
		head.reg = (uint16_t)head.addr;
	}
	hvb_tlp_build(&head, &tlp);
	if (type == HVB_TLP_CFGWR0)
		hvb_tlp_put(&tlp, addr, bytes, value);
	rc->stats.host_nonposted++;
	if (rc->down_now) {
		refuse(rc, wait);
		return;
	}
	if (!rc->waiting_count && send_request(rc, tlp, asked, false))
		return;
	last = &rc->waiting[(rc->waiting_head + rc->waiting_count++) % HVB_RC_WAITING];
	last->tlp = tlp;
	last->asked = asked;
}

bool hvb_rc_raw(struct hvb_rc *rc, const struct hvb_tlp *tlp, bool bad, struct hvb_rc_wait *wait)
{
	if (rc->down_now) {
		if (wait)
			refuse(rc, wait);
		return true;
	}
	if (!wait)
		return hvb_line_put(&rc->down, rc->rtl->cycle, tlp, HVB_LINE_REQUEST, bad);
	return send_request(rc, *tlp, (struct hvb_rc_asked){ .wait = wait }, bad);
}

void hvb_rc_finish(struct hvb_rc *rc, unsigned tag, int err)
{
	struct hvb_rc_wait *wait = rc->open[tag].asked.wait;

	rc->open[tag].asked.wait = NULL;
	rc->open_count--;
	wait->err = err;
	wait->done(wait);
}

/* A read of more than a register may be answered in pieces; the byte count says what is still to come with this one. */
static bool is_last(const struct hvb_tlp_head *head)
{
	return head->type == HVB_TLP_CPL || head->bytes <= 4u * head->len - (head->low_addr & 3u);
}

void hvb_rc_completion(struct hvb_rc *rc, const struct hvb_tlp *tlp, const struct hvb_tlp_head *head)
{
	const struct hvb_rc_asked *asked = head->tag < HVB_RC_TAGS ? &rc->open[head->tag].asked : NULL;
	bool good = head->status == HVB_CPL_SC && !head->poisoned;

	if (!asked || !asked->wait || head->requester != HVB_RC_HOST_ID) {
		rc->stats.unexpected_completions++;
		return;
	}
	if (!asked->bytes)
		asked->wait->answer = *tlp;
	else if (head->type == HVB_TLP_CPLD)
		asked->wait->value = hvb_tlp_get(tlp, asked->addr, asked->bytes);
	if (is_last(head))
		hvb_rc_finish(rc, head->tag, good ? 0 : -EIO);
}

/* What the card has lost it will not return the credit of. */
void hvb_rc_expire(struct hvb_rc *rc)
{
	if (!rc->open_count)
		return;
	for (unsigned tag = 0; tag < HVB_RC_TAGS; tag++)
		if (rc->open[tag].asked.wait && rc->open[tag].deadline <= rc->rtl->cycle) {
			rc->stats.host_timeouts++;
			if (rc->np_credits < HVB_RC_NP_CREDITS)
				rc->np_credits++;
			hvb_rc_finish(rc, tag, -ETIMEDOUT);
		}
}
