/* SPDX-License-Identifier: MIT */
/* The hvbell_* calls that hvcall/ and tools/ need, answered by the golden model under one lock. */
#include "fake_lib.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

hvbell_card *fake_card;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void close_eventfds(hvbell_card *card)
{
	for (int i = 0; i < GOLDEN_PARTITIONS * GOLDEN_VPS * 16; i++)
		if ((&card->eventfd[0][0][0])[i] > 0) {
			close((&card->eventfd[0][0][0])[i]);
			(&card->eventfd[0][0][0])[i] = 0;
		}
	memset(card->told, 0, sizeof(card->told));
}

#define NAME(code) case code: return #code

const char *hvbell_status_name(int status)
{
	switch (status) {
	NAME(HV_STATUS_SUCCESS); NAME(HV_STATUS_INVALID_HYPERCALL_CODE); NAME(HV_STATUS_INVALID_HYPERCALL_INPUT);
	NAME(HV_STATUS_INVALID_ALIGNMENT); NAME(HV_STATUS_INVALID_PARAMETER); NAME(HV_STATUS_ACCESS_DENIED);
	NAME(HV_STATUS_INVALID_PARTITION_STATE); NAME(HV_STATUS_OPERATION_DENIED);
	NAME(HV_STATUS_INVALID_PARTITION_ID); NAME(HV_STATUS_INVALID_VP_INDEX); NAME(HV_STATUS_INVALID_PORT_ID);
	NAME(HV_STATUS_INVALID_CONNECTION_ID); NAME(HV_STATUS_INVALID_SYNIC_STATE); NAME(HV_STATUS_NO_RESOURCES);
	default: return NULL;
	}
}

int hvbell_open(const char *url, hvbell_card **card)
{
	(void)url;
	*card = calloc(1, sizeof(**card));
	fake_card = *card;
	return *card ? 0 : -ENOMEM;
}

void hvbell_close(hvbell_card *card)
{
	close_eventfds(card);
	free(card);
	fake_card = NULL;
}

int hvbell_reset(hvbell_card *card)
{
	close_eventfds(card);
	golden_clear(&card->golden);
	return card->fail_reset;
}

struct hvbell_diag hvbell_error(void)
{
	return (struct hvbell_diag){ 0, "", "", "" };
}

int hvbell_info(hvbell_card *card, struct hvbell_info *info)
{
	(void)card;
	*info = (struct hvbell_info){ .url = "fake:", .mode = "atomic", .simulated = true };
	return 0;
}

/* Tells eventfds of new interrupts; with the lock held. */
static void interrupt(hvbell_card *card)
{
	for (int p = 0; p < GOLDEN_PARTITIONS; p++)
		for (int v = 0; v < GOLDEN_VPS; v++)
			for (int s = 0; s < 16; s++) {
				struct golden_vp *vp = &card->golden.partition[p].vp[v];
				uint64_t fresh = vp->interrupts[s] - card->told[p][v][s];

				if (vp->interrupts[s] == card->told[p][v][s])
					continue;
				if (card->lose_interrupts)
					vp->interrupts[s] -= fresh;
				else if (card->second_interrupt)
					vp->interrupts[s]++;
				card->told[p][v][s] = vp->interrupts[s];
				if (!card->lose_interrupts && !card->lose_eventfds)
					eventfd_write(card->eventfd[p][v][s], fresh);
			}
}

/* Puts a call of the model under the lock. */
#define LOCKED(call) ({ pthread_mutex_lock(&lock); __auto_type ret_ = (call); interrupt(card); \
		pthread_mutex_unlock(&lock); ret_; })
#define DONE(call) (LOCKED(call) ? 0 : -ENOENT)

int hvbell_partition_add(hvbell_card *card, uint64_t id, enum hvbell_partition_state state, uint64_t privileges)
{
	return LOCKED(golden_partition_add(&card->golden, id, (enum golden_state)state, privileges)) ? 0 : -EEXIST;
}

int hvbell_partition_state(hvbell_card *card, uint64_t id, enum hvbell_partition_state state)
{
	struct golden_partition *p = golden_partition(&card->golden, id);

	if (p)
		p->state = (enum golden_state)state;
	return p ? 0 : -ENOENT;
}

