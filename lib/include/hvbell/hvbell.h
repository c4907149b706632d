/* SPDX-License-Identifier: MIT */
/*
 * libhvbell: partitions, virtual processors, ports and connections of a card that signals events, and the signals
 * themselves. Field names are the Hypervisor Top Level Functional Specification's (TLFS).
 *
 * Returns: 0 or -errno for what concerns the host (memory, the card, a bad argument); calls that implement a call of
 * the specification return an HV_STATUS (hvbell/status.h) as a positive number instead, 0 being success. errno is
 * left alone. After a -errno, hvbell_error() tells what failed, why and what to do.
 *
 * Threads: every call may be made from any thread at any time, except open and close (alone on a card) and where a
 * call says otherwise. hvbell_signal() is wait-free and may be called from a signal handler. Management calls take
 * the card's lock and may block for some completion time-outs of the card; receiving calls do not take it.
 *
 * Of every management call: -ENOENT no such partition or VP, -ENOMEM, -EBUSY while the card is quiesced (what was
 * accepted could not be delivered first), -ENODEV the card is gone, -EIO it answered with an error, -ETIMEDOUT it did
 * not deliver what it had accepted. Comments name only what a call adds to these. "The card's errors" are the last
 * three. After one of the last three the card's state is unknown: every further change
 * returns the same error until hvbell_reset().
 */
#ifndef HVBELL_H
#define HVBELL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hvbell/changed.h>
#include <hvbell/status.h>
#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
#ifdef __cplusplus
/* hvbell_info, hvbell_counters and hvbell_card_counters are a call and the struct it fills, as in C */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

#define HVBELL_VERSION "0.1.0"
#define HVBELL_ANY_VP 0xffffffffu       /* HV_ANY_VP */
#define HVBELL_ANY_PARTITION UINT64_MAX /* connection_partition of a placed port: whoever comes first */
#define HVBELL_SINTS 16
#define HVBELL_FLAGS 2048               /* event flags of one SINT */
#define HVBELL_SIEF_BYTES 4096

typedef struct hvbell_card hvbell_card;

/* HvPartitionState, TLFS 5.2 */
enum hvbell_partition_state { HVBELL_UNINITIALIZED, HVBELL_ACTIVE, HVBELL_FINALIZING, HVBELL_FINALIZED };
/* HV_PARTITION_PRIVILEGE_MASK bits that concern events */
#define HVBELL_POST_MESSAGES (1ull << 36)
#define HVBELL_SIGNAL_EVENTS (1ull << 37)
#define HVBELL_CREATE_PORT (1ull << 38)
#define HVBELL_CONNECT_PORT (1ull << 39)
/* HV_PORT_TYPE */
enum hvbell_port_type {
	HVBELL_PORT_MESSAGE = 1, HVBELL_PORT_EVENT = 2, HVBELL_PORT_MONITOR = 3, HVBELL_PORT_DOORBELL = 4
};

/* ---- the card ---------------------------------------------------------------------------------------------- */

/* Opens the card that url names ("sim:", "vfio:0000:01:00.0", "vfio-user:/path"; NULL: the environment's HVBELL_CARD,
 * else "sim:"), resets it and takes it over. *card is the caller's, to close. Options behind ? and & in the URL:
 * seed=NUMBER makes the connection hash the same each time, timeout=CYCLES (from 64) sets the card's completion
 * time-out, deliver=atomic|owned how flags get to memory (struct hvbell_info): without it by AtomicOps where they reach
 * it, else owned; others are the backend's. On failure *card is NULL and hvbell_error() of the same thread tells why:
 * -EINVAL a bad option, -ENODEV no card of this kind, -ENOTSUP AtomicOps do not reach memory and are
 * wanted, or the card knows nothing else; and what the backend returns. */
int hvbell_open(const char *url, hvbell_card **card);
/* Ends everything of the card: partitions, waits, mappings; NULL is allowed. No other call may run or follow. Does not
 * wait for signals that are still pending: hvbell_fence() before it does. */
void hvbell_close(hvbell_card *card);
/* Forgets every partition, port and connection and resets the card (function level reset). Senders, pages and eventfds
 * of before are void; threads in hvbell_wait() return -ENOENT. Ends a quiesce and a card's error. Blocks until the
 * card is back; the card's errors. */
