/* SPDX-License-Identifier: MIT */
/* Runs of pending words: allocated for a port at a VP, and the records the card holds of them. */
#include <stdlib.h>
#include "internal.h"

void hvl_run_record(const struct port *port, const struct run *run, uint64_t *address, uint64_t *attributes)
{
	const struct vp *vp = run->vp;
	unsigned sint = port->info.target_sint, state = hvl_sint_state(vp, sint);

	*address = 0;
	*attributes = HVL_FIELD(WORD_ATTR_STATE, state) | HVL_FIELD(WORD_ATTR_RPART, port->owner->slot);
	if (state == HVB_WSTATE_NOVP)
		return;
	*attributes |= HVL_FIELD(WORD_ATTR_VP, vp->number);
	if (sint >= HVBELL_SINTS)
		return;
	*attributes |= HVL_FIELD(WORD_ATTR_POLLING, vp->polling >> sint & 1) |
		       HVL_FIELD(WORD_ATTR_VECTOR, vp->vector[sint].number);
	if (vp->usable)
		*address = vp->iova + sint * (HVBELL_FLAGS / 8) + port->info.base_flag_number / 64 * 8;
}

void hvl_run_write(hvbell_card *card, const struct port *port, struct run *run, uint64_t address, uint64_t attributes)
{
	unsigned sint = port->info.target_sint, first = sint * HVL_SIEF_WORDS + port->info.base_flag_number / 64;

	run->address = address;
	run->attributes = attributes;
	for (unsigned n = 0; n < port->words; n++) {
		unsigned own = sint < HVBELL_SINTS ? hvl_home_of(run->vp, first + n) : 0;

		if (!n || card->owned)
			hvl_put(card, HVB_R_WORD_ATTR, attributes | HVL_FIELD(WORD_ATTR_OWN, own));
		hvl_put(card, HVB_R_WORD_ADDR, address ? address + 8ull * n : 0);
		hvl_put(card, HVB_R_WORD_COMMIT, run->first + n);
	}
}

int hvl_run_bind(hvbell_card *card, struct port *port, struct run *run, struct vp *vp)
{
	unsigned sint = port->info.target_sint;
	int err;

	if (sint < HVBELL_SINTS) {
		uint64_t words = ((1ull << port->words) - 1) << port->info.base_flag_number / 64;

		err = hvl_vector_bind(card, vp, sint);
		for (unsigned n = 0; n < port->words && !err; n++)
			err = hvl_home(card, vp, sint * HVL_SIEF_WORDS + port->info.base_flag_number / 64 + n);
		if (err)
			return err;
		__atomic_fetch_or(&vp->used[sint], (uint32_t)words, __ATOMIC_RELEASE);
	}
	run->vp = vp;
	return 0;
}

static void insert(struct port *port, struct run *run)
{
	struct run **at = &port->runs;

	while (*at && (*at)->vp_index < run->vp_index)
		at = &(*at)->next;
	run->next = *at;
	*at = run;
}

int hvl_run_add(hvbell_card *card, struct port *port, uint32_t index, struct vp *vp)
{
	struct run *run = calloc(1, sizeof(*run));
	int first, element = 0, err;

	if (!run)
		return hvl_fail(card, -ENOMEM, "", "no memory for a port's words");
	first = hvl_pool_take(&card->words, port->words);
	if (first >= 0 && port->any)
		element = hvl_pool_take(&card->elements, 1);
	if (first < 0 || element < 0) {
		if (first >= 0)
			hvl_pool_give(&card->words, (unsigned)first, port->words);
		free(run);
		return hvl_fail(card, -ENOSPC, "delete ports, or use fewer flags",
				"%u pending words in a row are not free",
				port->words);
	}
	run->first = (unsigned)first;
	run->element = (unsigned)element;
	run->vp_index = index;
	insert(port, run);
	err = vp ? hvl_run_bind(card, port, run, vp) : 0;
	if (err) {
		hvl_run_free(card, port, run);
		return err;
	}
	/* whatever the words still hold of an earlier port goes; hvl_vp_apply() or the port's creation raises them */
	hvl_run_write(card, port, run, 0, HVL_FIELD(WORD_ATTR_STATE, HVB_WSTATE_NOVP) |
		      HVL_FIELD(WORD_ATTR_RPART, port->owner->slot));
	return 0;
}

/* The words refuse every signal already, and nothing of them is pending. */
void hvl_run_free(hvbell_card *card, struct port *port, struct run *run)
{
	struct run **at = &port->runs;

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	hvl_pool_give(&card->words, run->first, port->words);
	if (port->any)
		hvl_pool_give(&card->elements, run->element, 1);
	free(run);
}
