/* SPDX-License-Identifier: MIT */
/*
 * What the parts of libhvbell share: the objects a card holds, and the calls between the files of lib/src.
 *
 * Locks: card->lock (management; held over register accesses and drains) and card->index (which partitions and VPs
 * there are; held for moments only, so that a receiver never waits for a drain). Order: lock, then index. What is
 * found through card->index alone is a struct vp with a reference; everything else belongs to card->lock.
 *
 * Errors of register accesses are collected in card->err: after the first one further accesses do nothing, so a
 * change of many registers needs one check at its end. A card with an error refuses every change until
 * hvbell_reset().
 */
#ifndef HVBELL_INTERNAL_H
#define HVBELL_INTERNAL_H
#include <errno.h>
#include <pthread.h>
#include <hvbell/hvbell.h>
#include "driver/dev.h"
#include "cuckoo.h"
#include "hvb_regs.h"

#define HVL_ID_MAX 0xffffffu    /* HV_PORT_ID and HV_CONNECTION_ID are 24 bits wide, TLFS 11.9 */
#define HVL_SIEF_WORDS (HVBELL_FLAGS / 64)
#define HVL_PAGE_WORDS (HVBELL_SIEF_BYTES / 8)

/* Puts value into a field of a register. */
#define HVL_FIELD(name, value) (((uint64_t)(value) << HVB_##name##_SHIFT) & HVB_##name##_MASK)
#define HVL_GET(name, reg) (((uint64_t)(reg) & HVB_##name##_MASK) >> HVB_##name##_SHIFT)

/* Numbers 0..size-1 of something the card has a fixed amount of. */
struct pool {
	uint8_t *used;
	unsigned size, free;
};

/* Host memory the card may access, mapped once however many VPs use it. */
struct page {
	void *memory;
	uint64_t iova;
	unsigned users;
	struct page *next;
};

/* The MSI-X vector of one (VP, SINT). */
struct vector {
	int eventfd;            /* -1: none; read without a lock */
	unsigned number;
	uint32_t counted;       /* the card's 32-bit count when last looked at */
	uint64_t messages;
};

struct vp {
	struct partition *partition;
	uint32_t index;         /* HV_VP_INDEX */
	unsigned number;        /* the card's */
	unsigned slot;          /* of its partition */
	unsigned references;    /* card->index */
	bool gone;              /* removed; read without a lock */
	uint64_t scontrol, siefp, simp, sint[HVBELL_SINTS];     /* MSR values */
	uint64_t *overlay;      /* the library's page for it */
	uint64_t *page;         /* where the SIEF page lies now; read without a lock */
	bool usable;            /* SIEFP is enabled and the card has the page, at iova; read without a lock */
	uint64_t iova;
	uint32_t used[HVBELL_SINTS];    /* SIEF words that may hold flags; read without a lock */
	uint32_t polling;               /* a bit for each polling SINT; read without a lock */
	struct vector vector[HVBELL_SINTS];
	uint16_t home[HVL_PAGE_WORDS];  /* owned: pending word that stands for each SIEF word, + 1; both locks */
	uint64_t homes_at;              /* what their records say of the page's IOVA; 0: nowhere */
	struct vp *next;        /* of the partition, by index */
};

/* The pending words of one port at one VP. */
struct run {
	uint32_t vp_index;
	struct vp *vp;          /* NULL while there is no such VP */
	unsigned first;         /* pending word */
	unsigned element;       /* HV_ANY_VP: ring element */
	unsigned next_element;  /* what that element holds */
	bool linked;            /* is in the ring */
	uint64_t address, attributes;   /* what the first word's record holds */
	struct run *next;       /* of the port, by vp_index */
};

struct port {
	struct partition *owner;
	struct hvbell_port info;
	unsigned flags;         /* flag count the card checks; 0: no words */
	unsigned words;         /* pending words of each run */
	bool any;               /* HV_ANY_VP: has group and group_entry */
	unsigned group;
	uint64_t group_entry;
	struct run *runs;
	struct connection *connections; /* one through hvbell_connect_port(); any number may be placed */
	struct port *next;
};

struct connection {
	struct partition *sender;
	uint32_t key;
	struct port *port;      /* NULL: dead, its port was deleted */
	struct connection *next;        /* of the port */
};

struct partition {
	uint64_t id;
	unsigned slot;          /* the card's number, and the doorbell page */
	enum hvbell_partition_state state;
	uint64_t privileges;
	hvbell_gpa_fn memory;
	void *memory_arg;
	struct vp *vps;
	struct port *ports;
	uint32_t counted[HVB_COUNTERS];         /* the card's 32-bit counters when last looked at */
	uint64_t counters[HVB_COUNTERS];
	unsigned kicks, kick_eventfds;          /* a bit for each slot that has one */
};