int hvbell_reset(hvbell_card *card);

/* What the host has to say about a card: it reported an uncorrectable error and must be reset; or somebody wants it
 * back (unbinding, unplugging), which waits until it is closed. */
enum hvbell_notice { HVBELL_NOTICE_ERROR, HVBELL_NOTICE_REMOVE };
/* Has a notice signal the caller's eventfd, which is not taken over and may be closed after; -1: no more. Holds until
 * hvbell_close(), over resets. VFIO's ERR and REQ interrupts. -EINVAL no such notice or descriptor, -ENOTSUP this card
 * never gives it (sim:). */
int hvbell_notice(hvbell_card *card, enum hvbell_notice notice, int eventfd);

struct hvbell_diag {
	int err;                /* -errno */
	const char *where;      /* BDF, path, URL or ioctl */
	const char *what;       /* what failed and why */
	const char *remedy;     /* what to do; "" where nobody knows */
};
/* The last failure of this thread; err 0 where there was none. Never fails or blocks. The strings are the library's
 * and live until this thread's next hvbell call. */
struct hvbell_diag hvbell_error(void);

struct hvbell_info {
	const char *url;
	/* delivery: "atomic", flags are set in memory by AtomicOps and cleared there with locked operations; "owned",
	 * the card keeps them and memory only shows them: they are cleared by this library's calls alone */
	const char *mode;
	uint32_t version;       /* of the register map */
	/* how many the card has: doorbell pages, connections, pending words (64 flags of one port at one VP), AtomicOps
	 * in flight, MSI-X vectors, VPs, ports for HV_ANY_VP; and its clock */
	unsigned partitions, connections, words, tags, vectors, vps, groups, clock_mhz;
	unsigned words_free, vectors_free;
	bool doorbell_mapped;   /* hvbell_signal() is one store */
	bool simulated;
};
/* Tells what the card is, its sizes, and how much is free at this moment. The strings are the card's and live until
 * hvbell_close(). Touches no register; waits where a management call holds the card's lock. Always 0, also while the
 * card is in error. */
int hvbell_info(hvbell_card *card, struct hvbell_info *info);

/* ---- partitions and virtual processors (the parent's side) ---------------------------------------------------- */

/* Adds a partition with a 64-bit partition id of the caller's choice (TLFS 5.2); privileges are HVBELL_*_EVENTS and
 * the like, other bits are kept and mean nothing here. -EEXIST, -ENOSPC (no doorbell page left), -EINVAL (no such
 * state, or the id ~0, which is HV_PARTITION_ID_SELF). */
int hvbell_partition_add(hvbell_card *card, uint64_t id, enum hvbell_partition_state state, uint64_t privileges);
/* Removes it with its VPs, ports and connections, after what was accepted is delivered. Connections of others to its
 * ports are dead from then on. Its doorbell page may be given to another partition: its senders must not be used any
 * more. */
int hvbell_partition_remove(hvbell_card *card, uint64_t id);
/* Changes a partition's state (-EINVAL: there is no such one), or its privileges (TLFS 5.2). The change is in effect
 * on return, and what was accepted before is delivered; blocks for that. */
int hvbell_partition_state(hvbell_card *card, uint64_t id, enum hvbell_partition_state state);
int hvbell_partition_privileges(hvbell_card *card, uint64_t id, uint64_t privileges);
/* Reads a partition's state and privileges; either pointer may be NULL. False where there is no such partition: both
 * are left as they are. Touches no register; waits where a management call holds the card's lock. */
bool hvbell_partition_get(hvbell_card *card, uint64_t id, enum hvbell_partition_state *state, uint64_t *privileges);

/* The guest's memory as this process sees it: gpa to pointer, NULL where there is none. len is a page. Called with the
 * card's lock held; must not call back. */
typedef void *(*hvbell_gpa_fn)(void *arg, uint64_t gpa, size_t len);
/* Where this partition's SIEF pages lie, from now on. Without it (fn NULL) the library keeps an overlay page of its
 * own for each VP, as a hypervisor does, wherever SIEFP says it lies. With it, an enabled SIEFP is the guest's page
 * (which must stay mapped until SIEFP leaves it): its old content goes, the flags the VP had come with it. A base
 * where fn returns NULL counts as disabled for signals (INVALID_SYNIC_STATE). -ENOTSUP with owned delivery: a guest
 * clears flags itself. TLFS 11.8, SIEF Page. arg is handed to
 * fn and stays the caller's, to keep until fn is replaced or the partition is removed. Blocks until what was accepted
 * is delivered; -errno also where the card cannot map a page (that VP stays where it was). */
