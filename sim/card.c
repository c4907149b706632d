/* SPDX-License-Identifier: MIT */
/* A card's thread, or its single-stepped stand-in, and the calls that reach it. */
#include "card.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "channel.h"
#include "enumerate.h"
#include "log.h"
#include "rc.h"

#define FILE_SHOWN 70u           /* characters of a file's name, so that a reason fits behind */

struct hvb_card {
	struct hvb_rtl *rtl;
	struct hvb_log *log;
	struct hvb_rc *rc;
	struct hvb_channel *channel;
	struct hvb_resources resources;
	bool stepped, threaded, stop;
	int wake;                        /* wakes run_apart(); -1: not needed */
	pthread_t thread;
	pthread_mutex_t clock;           /* single-stepped: held by the thread that passes cycles */
	pthread_mutex_t lock;            /* of what follows */
	int failed;                      /* the error of the last failure, which is in words: */
	char why[HVB_CARD_WHY];
	unsigned timeout;                /* of a request, in the card's cycles */
};

/* What a calling thread waits for; lives on its stack. What it looks at is one cache line, which comes from the card's
 * processor once. */
struct request {
	struct hvb_cell cell __attribute__((aligned(HVB_CACHE_LINE)));
	struct hvb_rc_wait wait;
};
_Static_assert(offsetof(struct request, wait.answer) <= HVB_CACHE_LINE, "what the caller looks at is one cache line");

struct call {
	hvb_card_fn fn;
	void *arg;
	struct hvb_cell cell;
};

static void request_done(struct hvb_rc_wait *wait)
{
	struct request *request = (struct request *)(void *)((char *)wait - offsetof(struct request, wait));

	hvb_cell_done(&request->cell);
}

static void accept(struct hvb_card *card, const struct hvb_message *message)
{
	if (message->kind == HVB_MESSAGE_WRITE) {
		hvb_rc_write(card->rc, message->addr, message->bytes, message->value);
	} else if (message->kind == HVB_MESSAGE_REQUEST) {
		struct request *request = message->object;

		hvb_rc_request(card->rc, (enum hvb_tlp_type)message->type, message->addr, message->bytes,
			       message->value, &request->wait);
	} else {
		struct call *call = message->object;

		call->fn(card->rc, call->arg);
		hvb_cell_done(&call->cell);
	}
}

/* Gives the root complex what it can take this cycle: any number of calls, one TLP. False where there was nothing. */
static bool feed(struct hvb_card *card)
{
	const struct hvb_message *next;
	bool any = false;

	while (hvb_rc_room(card->rc) && (next = hvb_channel_peek(card->channel))) {
		struct hvb_message message = *next;

		hvb_channel_pop(card->channel);
		accept(card, &message);
		any = true;
		if (message.kind != HVB_MESSAGE_CALL)
			break;
	}
	return any;
}

static void cycle(struct hvb_card *card)
{
	feed(card);
	hvb_rc_clock(card->rc);
}

static void sleep_at_pins(struct hvb_card *card)
{
	if (hvb_channel_lie_down(card->channel) && !__atomic_load_n(&card->stop, __ATOMIC_SEQ_CST))
		card->rtl->wait(card->rtl, card->wake);
	hvb_channel_rise(card->channel);
}

/* The card has a clock of its own: what comes over its pins is waited for. */
static void *run_apart(void *arg)
{
	struct hvb_card *card = arg;

	while (!__atomic_load_n(&card->stop, __ATOMIC_ACQUIRE)) {
		bool fed = feed(card);

		hvb_rc_clock(card->rc);
		if (card->rtl->out.gone)
			hvb_rc_link(card->rc, false);
		if (!fed && !hvb_rc_pressed(card->rc))
			sleep_at_pins(card);
	}
	return NULL;
}

static void *run(void *arg)
{
	struct hvb_card *card = arg;

	while (!__atomic_load_n(&card->stop, __ATOMIC_ACQUIRE)) {
		if (feed(card) || !hvb_rc_idle(card->rc))
			hvb_rc_clock(card->rc);
		else
			hvb_channel_wait(card->channel, &card->stop);
	}
	return NULL;
}

/* Single-stepped: the writer that finds the ring full passes the cycles that empty it. */
static void make_room(void *arg)
{
	struct hvb_card *card = arg;

	pthread_mutex_lock(&card->clock);
	cycle(card);
	pthread_mutex_unlock(&card->clock);
}

/* The card's thread takes no signals: they belong to the program's own. But for what it does itself it must answer:
 * mapped memory may be gone (SIGBUS). */
static int start_thread(struct hvb_card *card)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&card->thread, NULL, card->rtl->clock ? run_apart : run, card);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	card->threaded = !err;
	return -err;
}

