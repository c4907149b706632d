/* SPDX-License-Identifier: MIT */
/* The flags of a process's port: which are in use, which wait for their last signals, which are free again. All under
 * the process's lock. */
#include "dxgk_internal.h"

unsigned dxgk_flag_of(const struct dxgk_place *place)
{
	return (unsigned)(place->input >> 32);
}

void dxgk_flag_retire(struct dxgk_process *process, unsigned flag)
{
	process->retired[flag / 64] |= 1ull << flag % 64;
}

/* The flags of a word of the port that the guest has not taken yet. */
static uint64_t untaken(const struct dxgk_process *process, unsigned word)
{
	const struct hvbell_port *port = &process->port;
	const uint64_t *page = hvbell_sief(process->dxgk->options.card, port->partition, port->target_vp);
	const unsigned at = port->target_sint * DXGK_WORDS + port->base_flag_number / 64 + word;

	return page ? __atomic_load_n(&page[at], __ATOMIC_ACQUIRE) : 0;
}

void dxgk_flag_begin(struct dxgk_process *process)
{
	for (unsigned word = 0; word < process->port.flag_count / 64; word++)
		process->used[word] = process->retired[word] = untaken(process, word);
}

/* Of the retired flags those are free again that nothing can set any more, behind a fence, and that the guest has
 * taken. */
static NTSTATUS reclaim(struct dxgk_process *process)
{
	int err = hvbell_fence(process->dxgk->options.card);

	if (err)
		return dxgk_status(err);
	for (unsigned word = 0; word < process->port.flag_count / 64; word++) {
		const uint64_t free_again = process->retired[word] & ~untaken(process, word);

		process->used[word] &= ~free_again;
		process->retired[word] &= ~free_again;
	}
	return STATUS_SUCCESS;
}

static bool take(struct dxgk_process *process, unsigned *flag)
{
	for (unsigned word = 0; word < process->port.flag_count / 64; word++)
		if (~process->used[word]) {
			unsigned bit = (unsigned)__builtin_ctzll(~process->used[word]);

			process->used[word] |= 1ull << bit;
			*flag = word * 64 + bit;
			return true;
		}
	return false;
}

NTSTATUS dxgk_flag_take(struct dxgk_process *process, unsigned *flag)
{
	NTSTATUS status;

	if (take(process, flag))
		return STATUS_SUCCESS;
	status = reclaim(process);
	if (!NT_SUCCESS(status))
		return status;
	return take(process, flag) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
