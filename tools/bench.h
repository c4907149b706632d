/* SPDX-License-Identifier: MIT */
/*
 * hvbell bench: what the parts of the benchmark share. A path is a way for a signal to go, through the card or through
 * software; a clock is what it is timed by; a result is one path timed by one clock in one way of waiting.
 */
#ifndef TOOLS_BENCH_H
#define TOOLS_BENCH_H
#include <hvbell/hvbell.h>
#include <sched.h>
#include <stdio.h>
#include "bench_ledger.h"

#define BENCH_SENDERS_MAX 16u
#define BENCH_VPS_MAX 256u
#define BENCH_SINT 2u
#define BENCH_FLAGS 256u        /* of the way that latencies are measured on: four SIEF words */
#define BENCH_WORDS 0xfu        /* ... these */
#define BENCH_RESULTS_MAX 128u
#define BENCH_SINGLES 12u       /* signals of one card that the page shows one by one */
#define BENCH_CARDS 2u          /* by AtomicOps, and with owned delivery */

/* ---- clocks: bench_clock.c --------------------------------------------------------------------------------------- */

/* Whose time it is. CARD: cycles of the card's own stamps; MODEL: cycles of a simulated card, its link and its host's
 * memory; both the same on every machine. WALL: nanoseconds of this machine's clock. */
enum bench_time { BENCH_CARD, BENCH_MODEL, BENCH_WALL };

struct bench_clock {
	enum bench_time time;
	uint64_t (*now)(struct bench_clock *clock);
	/* lets time pass, at most to until: the model's clock stands otherwise */
	void (*pass)(struct bench_clock *clock, uint64_t until);
	hvbell_card *card;              /* MODEL: the one that is stepped */
	uint64_t cycle;                 /* MODEL: now */
	unsigned looks;                 /* WALL */
	int err;                        /* of a step that failed */
};
/* The model's clock where the card is single-stepped, else this machine's. */
void bench_clock_init(struct bench_clock *clock, hvbell_card *card);
/* Nanoseconds of this machine's monotonic clock. */
uint64_t bench_wall(void);
/* "card", "model", "wall", and the unit, "cycles" or "ns". */
const char *bench_time_name(enum bench_time time);
const char *bench_time_unit(enum bench_time time);

/* ---- what is measured ------------------------------------------------------------------------------------------- */

/* How the receiver learns of a signal. */
enum bench_mode { BENCH_POLL, BENCH_POLL_EVENTFD, BENCH_EVENTFD, BENCH_EPOLL, BENCH_IO_URING, BENCH_MODES };
const char *bench_mode_name(enum bench_mode mode);

/* One way for a signal to go. */
struct bench_path {
	const char *name;               /* "card", "card, owned", "software: ..." */
	void (*send)(struct bench_path *path, unsigned flag);
	hvbell_receiver rx;             /* where its flags appear */
	int eventfd;                    /* written when a flag was clear */
	void *arg;
};

/* Times of one kind. */
struct bench_result {
	const char *name;               /* "doorbell_to_flag" */
	const char *path, *mode;        /* mode "": does not apply */
	enum bench_time time;
	uint64_t period;                /* between intended starts, in the unit of time; 0: one signal at a time */
	unsigned width;                 /* receivers or senders, where it is more than one; else 0 */
	struct bench_histogram *times;  /* NULL: not measured, why says it */
	uint64_t sent, lost, duplicate, out_of_order;
	char why[120];
};

/* What a flood came to. */
struct bench_rate {
	const char *name, *path;
	enum bench_time time;
	uint64_t signals, taken, interrupts, atomics, writes, elapsed;
};

/* One signal's way: cycles of the model's clock; on a real card only what the card stamps, from 0. */
struct bench_single {
	uint64_t issued, accepted, requested, completed, sent, flag_seen, interrupt_seen;
	bool message;
};

struct bench_singles {
	const char *card;               /* bench->card then */
	bool owned;                     /* the message right behind a posted write, not behind an AtomicOp */
	struct bench_single signals[BENCH_SINGLES];
	unsigned count;
};

struct bench_options {
	const char *url;
	uint64_t count, warm;           /* signals of each measurement; 0 of count: chosen by the card */
	double rate;                    /* signals a second, open loop; 0: a quarter of what one at a time reaches */
	const char *html, *hgrm, *baseline;
	bool json;
};

