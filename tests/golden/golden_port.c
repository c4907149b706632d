/* SPDX-License-Identifier: MIT */
/* Golden model: ports, connections, and what a signal does. */
#include <string.h>
#include "golden.h"

static int find_port(const struct golden *g, uint64_t partition, uint32_t id)
{
	for (int i = 0; i < GOLDEN_PORTS; i++)
		if (g->port[i].used && g->port[i].partition == partition && g->port[i].id == id)
			return i;
	return -1;
}

static struct golden_connection *find_connection(struct golden *g, uint64_t partition, uint32_t id)
{
	for (int i = 0; i < GOLDEN_CONNECTIONS; i++)
		if (g->connection[i].used && g->connection[i].partition == partition && g->connection[i].id == id)
			return &g->connection[i];
	return NULL;
}

static bool connected(const struct golden *g, int port)
{
	for (int i = 0; i < GOLDEN_CONNECTIONS; i++)
		if (g->connection[i].used && g->connection[i].port == port)
			return true;
	return false;
}

static bool accepts(const struct golden_vp *vp, uint32_t sint)
{
	struct golden_sint s;

	if (!vp->used || sint > 15 || !(vp->scontrol & 1) || !(vp->siefp & 1))
		return false;
	s = golden_sint(vp, sint);
	return !s.masked || s.polling;
}

void golden_find_candidates(struct golden *g)
{
	for (int i = 0; i < GOLDEN_PORTS; i++) {
		struct golden_port *port = &g->port[i];
		const struct golden_partition *p = port->used ? golden_partition(g, port->partition) : NULL;
		uint32_t candidates = 0;

		for (int v = 0; p && v < GOLDEN_VPS; v++)
			candidates |= (uint32_t)accepts(&p->vp[v], port->sint) << v;
		if (candidates != port->candidates)
			port->turn = 0;
		port->candidates = candidates;
	}
}

bool golden_place_port(struct golden *g, const struct golden_port *port)
{
	for (int i = 0; i < GOLDEN_PORTS; i++) {
		if (g->port[i].used)
			continue;
		g->port[i] = *port;
		g->port[i].used = true;
		g->port[i].candidates = g->port[i].turn = 0;
		golden_find_candidates(g);
		return true;
	}
	return false;
}

bool golden_place_connection(struct golden *g, uint64_t partition, uint32_t id, uint64_t port_partition,
			     uint32_t port_id)
{
	for (int i = 0; i < GOLDEN_CONNECTIONS; i++) {
		if (g->connection[i].used)
			continue;
		g->connection[i] =
			(struct golden_connection){ true, partition, id, find_port(g, port_partition, port_id) };
		return true;
	}
	return false;
}

static bool active(struct golden *g, uint64_t partition)
{
	return golden_partition(g, partition)->state == GOLDEN_ACTIVE;
}

/* Message, event and doorbell ports have a target; monitor ports have none. */
static bool has_target(uint32_t type)
{
	return type == 1 || type == GOLDEN_EVENT_PORT || type == 4;
}

static bool good_parameters(const struct golden_port *port)
{
	if (port->reserved_nonzero || (!has_target(port->type) && port->type != 3))
		return false;
	if (has_target(port->type) && (port->sint < 1 || port->sint > 15))
		return false;
	return port->type != GOLDEN_EVENT_PORT ||
	       (port->count >= 1 && port->count <= 2048 && port->base <= 2047 && port->base + port->count <= 2048);
}

/* Several things wrong: the specification's table of statuses gives the order, here and below. */
enum golden_status golden_create_port(struct golden *g, const struct golden_port *port)
{
	if (!golden_partition(g, port->partition) || !golden_partition(g, port->connection_partition) ||
	    port->partition == port->connection_partition)
		return GOLDEN_PARTITION_ID;
	if (port->id > 0xffffff || find_port(g, port->partition, port->id) >= 0)
		return GOLDEN_PORT_ID;
	if (has_target(port->type) && port->vp != GOLDEN_ANY_VP && !golden_vp(g, port->partition, port->vp))
		return GOLDEN_VP_INDEX;
	if (!good_parameters(port))
		return GOLDEN_PARAMETER;
	if (!active(g, port->partition))
		return GOLDEN_PARTITION_STATE;
	return golden_place_port(g, port) ? GOLDEN_SUCCESS : GOLDEN_NO_RESOURCES;
}

/* A connection outlives its port, but never finds another. */
enum golden_status golden_delete_port(struct golden *g, uint64_t partition, uint32_t id)
{
	int port;

	if (!golden_partition(g, partition))
		return GOLDEN_PARTITION_ID;
	port = find_port(g, partition, id);
	if (port < 0)
		return GOLDEN_PORT_ID;
	if (!active(g, partition))
		return GOLDEN_PARTITION_STATE;
	g->port[port].used = false;
	for (int i = 0; i < GOLDEN_CONNECTIONS; i++)
		if (g->connection[i].used && g->connection[i].port == port)
			g->connection[i].port = -1;
	return GOLDEN_SUCCESS;
}

static bool may_connect(const struct golden_port *port, uint64_t partition)
{
	return port->connection_partition == GOLDEN_ANY_PARTITION || port->connection_partition == partition;
}

