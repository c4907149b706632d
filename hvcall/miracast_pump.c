/* SPDX-License-Identifier: MIT */
/*
 * The sender's pump: the thread that waits for whatever may concern a context: the card's message (there are answers,
 * or there is room), the receiver's end of the socket, and, where no kernel makes kicks of the receiver's eventfd, that
 * eventfd. It alone finishes messages.
 *
 * The receiver's eventfd is waited for edge by edge and never read: whoever holds it can empty it, or make a read of it
 * block.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "miracast_internal.h"

enum { FROM_CARD, FROM_RECEIVER, FROM_SOCKET, FROM_US, SOURCES };

static void finish(struct hvmc *c, NTSTATUS status, uint32_t information)
{
	struct hvmc_message *m;

	pthread_mutex_lock(&c->lock);
	m = hvmc_message(c, c->done);
	m->block.Status = status;
	m->block.Information = information;
	free(m->copy);
	m->copy = NULL;
	c->done++;
	pthread_cond_signal(&c->done_cond);
	pthread_mutex_unlock(&c->lock);
}

/* Whether there is a message that the receiver has got whole. */
static bool expects_answer(struct hvmc *c)
{
	bool expected;

	pthread_mutex_lock(&c->lock);
	expected = c->done != c->sent;
	pthread_mutex_unlock(&c->lock);
	return expected;
}

static bool sound(struct hvmc *c)
{
	const struct hvmc_answer *answer = &c->answer;

	return expects_answer(c) && answer->number == (uint32_t)c->done && !answer->zero &&
	       (NTSTATUS)answer->status != STATUS_PENDING &&
	       answer->information <= hvmc_message(c, c->done)->request.output_size;
}

/* The next piece of an answer: 1 there may be more, 0 there is no more now, -EPROTO. */
static int take_piece(struct hvmc *c)
{
	size_t header = sizeof(c->answer), into;
	int64_t bytes;
	uint8_t *output;

	if (c->answer_bytes < header) {
		bytes = hvmc_read(&c->answers, (uint8_t *)&c->answer + c->answer_bytes, header - c->answer_bytes);
		if (bytes <= 0)
			return (int)bytes;
		c->answer_bytes += (size_t)bytes;
		if (c->answer_bytes == header && !sound(c))
			return -EPROTO;
	} else {
		into = c->answer_bytes - header;
		output = hvmc_message(c, c->done)->output;
		bytes = hvmc_read(&c->answers, output ? output + into : NULL, c->answer.information - into);
		if (bytes <= 0)
			return (int)bytes;
		c->answer_bytes += (size_t)bytes;
	}
	if (c->answer_bytes == header + c->answer.information) {
		c->answer_bytes = 0;
		hvmc_count(&c->counters->answered);
		finish(c, (NTSTATUS)c->answer.status, c->answer.information);
	}
	return 1;
}

static void take_answers(struct hvmc *c)
{
	int more;

	do {
		more = take_piece(c);
	} while (more > 0);
	if (more < 0)
		hvmc_end(c, STATUS_UNSUCCESSFUL);
}

/* What has happened; true where the lanes are to be looked at, which is for the card alone to say. */
static bool look_at(struct hvmc *c, unsigned source)
{
	switch (source) {
	case FROM_CARD:
		/* the flag goes before the lanes are looked at: one set behind the look is a message again */
		if (hvbell_dispatch(c->wire.card, c->wire.host, 0, HVMC_SINT, NULL, NULL) == -ENOENT)
			hvmc_end(c, STATUS_DEVICE_REMOVED);
		return true;
	case FROM_RECEIVER:
		hvbell_signal_raw(&c->wire.relay, HVMC_CONNECTION);
		return false;
	case FROM_SOCKET:
		/* what it answered before counts */
		take_answers(c);
		hvmc_end(c, STATUS_DEVICE_NOT_READY);
		return false;
	default:        /* hvmc_end() has said why */
		return false;
	}
}

static bool ended(struct hvmc *c)
{
	bool is;

	pthread_mutex_lock(&c->lock);
	is = c->ended != 0;
	pthread_mutex_unlock(&c->lock);
	return is;
}

/* An answer may have come in part: what is told of its message is that it was cancelled. */
void hvmc_cancel_all(struct hvmc *c)
{
	while (c->done != c->queued) {
		hvmc_count(&c->counters->cancelled);
		finish(c, STATUS_CANCELLED, 0);
	}
	pthread_mutex_lock(&c->lock);
	c->finished = true;
	pthread_cond_broadcast(&c->done_cond);
	pthread_mutex_unlock(&c->lock);
}

void *hvmc_pump(void *arg)
{
	struct hvmc *c = arg;
	struct epoll_event events[SOURCES];

	while (!ended(c)) {
		int count = epoll_wait(c->epoll, events, SOURCES, -1);
		bool look = false;

		for (int i = 0; i < count; i++)
			look |= look_at(c, events[i].data.u32);
		if (!look || ended(c))
			continue;
		take_answers(c);
		hvmc_advance(c);
	}
	hvmc_cancel_all(c);
	return NULL;
}

static int watch(struct hvmc *c, int fd, uint32_t events, unsigned source)
{
	struct epoll_event event = { .events = events, .data.u32 = source };

	return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int hvmc_watch(struct hvmc *c)
{
	int err;

	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->epoll < 0 || c->wake < 0)
		return -errno;
	err = watch(c, c->wake, EPOLLIN, FROM_US);
	err = err ? err : watch(c, c->wire.interrupt, EPOLLIN | EPOLLET, FROM_CARD);
	err = err ? err : watch(c, c->wire.socket, EPOLLRDHUP, FROM_SOCKET);
	return err || !c->wire.relayed ? err : watch(c, c->wire.kick, EPOLLIN | EPOLLET, FROM_RECEIVER);
}