int hvbell_partition_memory(hvbell_card *card, uint64_t id, hvbell_gpa_fn fn, void *arg);

/* Adds a VP in its reset state. It joins the partition's ports for HV_ANY_VP and those placed for it. -EEXIST;
 * -EINVAL for HV_ANY_VP and HV_VP_INDEX_SELF; -ENOSPC no VP, pending words or vector left. */
int hvbell_vp_add(hvbell_card *card, uint64_t partition, uint32_t vp);
/* Removes a VP after what was accepted for it is delivered. Threads in hvbell_wait() on it return -ENOENT. */
int hvbell_vp_remove(hvbell_card *card, uint64_t partition, uint32_t vp);
/* Resets a VP's SynIC (TLFS 11.8): SCONTROL, SIEFP and SIMP cleared, SINTs masked, page zeroed, pending signals
 * discarded. On return none of them can arrive any more; blocks for those in flight. */
int hvbell_vp_reset(hvbell_card *card, uint64_t partition, uint32_t vp);
/* Whether the partition has such a VP. Does not wait for management calls, does not fail. */
bool hvbell_vp_exists(hvbell_card *card, uint64_t partition, uint32_t vp);
/* How many VPs the partition has, or -ENOENT (no such partition). Does not wait for management calls. */
int hvbell_vp_count(hvbell_card *card, uint64_t partition);
/* Reads whether the card holds the VP faulty: an access to its page failed (hvbell_log_read() tells which), and
 * signals for it are accepted and dropped. Clearing ends that, after what waits is dropped; it blocks meanwhile. */
int hvbell_vp_faulty(hvbell_card *card, uint64_t partition, uint32_t vp, bool *faulty);
int hvbell_vp_clear_fault(hvbell_card *card, uint64_t partition, uint32_t vp);

/* ---- SynIC of a VP (TLFS 11.8) ---------------------------------------------------------------------------------- */

/* HV_SYNIC_SINT */
struct hvbell_sint {
	uint8_t vector;
	bool masked, auto_eoi, polling;
};
/* Set one register each of a VP (TLFS 11.8), as the host sees it: a state is placed, as a restore does. Each returns
 * only when the change has taken effect, with every signal accepted before delivered; it blocks for that. A change
 * from one state that accepts signals to another (SIEFP moved, polling switched) refuses none. gpa is a byte address.
 * -EINVAL: a gpa that is no page's, a SINT from 16. A vector below 16 is placed, which a guest's write
 * (hvbell_wrmsr()) may not do. */
int hvbell_set_scontrol(hvbell_card *card, uint64_t partition, uint32_t vp, bool enable);
int hvbell_set_siefp(hvbell_card *card, uint64_t partition, uint32_t vp, bool enable, uint64_t gpa);
int hvbell_set_sint(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, const struct hvbell_sint *value);
/* Reads one SINT register, also while the card is in error. -ENOENT, -EINVAL (a SINT from 16): *value is left as it
 * is. Touches no register of the card; waits where a management call holds its lock. */
int hvbell_get_sint(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, struct hvbell_sint *value);

#define HVBELL_FAULT_UD 6       /* x86 exception vectors */
#define HVBELL_FAULT_GP 13
/* A guest's access to a SynIC MSR (SCONTROL 0x40000080 .. SINT15 0x4000009f), TLFS 11.8. 0; HVBELL_FAULT_GP (positive)
 * where the guest has to get #GP: no such register, SVERSION written, an unmasked SINT with a vector below 16; or
 * -errno. A write blocks as the calls above do; a read touches no register of the card and works also while it is in
 * error. */
int hvbell_wrmsr(hvbell_card *card, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t value);
int hvbell_rdmsr(hvbell_card *card, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t *value);

/* ---- ports and connections (TLFS 11.9) ---------------------------------------------------------------------------
 * */

