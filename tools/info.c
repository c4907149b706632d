/* SPDX-License-Identifier: MIT */
/* hvbell info: what the card is. */
#include <json-c/json.h>
#include <stdio.h>
#include "command.h"
#include "report.h"

struct figure {
	const char *key, *text;
	unsigned value;
};

static void print_text(const struct hvbell_info *info, const struct figure *figures, size_t count)
{
	printf("card                  %s%s\n", info->url, info->simulated ? " (simulated)" : "");
	printf("delivery              %s\n", info->mode);
	printf("register map          %u.%u\n", info->version >> 16, info->version & 0xffff);
	printf("doorbells             %s\n", info->doorbell_mapped ? "mapped: a signal is one store" : "not mapped");
	for (size_t i = 0; i < count; i++)
		printf("%-21s %u\n", figures[i].text, figures[i].value);
}

static void print_json(const struct hvbell_info *info, const struct figure *figures, size_t count)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "card", json_object_new_string(info->url));
	json_object_object_add(object, "mode", json_object_new_string(info->mode));
	json_object_object_add(object, "version", report_hex(info->version));
	json_object_object_add(object, "simulated", json_object_new_boolean(info->simulated));
	json_object_object_add(object, "doorbell_mapped", json_object_new_boolean(info->doorbell_mapped));
	for (size_t i = 0; i < count; i++)
		json_object_object_add(object, figures[i].key, json_object_new_int64(figures[i].value));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static void print_info(const struct hvbell_info *info, bool json)
{
	const struct figure figures[] = {
		{ "partitions", "partitions", info->partitions },
		{ "connections", "connections", info->connections },
		{ "vps", "virtual processors", info->vps },
		{ "words", "pending words", info->words },
		{ "words_free", "  free", info->words_free },
		{ "vectors", "MSI-X vectors", info->vectors },
		{ "vectors_free", "  free", info->vectors_free },
		{ "groups", "groups for any VP", info->groups },
		{ "tags", "AtomicOps in flight", info->tags },
		{ "clock_mhz", "clock, MHz", info->clock_mhz },
	};

	(json ? print_json : print_text)(info, figures, sizeof(figures) / sizeof(figures[0]));
}

int command_info(int argc, char **argv)
{
	struct arguments arguments;
	struct hvbell_info info;
	hvbell_card *card;
	int ret;

	if (!arguments_read(&arguments, argc, argv, ARG_JSON))
		return EXIT_INPUT;
	if (arguments.rest_count > 0) {
		fprintf(stderr, "hvbell info: %s is too much\n", arguments.rest[0]);
		return EXIT_INPUT;
	}
	if (!card_open(arguments.card, &card))
		return EXIT_FAILED;
	ret = hvbell_info(card, &info);
	if (ret == 0)
		print_info(&info, arguments.json);
	else
		fprintf(stderr, "hvbell info: %s\n", hvbell_error().what);
	hvbell_close(card);
	return ret == 0 ? EXIT_GOOD : EXIT_FAILED;
}