struct hvbell_card {
	struct hvb_dev *dev;
	pthread_mutex_t lock, index;
	int err;                /* of the first failed access since reset */
	struct hvb_diag failed; /* what that was; .err 0: none did */
	bool silent;            /* a receiver's access failed: none asks the card again before a reset; no lock */
	bool quiesced;          /* read without a lock */
	bool owned;             /* delivery: the card keeps the SIEF words */
	pthread_mutex_t *ack_locks;     /* one a partition slot, innermost: of the slot's ACK, and of homes */
	struct hvbell_info limits;
	unsigned page_shift, rows, list_elements;
	uint64_t timeout;       /* completion time-out, cycles */
	uint64_t timeout_wanted;        /* by the URL; 0: the card's own */
	uint64_t random;        /* state of the seeds' generator */
	void *doorbells;        /* BAR2 mapped, or NULL */
	size_t doorbell_bytes;
	struct partition **partitions;  /* by slot; changed under both locks */
	struct vp **vps;                /* by number */
	struct pool words, groups, elements, vectors, numbers;
	struct page *pages;
	struct vp *graveyard;   /* removed while the card was in error: it may still write their pages */
	struct hvl_cuckoo *table;
	uint64_t trace_next, log_next;
};

/* ---- card.c ---- */
/* hvbell_open() on a device that is open already, which is taken over (closed on failure): what tests do. */
int hvbell_open_dev(struct hvb_dev *dev, hvbell_card **card);
uint64_t hvl_random(void *card);

/* ---- diagnosis and registers: registers.c ---- */
struct hvb_diag *hvl_diag(void);
/* Records a failure for hvbell_error() and returns err. */
#define hvl_fail(card, err, remedy, ...) hvb_diag(hvl_diag(), err, (card)->dev->url, remedy, __VA_ARGS__)

/* Locks the card; fails (unlocked) where it is in error. hvl_begin also where it is quiesced: a change must drain. */
int hvl_lock(hvbell_card *card);
int hvl_begin(hvbell_card *card);
/* Unlocks; returns the card's error, else result. */
int hvl_end(hvbell_card *card, int result);
void hvl_put(hvbell_card *card, uint64_t offset, uint64_t value);
uint64_t hvl_get(hvbell_card *card, uint64_t offset);
/* Says that an access ("reading", "writing") failed, and as much of why as is known. Returns err. */
int hvl_access_failed(hvbell_card *card, int err, const char *doing, unsigned region, uint64_t offset);
#define HVL_GONE UINT64_MAX     /* what a read gives that nobody answers */
/* Says that this one gave it. -ENODEV. */
int hvl_gone(hvbell_card *card, unsigned region, uint64_t offset);
/* The same for a register that may be all ones, where MAGIC is, too; else 0, or the error of reading that. */
int hvl_check_gone(hvbell_card *card, unsigned region, uint64_t offset);
/* Reads a register until (value & mask) == want. -ETIME: it never was so for a few completion time-outs, and the caller
 * says what that means; another error is of an access, and said. Leaves card->err as it is. */
int hvl_poll(hvbell_card *card, unsigned region, uint64_t offset, uint64_t mask, uint64_t want, uint64_t *value);
/* DRAIN of VPs first..last, by the card's numbers. */
void hvl_drain(hvbell_card *card, unsigned first, unsigned last);
void hvl_drain_all(hvbell_card *card);

/* ---- pools, pages, vectors ---- */
int hvl_pool_init(struct pool *pool, unsigned size);
void hvl_pool_free(struct pool *pool);
/* A run of count numbers that follow each other: the first, or -1. */
int hvl_pool_take(struct pool *pool, unsigned count);
void hvl_pool_give(struct pool *pool, unsigned first, unsigned count);

int hvl_page_get(hvbell_card *card, void *memory, uint64_t *iova);
void hvl_page_put(hvbell_card *card, void *memory);
void hvl_pages_forget(hvbell_card *card, bool unmap);
void hvl_page_zero(uint64_t *page);

/* Binds a vector to (vp, sint) where it has none: 0, -ENOSPC, -errno. */
int hvl_vector_bind(hvbell_card *card, struct vp *vp, unsigned sint);
void hvl_vectors_unbind(hvbell_card *card, struct vp *vp);
uint64_t hvl_vector_messages(hvbell_card *card, struct vector *vector);
void hvl_vectors_close(const struct vp *vp);
/* Writes the eventfds of a VP's SINTs whose bit is set in sints. */
void hvl_vectors_wake(const struct vp *vp, unsigned sints);

