/* SPDX-License-Identifier: MIT */
/* hvbell wave: a scenario as a waveform of the card, and a view of it for GTKWave with the signals that tell the
 * story. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "command.h"
#include "follow.h"

#define SUFFIX ".fst"

/* The card's streams, in the order of a signal's way; "-" begins a group. */
static const char *const view[] = {
	"-clock", "clk_i", "rst_i", "time_i[63:0]", "idle_o",
	"-requests in: doorbells, registers", "rx_req_valid_i", "rx_req_ready_o", "rx_req_hdr_i[127:0]",
	"rx_req_data_i[127:0]",
	"-out: AtomicOps", "tx_np_valid_o", "tx_np_ready_i", "tx_np_hdr_o[127:0]", "tx_np_data_o[127:0]",
	"-in: their completions", "rx_cpl_valid_i", "rx_cpl_err_i", "rx_cpl_hdr_i[127:0]", "rx_cpl_data_i[127:0]",
	"-out: interrupts", "tx_p_valid_o", "tx_p_ready_i", "tx_p_hdr_o[127:0]", "tx_p_data_o[127:0]",
	"-out: completions of reads", "tx_cpl_valid_o", "tx_cpl_ready_i", "tx_cpl_hdr_o[127:0]", "tx_cpl_data_o[127:0]",
};

static bool write_view(const char *path, const char *dump)
{
	FILE *file = fopen(path, "we");
	bool good;

	if (!file)
		return false;
	fprintf(file, "[*] a signal's way through the card; open with: gtkwave FILE.gtkw\n[dumpfile] \"%s\"\n"
		"[sst_expanded] 1\n", dump);
	for (size_t i = 0; i < sizeof(view) / sizeof(view[0]); i++) {
		if (view[i][0] == '-')
			fprintf(file, "@200\n%s\n", view[i]);
		else
			fprintf(file, "@%s\nTOP.%s\n", strchr(view[i], '[') ? "22" : "28", view[i]);
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

static int nothing(hvbell_card *card, void *arg)
{
	(void)card;
	(void)arg;
	return 0;
}

/* The simulated card that the user named, or the default one, with its pins recorded. */
static bool make_url(const char *card, const char *dump, char *url, size_t size)
{
	const char *base = card ? card : "sim:";

	if (strncmp(base, "sim:", 4) != 0) {
		fprintf(stderr, "hvbell wave: only a simulated card shows its pins, %s does not\n", base);
		return false;
	}
	if ((size_t)snprintf(url, size, "%s%strace=%s", base, strchr(base, '?') ? "&" : "?", dump) < size)
		return true;
	fputs("hvbell wave: the file's name is too long\n", stderr);
	return false;
}

static int record(const char *url, struct arguments *arguments, const char *dump)
{
	char path[400];
	hvbell_card *card;
	int ret;

	if (!card_open(url, &card))
		return EXIT_FAILED;
	follow_until_interrupt();
	ret = follow_files(card, arguments->rest, arguments->rest_count, nothing, NULL);
	hvbell_close(card);
	if (ret != EXIT_GOOD)
		return ret;
	snprintf(path, sizeof(path), "%.*s.gtkw", (int)(strlen(dump) - strlen(SUFFIX)), dump);
	if (!write_view(path, dump)) {
		fprintf(stderr, "hvbell wave: %s: %s\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	printf("%s written; to see it: gtkwave %s\n", dump, path);
	return EXIT_GOOD;
}

int command_wave(int argc, char **argv)
{
	const char *dump = NULL;
	const struct argument_value values[] = { { "-o", &dump }, { "--output", &dump }, { NULL, NULL } };
	struct arguments arguments;
	char url[300];
	size_t length;

	if (!arguments_read_values(&arguments, argc, argv, 0, values))
		return EXIT_INPUT;
	if (arguments.rest_count == 0) {
		fputs("hvbell wave: which scenario? hvbell --help says more\n", stderr);
		return EXIT_INPUT;
	}
	length = dump ? strlen(dump) : 0;
	if (length <= strlen(SUFFIX) || strcmp(dump + length - strlen(SUFFIX), SUFFIX) != 0) {
		fputs("hvbell wave: -o FILE.fst says where the waveform goes\n", stderr);
		return EXIT_INPUT;
	}
	/* what is no scenario leaves no waveform behind */
	if (!make_url(arguments.card, dump, url, sizeof(url)) || !follow_check(arguments.rest, arguments.rest_count))
		return EXIT_INPUT;
	return record(url, &arguments, dump);
}
