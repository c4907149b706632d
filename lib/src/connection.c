/* SPDX-License-Identifier: MIT */
/* Connections (TLFS 11.9): entries of the card's connection table, connected, placed, killed by their port's deletion,
 * disconnected. */
#include <stdlib.h>
#include "internal.h"

#define SENDER_SHIFT 24

uint32_t hvl_key(const struct partition *sender, uint32_t id)
{
	return (uint32_t)sender->slot << SENDER_SHIFT | id;
}

static uint64_t entry_of(const hvbell_card *card, const struct connection *connection)
{
	const struct port *port = connection->port;
	uint64_t tag = HVL_FIELD(CONN_ENTRY_TAG, hvl_cuckoo_tag(card->table, connection->key));

	if (!port || port->info.type != HVBELL_PORT_EVENT)
		return tag | HVL_FIELD(CONN_ENTRY_VERDICT, HVB_VERDICT_DEAD);
	return tag | HVL_FIELD(CONN_ENTRY_VERDICT, HVB_VERDICT_OK) | HVL_FIELD(CONN_ENTRY_ANY, port->any) |
	       HVL_FIELD(CONN_ENTRY_BASE, port->info.base_flag_number % 64) |
	       HVL_FIELD(CONN_ENTRY_WORD, port->any ? port->group : port->runs ? port->runs->first : 0) |
	       HVL_FIELD(CONN_ENTRY_COUNT, port->flags) | HVL_FIELD(CONN_ENTRY_RPART, port->owner->slot);
}

static void write_entry(void *arg, unsigned way, unsigned row, uint64_t value)
{
	hvbell_card *card = arg;

	hvl_put(card, HVB_R_CONN_ENTRY, value);
	hvl_put(card, HVB_R_CONN_COMMIT, HVL_FIELD(CONN_COMMIT_ROW, row) | HVL_FIELD(CONN_COMMIT_WAY, way));
}

static void write_seeds(void *arg, const uint32_t seeds[HVL_WAYS])
{
	for (unsigned way = 0; way < HVL_WAYS; way++)
		hvl_put(arg, HVB_R_HASH0 + 8 * way, seeds[way]);
}

int hvl_table_init(hvbell_card *card)
{
	const struct hvl_cuckoo_ops ops = { write_entry, write_seeds, hvl_random, card };

	card->table = hvl_cuckoo_new(card->rows, HVB_KEY_BITS, &ops);
	return card->table ? 0 : hvl_fail(card, -ENOMEM, "", "no memory for the connection table");
}

static bool sent_by(void *arg, void *item)
{
	return ((struct connection *)item)->sender == arg;
}

/* The card is reset or closed: its own table needs no writing. */
void hvl_table_free(hvbell_card *card)
{
	if (!card->table)
		return;
	hvl_cuckoo_drop(card->table, free);
	hvl_cuckoo_free(card->table);
	card->table = NULL;
}

static void leave(struct connection *connection)
{
	struct connection **at = &connection->port->connections;

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
	connection->port = NULL;
}

static void drop(hvbell_card *card, struct connection *connection)
{
	hvl_cuckoo_remove(card->table, connection->key);
	if (connection->port)
		leave(connection);
	free(connection);
}

void hvl_connections_of(hvbell_card *card, const struct partition *sender)
{
	struct connection *connection;

	while ((connection = hvl_cuckoo_any(card->table, sent_by, (void *)sender)))
		drop(card, connection);
}

void hvl_connections_kill(hvbell_card *card, struct port *port)
{
	while (port->connections) {
		struct connection *connection = port->connections;

		leave(connection);
		hvl_cuckoo_update(card->table, connection->key, entry_of(card, connection));
	}
}

static int add(hvbell_card *card, struct partition *sender, uint32_t id, struct port *port)
{
	struct connection *connection;
	int err = 0;

	if (hvl_cuckoo_count(card->table) >= card->limits.connections)
		return hvl_fail(card, -ENOSPC, "disconnect another", "all %u connections of the card are in use",
				card->limits.connections);
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return hvl_fail(card, -ENOMEM, "", "no memory for a connection");
	connection->sender = sender;
	connection->key = hvl_key(sender, id);
	connection->port = port;
	err = hvl_cuckoo_insert(card->table, connection->key, entry_of(card, connection), connection);
	if (err) {
		free(connection);
		return hvl_fail(card, err, "disconnect another", "the connection table has no room");
	}
	if (port) {
		connection->next = port->connections;
		port->connections = connection;
	}
	return 0;
}