enum golden_status golden_connect_port(struct golden *g, uint64_t partition, uint32_t id, uint64_t port_partition,
				       uint32_t port_id)
{
	int port;

	if (!golden_partition(g, partition) || !golden_partition(g, port_partition) || partition == port_partition)
		return GOLDEN_PARTITION_ID;
	if (id > 0xffffff || find_connection(g, partition, id))
		return GOLDEN_CONNECTION_ID;
	port = find_port(g, port_partition, port_id);
	if (port < 0 || !may_connect(&g->port[port], partition) || connected(g, port))
		return GOLDEN_PORT_ID;
	if (!active(g, partition) || !active(g, port_partition))
		return GOLDEN_PARTITION_STATE;
	return golden_place_connection(g, partition, id, port_partition, port_id) ? GOLDEN_SUCCESS
										  : GOLDEN_NO_RESOURCES;
}

enum golden_status golden_disconnect_port(struct golden *g, uint64_t partition, uint32_t id)
{
	struct golden_connection *connection;

	if (!golden_partition(g, partition))
		return GOLDEN_PARTITION_ID;
	connection = find_connection(g, partition, id);
	if (!connection)
		return GOLDEN_CONNECTION_ID;
	if (!active(g, partition))
		return GOLDEN_PARTITION_STATE;
	connection->used = false;
	return GOLDEN_SUCCESS;
}

/* Sets a flag; an interrupt follows where it was clear, unless the receiver polls. Returns whether it was clear. */
static bool deliver(struct golden_vp *vp, uint32_t sint, uint32_t flag)
{
	bool newly = !golden_flag(vp, sint, flag);

	golden_set_flag(vp, sint, flag, true);
	if (newly && !golden_sint(vp, sint).polling)
		vp->interrupts[sint]++;
	return newly;
}

static bool before(const struct golden_vp *a, const struct golden_vp *b)
{
	return a->index < b->index;
}

/* HV_ANY_VP: the candidates in the order of their indices, round and round. */
static struct golden_vp *take_turn(struct golden_partition *p, struct golden_port *port)
{
	struct golden_vp *candidate[GOLDEN_VPS];
	uint32_t count = 0;

	for (int i = 0; i < GOLDEN_VPS; i++) {
		uint32_t at = count;

		if (!(port->candidates >> i & 1))
			continue;
		for (; at > 0 && before(&p->vp[i], candidate[at - 1]); at--)
			candidate[at] = candidate[at - 1];
		candidate[at] = &p->vp[i];
		count++;
	}
	return count ? candidate[port->turn++ % count] : NULL;
}

static bool has_vps(const struct golden_partition *p)
{
	for (int i = 0; i < GOLDEN_VPS; i++)
		if (p->vp[i].used)
			return true;
	return false;
}

static enum golden_status signal_port(struct golden *g, struct golden_port *port, uint32_t flag)
{
	struct golden_partition *p = golden_partition(g, port->partition);
	struct golden_vp *vp;

	if (!p || p->state != GOLDEN_ACTIVE || port->type != GOLDEN_EVENT_PORT)
		return GOLDEN_PORT_ID;
	if (flag >= port->count || port->base + flag > 2047)
		return GOLDEN_PARAMETER;
	if (port->vp == GOLDEN_ANY_VP) {
		if (!has_vps(p))
			return GOLDEN_VP_INDEX;
		vp = take_turn(p, port);
	} else {
		vp = golden_vp(g, port->partition, port->vp);
		if (!vp)
			return GOLDEN_VP_INDEX;
	}
	if (!vp || !accepts(vp, port->sint))
		return GOLDEN_SYNIC_STATE;
	deliver(vp, port->sint, port->base + flag);
	return GOLDEN_SUCCESS;
}

enum golden_status golden_signal(struct golden *g, uint64_t partition, uint64_t input)
{
	const struct golden_partition *caller = golden_partition(g, partition);
	const struct golden_connection *connection;

	if (!(caller->privileges >> GOLDEN_SIGNAL_EVENTS & 1))
		return GOLDEN_ACCESS_DENIED;
	if (input >> 48)
		return GOLDEN_INPUT;
	connection = find_connection(g, partition, (uint32_t)input);
	if ((input & 0xff000000) || !connection)
		return GOLDEN_CONNECTION_ID;
	if (connection->port < 0)
		return GOLDEN_PORT_ID;
	return signal_port(g, &g->port[connection->port], input >> 32 & 0xffff);
}

bool golden_kick_bind(struct golden *g, uint64_t partition, uint32_t slot, uint32_t connection, uint32_t flag)
{
	struct golden_partition *p = golden_partition(g, partition);

	if (!p || slot >= GOLDEN_SLOTS)
		return false;
	p->kick[slot] = (struct golden_kick){ true, (uint64_t)flag << 32 | connection };
	return true;
}

bool golden_kick(struct golden *g, uint64_t partition, uint32_t slot, enum golden_status *status)
{
	const struct golden_partition *p = golden_partition(g, partition);

	if (!p || slot >= GOLDEN_SLOTS || !p->kick[slot].bound)
		return false;
	*status = golden_signal(g, partition, p->kick[slot].input);
	return true;
}

enum golden_status golden_direct(struct golden *g, uint64_t partition, uint32_t vp, uint32_t sint, uint32_t flag,
				 bool *newly)
{
	struct golden_vp *v = golden_vp(g, partition, vp);

	if (!golden_partition(g, partition) || sint < 1 || sint > 15 || flag > 2047)
		return GOLDEN_PARAMETER;
	if (!v)
		return GOLDEN_VP_INDEX;
	if (!accepts(v, sint))
		return GOLDEN_SYNIC_STATE;
	*newly = deliver(v, sint, flag);
	return GOLDEN_SUCCESS;
}
