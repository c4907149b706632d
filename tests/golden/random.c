/* SPDX-License-Identifier: MIT */
/* Random worlds: a few partitions, VPs in all states, ports whose flags lie at every kind of place. */
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTITIONS 3
#define VPS 4
#define PORTS 8

/* SplitMix64 */
static uint64_t next(struct random_source *source)
{
	uint64_t z = source->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint64_t random_below(struct random_source *source, uint64_t limit)
{
	return limit ? next(source) % limit : 0;
}

bool random_chance(struct random_source *source, unsigned percent)
{
	return random_below(source, 100) < percent;
}

struct hvbell_sint random_sint(struct random_source *source)
{
	return (struct hvbell_sint){
		.vector = (uint8_t)(16 + random_below(source, 240)), .masked = random_chance(source, 15),
		.auto_eoi = random_chance(source, 10), .polling = random_chance(source, 15),
	};
}

static uint32_t random_count(struct random_source *source)
{
	static const uint32_t edges[] = { 1, 2, 63, 64, 65, 128, 129, 2047, 2048 };

	return random_chance(source, 60) ? 1 + (uint32_t)random_below(source, 40) : edges[random_below(source, 9)];
}

struct scn_port random_port(struct random_source *source, uint64_t partition, uint64_t connection_partition,
			    uint32_t id)
{
	struct scn_port port = { .port = {
					 .partition = partition,
					 .id = id,
					 .type = HVBELL_PORT_EVENT,
					 .connection_partition = connection_partition,
					 .target_sint = 1 + (uint32_t)random_below(source, 3),
					 .target_vp = (uint32_t)random_below(source, VPS),
					 .flag_count = random_count(source),
				 } };

	port.port.base_flag_number = (uint32_t)random_below(source, 2049 - port.port.flag_count);
	if (random_chance(source, 25))
		port.port.target_vp = HVBELL_ANY_VP;
	if (random_chance(source, 5))
		port.port.type = 1 + (uint32_t)random_below(source, 4);
	return port;
}

static void make_vp(struct random_source *source, struct scn_vp *vp, uint32_t index)
{
	*vp = (struct scn_vp){ .index = index, .scontrol = random_chance(source, 85),
			       .siefp = { random_chance(source, 85), 0x100000 + 0x1000 * index } };
	for (unsigned s = 1; s <= 3; s++) {
		vp->sint_named[s] = random_chance(source, 90);
		vp->sint[s] = random_sint(source);
	}
}

static bool make_partition(struct random_source *source, struct scn_partition *partition, uint64_t id)
{
	*partition = (struct scn_partition){ .id = id, .state = HVBELL_ACTIVE };
	partition->privileges = random_chance(source, 90) ? HVBELL_SIGNAL_EVENTS : 0;
	partition->privileges |= random_chance(source, 50) ? HVBELL_CREATE_PORT | HVBELL_CONNECT_PORT : 0;
	partition->vps = calloc(VPS, sizeof(*partition->vps));
	if (!partition->vps)
		return false;
	for (uint32_t v = 0; v < VPS; v++)
		if (random_chance(source, 80))
			make_vp(source, &partition->vps[partition->vp_count++], v);
	return true;
}

/* A port of a random partition for another one, and its connection, under the same number. */
static void make_port(struct random_source *source, struct scn_world *w, uint32_t number)
{
	uint64_t to = random_below(source, PARTITIONS),
		 from = (to + 1 + random_below(source, PARTITIONS - 1)) % PARTITIONS;
	struct scn_port *port = &w->ports[w->port_count++];

	*port = random_port(source, w->partitions[to].id, w->partitions[from].id, number);
	if (random_chance(source, 10))
		return;
	w->connections[w->connection_count++] = (struct scn_connection){
		.partition = w->partitions[from].id, .port_partition = w->partitions[to].id, .port_id = number,
		.id = random_chance(source, 50) ? number : (uint32_t)(random_below(source, 1 << 20) << 4 | number),
	};
}

bool random_world_make(struct random_world *world, uint64_t seed, size_t steps)
{
	struct random_source *source = &world->source;
	struct scn_world *w = &world->scenario.world;

	memset(world, 0, sizeof(*world));
	source->state = seed;
	world->room = steps;
	snprintf(world->name, sizeof(world->name), "random_%llu", (unsigned long long)seed);
	world->scenario.name = world->name;
	world->scenario.steps = calloc(steps + 1, sizeof(*world->scenario.steps));
	w->partitions = calloc(PARTITIONS, sizeof(*w->partitions));
	w->ports = calloc(PORTS, sizeof(*w->ports));
	w->connections = calloc(PORTS, sizeof(*w->connections));
	if (!world->scenario.steps || !w->partitions || !w->ports || !w->connections)
		return false;
	for (w->partition_count = 0; w->partition_count < PARTITIONS; w->partition_count++)
		if (!make_partition(source, &w->partitions[w->partition_count], 0x10 + 0x10 * w->partition_count))
			return false;
	for (uint32_t p = 0; p < PORTS; p++)
		make_port(source, w, p);
	return true;
}

void random_world_free(struct random_world *world)
{
	struct scn_world *w = &world->scenario.world;

	for (size_t s = 0; world->scenario.steps && s < world->scenario.step_count; s++) {
		struct scn_step *step = &world->scenario.steps[s];

		for (size_t c = 0; step->calls && c < step->call_count; c++)
			free(step->calls[c].memory);
		free(step->calls);
		free(step->expected.statuses);
		free(step->expected.flags);
		free(step->expected.interrupts);
	}
	for (size_t p = 0; p < w->partition_count; p++)
		free(w->partitions[p].vps);
	free(world->scenario.steps);
	free(w->partitions);
	free(w->ports);
	free(w->connections);
	memset(world, 0, sizeof(*world));
}
