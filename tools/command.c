/* SPDX-License-Identifier: MIT */
/* What the subcommands share: their arguments, and opening the card. */
#include "command.h"
#include <stdio.h>
#include <string.h>
#include "diag.h"

/* Where an option that takes no value is kept; NULL: there is none of that name. */
static bool *find_flag(struct arguments *arguments, const char *name, unsigned known)
{
	if ((known & ARG_JSON) && strcmp(name, "--json") == 0)
		return &arguments->json;
	if ((known & ARG_DRY_RUN) && strcmp(name, "--dry-run") == 0)
		return &arguments->dry_run;
	if ((known & ARG_PERSIST) && strcmp(name, "--persist") == 0)
		return &arguments->persist;
	return NULL;
}

/* Takes an option that has a value, and how many arguments it is; 0: there is none of that name, or no value. */
static int take_value(const struct argument_value *values, char **argv, int left)
{
	for (; values && values->name; values++) {
		size_t length = strlen(values->name);

		if (strncmp(argv[0], values->name, length) != 0)
			continue;
		if (argv[0][length] == '=') {
			*values->value = argv[0] + length + 1;
			return 1;
		}
		if (!argv[0][length] && left > 1) {
			*values->value = argv[1];
			return 2;
		}
	}
	return 0;
}

bool arguments_read(struct arguments *arguments, int argc, char **argv, unsigned known)
{
	return arguments_read_values(arguments, argc, argv, known, NULL);
}

bool arguments_read_values(struct arguments *arguments, int argc, char **argv, unsigned known,
			   const struct argument_value *values)
{
	const struct argument_value card[] = { { "--card", &arguments->card }, { NULL, NULL } };
	bool options = true, *flag;
	int taken;

	*arguments = (struct arguments){ .rest = argv + 1 };
	for (int i = 1; i < argc; i++) {
		if (!options || argv[i][0] != '-' || !argv[i][1]) {
			arguments->rest[arguments->rest_count++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (!(known & ARG_NO_CARD) && (taken = take_value(card, argv + i, argc - i))) {
			i += taken - 1;
		} else if ((taken = take_value(values, argv + i, argc - i))) {
			i += taken - 1;
		} else if ((flag = find_flag(arguments, argv[i], known))) {
			*flag = true;
		} else {
			fprintf(stderr, "hvbell %s: %s is not understood; hvbell --help says what is\n", argv[0],
				argv[i]);
			return false;
		}
	}
	return true;
}

bool bdf_read(const struct arguments *arguments, const char *command, char bdf[HVB_BDF_SIZE])
{
	const char *text = arguments->rest_count > 0 ? arguments->rest[0] : "";

	if (arguments->rest_count > 1)
		fprintf(stderr, "hvbell %s: %s is too much\n", command, arguments->rest[1]);
	else if (!hvb_bdf_parse(text, strlen(text), bdf))
		fprintf(stderr, "hvbell %s: \"%s\" is no address of a PCI function, such as 0000:03:00.0\n", command,
			text);
	else
		return true;
	return false;
}

bool card_open(const char *url, hvbell_card **card)
{
	if (hvbell_open(url, card) == 0)
		return true;
	diag_tell("hvbell");
	return false;
}