struct bench {
	struct bench_options options;
	struct hvbell_info info;
	char url[300];
	bool simulated, stepped;        /* stepped: the user asked for the model's clock alone (step=1) */
	const char *card;               /* path of what is measured now: "card", or "card, owned" */
	bool interrupted;               /* by the user: what follows was not measured */
	int cpu_sender, cpu_receiver;   /* -1: not pinned */
	cpu_set_t cpus;                 /* where threads may run that are not pinned */
	bool locked;                    /* memory */
	int dma_latency;                /* the open file; -1: refused */
	uint64_t patience;              /* ns without anything seen after which what is open is lost */
	uint64_t wall_period;           /* of open loops by the wall's clock, the same for all paths; 0: not known */
	uint64_t model_read, wall_read; /* medians of a BAR read's round trip: cycles, ns; 0: not measured */
	struct bench_result results[BENCH_RESULTS_MAX];
	unsigned result_count;
	struct bench_rate rates[BENCH_RESULTS_MAX];
	unsigned rate_count;
	struct bench_singles singles[BENCH_CARDS];
	unsigned singles_count;
	struct json_object *environment, *comparison, *unlike;
};

/* A new result in the bench's table, its histogram made; NULL (said on standard error): out of memory. */
struct bench_result *bench_result_add(struct bench *bench, const char *name, const char *path, const char *mode,
				      enum bench_time time);
/* Why a result has no samples. */
const char *bench_why(const struct bench *bench, const struct bench_result *result);
/* Whether the user wants an end (Ctrl-C, SIGTERM), from the moment that this is looked out for. */
void bench_stop_on_interrupt(void);
bool bench_stopped(void);
/* The exit status then, as a shell has it of who dies of the signal: 128 and its number; 0: nobody wants an end. */
int bench_stop_status(void);

/* ---- worlds: bench_world.c --------------------------------------------------------------------------------------- */

#define BENCH_SENDER 0x2000u     /* the first sender's partition */

struct bench_world_shape {
	unsigned vps, senders, flags;   /* of the receiving partition; sending partitions; flags of each port */
	bool back;                      /* the first sender has a VP of its own, and a connection back */
};

struct bench_world {
	hvbell_card *card;
	struct bench_world_shape shape;
	hvbell_sender sender[BENCH_SENDERS_MAX], back_sender;
	hvbell_connection connection[BENCH_SENDERS_MAX], back;
	hvbell_connection to_vp[BENCH_VPS_MAX];         /* the first sender's, to each VP */
	hvbell_receiver rx[BENCH_VPS_MAX], back_rx;
	int eventfd[BENCH_VPS_MAX], back_eventfd;
};
/* Resets the card and makes the world: 0 or -errno (hvbell_error() says more). With one VP each sender has flags of its
 * own there, behind one another; with more, the first sender signals them all. */
int bench_world(struct bench_world *world, hvbell_card *card, const struct bench_world_shape *shape);
/* What results of this card are called: "card", or with owned delivery "card, owned". */
const char *bench_card_name(hvbell_card *card);
/* The card's way from the first sender to the first VP. */
void bench_world_path(struct bench_world *world, struct bench_path *path);
/* One read of a register of the card. */
int bench_world_read(struct bench_world *world);

/* ---- measurements: bench_latency.c, bench_stages.c, bench_ping_pong.c, bench_turns.c, bench_flood.c, ... -----------
 * Each adds its results; 0 or -errno of the card. A world is made anew for each. */
int bench_calibrate(struct bench *bench, hvbell_card *card);
/* Doorbell to flag and to interrupt by polling, one at a time and open loop. */
int bench_latencies(struct bench *bench, hvbell_card *card);
/* The card's own stamps, and single signals stage by stage. */
int bench_stages(struct bench *bench, hvbell_card *card);
/* Interrupt to next signal, and round trips between two partitions. */
int bench_ping_pong(struct bench *bench, hvbell_card *card);
int bench_turns(struct bench *bench, hvbell_card *card);
/* What the trace ring has of message to next doorbell: of signals of one partition, or of all (UINT64_MAX). */
int bench_read_turns(hvbell_card *card, struct bench_result *turns, uint64_t from);
int bench_fan_out(struct bench *bench, hvbell_card *card);
int bench_floods(struct bench *bench, hvbell_card *card);
/* Whether the lookup costs more with more connections, and with more VPs. */
int bench_scale(struct bench *bench, hvbell_card *card);

