/* SPDX-License-Identifier: MIT */
/* The hvbell command: finds the subcommand and reads the arguments that all of them share. */
#include <stdio.h>
#include <string.h>
#include "command.h"
#include "diag.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", command_run },
	{ "demo", command_demo },
	{ "info", command_info },
};

static const char help[] =
	"hvbell: events between virtual machines, signalled by a card\n"
	"\n"
	"usage: hvbell run  [--card URL] [--json] FILE...   play scenario files and say what was seen\n"
	"       hvbell demo [--card URL] [DIRECTORY]        what the card does, in 20 seconds\n"
	"       hvbell info [--card URL] [--json]           what the card is\n"
	"       hvbell --help | --version\n"
	"\n"
	"A card is named by its URL: sim: (simulated in this process, the default), with options such as\n"
	"sim:?latency=gen2x1&trace=run.fst&seed=7. The environment's HVBELL_CARD is taken where --card is not given.\n"
	"DIRECTORY holds scenario files (*.json); without it the demo takes tests/scenarios/basic.\n"
	"\n"
	"exit status: 0 all is well; 1 a scenario failed, or the card did; 2 a file that cannot be read or is no\n"
	"scenario, or arguments that cannot be understood\n";

bool arguments_read(struct arguments *arguments, int argc, char **argv, bool json_known)
{
	bool options = true;

	*arguments = (struct arguments){ .rest = argv + 1 };
	for (int i = 1; i < argc; i++) {
		if (!options || argv[i][0] != '-' || !argv[i][1]) {
			arguments->rest[arguments->rest_count++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (strcmp(argv[i], "--card") == 0 && i + 1 < argc) {
			arguments->card = argv[++i];
		} else if (strncmp(argv[i], "--card=", 7) == 0) {
			arguments->card = argv[i] + 7;
		} else if (json_known && strcmp(argv[i], "--json") == 0) {
			arguments->json = true;
		} else {
			fprintf(stderr, "hvbell %s: %s is not understood; hvbell --help says what is\n", argv[0],
				argv[i]);
			return false;
		}
	}
	return true;
}

bool card_open(const char *url, hvbell_card **card)
{
	struct hvbell_diag diag;
	char text[400];

	if (hvbell_open(url, card) == 0)
		return true;
	diag = hvbell_error();
	fprintf(stderr, "hvbell: %s\n", diag_text(&diag, text, sizeof(text)));
	if (diag.remedy[0])
		fprintf(stderr, "        %s\n", diag.remedy);
	return false;
}

/* What could not be written was not said: a full disk must not look like success. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fputs("hvbell: standard output cannot be written\n", stderr);
	return status == EXIT_GOOD ? EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
		puts("hvbell " HVBELL_VERSION);
		return finish(EXIT_GOOD);
	}
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(help, stdout);
			return finish(EXIT_GOOD);
		}
	for (size_t i = 0; argc >= 2 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return finish(commands[i].run(argc - 1, argv + 1));
	if (argc >= 2)
		fprintf(stderr, "hvbell: %s is no command\n", argv[1]);
	fputs(help, stderr);
	return EXIT_INPUT;
}
