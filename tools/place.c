/* SPDX-License-Identifier: MIT */
/* Places a scenario's world on the card as it stands, also where the management calls would refuse it. */
#include <errno.h>
#include <stdio.h>
#include "stage.h"

#define MSR_SIMP 0x40000083u
#define CONNECTION_ID_MAX 0xffffffu

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
	uint64_t simp = (vp->simp.gpa & STAGE_PAGE) | vp->simp.enable;
	int ret = hvbell_vp_add(stage->card, partition, vp->index);

	if (ret != 0)
		return failed(stage, ret, "VP", partition, vp->index);
	ret = place_sints(stage, partition, vp);
	if (ret != 0)
		return ret;
	ret = hvbell_set_siefp(stage->card, partition, vp->index, vp->siefp.enable,
			       vp->siefp.gpa & STAGE_PAGE);
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

/* A port that was deleted has left nothing but dead connections, which is what one to a port that is not there is: so
 * it is not placed at all, and a live port may have its id. A connection that names both is the live port's. */
static int place_ports(struct stage *stage, const struct scn_world *world)
{
	for (size_t i = 0; i < world->port_count; i++) {
		const struct hvbell_port *port = &world->ports[i].port;
		int ret = world->ports[i].deleted ? 0 : hvbell_place_port(stage->card, port);

		if (ret != 0)
			return failed(stage, ret, "port", port->partition, port->id);
	}
	return 0;
}

static int place_connections(struct stage *stage, const struct scn_world *world)
{
	for (size_t i = 0; i < world->connection_count; i++) {
		const struct scn_connection *c = &world->connections[i];
		int ret;

		/* no signal can name it: reserved bits are refused first */
		if (c->id > CONNECTION_ID_MAX)
			continue;
		ret = hvbell_place_connection(stage->card, c->partition, c->id, c->port_partition, c->port_id);
		if (ret != 0)
			return failed(stage, ret, "connection", c->partition, c->id);
	}
	return 0;
}

static int preset_flags(struct stage *stage, const struct scn_world *world)
{
	for (size_t i = 0; i < world->preset_count; i++) {
		const struct scn_flag *flag = &world->presets[i];
		int ret = hvbell_place_flag(stage->card, flag->partition, flag->vp, flag->sint, flag->flag);

		if (ret != 0)
			return failed(stage, ret, "preset flag of VP", flag->partition, flag->vp);
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
		ret = place_connections(stage, world);
	return ret != 0 ? ret : preset_flags(stage, world);
}