/* HV_PORT_INFO of an event port, and who it belongs to */
struct hvbell_port {
	uint64_t partition;             /* receiving */
	uint32_t id;
	uint32_t type;                  /* enum hvbell_port_type */
	uint64_t connection_partition;  /* the one that may connect; HVBELL_ANY_PARTITION only where placed */
	uint32_t target_sint;
	uint32_t target_vp;             /* or HVBELL_ANY_VP */
	uint32_t base_flag_number, flag_count;
	bool reserved_nonzero;          /* the caller's block had a non-zero reserved field */
};
/* HvCreatePort, HvDeletePort, HvConnectPort, HvDisconnectPort (TLFS 11.9) as made by the parent: HV_STATUS or -errno.
 * *port is copied. They are strict: a port takes one connection. Deleting and disconnecting block until what was
 * accepted through the port is delivered; connections to a deleted port live on as dead ones (INVALID_PORT_ID).
 * HV_STATUS_NO_RESOURCES: the card has no connection, pending word, vector or group left. */
int hvbell_create_port(hvbell_card *card, const struct hvbell_port *port);
int hvbell_delete_port(hvbell_card *card, uint64_t partition, uint32_t port_id);
int hvbell_connect_port(hvbell_card *card, uint64_t partition, uint32_t connection_id, uint64_t port_partition,
			uint32_t port_id);
int hvbell_disconnect_port(hvbell_card *card, uint64_t partition, uint32_t connection_id);
/* The same without the specification's checks: places a state, as a restore does. A port may be of any type, for a VP
 * that is not there, with any flags (none past 2047 can be signalled), for HVBELL_ANY_PARTITION; it may have any
 * number of connections, from any partitions. A connection to a port that is not there is dead, as if the port had
 * been deleted. 0 or -errno: -EEXIST that id is taken, -ENOSPC, -EINVAL a connection id wider than 24 bits. */
int hvbell_place_port(hvbell_card *card, const struct hvbell_port *port);
int hvbell_place_connection(hvbell_card *card, uint64_t partition, uint32_t connection_id, uint64_t port_partition,
			    uint32_t port_id);

/* Sets a flag in the SIEF page of a VP and interrupts nobody: places a state, as a restore does. -EINVAL: no such SINT
 * or flag; -ENOSPC: no pending word is left (owned delivery). */
int hvbell_place_flag(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, unsigned flag);

/* ---- signalling ------------------------------------------------------------------------------------------------- */

/* One caller's place on the card: a slot of its partition's doorbell page. One thread at a time uses one sender. */
typedef struct hvbell_sender {
	volatile uint64_t *doorbell;    /* the slot's SIGNAL register; NULL where the page is not mapped */
	hvbell_card *card;
	uint64_t offset;                /* of the slot in BAR2 */
	uint32_t slot;
} hvbell_sender;
/* Makes *sender the place at a slot, 0..15 (else -EINVAL), of a partition's doorbell page; -ENOENT. The sender is the
 * caller's, holds nothing, and is void after the partition is removed or the card is reset or closed. Two senders of
 * one slot must not be used at once. */
int hvbell_sender_init(hvbell_card *card, uint64_t partition, unsigned slot, hvbell_sender *sender);

/* What hvbell_signal_raw() does where the doorbell is not mapped; not to be called otherwise. One write through the
 * driver: may take a lock and wait for it. Never fails. */
void hvbell_signal_slow(const hvbell_sender *sender, uint64_t input);

/* The doorbell store itself: input is the hypercall's input block (ConnectionId 31:0, FlagNumber 47:32). One TLP.
 * Never blocks, never fails; what became of it is in the card's status. Wait-free, safe in a signal handler. */
static inline void hvbell_signal_raw(const hvbell_sender *sender, uint64_t input)
{
	if (__builtin_expect(sender->doorbell != NULL, 1))
		__atomic_store_n(sender->doorbell, input, __ATOMIC_RELAXED);
	else
		hvbell_signal_slow(sender, input);
}

/* What a sender knows of one connection, so that mistakes are found before the card sees them. */
typedef struct hvbell_connection {
	const hvbell_sender *sender;
	uint32_t id;
	uint32_t flag_count;
} hvbell_connection;
/* *conn keeps a pointer to sender, which must outlive it. HV_STATUS_INVALID_CONNECTION_ID where it is not connected,
 * HV_STATUS_INVALID_PORT_ID where its port is deleted or not of type event; conn then refuses every signal, as after
 * -errno. What is found is of this moment: after a change of the connection, init again. Takes the card's lock. */
