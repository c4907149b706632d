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
	{ "dxgk-demo", command_dxgk_demo },
	{ "info", command_info },
	{ "selftest", command_selftest },
	{ "list", command_list },
	{ "doctor", command_doctor },
	{ "bind", command_bind },
	{ "unbind", command_unbind },
	{ "restore", command_restore },
	{ "bench", command_bench },
	{ "trace", command_trace },
	{ "top", command_top },
	{ "wave", command_wave },
};

static const char help[] =
	"hvbell: events between virtual machines, signalled by a card\n"
	"\n"
	"usage: hvbell run  [--card URL] [--json] FILE...   play scenario files and say what was seen\n"
	"       hvbell demo [--card URL] [DIRECTORY]        what the card does, in 20 seconds\n"
	"       hvbell dxgk-demo [--card URL] [--json]      a display driver and its guest, in two processes\n"
	"       hvbell info [--card URL] [--json]           what the card is\n"
	"       hvbell bench [--card URL] [--json]          how long a signal takes: card, and software beside it\n"
	"           [--count N] [--warm-up N] [--rate SIGNALS-A-SECOND] [--cpus SENDER,RECEIVER|none]\n"
	"           [--html FILE] [--hgrm DIRECTORY] [--baseline FILE]\n"
	"       hvbell trace [--card URL] [--json] [FILE...] every signal of scenarios, or of a load, stage by stage\n"
	"           [--partition ID] [--connection ID] [--vp INDEX] [--seconds N]\n"
	"       hvbell top [--card URL] [--seconds N]       what partitions send and VPs get under a load, refreshed\n"
	"       hvbell wave [--card URL] -o FILE.fst FILE... scenarios as a waveform of the card, and a view for "
	"GTKWave\n"
	"       hvbell selftest [--card URL] [--json]       checks the card: registers, memory, interrupts, reset\n"
	"       hvbell list [--json]                        the cards in this machine, and whether each can be used\n"
	"       hvbell doctor [BDF] [--json]                what keeps a card from being used, and what to do\n"
	"       hvbell bind BDF [--dry-run] [--persist]     gives the card to vfio-pci; --persist: after a boot too\n"
	"       hvbell unbind BDF [--dry-run]               takes it from its driver\n"
	"       hvbell restore BDF [--dry-run]              gives it back to the driver it had before\n"
	"       hvbell --help | --version\n"
	"\n"
	"A card is named by its URL: sim: (simulated in this process, the default), with options such as\n"
	"sim:?latency=gen2x1&trace=run.fst&seed=7. The environment's HVBELL_CARD is taken where --card is not given.\n"
	"DIRECTORY holds scenario files (*.json); without it the demo takes tests/scenarios/basic.\n"
	"\n"
	"BDF is the address of a PCI function, as hvbell list and lspci print it: 0000:03:00.0 or 03:00.0.\n"
	"\n"
	"exit status: 0 all is well; 1 a scenario failed, or the card did, or bench found something slower than in\n"
	"the baseline; 2 a file that cannot be read or is no scenario, or arguments that cannot be understood. Of\n"
	"doctor, the first that failed: 10 device, 11 IOMMU, 12 driver, 13 group, 14 nodes, 15 memlock,\n"
	"16 interrupts, 17 kernel, 18 reserved memory, 19 lockdown, 20 power, 21 link\n";

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