/* count signals, one at a time, at most 256: their stamps in records; how many there are, or -errno. */
int bench_stamped(struct bench_clock *clock, struct bench_path *path, struct hvbell_trace *records, unsigned count);
/* One path in every way of waiting, one at a time and open loop, by the wall's clock. */
void bench_modes(struct bench *bench, struct bench_path *path);
int bench_waits(struct bench *bench, hvbell_card *card);
int bench_software(struct bench *bench);
/* -errno: there is no KVM here, or not for us. */
int bench_kvm(struct bench *bench);

/* ---- what it runs on: bench_environment.c ------------------------------------------------------------------------ */
/* Chooses the processors: "SENDER,RECEIVER", "none", NULL: the first two. False where it is none of these. */
bool bench_cpus(struct bench *bench, const char *text);
/* Locks memory and forbids deep sleep, where we may; and ends that. */
void bench_quiet(struct bench *bench);
void bench_loud(struct bench *bench);
bool bench_in_vm(void);
/* Whether the wall's clock says anything of a card's latency: of a real one, and not in a virtual machine. */
bool bench_wall_valid(const struct bench *bench);
/* Fills bench->environment. */
void bench_environment(struct bench *bench);

/* ---- output: bench_table.c, bench_json.c, bench_hgrm.c, bench_html.c --------------------------------------------- */
void bench_table(const struct bench *bench);
/* Whether this is the URL of a board behind VFIO; any other card may be a simulation. */
bool bench_is_board(const char *url);
/* A simulated card's link: its name (NULL: none of the named ones), cycles one way, and how many more it may take at
 * random. False: not known. */
bool bench_link(const struct bench *bench, const char **name, unsigned *cycles, unsigned *jitter);
/* "the link gen3x8, 45 cycles one way" */
const char *bench_link_text(const struct bench *bench, char *text, size_t size);
/* Whether a path goes through the card, however it delivers. */
bool bench_of_card(const char *path);
/* The card's own result for the same work and way of waiting; NULL: there is none. */
const struct bench_result *bench_card_result(const struct bench *bench, const struct bench_result *result);
struct json_object *bench_json(const struct bench *bench);
/* The result beside an earlier one's JSON (bench_json()'s form): an array, the caller's, of the percentiles that both
 * have, open loops at the same rate only. The wall's clock counts where both are of boards. */
struct json_object *bench_compare(struct json_object *before, struct json_object *after);
/* In what the two runs are not alike: an array of sentences, the caller's. */
struct json_object *bench_unlike(struct json_object *before, struct json_object *after);
/* Reads such a file; NULL (said on standard error): it is none. */
struct json_object *bench_baseline_read(const char *path);
/* "slower", "faster" or "same", from two confidence intervals. */
const char *bench_verdict(uint64_t old_low, uint64_t old_high, uint64_t new_low, uint64_t new_high);
/* Whether anything of the card became slower: how software does on this machine is not the card's. */
bool bench_slower(struct json_object *comparison);
void bench_print_comparison(struct json_object *comparison, struct json_object *unlike, const char *path);
/* Files for plotters of HdrHistogram's percentiles. The directory is made first, where it is not there: 0 or -errno,
 * also where nothing may be written there. Then the files: 0 or -errno, and the file that failed. */
int bench_hgrm_directory(const char *directory);
int bench_hgrm(const struct bench *bench, const char *directory, char *failed, size_t size);
void bench_hgrm_write(FILE *file, const struct bench_histogram *h);
/* Nanoseconds of a time in the result's unit: cycles at the card's clock. */
double bench_ns(const struct bench *bench, enum bench_time time, double value);
/* The shares that are told as percentiles, and which of them has enough samples behind it. */
#define BENCH_SHARES 5
extern const double bench_shares[BENCH_SHARES];
#define BENCH_BEHIND_MIN 10u

/* ---- loops: bench_loop.c, bench_threads.c ------------------------------------------------------------------------ */

/* Sends and takes until all is seen or nothing more comes, in one thread. mode is BENCH_POLL or BENCH_POLL_EVENTFD. One
 * at a time, the next signal starts when flag and interrupt of the one before have come. */
void bench_loop(struct bench_clock *clock, struct bench_path *path, struct bench_ledger *ledger, enum bench_mode mode);
/* The same in two threads by the wall's clock, in any mode but BENCH_POLL_EVENTFD. 0, or -errno where this machine does
 * not have the mode. */
int bench_threads(const struct bench *bench, struct bench_path *path, struct bench_ledger *ledger,
		  enum bench_mode mode);
#endif