/* The file's name and the reason; of a long name its end. */
static int file_failed(struct hvb_card *card, int err, const char *path)
{
	size_t length = strlen(path);
	bool whole = length <= FILE_SHOWN;

	return hvb_card_failed(card, err, "%s%s: %s", whole ? "" : "...", whole ? path : path + length - FILE_SHOWN,
			       strerror(-err));
}

static int open_files(struct hvb_card *card, const struct hvb_sim_options *options, const char **what)
{
	int err = 0;

	if (options->trace[0]) {
		err = hvb_rtl_trace(card->rtl, options->trace);
		*what = "opening the waveform file";
		if (err)
			return file_failed(card, err, options->trace);
	}
	if (options->log[0]) {
		err = hvb_log_open(options->log, options->check_off, &card->log);
		*what = "opening the TLP log";
		if (err)
			return file_failed(card, err, options->log);
	}
	return 0;
}

static int set_check_off(struct hvb_card *card, uint16_t check_off)
{
#ifdef HVB_CHECK_OFF
	card->rtl->in.check_off = check_off;
	return 0;
#else
	(void)card;
	return check_off ? -ENOTSUP : 0;
#endif
}

static int make_wake(struct hvb_card *card)
{
	card->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	hvb_channel_wake_by(card->channel, card->wake);
	return card->wake < 0 ? -errno : 0;
}

static void free_pins(struct hvb_rtl *rtl)
{
	if (rtl && rtl->free)
		rtl->free(rtl);
	else
		hvb_rtl_free(rtl);
}

static int bring_up(struct hvb_card *card, const struct hvb_sim_options *options, const char **what)
{
	int err;

	*what = "memory";
	if (!card->rtl)
		card->rtl = hvb_rtl_new();
	card->channel = hvb_channel_new(options->step ? make_room : NULL, card);
	if (!card->rtl || !card->channel)
		return -ENOMEM;
	err = open_files(card, options, what);
	if (err)
		return err;
	*what = "switching checks off (off=)";
	err = set_check_off(card, options->check_off);
	if (err)
		return err;
	*what = "memory";
	card->rc = hvb_rc_new(&options->link, card->rtl, card->log);
	if (!card->rc)
		return -ENOMEM;
	*what = "starting the card's thread";
	err = card->rtl->clock ? make_wake(card) : 0;
	if (!err && !card->stepped)
		err = start_thread(card);
	if (err)
		return err;
	*what = "enumeration of the card";
	err = hvb_enumerate(card, &card->resources);
	return err ? err : hvb_wait_ready(card);
}

int hvb_card_open(const struct hvb_sim_options *options, struct hvb_card **card, char why[HVB_CARD_WHY])
{
	struct hvb_card *made = calloc(1, sizeof(*made));
	const char *what;
	int err;

	if (!made) {
		snprintf(why, HVB_CARD_WHY, "no memory for a card");
		free_pins(options->pins);
		return -ENOMEM;
	}
	pthread_mutex_init(&made->clock, NULL);
	pthread_mutex_init(&made->lock, NULL);
	made->timeout = options->link.timeout;
	made->stepped = options->step;
	made->rtl = options->pins;
	made->wake = -1;
	err = bring_up(made, options, &what);
	if (err) {
		snprintf(why, HVB_CARD_WHY, "%s failed: %.120s", what, made->failed ? made->why : strerror(-err));
		hvb_card_close(made);
		return err;
	}
	*card = made;
	return 0;
}

int hvb_card_close(struct hvb_card *card)
{
	int err;

	if (!card)
		return 0;
	if (card->threaded) {
		__atomic_store_n(&card->stop, true, __ATOMIC_SEQ_CST);
		hvb_channel_wake(card->channel);
		pthread_join(card->thread, NULL);
	}
	err = hvb_log_close(card->log, card->rtl);
	hvb_rc_free(card->rc);
	free_pins(card->rtl);
	if (card->wake >= 0)
		close(card->wake);
	hvb_channel_free(card->channel);
	pthread_mutex_destroy(&card->clock);
	pthread_mutex_destroy(&card->lock);
	free(card);
	return err;
}

uint64_t hvb_card_bar_size(const struct hvb_card *card, unsigned bar)
{
	return bar < HVB_CARD_BARS ? card->resources.bars[bar].size : 0;
}

unsigned hvb_card_vectors(const struct hvb_card *card)
{
	return card->resources.vectors;
}

void hvb_card_write(struct hvb_card *card, unsigned bar, uint64_t offset, unsigned bytes, uint64_t value)
{
	const struct hvb_message message = {
		.kind = HVB_MESSAGE_WRITE, .bytes = (uint8_t)bytes,
		.addr = card->resources.bars[bar].address + offset, .value = value,
	};

	hvb_channel_send(card->channel, &message);
}