/* ---- partitions and VPs ---- */
struct partition *hvl_partition(hvbell_card *card, uint64_t id);
/* The partition of a doorbell slot: 0, or -EINVAL, -ENOENT with the diagnosis filled. */
int hvl_slot(hvbell_card *card, uint64_t id, unsigned slot, struct partition **partition);
uint64_t hvl_partition_id(const hvbell_card *card, unsigned slot);
/* Frees a partition's VPs, ports and itself, without the card. */
void hvl_partition_free(hvbell_card *card, struct partition *partition);
void hvl_partition_drain(hvbell_card *card, const struct partition *partition);
struct vp *hvl_vp(struct partition *partition, uint32_t index);
/* Finds the VP under the management lock; NULL: diagnosis filled. */
struct vp *hvl_vp_find(hvbell_card *card, uint64_t partition, uint32_t index);
/* A VP with a reference, taken under card->index alone; NULL where there is none. */
struct vp *hvl_vp_hold(hvbell_card *card, uint64_t partition, uint32_t index);
void hvl_vp_release(hvbell_card *card, struct vp *vp);
void hvl_vp_forget(hvbell_card *card, struct vp *vp);
/* Takes a VP off the card, after what was accepted for it is delivered. */
int hvl_vp_remove(hvbell_card *card, struct vp *vp);

/* ---- SynIC: synic.c, sief.c, words.c, anyvp.c ---- */
/* What a signal to (vp, sint) meets: HVB_WSTATE_. vp may be NULL. */
unsigned hvl_sint_state(const struct vp *vp, unsigned sint);
/* Brings words and rings in line with the VP's registers: docs/design.md, Lowering. discard: pending signals are
 * dropped, and the VP is left off on the card. */
void hvl_vp_apply(hvbell_card *card, struct vp *vp, bool discard);
/* Moves the SIEF page to where SIEFP and the partition's memory say, and applies. */
int hvl_sief_update(hvbell_card *card, struct vp *vp);
/* The record that a run's words shall have. */
void hvl_run_record(const struct port *port, const struct run *run, uint64_t *address, uint64_t *attributes);
void hvl_run_write(hvbell_card *card, const struct port *port, struct run *run, uint64_t address, uint64_t attributes);
/* Makes the words of port at VP index (vp may be NULL): 0, -ENOSPC, -ENOMEM, -errno. */
int hvl_run_add(hvbell_card *card, struct port *port, uint32_t index, struct vp *vp);
int hvl_run_bind(hvbell_card *card, struct port *port, struct run *run, struct vp *vp);
void hvl_run_free(hvbell_card *card, struct port *port, struct run *run);
/* Writes the ring and group of an HV_ANY_VP port; add: also elements that became eligible. */
void hvl_ring_update(hvbell_card *card, struct port *port, bool add);

/* ---- owned delivery: owned.c. Words of a SIEF page are counted from its beginning ---- */
/* Clears flags of a word on the card, exactly those that it returns; shown: waits until memory shows it. Of no flag:
 * has the card write the word again. Needs no lock. */
uint64_t hvl_own_take(hvbell_card *card, struct vp *vp, unsigned n, uint64_t flags, bool shown);
/* Makes the home of a word where it has none: 0, -ENOSPC. */
int hvl_home(hvbell_card *card, struct vp *vp, unsigned n);
/* The number of the word on the card, for records. */
unsigned hvl_home_of(const struct vp *vp, unsigned n);
/* Writes the homes' records where the page lies elsewhere now, or the VP is gone: true, and a drain must follow. */
bool hvl_homes_place(hvbell_card *card, struct vp *vp);
/* Brings the page up to date; clears every flag of it on the card, where the VP is on. */
void hvl_homes_show(hvbell_card *card, struct vp *vp);
void hvl_homes_empty(hvbell_card *card, struct vp *vp);
void hvl_homes_free(hvbell_card *card, struct vp *vp);

/* ---- kicks ---- */
/* Disconnects the eventfds of a partition's slots; and unbinds its kicks. */
void hvl_kicks_disconnect(hvbell_card *card, struct partition *partition);
void hvl_kicks_end(hvbell_card *card, struct partition *partition);

/* ---- ports and connections ---- */
struct port *hvl_port(const struct partition *owner, uint32_t id);
/* Waits for what was accepted through a port. */
void hvl_port_drain(hvbell_card *card, const struct port *port);
/* Takes a port off the card and frees it. drained: nothing of it is pending. */
void hvl_port_delete(hvbell_card *card, struct port *port, bool drained);
void hvl_port_free(hvbell_card *card, struct port *port);
uint32_t hvl_key(const struct partition *sender, uint32_t id);
/* Makes every connection to a port a dead one. */
void hvl_connections_kill(hvbell_card *card, struct port *port);
void hvl_connections_of(hvbell_card *card, const struct partition *sender);
int hvl_table_init(hvbell_card *card);
void hvl_table_free(hvbell_card *card);
#endif