int hvbell_connection_init(const hvbell_sender *sender, uint32_t connection_id, hvbell_connection *conn);

/* Signals flag of conn: HV_STATUS_SUCCESS once the store is made, HV_STATUS_INVALID_CONNECTION_ID for a null or
 * foreign handle, HV_STATUS_INVALID_PARAMETER for flag >= flag_count. */
static inline int hvbell_signal(const hvbell_connection *conn, uint32_t flag)
{
	if (__builtin_expect(!conn || conn->id > 0xffffffu, 0))
		return HV_STATUS_INVALID_CONNECTION_ID;
	if (__builtin_expect(flag >= conn->flag_count, 0))
		return HV_STATUS_INVALID_PARAMETER;
	hvbell_signal_raw(conn->sender, (uint64_t)flag << 32 | conn->id);
	return HV_STATUS_SUCCESS;
}

/* How long a synchronous signal waits: for the card's verdict, or also for the delivery. */
enum hvbell_wait { HVBELL_ACCEPTED, HVBELL_DELIVERED };
/* Signal, then read the card's HV_STATUS of it (positive, 0 success); with HVBELL_DELIVERED also until the flag is
 * visible in memory or has failed (see hvbell_vp_faulty()). Polls meanwhile, without a lock; as hvbell_signal_raw(),
 * one thread at a time for one slot. -ETIMEDOUT also while the card is quiesced; -ENODEV, -EIO. */
int hvbell_signal_sync(const hvbell_sender *sender, uint64_t input, enum hvbell_wait wait);

/* A kick: any 4-byte write of a doorbell slot's KICK register (docs/hardware.md) is the signal that is bound to the
 * slot here. It is for who can write an address but not choose 8 bytes: a KVM ioeventfd, hvbell_kick_eventfd(). A slot
 * belongs to one caller: a kick uses the slot's STATUS and DELIVERED as any signal does. What is bound is checked with
 * each kick, as every signal is; a slot without binding ignores kicks (counter bad_offset).
 *
 * Binds flag of a connection of the partition to its slot 0..15 (else -EINVAL), in place of what was bound. In effect
 * on return. Lasts until it is unbound, the partition is removed, or the card is reset or closed. Works while quiesced.
 * -ENOTSUP a card without kicks. */
int hvbell_kick_bind(hvbell_card *card, uint64_t partition, unsigned slot, uint32_t connection_id, uint16_t flag);
/* Unbinds it; what was kicked before is still delivered. Harmless where nothing is bound. Errors as above. */
int hvbell_kick_unbind(hvbell_card *card, uint64_t partition, unsigned slot);
/* Kicks the sender's slot from here, once, and reads the card's HV_STATUS of what that signalled; waits and returns as
 * hvbell_signal_sync(). Where nothing is bound the kick is ignored, and what it returns is of the slot's signal before.
 */
int hvbell_kick_sync(const hvbell_sender *sender, enum hvbell_wait wait);
/* Has every signal of the caller's eventfd kick the slot, with no process between, in place of the slot's eventfd
 * before; it is not taken over and may be closed after. -1: no more. Lasts as a binding does. Connect it to one slot,
 * and read it nowhere. -ENOTSUP: the card is not reached through the kernel (sim:, vfio-user:), or the kernel has no
 * VFIO_DEVICE_IOEVENTFD; -EINVAL also where it is no eventfd; what the kernel returns. */
int hvbell_kick_eventfd(hvbell_card *card, uint64_t partition, unsigned slot, int eventfd);

/* HvCallSignalEventDirect (0x00C0) as the root makes it: sets a flag of a VP without a port, and returns when it is in
 * memory. HV_STATUS (docs/design.md 4.9; INVALID_PARTITION_ID: no such partition) or -errno; *newly (may be NULL): the
 * flag was clear. A management call: one at a time on a card. */
int hvbell_signal_direct(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, unsigned flag, bool *newly);

/* ---- receiving -------------------------------------------------------------------------------------------------- */

/* The SIEF page of a VP as this process sees it (also while disabled); NULL where there is none. Flag f of SINT s is
 * bit f of the 256 bytes at 256 * s. Clear with locked operations; with owned delivery not at all, it is the card's:
 * hvbell_clear_flag() and what takes flags do. Valid until SIEFP or the partition's memory
 * changes, or the VP is removed. */
