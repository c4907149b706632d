/* SPDX-License-Identifier: MIT */
/* hvbell dxgk-demo: a display driver and a guest's half of it in two processes, with the card between them. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "command.h"
#include "dxgk_demo.h"

#define ROUNDS 300
#define BURST 30000
#define PATIENCE_S 20

static const struct row {
	const char *key, *text;
	size_t offset;
} rows[] = {
	{ "signals", "DxgkCbSignalEvent, counted by the card", offsetof(struct dxgk_demo_act, signals) },
	{ "coalesced", "  of these into a word under way", offsetof(struct dxgk_demo_act, coalesced) },
	{ "messages", "interrupts to the guest", offsetof(struct dxgk_demo_act, messages) },
	{ "taken", "events signalled by the guest's half", offsetof(struct dxgk_demo_act, taken) },
	{ "interrupts", "DxgkDdiInterruptRoutine: TRUE", offsetof(struct dxgk_demo_act, interrupts) },
	{ "atomics", "AtomicOps of the card, both ways", offsetof(struct dxgk_demo_act, atomics) },
};

static uint64_t value_of(const struct dxgk_demo_act *act, const struct row *row)
{
	return *(const uint64_t *)((const char *)act + row->offset);
}

static void print_count(const char *what, uint64_t count)
{
	printf("%-42s %12" PRIu64 "\n", what, count);
}

static void print_messages(const struct dxgk_demo_messages *messages)
{
	printf("\nmessages to the other process, of 1 byte to 512 KiB\n");
	print_count("DxgkCbMiracastSendMessage", messages->sent);
	print_count("callbacks with the right answer", messages->answered);
	print_count("bytes, there and back", messages->bytes);
	print_count("signals to the receiver, by the card", messages->to_receiver);
	print_count("signals to the driver, by the card", messages->to_driver);
}

static void print_text(const struct dxgk_demo_act *in_turn, const struct dxgk_demo_act *burst,
		       const struct dxgk_demo_messages *messages)
{
	printf("%-42s %12s %12s\n", "host to guest to host, by three events", "in turn", "burst");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf("%-42s %12" PRIu64 " %12" PRIu64 "\n", rows[i].text, value_of(in_turn, &rows[i]),
		       value_of(burst, &rows[i]));
	print_messages(messages);
}

static void add(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)value));
}

static struct json_object *act_json(const struct dxgk_demo_act *act)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add(object, rows[i].key, value_of(act, &rows[i]));
	return object;
}

static struct json_object *messages_json(const struct dxgk_demo_messages *messages)
{
	struct json_object *object = json_object_new_object();

	add(object, "sent", messages->sent);
	add(object, "answered", messages->answered);
	add(object, "bytes", messages->bytes);
	add(object, "to_receiver", messages->to_receiver);
	add(object, "to_driver", messages->to_driver);
	return object;
}

static void print_json(const struct dxgk_demo_act *in_turn, const struct dxgk_demo_act *burst,
		       const struct dxgk_demo_messages *messages)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "in_turn", act_json(in_turn));
	json_object_object_add(object, "burst", act_json(burst));
	json_object_object_add(object, "messages", messages_json(messages));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

/* Every signal in turn has its answer; of a burst, each event at least its last one; every message has one. */
static bool lost(const struct dxgk_demo_act *in_turn, const struct dxgk_demo_act *burst,
		 const struct dxgk_demo_messages *messages)
{
	if (in_turn->taken == ROUNDS && in_turn->interrupts == ROUNDS && burst->taken >= DXGK_DEMO_EVENTS &&
	    messages->answered == messages->sent)
		return false;
	fputs("hvbell dxgk-demo: signals or messages were lost\n", stderr);
	return true;
}

static int host(const struct arguments *arguments, int socket, int messages_socket, uint64_t *sief, pid_t guest)
{
	struct dxgk_demo_act in_turn, burst;
	struct dxgk_demo_messages messages;
	struct dxgk_demo_host *half = NULL;
	hvbell_card *card;
	bool good;

	if (!card_open(arguments->card, &card))
		return EXIT_FAILED;
	if (!arguments->json) {
		printf("two processes: %ld has the card and the display driver, %ld is the guest\n", (long)getpid(),
		       (long)guest);
		fflush(stdout);
	}
	good = dxgk_demo_open(card, socket, sief, &half) && dxgk_demo_in_turn(half, ROUNDS, &in_turn) &&
	       dxgk_demo_burst(half, BURST, &burst) && dxgk_demo_messages(half, messages_socket, &messages);
	if (good) {
		(arguments->json ? print_json : print_text)(&in_turn, &burst, &messages);
		good = !lost(&in_turn, &burst, &messages);
	}
	dxgk_demo_close(half);
	hvbell_close(card);
	return good ? EXIT_GOOD : EXIT_FAILED;
}

static int two_processes(const struct arguments *arguments, const int sockets[2], const int messages[2],
			 uint64_t *sief)
{
	int status = 0, ret;
	pid_t guest;

	fflush(stdout);
	/* before there is a card: a process with threads is not to be doubled */
	guest = fork();
	if (guest < 0) {
		fprintf(stderr, "hvbell dxgk-demo: no second process: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	if (!guest) {
		close(sockets[0]);
		close(messages[0]);
		_exit(dxgk_demo_guest(sockets[1], messages[1], sief));
	}
	close(sockets[1]);
	close(messages[1]);
	ret = host(arguments, sockets[0], messages[0], sief, guest);
	close(sockets[0]);
	close(messages[0]);
	if (waitpid(guest, &status, 0) == guest && status && ret == EXIT_GOOD) {
		fprintf(stderr, "hvbell dxgk-demo: the guest's process ended with status 0x%x\n", (unsigned)status);
		ret = EXIT_FAILED;
	}
	return ret;
}

int command_dxgk_demo(int argc, char **argv)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct arguments arguments;
	int sockets[2], messages[2];
	void *sief;

	if (!arguments_read(&arguments, argc, argv, ARG_JSON))
		return EXIT_INPUT;
	if (arguments.rest_count > 0) {
		fprintf(stderr, "hvbell dxgk-demo: %s is too much\n", arguments.rest[0]);
		return EXIT_INPUT;
	}
	/* the guest's memory, as far as it concerns the card */
	sief = mmap(NULL, HVBELL_SIEF_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sief == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, messages) ||
	    setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience))) {
		fprintf(stderr, "hvbell dxgk-demo: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	return two_processes(&arguments, sockets, messages, sief);
}
