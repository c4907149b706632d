/* SPDX-License-Identifier: MIT */
/* A context: made of its parts, and taken apart. Its callers are the threads that call the driver back, several at
 * once, so that a slow callback holds up neither the pump nor the next one. */
#include <signal.h>
#include <sys/socket.h>
#include "miracast_internal.h"

static void *call_back(void *arg)
{
	struct hvmc *c = arg;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		struct hvmc_message m;

		while (c->called == c->done && !c->finished)
			pthread_cond_wait(&c->done_cond, &c->lock);
		if (c->called == c->done)
			break;
		m = *hvmc_message(c, c->called++);
		pthread_mutex_unlock(&c->lock);
		if (m.callback)
			m.callback(m.context, &m.block);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Callers first, the pump last: as many as there are threads. */
static int start_threads(struct hvmc *c)
{
	int err = 0;

	for (; !err && c->threads < HVMC_CALLERS; c->threads += !err)
		err = -pthread_create(&c->callers[c->threads], NULL, call_back, c);
	if (!err)
		err = -pthread_create(&c->pump, NULL, hvmc_pump, c);
	c->threads += !err;
	return err;
}

static int start(struct hvmc *c)
{
	sigset_t all, before;
	int err;

	/* the program's signals are not for these threads */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = start_threads(c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

int hvmc_open(hvbell_card *card, const struct hvcall_dxgk_miracast_options *options,
	      struct hvcall_dxgk_miracast_counters *counters, struct hvmc **out)
{
	struct hvmc *c = calloc(1, sizeof(*c));
	int err;

	*out = c;
	if (!c)
		return -ENOMEM;
	c->counters = counters;
	c->epoll = c->wake = -1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->done_cond, NULL);
	err = hvmc_wire_open(&c->wire, card, options->host, options->guest, options->socket);
	if (err)
		return err;
	c->requests = (struct hvmc_end){ .lane = &c->wire.shared->requests, .bytes = c->wire.shared->request_bytes };
	c->answers = (struct hvmc_end){ .lane = &c->wire.shared->answers, .bytes = c->wire.shared->answer_bytes };
	err = hvmc_watch(c);
	return err ? err : start(c);
}

void hvmc_stop(struct hvmc *c)
{
	if (c->wake >= 0)
		hvmc_end(c, STATUS_INVALID_HANDLE);
	if (c->threads > HVMC_CALLERS)
		pthread_join(c->pump, NULL);
	else
		hvmc_cancel_all(c);
	for (unsigned n = 0; n < c->threads && n < HVMC_CALLERS; n++)
		pthread_join(c->callers[n], NULL);
	c->threads = 0;
	/* also where somebody else holds a duplicate; not where a context that failed may be followed by another */
	if (c->wire.handed_over)
		shutdown(c->wire.socket, SHUT_RDWR);
	if (c->epoll >= 0)
		close(c->epoll);
	if (c->wake >= 0)
		close(c->wake);
	c->epoll = c->wake = -1;
}

bool hvmc_in_callback(const struct hvmc *c)
{
	for (unsigned n = 0; n < c->threads && n < HVMC_CALLERS; n++)
		if (pthread_equal(c->callers[n], pthread_self()))
			return true;
	return false;
}

static void free_context(struct hvmc *c)
{
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->done_cond);
	free(c);
}

int hvmc_close(struct hvmc *c)
{
	int err = hvmc_wire_close(&c->wire);

	if (!err)
		free_context(c);
	return err;
}

void hvmc_abandon(struct hvmc *c)
{
	hvmc_wire_abandon(&c->wire);
	free_context(c);
}
