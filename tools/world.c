/* SPDX-License-Identifier: MIT */
/* Reads a scenario's `setup`: partitions, VPs, ports, connections, flags that are already set. */
#include <stdlib.h>
#include <string.h>
#include "parse.h"

bool parse_state(struct scenario_file *file, const struct json_at *at, enum hvbell_partition_state *state)
{
	static const char *const names[] = { "uninitialized", "active", "finalizing", "finalized" };
	const char *text;

	if (!json_text(&file->json, at, &text))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (strcmp(text, names[i]) == 0) {
			*state = i;
			return true;
		}
	return json_wrong(&file->json, at, "must be uninitialized, active, finalizing or finalized");
}

static bool parse_privilege(struct scenario_file *file, const struct json_at *at, void *item)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} known[] = {
		{ "PostMessages", HVBELL_POST_MESSAGES }, { "SignalEvents", HVBELL_SIGNAL_EVENTS },
		{ "CreatePort", HVBELL_CREATE_PORT }, { "ConnectPort", HVBELL_CONNECT_PORT },
	};
	const char *text;

	if (!json_text(&file->json, at, &text))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (strcmp(text, known[i].name) == 0) {
			*(uint64_t *)item = known[i].bit;
			return true;
		}
	return json_wrong(&file->json, at, "must be SignalEvents, PostMessages, CreatePort or ConnectPort");
}

bool parse_sint(struct scenario_file *file, const struct json_at *at, struct hvbell_sint *sint)
{
	unsigned vector = 0;

	if (!json_is_object(&file->json, at) || !parse_optional_below(file, at, "vector", 256, &vector) ||
	    !parse_optional_flag(file, at, "masked", &sint->masked) ||
	    !parse_optional_flag(file, at, "auto_eoi", &sint->auto_eoi) ||
	    !parse_optional_flag(file, at, "polling", &sint->polling))
		return false;
	sint->vector = (uint8_t)vector;
	return true;
}

static bool parse_sints(struct scenario_file *file, const struct json_at *at, struct scn_vp *vp)
{
	if (!json_is_object(&file->json, at))
		return false;
	json_object_object_foreach(at->value, key, value) {
		struct json_at sint = { .value = value, .parent = at, .key = key };
		size_t digits = strspn(key, "0123456789");
		unsigned long number = strtoul(key, NULL, 10);

		if (digits == 0 || digits > 2 || key[digits] || number >= HVBELL_SINTS)
			return json_wrong(&file->json, &sint, "must be a SINT, \"0\" to \"15\"");
		if (!parse_sint(file, &sint, &vp->sint[number]))
			return false;
		vp->sint_named[number] = true;
	}
	return true;
}

static bool parse_page(struct scenario_file *file, const struct json_at *vp, const char *key, struct scn_page *page)
{
	struct json_at at;

	if (!json_member(vp, key, &at))
		return true;
	return json_is_object(&file->json, &at) && parse_optional_flag(file, &at, "enable", &page->enable) &&
	       parse_optional_u64(file, &at, "gpa", &page->gpa);
}

static bool parse_vp(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_vp *vp = item;
	struct json_at sints;

	return json_is_object(&file->json, at) && parse_u32(file, at, "index", &vp->index) &&
	       parse_optional_flag(file, at, "scontrol", &vp->scontrol) && parse_page(file, at, "siefp", &vp->siefp) &&
	       parse_page(file, at, "simp", &vp->simp) &&
	       (!json_member(at, "sints", &sints) || parse_sints(file, &sints, vp));
}

static bool parse_partition(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_partition *partition = item;
	struct json_at state;
	uint64_t *privileges;
	size_t count;

	partition->state = HVBELL_ACTIVE;
	if (!json_is_object(&file->json, at) || !parse_u64(file, at, "id", &partition->id) ||
	    (json_member(at, "state", &state) && !parse_state(file, &state, &partition->state)) ||
	    !parse_array(file, at, "privileges", sizeof(*privileges), parse_privilege, (void **)&privileges, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		partition->privileges |= privileges[i];
	return parse_array(file, at, "vps", sizeof(*partition->vps), parse_vp, (void **)&partition->vps,
			   &partition->vp_count);
}

/* Any name the specification does not have stands for an unknown type. */
static uint32_t port_type(const char *name)
{
	static const char *const names[] = { "message", "event", "monitor", "doorbell" };

	for (unsigned i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			return HVBELL_PORT_MESSAGE + i;
	return UINT32_MAX;
}

bool parse_port(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_port *placed = item;
	struct hvbell_port *port = &placed->port;
	struct json_at type;
	const char *name = "event";
	uint64_t reserved = 0;

	port->connection_partition = HVBELL_ANY_PARTITION;
	if (!json_is_object(&file->json, at) || !parse_u64(file, at, "partition", &port->partition) ||
	    !parse_u32(file, at, "id", &port->id) ||
	    (json_member(at, "type", &type) && !json_text(&file->json, &type, &name)) ||
	    !parse_optional_u32(file, at, "target_sint", &port->target_sint) ||
	    !parse_optional_u32(file, at, "target_vp", &port->target_vp) ||
	    !parse_optional_u64(file, at, "connection_partition", &port->connection_partition) ||
	    !parse_optional_u32(file, at, "base_flag_number", &port->base_flag_number) ||
	    !parse_optional_u32(file, at, "flag_count", &port->flag_count) ||
	    !parse_optional_flag(file, at, "deleted", &placed->deleted) ||
	    !parse_optional_u64(file, at, "reserved_z", &reserved))
		return false;
	port->type = port_type(name);
	port->reserved_nonzero = reserved != 0;
	return true;
}

bool parse_connection(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_connection *connection = item;

	return json_is_object(&file->json, at) && parse_u64(file, at, "partition", &connection->partition) &&
	       parse_u32(file, at, "id", &connection->id) &&
	       parse_u64(file, at, "port_partition", &connection->port_partition) &&
	       parse_u32(file, at, "port_id", &connection->port_id);
}

bool parse_flag(struct scenario_file *file, const struct json_at *at, void *item)
{
	struct scn_flag *flag = item;

	return json_is_object(&file->json, at) && parse_u64(file, at, "partition", &flag->partition) &&
	       parse_u32(file, at, "vp", &flag->vp) && parse_below(file, at, "sint", HVBELL_SINTS, &flag->sint) &&
	       parse_below(file, at, "flag", HVBELL_FLAGS, &flag->flag);
}

bool parse_world(struct scenario_file *file, const struct json_at *setup, struct scn_world *world)
{
	return json_is_object(&file->json, setup) &&
	       parse_array(file, setup, "partitions", sizeof(*world->partitions), parse_partition,
			   (void **)&world->partitions, &world->partition_count) &&
	       parse_array(file, setup, "ports", sizeof(*world->ports), parse_port, (void **)&world->ports,
			   &world->port_count) &&
	       parse_array(file, setup, "connections", sizeof(*world->connections), parse_connection,
			   (void **)&world->connections, &world->connection_count) &&
	       parse_array(file, setup, "sief_preset", sizeof(*world->presets), parse_flag, (void **)&world->presets,
			   &world->preset_count);
}
