/* SPDX-License-Identifier: MIT */
/* What the files of the root complex (rc.c: clock and link, rc_host.c: the host's requests, rc_card.c: the card's,
 * rc_link.c: credits, and a link that goes down) share. Nobody else includes this. */
#ifndef HVB_SIM_RC_STATE_H
#define HVB_SIM_RC_STATE_H
#include "line.h"
#include "rc.h"

#define HVB_RC_TAGS 256u
#define HVB_RC_WAITING 64u       /* reads without a credit yet */
#define HVB_RC_DELAYED 1024u     /* AtomicOps that take longer */
#define HVB_RC_FAULTS 4u

/* What a host request is to bring back, and to whom. */
struct hvb_rc_asked {
	struct hvb_rc_wait *wait;
	uint64_t addr;
	unsigned bytes;                  /* 0: the completion itself */
};

/* A host request without its completion yet. */
struct hvb_rc_open {
	struct hvb_rc_asked asked;       /* no `wait`: the tag is free */
	uint64_t deadline;
};

struct hvb_rc_queued {
	struct hvb_tlp tlp;
	struct hvb_rc_asked asked;
};

/* Credits without return messages: the n-th TLP may go once the n-credits-th has been taken at the other end and the
 * return has crossed the link. */
struct hvb_rc_credit {
	uint64_t *free_at;
	unsigned size, next;
	unsigned limit;                  /* hvb_rc_credits() */
};

struct hvb_rc_delayed {
	uint64_t due;
	struct hvb_tlp tlp;
};

struct hvb_rc {
	struct hvb_rc_config config;
	struct hvb_rtl *rtl;
	struct hvb_log *log;
	struct hvb_line down, up;
	struct hvb_rc_credit posted, nonposted;
	bool down_now;                   /* the link: hvb_rc_link() */

	struct hvb_rc_open open[HVB_RC_TAGS];
	unsigned open_count, next_tag, np_credits;
	struct hvb_rc_queued waiting[HVB_RC_WAITING];
	unsigned waiting_head, waiting_count;

	struct hvb_dmamap dma;
	int eventfds[HVB_RC_VECTORS];
	struct hvb_rc_delayed delayed[HVB_RC_DELAYED];
	unsigned delayed_count;
	struct hvb_rc_fault faults[HVB_RC_FAULTS];
	uint64_t random, expire_at;
	struct hvb_rc_stats stats;
};

/* rc_host.c */
void hvb_rc_completion(struct hvb_rc *rc, const struct hvb_tlp *tlp, const struct hvb_tlp_head *head);
void hvb_rc_send_waiting(struct hvb_rc *rc);
void hvb_rc_expire(struct hvb_rc *rc);
void hvb_rc_finish(struct hvb_rc *rc, unsigned tag, int err);
/* rc_card.c */
void hvb_rc_arrival(struct hvb_rc *rc, const struct hvb_tlp *tlp);
void hvb_rc_run_delayed(struct hvb_rc *rc);
/* rc_link.c */
bool hvb_rc_credit_ready(const struct hvb_rc_credit *credit, uint64_t now);
void hvb_rc_credit_take(struct hvb_rc_credit *credit, uint64_t free_at);
#endif
