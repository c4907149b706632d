/* SPDX-License-Identifier: MIT */
/* Places a scenario's world on the card as it stands, also where the management calls would refuse it. */
#include <errno.h>
#include <stdio.h>
#include "stage.h"

#define MSR_SIMP 0x40000083u

static int failed(struct stage *stage, int err, const char *what, uint64_t partition, uint32_t id)
{
	char tried[120];

	snprintf(tried, sizeof(tried), "setup: %s 0x%llx:0x%x", what, (unsigned long long)partition, id);
	return stage_failed(stage->error, sizeof(stage->error), err, tried);
}

static int place_sints(struct stage *stage, uint64_t partition, const struct scn_vp *vp)
{
	for (unsigned s = 0; s < HVBELL_SINTS; s++) {
		int ret = vp->sint_named[s] ? hvbell_set_sint(stage->card, partition, vp->index, s, &vp->sint[s]) : 0;

		if (ret != 0)
			return failed(stage, ret, "SINT of VP", partition, vp->index);
	}
	return 0;
}

static int place_vp(struct stage *stage, uint64_t partition, const struct scn_vp *vp)
{
	uint64_t simp = (vp->simp.gpa & ~0xfffull) | vp->simp.enable;
	int ret = hvbell_vp_add(stage->card, partition, vp->index);

	if (ret != 0)
		return failed(stage, ret, "VP", partition, vp->index);
	ret = place_sints(stage, partition, vp);
	if (ret != 0)
		return ret;
	ret = hvbell_set_siefp(stage->card, partition, vp->index, vp->siefp.enable, vp->siefp.gpa);
	if (ret != 0)
		return failed(stage, ret, "SIEFP of VP", partition, vp->index);
	ret = hvbell_wrmsr(stage->card, partition, vp->index, MSR_SIMP, simp);
	if (ret == HVBELL_FAULT_GP)
		ret = -EINVAL;
	if (ret != 0)
		return failed(stage, ret, "SIMP of VP", partition, vp->index);
	ret = hvbell_set_scontrol(stage->card, partition, vp->index, vp->scontrol);
	return ret != 0 ? failed(stage, ret, "SCONTROL of VP", partition, vp->index) : 0;
}

static int place_partition(struct stage *stage, const struct scn_partition *partition)
{
	int ret = hvbell_partition_add(stage->card, partition->id, partition->state, partition->privileges);

	if (ret != 0)
		return failed(stage, ret, "partition", partition->id, 0);
	for (size_t i = 0; i < partition->vp_count && ret == 0; i++)
		ret = place_vp(stage, partition->id, &partition->vps[i]);
	return ret;
}

static int place_ports(struct stage *stage, const struct scn_world *world)
{
	for (size_t i = 0; i < world->port_count; i++) {
		const struct hvbell_port *port = &world->ports[i].port;
		int ret = hvbell_place_port(stage->card, port);

		if (ret != 0)
			return failed(stage, ret, "port", port->partition, port->id);
	}
	for (size_t i = 0; i < world->connection_count; i++) {
		const struct scn_connection *c = &world->connections[i];
		int ret = hvbell_place_connection(stage->card, c->partition, c->id, c->port_partition, c->port_id);

		if (ret != 0)
			return failed(stage, ret, "connection", c->partition, c->id);
	}
	return 0;
}

static enum hvbell_partition_state state_of(const struct scn_world *world, uint64_t partition)
{
	for (size_t i = 0; i < world->partition_count; i++)
		if (world->partitions[i].id == partition)
			return world->partitions[i].state;
	return HVBELL_ACTIVE;
}

/* Only a partition that is active can delete a port, whatever its state is to be. */
static int delete_port(struct stage *stage, const struct hvbell_port *port, enum hvbell_partition_state state)
{
	int ret = 0;

	if (state != HVBELL_ACTIVE)
		ret = hvbell_partition_state(stage->card, port->partition, HVBELL_ACTIVE);
	if (ret == 0)
		ret = hvbell_delete_port(stage->card, port->partition, port->id);
	if (ret == 0 && state != HVBELL_ACTIVE)
		ret = hvbell_partition_state(stage->card, port->partition, state);
	return ret > 0 ? -EINVAL : ret;
}

/* A port that was deleted while connections to it existed: made, connected, deleted. */
static int delete_ports(struct stage *stage, const struct scn_world *world)
{
	for (size_t i = 0; i < world->port_count; i++) {
		const struct hvbell_port *port = &world->ports[i].port;
		int ret = 0;

		if (world->ports[i].deleted)
			ret = delete_port(stage, port, state_of(world, port->partition));
		if (ret != 0)
			return failed(stage, ret, "deleted port", port->partition, port->id);
	}
	return 0;
}

static int preset_flags(struct stage *stage, const struct scn_world *world)
{
	for (size_t i = 0; i < world->preset_count; i++) {
		const struct scn_flag *flag = &world->presets[i];
		uint64_t *page = hvbell_sief(stage->card, flag->partition, flag->vp);
		unsigned bit = flag->sint * HVBELL_FLAGS + flag->flag;

		if (!page)
			return failed(stage, -ENOENT, "preset flag of VP", flag->partition, flag->vp);
		__atomic_fetch_or(&page[bit / 64], 1ull << bit % 64, __ATOMIC_SEQ_CST);
	}
	return 0;
}

int stage_place(struct stage *stage)
{
	const struct scn_world *world = &stage->scenario->world;
	int ret = 0;

	for (size_t i = 0; i < world->partition_count && ret == 0; i++)
		ret = place_partition(stage, &world->partitions[i]);
	if (ret == 0)
		ret = place_ports(stage, world);
	if (ret == 0)
		ret = delete_ports(stage, world);
	return ret != 0 ? ret : preset_flags(stage, world);
}