static void wait_for(struct hvb_card *card, struct hvb_cell *cell)
{
	if (!card->stepped) {
		hvb_cell_wait(cell);
		return;
	}
	pthread_mutex_lock(&card->clock);
	while (!hvb_cell_is_done(cell))
		cycle(card);
	pthread_mutex_unlock(&card->clock);
}

int hvb_card_failed(struct hvb_card *card, int err, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	pthread_mutex_lock(&card->lock);
	card->failed = err;
	vsnprintf(card->why, sizeof(card->why), what, args);
	pthread_mutex_unlock(&card->lock);
	va_end(args);
	return err;
}

int hvb_card_why(struct hvb_card *card, char why[HVB_CARD_WHY])
{
	int err;

	pthread_mutex_lock(&card->lock);
	err = card->failed;
	memcpy(why, card->why, sizeof(card->why));
	pthread_mutex_unlock(&card->lock);
	return err;
}

static int request(struct hvb_card *card, enum hvb_tlp_type type, uint64_t addr, unsigned bytes, uint64_t *value)
{
	struct request answer = { .wait.done = request_done };
	const struct hvb_message message = {
		.kind = HVB_MESSAGE_REQUEST, .bytes = (uint8_t)bytes, .type = (uint8_t)type,
		.addr = addr, .value = *value, .object = &answer,
	};

	hvb_channel_send(card->channel, &message);
	wait_for(card, &answer.cell);
	*value = answer.wait.value;
	return answer.wait.err;
}

#define CONFIG_SPACE -1

static int answered(struct hvb_card *card, int err, const char *what, int bar, uint64_t offset)
{
	char place[24] = "configuration space";

	if (!err)
		return 0;
	if (bar != CONFIG_SPACE)
		snprintf(place, sizeof(place), "BAR %d", bar);
	if (err == -ETIMEDOUT)
		return hvb_card_failed(card, err, "no completion of a %s of %s at 0x%llx within %u %s", what, place,
				       (unsigned long long)offset, card->timeout, card->rtl->clock ? "us" : "cycles");
	return hvb_card_failed(card, err, "a %s of %s at 0x%llx: %s", what, place, (unsigned long long)offset,
			       err == -ENODEV ? "the link is down" : "the card answers with an error");
}

int hvb_card_read(struct hvb_card *card, unsigned bar, uint64_t offset, unsigned bytes, uint64_t *value)
{
	int err;

	*value = 0;
	err = request(card, HVB_TLP_MRD, card->resources.bars[bar].address + offset, bytes, value);
	return answered(card, err, "read", (int)bar, offset);
}

int hvb_card_config_write(struct hvb_card *card, unsigned offset, unsigned bytes, uint32_t value)
{
	uint64_t wide = value;
	int err = request(card, HVB_TLP_CFGWR0, offset, bytes, &wide);

	return answered(card, err, "write", CONFIG_SPACE, offset);
}

int hvb_card_config_read(struct hvb_card *card, unsigned offset, unsigned bytes, uint32_t *value)
{
	uint64_t wide = 0;
	int err = request(card, HVB_TLP_CFGRD0, offset, bytes, &wide);

	*value = (uint32_t)wide;
	return answered(card, err, "read", CONFIG_SPACE, offset);
}

int hvb_card_reset(struct hvb_card *card)
{
	struct hvb_resources resources;
	int err = hvb_function_reset(card, &card->resources);

	if (!err)
		err = hvb_enumerate(card, &resources);
	return err ? err : hvb_wait_ready(card);
}

void hvb_card_call(struct hvb_card *card, hvb_card_fn fn, void *arg)
{
	struct call call = { .fn = fn, .arg = arg };
	const struct hvb_message message = { .kind = HVB_MESSAGE_CALL, .object = &call };

	if (card->stepped) {
		pthread_mutex_lock(&card->clock);
		fn(card->rc, arg);
		pthread_mutex_unlock(&card->clock);
		return;
	}
	hvb_channel_send(card->channel, &message);
	hvb_cell_wait(&call.cell);
}

int hvb_card_step(struct hvb_card *card, uint64_t n)
{
	if (!card->stepped)
		return -EINVAL;
	pthread_mutex_lock(&card->clock);
	for (uint64_t i = 0; i < n; i++)
		cycle(card);
	pthread_mutex_unlock(&card->clock);
	return 0;
}

static void read_cycle(struct hvb_rc *rc, void *arg)
{
	*(uint64_t *)arg = hvb_rc_cycle(rc);
}

uint64_t hvb_card_cycle(struct hvb_card *card)
{
	uint64_t cycle;

	hvb_card_call(card, read_cycle, &cycle);
	return cycle;
}

unsigned hvb_card_timeout(const struct hvb_card *card)
{
	return card->timeout;
}
