/* SPDX-License-Identifier: MIT */
/* The smallest world of the card. See one_world.h. */
#include "one_world.h"
#include <string.h>
#include "hvb_regs.h"

int one_world_setup(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	w.s = stand_new();
	w.word = (struct stand_word){ .index = WORD, .state = HVB_WSTATE_ON, .rpart = RECEIVER, .vector = VECTOR,
		.vp = VP, .addr = STAND_MEMORY + 8 * WORD };
	w.conn = (struct stand_conn){ .part = SENDER, .id = ID, .verdict = HVB_VERDICT_OK, .word = WORD, .count = COUNT,
		.rpart = RECEIVER };
	stand_partition(w.s, SENDER, true, true);
	stand_partition(w.s, RECEIVER, true, false);
	stand_vector(w.s, VECTOR, false);
	stand_word(w.s, &w.word);
	w.place = stand_conn(w.s, &w.conn);
	*state = &w;
	return 0;
}

int one_world_teardown(void **state)
{
	stand_free(((struct world *)*state)->s);
	return 0;
}