uint64_t *hvbell_sief(hvbell_card *card, uint64_t partition, uint32_t vp);
/* Clears one flag atomically; true where it was set, false also where there is no such VP, SINT or flag. Does not wait
 * for management calls. */
bool hvbell_clear_flag(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, unsigned flag);
/* The eventfd that the MSI-X message of (vp, sint) writes (the library's, not to be closed; valid until the VP is
 * removed), or -errno: -ENOENT before the first port of that SINT. It is also written, without a message, where flags
 * moved to another page, and where the VP is removed. */
int hvbell_eventfd(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint);
/* Reads the card's own count of messages it sent for (vp, sint) since the VP was added. Takes the card's lock, also
 * while it is quiesced. -ENOENT, -EINVAL (a SINT from 16), the card's errors. */
int hvbell_messages(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, uint64_t *count);

/* Called for each flag found set, after it was cleared. */
typedef void (*hvbell_flag_fn)(void *arg, unsigned sint, unsigned flag);
/* Takes every set flag of (vp, sint): scans only the words its ports use, clears with locked operations, looks again
 * until none is left, calls fn (which may be NULL, and may call the library) for each. Under a flood it ends after
 * some passes; what it leaves has interrupted again. Returns how many, or -errno. One thread at a time for one (vp,
 * sint). */
int hvbell_dispatch(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, hvbell_flag_fn fn, void *arg);
/* Dispatches, waiting up to timeout_ms (-1: for ever, 0: not) where no flag is set yet. A polling SINT is looked at
 * every millisecond. Returns how many; 0: time-out; -ENOENT: no port of that SINT, or the VP was removed meanwhile. */
int hvbell_wait(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, int timeout_ms, hvbell_flag_fn fn,
		void *arg);

/* A receiver's view for the hot path: made once, then hvbell_receive() is inline and touches only memory
 * (with owned delivery, the card too). */
typedef struct hvbell_receiver {
	uint64_t *words;                /* the SINT's 32 SIEF words, aligned as in their page */
	uint32_t used;                  /* words its ports use, a bit each */
	hvbell_card *card;              /* owned delivery only, as the rest */
	struct vp *vp;
	uint32_t sint;
} hvbell_receiver;
/* What hvbell_receive() does with owned delivery, of the words that have changed; not to be called otherwise. */
int hvbell_receive_owned(const hvbell_receiver *rx, uint32_t changed);
/* Makes *rx the view of (vp, sint) as it is now; it is the caller's and holds nothing. Void as soon as SIEFP, the
 * partition's memory or the SINT's ports change, or the VP is removed: make it anew. -ENOENT, -EINVAL (a SINT from
 * 16): rx then receives nothing. Does not wait for management calls. One thread at a time receives from one (vp,
 * sint). */
int hvbell_receiver_init(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, hvbell_receiver *rx);
/* Takes one set flag, the lowest: its number, or -1. Costs the same whichever flag it is; with owned delivery also a
 * round trip to the card, under a lock of the partition's receivers. */
static inline int hvbell_receive(const hvbell_receiver *rx)
{
	uint64_t *const words = rx->words;
	uint32_t changed = hvbell_changed(words) & rx->used;

	if (!changed)
		return -1;
	if (__builtin_expect(rx->card != NULL, 0))
		return hvbell_receive_owned(rx, changed);
	do {
		size_t w = (size_t)__builtin_ctz(changed);
		uint64_t bits = __atomic_load_n(&words[w], __ATOMIC_RELAXED);

		if (__builtin_expect(bits != 0, 1)) {
			size_t bit = (size_t)__builtin_ctzll(bits);

			__atomic_fetch_and(&words[w], ~(1ull << bit), __ATOMIC_ACQ_REL);
			return (int)(w * 64 + bit);
		}
	} while (changed &= changed - 1);
	return -1;
}

/* ---- control and observation ------------------------------------------------------------------------------------ */

/* Returns when every signal accepted before is in memory, or failed and was logged, and its interrupt was sent.
 * Blocks meanwhile. */
int hvbell_fence(hvbell_card *card);
/* Stops delivery, as before a snapshot: no new AtomicOp leaves the card until resume; returns when none is in flight.
 * Signals go on being accepted and wait on the card; changes return -EBUSY. The card's errors. */
