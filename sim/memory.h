/* SPDX-License-Identifier: MIT */
/* Serves the card's requests to host memory, as a root complex with AtomicOp completer support does. */
#ifndef HVB_SIM_MEMORY_H
#define HVB_SIM_MEMORY_H
#include <stdbool.h>
#include "dmamap.h"
#include "tlp.h"

enum hvb_memory_result {
	HVB_MEMORY_DONE,
	HVB_MEMORY_DENIED,       /* no mapping with the rights it needs */
	HVB_MEMORY_BAD           /* poisoned, misaligned, or of a size that does not exist */
};

/* Executes a memory write, memory read (up to 16 bytes) or AtomicOp of the card. AtomicOps are the processor's own, on
 * the mapped memory, so that they are atomic against locked operations of any thread. What asks for a completion gets
 * one in *cpl, whatever the result: Unsupported Request where it is not HVB_MEMORY_DONE. */
enum hvb_memory_result hvb_memory_serve(struct hvb_dmamap *map, const struct hvb_tlp *tlp,
					const struct hvb_tlp_head *head, struct hvb_tlp *cpl);
/* Builds the completion of a request: with data (bytes > 0, payload zero so far) or without. */
void hvb_memory_complete(const struct hvb_tlp_head *head, enum hvb_cpl_status status, unsigned bytes,
			 struct hvb_tlp *cpl);
#endif