bool hvbell_partition_get(hvbell_card *card, uint64_t id, enum hvbell_partition_state *state, uint64_t *privileges)
{
	struct golden_partition *p = golden_partition(&card->golden, id);

	if (p) {
		*state = (enum hvbell_partition_state)p->state;
		*privileges = p->privileges;
	}
	return p;
}

static bool find(hvbell_card *card, uint64_t partition, uint32_t index, int *p, int *v)
{
	struct golden_vp *vp = golden_vp(&card->golden, partition, index);

	if (!vp)
		return false;
	*p = (int)(golden_partition(&card->golden, partition) - card->golden.partition);
	*v = (int)(vp - card->golden.partition[*p].vp);
	return true;
}

int hvbell_vp_add(hvbell_card *card, uint64_t partition, uint32_t vp)
{
	int p, v;

	if (!LOCKED(golden_vp_add(&card->golden, partition, vp)) || !find(card, partition, vp, &p, &v))
		return -EEXIST;
	for (int s = 0; s < 16; s++)
		card->eventfd[p][v][s] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return 0;
}

int hvbell_vp_remove(hvbell_card *card, uint64_t partition, uint32_t vp)
{
	return DONE(golden_vp_remove(&card->golden, partition, vp));
}

int hvbell_vp_reset(hvbell_card *card, uint64_t partition, uint32_t vp)
{
	return DONE(golden_vp_reset(&card->golden, partition, vp));
}

bool hvbell_vp_exists(hvbell_card *card, uint64_t partition, uint32_t vp)
{
	return LOCKED(golden_vp(&card->golden, partition, vp)) != NULL;
}

int hvbell_set_scontrol(hvbell_card *card, uint64_t partition, uint32_t vp, bool enable)
{
	return DONE(golden_set_scontrol(&card->golden, partition, vp, enable));
}

int hvbell_set_siefp(hvbell_card *card, uint64_t partition, uint32_t vp, bool enable, uint64_t gpa)
{
	return DONE(golden_set_siefp(&card->golden, partition, vp, enable, gpa));
}

int hvbell_set_sint(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, const struct hvbell_sint *value)
{
	struct golden_sint golden = { value->vector, value->masked, value->auto_eoi, value->polling };

	return DONE(golden_set_sint(&card->golden, partition, vp, sint, golden));
}

int hvbell_get_sint(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, struct hvbell_sint *value)
{
	const struct golden_vp *v = golden_vp(&card->golden, partition, vp);
	struct golden_sint golden;

	if (!v)
		return -ENOENT;
	golden = golden_sint(v, sint);
	*value = (struct hvbell_sint){ golden.vector, golden.masked, golden.auto_eoi, golden.polling };
	return 0;
}

int hvbell_wrmsr(hvbell_card *card, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t value)
{
	if (!golden_vp(&card->golden, partition, vp))
		return -ENOENT;
	return LOCKED(golden_wrmsr(&card->golden, partition, vp, msr, value)) ? 0 : HVBELL_FAULT_GP;
}

int hvbell_rdmsr(hvbell_card *card, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t *value)
{
	if (!golden_vp(&card->golden, partition, vp))
		return -ENOENT;
	return LOCKED(golden_rdmsr(&card->golden, partition, vp, msr, value)) ? 0 : HVBELL_FAULT_GP;
}

static struct golden_port golden_port_of(const struct hvbell_port *port)
{
	return (struct golden_port){
		.partition = port->partition, .id = port->id, .type = port->type,
		.connection_partition = port->connection_partition, .sint = port->target_sint, .vp = port->target_vp,
		.base = port->base_flag_number, .count = port->flag_count, .reserved_nonzero = port->reserved_nonzero,
	};
}

int hvbell_create_port(hvbell_card *card, const struct hvbell_port *port)
{
	struct golden_port golden = golden_port_of(port);

	return (int)LOCKED(golden_create_port(&card->golden, &golden));
}

int hvbell_delete_port(hvbell_card *card, uint64_t partition, uint32_t port_id)
{
	return (int)LOCKED(golden_delete_port(&card->golden, partition, port_id));
}

