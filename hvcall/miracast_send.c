/* SPDX-License-Identifier: MIT */
/* The sender's ring of messages: queueing them, and putting them on the lane piece by piece. */
#include "miracast_internal.h"

/* The next piece of the message that is being sent: how many bytes went, or -EPROTO. */
static int64_t send_piece(struct hvmc *c, const struct hvmc_message *m)
{
	size_t header = sizeof(m->request);

	if (c->sent_bytes < header)
		return hvmc_write(&c->requests, (const uint8_t *)&m->request + c->sent_bytes, header - c->sent_bytes);
	return hvmc_write(&c->requests, m->input + (c->sent_bytes - header),
			  m->request.input_size - (c->sent_bytes - header));
}

/* Puts on the lane what goes; with the lock held. */
static int send_all(struct hvmc *c)
{
	while (c->sent != c->queued) {
		struct hvmc_message *m = hvmc_message(c, c->sent);
		int64_t bytes = send_piece(c, m);

		if (bytes <= 0)
			return (int)bytes;
		c->sent_bytes += (size_t)bytes;
		if (c->sent_bytes < sizeof(m->request) + m->request.input_size)
			continue;
		free(m->copy);
		m->copy = NULL;
		c->sent_bytes = 0;
		c->sent++;
	}
	return 0;
}

/* Sends; true where the receiver then is to be signalled. With the lock held. */
static bool send_some(struct hvmc *c)
{
	uint64_t before = c->rung;

	if (send_all(c))
		hvmc_end_locked(c, STATUS_UNSUCCESSFUL);
	c->rung = c->requests.mine;
	return c->rung != before;
}

void hvmc_advance(struct hvmc *c)
{
	bool ring = false;

	pthread_mutex_lock(&c->lock);
	if (!c->ended)
		ring = send_some(c);
	pthread_mutex_unlock(&c->lock);
	if (ring || c->answers.owed)
		hvmc_wire_ring(&c->wire);
	c->answers.owed = false;
}

/* Nobody tells the sender when its input may go, where there is no callback: it is copied. For the same reason its
 * output is never written. */
static NTSTATUS detach_buffers(struct hvmc_message *m)
{
	if (m->callback)
		return STATUS_SUCCESS;
	m->output = NULL;
	if (!m->request.input_size)
		return STATUS_SUCCESS;
	m->copy = malloc(m->request.input_size);
	if (!m->copy)
		return STATUS_INSUFFICIENT_RESOURCES;
	memcpy(m->copy, m->input, m->request.input_size);
	m->input = m->copy;
	return STATUS_SUCCESS;
}

static NTSTATUS queue(struct hvmc *c, const struct hvmc_message *m)
{
	if (c->ended)
		return c->ended;
	if (c->queued - c->called == HVMC_MESSAGES) {
		hvmc_count(&c->counters->refused);
		return STATUS_INSUFFICIENT_RESOURCES;
	}
	*hvmc_message(c, c->queued) = *m;
	hvmc_message(c, c->queued)->request.number = (uint32_t)c->queued;
	c->queued++;
	hvmc_count(&c->counters->sent);
	return STATUS_PENDING;
}

NTSTATUS hvmc_send(struct hvmc *c, const struct hvmc_message *template)
{
	struct hvmc_message m = *template;
	NTSTATUS status = detach_buffers(&m);
	bool ring = false;

	if (status)
		return status;
	pthread_mutex_lock(&c->lock);
	status = queue(c, &m);
	if (status == STATUS_PENDING)
		ring = send_some(c);
	pthread_mutex_unlock(&c->lock);
	if (status != STATUS_PENDING)
		free(m.copy);
	/* from here on the message may have been finished, and its buffers be gone */
	if (ring)
		hvmc_wire_ring(&c->wire);
	return status;
}

void hvmc_end_locked(struct hvmc *c, NTSTATUS why)
{
	const uint64_t one = 1;
	int saved = errno;

	if (!c->ended) {
		c->ended = why;
		if (why == STATUS_DEVICE_NOT_READY)
			hvmc_count(&c->counters->gone);
		else if (why == STATUS_UNSUCCESSFUL)
			hvmc_count(&c->counters->misbehaved);
		else if (why == STATUS_DEVICE_REMOVED)
			hvmc_count(&c->counters->removed);
	}
	/* a full counter (EAGAIN) wakes as well */
	if (write(c->wake, &one, sizeof(one)) < 0)
		errno = saved;
}

void hvmc_end(struct hvmc *c, NTSTATUS why)
{
	pthread_mutex_lock(&c->lock);
	hvmc_end_locked(c, why);
	pthread_mutex_unlock(&c->lock);
}