static bool may_connect(const struct port *port, const struct partition *sender)
{
	return port->info.connection_partition == HVBELL_ANY_PARTITION ||
	       port->info.connection_partition == sender->id;
}

/* The checks of HvConnectPort, in the order of its table of statuses. */
static int check(hvbell_card *card, const struct partition *sender, uint32_t id, const struct partition *owner,
		 uint32_t port_id)
{
	const struct port *port;

	if (!sender || !owner || sender == owner)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (id > HVL_ID_MAX || hvl_cuckoo_find(card->table, hvl_key(sender, id)))
		return HV_STATUS_INVALID_CONNECTION_ID;
	port = hvl_port(owner, port_id);
	if (!port || port_id > HVL_ID_MAX || port->connections || !may_connect(port, sender))
		return HV_STATUS_INVALID_PORT_ID;
	return sender->state == HVBELL_ACTIVE && owner->state == HVBELL_ACTIVE ? HV_STATUS_SUCCESS
									      : HV_STATUS_INVALID_PARTITION_STATE;
}

int hvbell_connect_port(hvbell_card *card, uint64_t partition, uint32_t connection_id, uint64_t port_partition,
			uint32_t port_id)
{
	struct partition *sender, *owner;
	int result = hvl_begin(card);

	if (result)
		return result;
	sender = hvl_partition(card, partition);
	owner = hvl_partition(card, port_partition);
	result = check(card, sender, connection_id, owner, port_id);
	if (!result)
		result = add(card, sender, connection_id, hvl_port(owner, port_id));
	return hvl_end(card, result == -ENOSPC ? HV_STATUS_NO_RESOURCES : result);
}

int hvbell_place_connection(hvbell_card *card, uint64_t partition, uint32_t connection_id, uint64_t port_partition,
			    uint32_t port_id)
{
	struct partition *sender, *owner;
	struct port *port;
	int err = hvl_begin(card);

	if (err)
		return err;
	sender = hvl_partition(card, partition);
	owner = hvl_partition(card, port_partition);
	port = owner ? hvl_port(owner, port_id) : NULL;
	if (!sender)
		err = hvl_fail(card, -ENOENT, "add it with hvbell_partition_add()", "no partition 0x%llx",
			       (unsigned long long)partition);
	else if (connection_id > HVL_ID_MAX)
		err = hvl_fail(card, -EINVAL, "", "connection id 0x%x is wider than 24 bits", connection_id);
	else if (hvl_cuckoo_find(card->table, hvl_key(sender, connection_id)))
		err = hvl_fail(card, -EEXIST, "", "connection 0x%x is there already", connection_id);
	else
		err = add(card, sender, connection_id, port);
	return hvl_end(card, err);
}

/* What was accepted through it is delivered before its port may be connected again. */
static void disconnect(hvbell_card *card, struct connection *connection)
{
	struct port *port = connection->port;

	drop(card, connection);
	if (port)
		hvl_port_drain(card, port);
}

int hvbell_disconnect_port(hvbell_card *card, uint64_t partition, uint32_t connection_id)
{
	struct partition *sender;
	struct connection *connection = NULL;
	int result = hvl_begin(card);

	if (result)
		return result;
	sender = hvl_partition(card, partition);
	if (sender && connection_id <= HVL_ID_MAX)
		connection = hvl_cuckoo_find(card->table, hvl_key(sender, connection_id));
	if (!sender)
		result = HV_STATUS_INVALID_PARTITION_ID;
	else if (!connection)
		result = HV_STATUS_INVALID_CONNECTION_ID;
	else if (sender->state != HVBELL_ACTIVE)
		result = HV_STATUS_INVALID_PARTITION_STATE;
	else
		disconnect(card, connection);
	return hvl_end(card, result);
}
