/* SPDX-License-Identifier: MIT */
/* The worlds of the benchmark: one receiving partition, and one or several that signal it. */
#include <errno.h>
#include <string.h>
#include "bench.h"

#define RECEIVER 0x1000u
#define BACK_CONNECTION 0x900000u

/* The world asks for nothing that may be refused. */
static int must(int ret)
{
	return ret > 0 ? -EPROTO : ret;
}

static int add_vp(hvbell_card *card, uint64_t partition, uint32_t vp)
{
	const struct hvbell_sint sint = { .vector = 0xb0 };
	int ret = hvbell_vp_add(card, partition, vp);

	ret = ret ? ret : hvbell_set_sint(card, partition, vp, BENCH_SINT, &sint);
	ret = ret ? ret : hvbell_set_siefp(card, partition, vp, true, 0x100000 + 0x1000ull * vp);
	return ret ? ret : hvbell_set_scontrol(card, partition, vp, true);
}

static int connect_to(hvbell_card *card, uint64_t from, uint32_t connection, const struct hvbell_port *port)
{
	int ret = must(hvbell_create_port(card, port));

	return ret ? ret : must(hvbell_connect_port(card, from, connection, port->partition, port->id));
}

static int join(struct bench_world *world, unsigned sender, unsigned vp, hvbell_connection *connection)
{
	unsigned place = world->shape.vps == 1 ? sender : 0;
	const struct hvbell_port port = {
		.partition = RECEIVER, .id = 1 + vp + place, .type = HVBELL_PORT_EVENT,
		.connection_partition = BENCH_SENDER + sender, .target_sint = BENCH_SINT, .target_vp = vp,
		.base_flag_number = place * world->shape.flags, .flag_count = world->shape.flags,
	};
	int ret = connect_to(world->card, BENCH_SENDER + sender, 1 + vp, &port);

	return ret ? ret : must(hvbell_connection_init(&world->sender[sender], 1 + vp, connection));
}

static int join_back(struct bench_world *world)
{
	const struct hvbell_port port = {
		.partition = BENCH_SENDER, .id = 1, .type = HVBELL_PORT_EVENT, .connection_partition = RECEIVER,
		.target_sint = BENCH_SINT, .flag_count = world->shape.flags,
	};
	int ret = add_vp(world->card, BENCH_SENDER, 0);

	ret = ret ? ret : connect_to(world->card, RECEIVER, BACK_CONNECTION, &port);
	ret = ret ? ret : hvbell_sender_init(world->card, RECEIVER, 0, &world->back_sender);
	ret = ret ? ret : must(hvbell_connection_init(&world->back_sender, BACK_CONNECTION, &world->back));
	ret = ret ? ret : hvbell_receiver_init(world->card, BENCH_SENDER, 0, BENCH_SINT, &world->back_rx);
	if (ret)
		return ret;
	world->back_eventfd = hvbell_eventfd(world->card, BENCH_SENDER, 0, BENCH_SINT);
	return world->back_eventfd < 0 ? world->back_eventfd : 0;
}

static int open_receiver(struct bench_world *world, unsigned vp)
{
	int ret = hvbell_receiver_init(world->card, RECEIVER, vp, BENCH_SINT, &world->rx[vp]);

	if (ret)
		return ret;
	world->eventfd[vp] = hvbell_eventfd(world->card, RECEIVER, vp, BENCH_SINT);
	return world->eventfd[vp] < 0 ? world->eventfd[vp] : 0;
}

int bench_world(struct bench_world *world, hvbell_card *card, const struct bench_world_shape *shape)
{
	int ret = hvbell_reset(card);

	memset(world, 0, sizeof(*world));
	world->card = card;
	world->shape = *shape;
	ret = ret ? ret : hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
	for (unsigned v = 0; v < shape->vps && !ret; v++)
		ret = add_vp(card, RECEIVER, v);
	for (unsigned s = 0; s < shape->senders && !ret; s++) {
		ret = hvbell_partition_add(card, BENCH_SENDER + s, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
		ret = ret ? ret : hvbell_sender_init(card, BENCH_SENDER + s, 0, &world->sender[s]);
		ret = ret ? ret : join(world, s, 0, &world->connection[s]);
	}
	world->to_vp[0] = world->connection[0];
	for (unsigned v = 1; v < shape->vps && !ret; v++)
		ret = join(world, 0, v, &world->to_vp[v]);
	if (!ret && shape->back)
		ret = join_back(world);
	for (unsigned v = 0; v < shape->vps && !ret; v++)
		ret = open_receiver(world, v);
	/* so that the first signal does not queue behind what made the world */
	return ret ? ret : hvbell_fence(card);
}

const char *bench_card_name(hvbell_card *card)
{
	struct hvbell_info info = { .mode = "" };

	hvbell_info(card, &info);
	return strcmp(info.mode, "owned") == 0 ? "card, owned" : "card";
}

static void send(struct bench_path *path, unsigned flag)
{
	hvbell_signal(path->arg, flag);
}

void bench_world_path(struct bench_world *world, struct bench_path *path)
{
	*path = (struct bench_path){ .name = bench_card_name(world->card), .send = send, .rx = world->rx[0],
				     .eventfd = world->eventfd[0], .arg = &world->connection[0] };
}

int bench_world_read(struct bench_world *world)
{
	uint64_t count;

	return hvbell_messages(world->card, RECEIVER, 0, BENCH_SINT, &count);
}
