/* SPDX-License-Identifier: MIT */
/* Whom a pending word belongs to: the way back from a trace record to port, VP and connection. */
#include "internal.h"

static bool has_word(const struct port *port, const struct run *run, unsigned word)
{
	return word >= run->first && word < run->first + port->words;
}

static const struct run *find_run(const struct partition *partition, unsigned word, const struct port **port)
{
	for (*port = partition->ports; *port; *port = (*port)->next)
		for (const struct run *run = (*port)->runs; run; run = run->next)
			if (has_word(*port, run, word))
				return run;
	return NULL;
}

static uint32_t connection_of(const struct port *port, uint64_t sender)
{
	for (const struct connection *c = port->connections; c; c = c->next)
		if (c->sender->id == sender)
			return c->key & HVL_ID_MAX;
	return UINT32_MAX;
}

int hvbell_trace_names(hvbell_card *card, const struct hvbell_trace *record, struct hvbell_trace_names *names)
{
	const struct port *port = NULL;
	const struct run *run = NULL;

	pthread_mutex_lock(&card->lock);
	for (unsigned slot = 0; slot < card->limits.partitions && !run; slot++)
		if (card->partitions[slot])
			run = find_run(card->partitions[slot], record->word, &port);
	if (run) {
		unsigned into = (record->word - run->first) * 64, base = port->info.base_flag_number % 64;

		*names = (struct hvbell_trace_names){
			.receiver = port->owner->id, .vp = run->vp_index, .sint = port->info.target_sint,
			.port = port->info.id, .connection = connection_of(port, record->partition),
			.first_flag = into > base ? into - base : 0,
		};
	}
	pthread_mutex_unlock(&card->lock);
	return run ? 0 : hvl_fail(card, -ENOENT, "", "no port uses pending word %u", record->word);
}
