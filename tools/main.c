/* SPDX-License-Identifier: MIT */
/* The hvbell command: finds the subcommand. */
#include <stdio.h>
#include <string.h>
#include "command.h"

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
	"the baseline; 2 a file that cannot be read or is no scenario, or arguments that cannot be understood;\n"
	"130, 143 of bench: interrupted (Ctrl-C, SIGTERM), and what had been measured was told. Of doctor, the first\n"
	"that failed: 10 device, 11 IOMMU, 12 driver, 13 group, 14 nodes, 15 memlock, 16 interrupts, 17 kernel,\n"
	"18 reserved memory, 19 lockdown, 20 power, 21 link\n";

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
