/* SPDX-License-Identifier: MIT */
/*
 * The root complex of one simulated card: everything between the host's processor and memory and the card's pins. It
 * sends the host's requests, serves the card's, and passes the clock. One thread at a time (sim/card.h sees to that).
 *
 * The link is one delay line each way. TLPs of one direction never pass each other, but for a posted write that passes
 * a read still waiting for its credit; PCIe allows that and demands no more. AtomicOps may be executed out of their
 * order where jitter or a fault delays them.
 */
#ifndef HVB_SIM_RC_H
#define HVB_SIM_RC_H
#include <stdbool.h>
#include <stdint.h>
#include "dmamap.h"
#include "rtl.h"
#include "tlp.h"

#define HVB_RC_HOST_ID 0x0000u           /* requester id of the host's requests, 00:00.0 */
#define HVB_RC_CARD_ID 0x0100u           /* where the card sits, 01:00.0 */
#define HVB_RC_NP_CREDITS 32u            /* non-posted requests the card has room for */
#define HVB_RC_VECTORS 2048u
#define HVB_RC_MSI_BASE 0xfee00000ull    /* messages are writes to this megabyte; the data is the vector */

struct hvb_rc_config {
	unsigned latency;                /* cycles, one way */
	unsigned interval;               /* cycles between two TLPs of a direction, at least 1 */
	unsigned posted_credits;         /* the root's, towards the card */
	unsigned nonposted_credits;
	unsigned jitter;                 /* cycles a TLP or an AtomicOp may take longer, at random */
	unsigned timeout;                /* cycles until a host request without completion fails */
	uint64_t seed;
};

/* What awaits the completion of one host request. The root complex fills it, then calls done; before the completion
 * comes it leaves it alone, since another processor may be looking at it. */
struct hvb_rc_wait {
	void (*done)(struct hvb_rc_wait *wait);
	uint64_t value;                  /* of a read: hvb_rc_request() */
	int err;                         /* 0, -EIO (the card answered with an error), -ETIMEDOUT, -ENODEV (no link) */
	struct hvb_tlp answer;           /* the completion itself: hvb_rc_raw() */
};

/* Counted since the card was made. */
struct hvb_rc_stats {
	uint64_t host_posted, host_nonposted, host_timeouts;
	uint64_t atomics, card_reads, card_writes;
	uint64_t denied_atomics, denied_reads, denied_writes;    /* outside the DMA map */
	uint64_t bad_requests;           /* of the card: malformed, poisoned, unknown, with a foreign requester id */
	uint64_t unexpected_completions;
	uint64_t messages, messages_lost;        /* lost: no eventfd connected */
	uint64_t faults;                 /* AtomicOps that hvb_rc_fault() spoilt */
	uint64_t link_lost;              /* TLPs that hvb_rc_link() lost */
};

enum hvb_rc_fault_kind {
	HVB_RC_FAULT_UR, HVB_RC_FAULT_CA, HVB_RC_FAULT_POISON,   /* completed so; memory is not touched */
	HVB_RC_FAULT_BAD,        /* executed, but its completion arrives damaged */
	HVB_RC_FAULT_NEVER,      /* not executed, no completion */
	HVB_RC_FAULT_LATE,       /* executed and completed `delay` cycles later */
	HVB_RC_FAULT_TWICE,      /* executed, and completed twice */
	HVB_RC_FAULT_STRAY,      /* executed and completed, behind a completion that belongs to nothing */
	HVB_RC_FAULT_TAG         /* executed, and completed with the tag of nothing */
};

/* Spoils the next `count` AtomicOps to [first, last]. */
struct hvb_rc_fault {
	enum hvb_rc_fault_kind kind;
	unsigned count;
	uint64_t first, last;    /* IOVA, inclusive */
	unsigned delay;          /* cycles */
};

struct hvb_rc;
struct hvb_log;

/* Makes a root complex for rtl, which stays the caller's; log may be NULL and stays the caller's too. NULL: no memory.
 *  */
struct hvb_rc *hvb_rc_new(const struct hvb_rc_config *config, struct hvb_rtl *rtl, struct hvb_log *log);
void hvb_rc_free(struct hvb_rc *rc);

/* Passes one clock cycle. */
void hvb_rc_clock(struct hvb_rc *rc);
/* Nothing moves on the link, at the root or in the card: another cycle would change nothing but the time. */
bool hvb_rc_idle(const struct hvb_rc *rc);
uint64_t hvb_rc_cycle(const struct hvb_rc *rc);

/* A TLP waits that the card takes in the next cycle. */
bool hvb_rc_pressed(const struct hvb_rc *rc);

/* Whether the host may send a request this cycle. The two senders must not be called where not. */
bool hvb_rc_room(const struct hvb_rc *rc);
/* Memory write of 1, 2, 4 or 8 bytes at an address aligned to that. */
void hvb_rc_write(struct hvb_rc *rc, uint64_t addr, unsigned bytes, uint64_t value);
/* Memory read, configuration read or configuration write (addr is the register's offset, then). wait stays the caller's
 * and must live until done is called. */
void hvb_rc_request(struct hvb_rc *rc, enum hvb_tlp_type type, uint64_t addr, unsigned bytes, uint64_t value,
		    struct hvb_rc_wait *wait);
/* Any TLP at all, marked as damaged or not. Where wait is given the TLP's tag is replaced and its completion awaited; a
 * card that never answers it costs the time-out. False where the link is full. */
bool hvb_rc_raw(struct hvb_rc *rc, const struct hvb_tlp *tlp, bool bad, struct hvb_rc_wait *wait);

/* The memory the card may reach; the caller changes it between cycles. */
struct hvb_dmamap *hvb_rc_dmamap(struct hvb_rc *rc);
/* Connects an eventfd, which the root complex takes over and closes; -1 disconnects. vector < HVB_RC_VECTORS. */
void hvb_rc_eventfd(struct hvb_rc *rc, unsigned vector, int fd);
/* Writes to a vector's eventfd as a message does; nothing where none is connected. */
void hvb_rc_ring(struct hvb_rc *rc, unsigned vector);
void hvb_rc_stats(const struct hvb_rc *rc, struct hvb_rc_stats *stats);

/* Up to four faults wait at a time, each for its range; -ENOSPC. A count of 0 is none. */
int hvb_rc_fault(struct hvb_rc *rc, const struct hvb_rc_fault *fault);
void hvb_rc_no_faults(struct hvb_rc *rc);
/* Lets the card use no more than so many of the root's credits from now on; 0: nothing of that class is taken. */
void hvb_rc_credits(struct hvb_rc *rc, unsigned posted, unsigned nonposted);
/* The link goes down: the card is reset, everything on the way is lost, and requests fail (-ENODEV) until it is up
 * again. For good: the card was taken out. */
void hvb_rc_link(struct hvb_rc *rc, bool up);

/* The address the host writes into the MSI-X table for a vector; the data is the vector. */
static inline uint64_t hvb_rc_msi_address(unsigned vector)
{
	return HVB_RC_MSI_BASE + ((uint64_t)(vector & 0xff) << 12);
}
#endif