int hvbell_connect_port(hvbell_card *card, uint64_t partition, uint32_t connection_id, uint64_t port_partition,
			uint32_t port_id)
{
	return (int)LOCKED(golden_connect_port(&card->golden, partition, connection_id, port_partition, port_id));
}

int hvbell_disconnect_port(hvbell_card *card, uint64_t partition, uint32_t connection_id)
{
	return (int)LOCKED(golden_disconnect_port(&card->golden, partition, connection_id));
}

int hvbell_place_port(hvbell_card *card, const struct hvbell_port *port)
{
	struct golden_port golden = golden_port_of(port);

	return DONE(golden_place_port(&card->golden, &golden));
}

int hvbell_place_connection(hvbell_card *card, uint64_t partition, uint32_t connection_id, uint64_t port_partition,
			    uint32_t port_id)
{
	return DONE(golden_place_connection(&card->golden, partition, connection_id, port_partition, port_id));
}

/* The fake's slot offset holds the partition: there is no BAR behind it. */
int hvbell_sender_init(hvbell_card *card, uint64_t partition, unsigned slot, hvbell_sender *sender)
{
	if (!golden_partition(&card->golden, partition))
		return -ENOENT;
	*sender = (hvbell_sender){ .card = card, .offset = partition, .slot = slot };
	return 0;
}

int hvbell_signal_sync(const hvbell_sender *sender, uint64_t input, enum hvbell_wait wait)
{
	hvbell_card *card = sender->card;

	if (card->fail_signal)
		return card->fail_signal;
	pthread_mutex_lock(&lock);
	card->last_input = input;
	card->last_wait = wait;
	card->last_slot = sender->slot;
	card->signals++;
	pthread_mutex_unlock(&lock);
	return (int)LOCKED(golden_signal(&card->golden, sender->offset, input));
}

void hvbell_signal_slow(const hvbell_sender *sender, uint64_t input)
{
	hvbell_signal_sync(sender, input, HVBELL_ACCEPTED);
}

int hvbell_kick_bind(hvbell_card *card, uint64_t partition, unsigned slot, uint32_t connection_id, uint16_t flag)
{
	return LOCKED(golden_kick_bind(&card->golden, partition, slot, connection_id, flag)) ? 0 : -ENOENT;
}

int hvbell_kick_sync(const hvbell_sender *sender, enum hvbell_wait wait)
{
	hvbell_card *card = sender->card;
	enum golden_status status = GOLDEN_SUCCESS;

	(void)wait;
	LOCKED(golden_kick(&card->golden, sender->offset, sender->slot, &status));
	return (int)status;
}

int hvbell_signal_direct(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, unsigned flag, bool *newly)
{
	if (card->fail_signal)
		return card->fail_signal;
	return (int)LOCKED(golden_direct(&card->golden, partition, vp, sint, flag, newly));
}

uint64_t *hvbell_sief(hvbell_card *card, uint64_t partition, uint32_t vp)
{
	struct golden_vp *v = golden_vp(&card->golden, partition, vp);

	return v ? (uint64_t *)(void *)v->sief : NULL;
}

bool hvbell_clear_flag(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, unsigned flag)
{
	struct golden_vp *v;
	bool was;

	pthread_mutex_lock(&lock);
	v = golden_vp(&card->golden, partition, vp);
	was = v && golden_flag(v, sint, flag);
	if (v)
		golden_set_flag(v, sint, flag, false);
	pthread_mutex_unlock(&lock);
	return was;
}

int hvbell_place_flag(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, unsigned flag)
{
	struct golden_vp *v = golden_vp(&card->golden, partition, vp);

	if (!v)
		return -ENOENT;
	golden_set_flag(v, sint, flag, true);
	return 0;
}

int hvbell_eventfd(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint)
{
	int p, v;

	return find(card, partition, vp, &p, &v) ? card->eventfd[p][v][sint] : -ENOENT;
}

int hvbell_messages(hvbell_card *card, uint64_t partition, uint32_t vp, unsigned sint, uint64_t *count)
{
	const struct golden_vp *v = golden_vp(&card->golden, partition, vp);

	if (v)
		*count = v->interrupts[sint];
	return v ? 0 : -ENOENT;
}

int hvbell_fence(hvbell_card *card)
{
	return card->fail_fence;
}
