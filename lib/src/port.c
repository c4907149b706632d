/* SPDX-License-Identifier: MIT */
/* Ports (TLFS 11.9): made as HvCreatePort makes them or placed as they are, and deleted. Their pending words and
 * vectors are allocated here, so that neither a connection nor a signal can fail for want of them. */
#include <stdlib.h>
#include "internal.h"

struct port *hvl_port(const struct partition *owner, uint32_t id)
{
	struct port *port = owner->ports;

	while (port && port->info.id != id)
		port = port->next;
	return port;
}

/* How many flags can pass: none past the last of the SINT, whatever a placed port says. */
static unsigned passing_flags(const struct hvbell_port *info)
{
	unsigned room;

	if (info->type != HVBELL_PORT_EVENT || info->base_flag_number >= HVBELL_FLAGS)
		return 0;
	room = HVBELL_FLAGS - info->base_flag_number;
	return info->flag_count < room ? info->flag_count : room;
}

static int add_runs(hvbell_card *card, struct port *port)
{
	uint32_t target = port->info.target_vp;
	int err = 0;

	if (!port->any)
		return hvl_run_add(card, port, target, hvl_vp(port->owner, target));
	for (struct vp *vp = port->owner->vps; vp && !err; vp = vp->next)
		err = hvl_run_add(card, port, vp->index, vp);
	return err;
}

static int add_group(hvbell_card *card, struct port *port)
{
	int group = hvl_pool_take(&card->groups, 1);

	if (group < 0)
		return hvl_fail(card, -ENOSPC, "delete a port for any VP", "all %u groups are in use",
				card->groups.size);
	port->any = true;
	port->group = (unsigned)group;
	return 0;
}

static void raise_port(hvbell_card *card, struct port *port)
{
	for (struct run *run = port->runs; run; run = run->next) {
		uint64_t address, attributes;

		hvl_run_record(port, run, &address, &attributes);
		hvl_run_write(card, port, run, address, attributes);
	}
	if (port->any)
		hvl_ring_update(card, port, true);
}

static int install(hvbell_card *card, struct partition *owner, const struct hvbell_port *info)
{
	struct port *port = calloc(1, sizeof(*port));
	int err = 0;

	if (!port)
		return hvl_fail(card, -ENOMEM, "", "no memory for a port");
	port->owner = owner;
	port->info = *info;
	port->flags = passing_flags(info);
	port->group_entry = UINT64_MAX;
	port->next = owner->ports;
	owner->ports = port;
	if (port->flags) {
		port->words = (info->base_flag_number % 64 + port->flags + 63) / 64;
		err = info->target_vp == HVBELL_ANY_VP ? add_group(card, port) : 0;
		err = err ? err : add_runs(card, port);
	}
	if (err) {
		hvl_port_free(card, port);
		return err;
	}
	raise_port(card, port);
	return 0;
}

static bool flags_legal(const struct hvbell_port *p)
{
	return p->base_flag_number < HVBELL_FLAGS && p->flag_count >= 1 &&
	       p->flag_count <= HVBELL_FLAGS - p->base_flag_number;
}

/* The checks of HvCreatePort, in the order of its table of statuses. */
static int check(hvbell_card *card, const struct hvbell_port *p, struct partition *owner)
{
	bool has_target = p->type == HVBELL_PORT_MESSAGE || p->type == HVBELL_PORT_EVENT ||
			  p->type == HVBELL_PORT_DOORBELL;

	if (!owner || p->partition == p->connection_partition || !hvl_partition(card, p->connection_partition))
		return HV_STATUS_INVALID_PARTITION_ID;
	if (p->id > HVL_ID_MAX || hvl_port(owner, p->id))
		return HV_STATUS_INVALID_PORT_ID;
	if (has_target && p->target_vp != HVBELL_ANY_VP && !hvl_vp(owner, p->target_vp))
		return HV_STATUS_INVALID_VP_INDEX;
	if ((!has_target && p->type != HVBELL_PORT_MONITOR) || p->reserved_nonzero)
		return HV_STATUS_INVALID_PARAMETER;
	if (has_target && (p->target_sint < 1 || p->target_sint >= HVBELL_SINTS))
		return HV_STATUS_INVALID_PARAMETER;
	if (p->type == HVBELL_PORT_EVENT && !flags_legal(p))
		return HV_STATUS_INVALID_PARAMETER;
	return owner->state == HVBELL_ACTIVE ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_STATE;
}

int hvbell_create_port(hvbell_card *card, const struct hvbell_port *port)
{
	struct partition *owner;
	int result = hvl_begin(card);

	if (result)
		return result;
	owner = hvl_partition(card, port->partition);
	result = check(card, port, owner);
	if (!result)
		result = install(card, owner, port);
	return hvl_end(card, result == -ENOSPC ? HV_STATUS_NO_RESOURCES : result);
}

int hvbell_place_port(hvbell_card *card, const struct hvbell_port *port)
{
	struct partition *owner;
	int err = hvl_begin(card);

	if (err)
		return err;
	owner = hvl_partition(card, port->partition);
	if (!owner)
		err = hvl_fail(card, -ENOENT, "add it with hvbell_partition_add()", "no partition 0x%llx",
			       (unsigned long long)port->partition);
	else if (hvl_port(owner, port->id))
		err = hvl_fail(card, -EEXIST, "", "port 0x%x of partition 0x%llx is there already", port->id,
			       (unsigned long long)port->partition);
	else
		err = install(card, owner, port);
	return hvl_end(card, err);
}

void hvl_port_free(hvbell_card *card, struct port *port)
{
	struct port **at = &port->owner->ports;

	while (*at != port)
		at = &(*at)->next;
	*at = port->next;
	while (port->runs)
		hvl_run_free(card, port, port->runs);
	if (port->any)
		hvl_pool_give(&card->groups, port->group, 1);
	free(port);
}

void hvl_port_drain(hvbell_card *card, const struct port *port)
{
	if (port->any)
		hvl_partition_drain(card, port->owner);
	else if (port->runs && port->runs->vp)
		hvl_drain(card, port->runs->vp->number, port->runs->vp->number);
}

void hvl_port_delete(hvbell_card *card, struct port *port, bool drained)
{
	hvl_connections_kill(card, port);
	if (!drained)
		hvl_port_drain(card, port);
	/* words that may still be in flight stay allocated: the card's error is ended by a reset only */
	if (!card->err)
		hvl_port_free(card, port);
}

int hvbell_delete_port(hvbell_card *card, uint64_t partition, uint32_t port_id)
{
	struct partition *owner;
	struct port *port;
	int result = hvl_begin(card);

	if (result)
		return result;
	owner = hvl_partition(card, partition);
	port = owner ? hvl_port(owner, port_id) : NULL;
	if (!owner)
		result = HV_STATUS_INVALID_PARTITION_ID;
	else if (!port)
		result = HV_STATUS_INVALID_PORT_ID;
	else if (owner->state != HVBELL_ACTIVE)
		result = HV_STATUS_INVALID_PARTITION_STATE;
	else
		hvl_port_delete(card, port, false);
	return hvl_end(card, result);
}