int hvbell_quiesce(hvbell_card *card);
/* Ends a quiesce: what waited is delivered from now on. Does not wait for it; harmless where nothing was quiesced. The
 * card's errors. */
int hvbell_resume(hvbell_card *card);

/* Lets cycles of a single-stepped simulation's clock (sim:?step=1) pass, during which its signals, AtomicOps and
 * interrupts move; 0 asks for the time only. *now (may be NULL) is the clock's cycle afterwards, on the scale of struct
 * hvbell_trace. -ENOTSUP: the card's clock passes by itself. */
int hvbell_step(hvbell_card *card, uint64_t cycles, uint64_t *now);

/* Counters of a sending partition, in the order of the card (docs/hardware.md, code CNT). */
struct hvbell_counters {
	uint64_t accepted, coalesced;
	uint64_t access_denied, invalid_hypercall_input, invalid_connection_id, invalid_port_id, invalid_parameter,
		invalid_vp_index, invalid_synic_state;
	uint64_t bad_size, bad_offset, bad_enables, poisoned, atomic, half, reads;
};
/* Reads a sending partition's counters, since it was added. -ENOENT and the card's errors; works while quiesced. To be
 * called before 2^32 events of one kind have passed since the last time: the card counts in 32 bits. */
int hvbell_counters(hvbell_card *card, uint64_t partition, struct hvbell_counters *counters);

struct hvbell_card_counters {
	uint64_t atomics, hits, misses, faults, timeouts, unexpected, messages, pended, dropped, rx_bad, rx_miss,
		ctrl_bad, np_overflow, quota, writes;
};
/* Reads the counters of the whole card, since its reset (docs/hardware.md, registers N_*). They are read one after the
 * other while the card goes on. The card's errors; works while quiesced. */
int hvbell_card_counters(hvbell_card *card, struct hvbell_card_counters *counters);

/* One traced signal: cycles of the card's clock. */
struct hvbell_trace {
	uint64_t t0;                                    /* doorbell accepted */
	uint32_t to_request, to_completion, to_message; /* since t0; to_message 0: no interrupt was sent */
	uint8_t retries;
	bool message, fault;
	uint64_t partition;                             /* sender; UINT64_MAX: removed meanwhile */
	uint16_t word, vector;
};
/* Switches the trace of signals on or off; off after a reset. What was recorded stays to be read. Signals are not
 * slowed. The card's errors. */
int hvbell_trace_enable(hvbell_card *card, bool on);
/* The records written since the last call, oldest first, at most max; returns how many; *lost (may be NULL) counts
 * those overwritten before they were read. Never waits for a signal; one reader at a time gets each record. The card's
 * errors. */
int hvbell_trace_read(hvbell_card *card, struct hvbell_trace *records, int max, uint64_t *lost);

/* Whom a traced signal was for. */
struct hvbell_trace_names {
	uint64_t receiver;              /* partition */
	uint32_t vp, sint, port;
	uint32_t connection;            /* of the sender to that port, one of them where it has several; UINT32_MAX:
					 * none any more */
	uint32_t first_flag;            /* of the port, in the signal's pending word */
};
/* Finds them by the record's pending word, as it is used at this moment. -ENOENT: by no port, as of a direct signal or
 * where the port was deleted meanwhile. Touches no register; waits where a management call holds the card's lock. */
int hvbell_trace_names(hvbell_card *card, const struct hvbell_trace *record, struct hvbell_trace_names *names);

/* One record of the error log. */
struct hvbell_log {
	uint64_t time;          /* cycles */
	unsigned kind;          /* 1 UR or CA, 2 poisoned or malformed, 3 time-out */
	uint64_t iova, bits;    /* the word and the flags that were lost */
	uint64_t partition;     /* receiver; UINT64_MAX: removed meanwhile */
	uint32_t vp;            /* HVBELL_ANY_VP: removed meanwhile */
};
/* The same of the error log: the faults recorded since the last call, oldest first, at most max; returns how many;
 * *lost (may be NULL) counts those overwritten before they were read. The card's errors. */
int hvbell_log_read(hvbell_card *card, struct hvbell_log *records, int max, uint64_t *lost);

#pragma GCC visibility pop
#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif
#endif
