/* SPDX-License-Identifier: MIT */
/* hvbell-board: a board without PCIe, simulated, behind a pseudo-terminal that stands for its USB serial port. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "sim/line.h"
#include "uart.h"

enum { EXIT_GOOD, EXIT_FAILED, EXIT_INPUT };
#define BATCH 2000               /* cycles between two looks at the terminal */
#define RESTING 20               /* quiet batches until the clock slows down */
#define REST_MS 1

static const char help[] =
	"hvbell-board: a board with the hvbell card, simulated to its pins, as a serial port\n"
	"\n"
	"usage: hvbell-board [--link PATH] [--damage N] [--seed N]\n"
	"       hvbell-board --help | --version\n"
	"\n"
	"  --link PATH    make this name for the port, a symbolic link that goes with the program\n"
	"  --damage N     change or lose one byte in N, at random, each way\n"
	"  --seed N       start of those random numbers (1)\n"
	"\n"
	"Prints the card's URL, such as serial:/dev/pts/3, for hvbell --card. Ends on SIGINT or SIGTERM.\n"
	"exit status: 0 ended as asked; 1 no terminal, no link or no memory; 2 arguments not understood\n";

struct arguments {
	const char *link;
	unsigned long damage, seed;
};

struct desk {
	struct hvb_board *board;
	struct hvb_uart uart;
	int terminal, port;              /* the terminal's two ends; the port is held open, so that it outlives users */
	unsigned damage;
	uint64_t random;
	uint8_t in[512], out[512];
	size_t in_at, in_length, out_length;
};

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static bool read_number(const char *text, unsigned long max, unsigned long *number)
{
	char *rest;

	errno = 0;
	*number = strtoul(text, &rest, 0);
	return *text >= '0' && *text <= '9' && !*rest && !errno && *number <= max;
}

/* -1: go on; else the exit status. */
static int read_arguments(struct arguments *arguments, int argc, char **argv)
{
	static const struct option known[] = {
		{ "link", required_argument, NULL, 'l' }, { "damage", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	bool good = true;
	int c;

	*arguments = (struct arguments){ .seed = 1 };
	opterr = 0;
	while (good && (c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? help : "hvbell-board " HVB_RELEASE "\n", stdout);
			return fflush(stdout) ? EXIT_FAILED : EXIT_GOOD;
		}
		if (c == 'l')
			arguments->link = optarg;
		else if (c == 'd')
			good = read_number(optarg, 1ul << 30, &arguments->damage);
		else if (c == 's')
			good = read_number(optarg, 1ul << 62, &arguments->seed);
		else
			good = false;
	}
	if (good && optind == argc)
		return -1;
	fprintf(stderr, "hvbell-board: %s is not understood or lacks its value; hvbell-board --help says what is\n",
		argv[good ? optind : optind - 1]);
	return EXIT_INPUT;
}

static bool open_terminal(struct desk *desk)
{
	struct termios raw;

	desk->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (desk->terminal < 0 || grantpt(desk->terminal) || unlockpt(desk->terminal))
		return false;
	desk->port = open(ptsname(desk->terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (desk->port < 0 || tcgetattr(desk->port, &raw))
		return false;
	cfmakeraw(&raw);
	return tcsetattr(desk->port, TCSANOW, &raw) == 0;
}

static bool damaged(struct desk *desk, uint8_t *byte)
{
	if (!desk->damage || hvb_random(&desk->random, desk->damage))
		return false;
	*byte ^= (uint8_t)(1 << hvb_random(&desk->random, 8));
	return hvb_random(&desk->random, 2);
}

static void cycle(struct desk *desk)
{
	uint8_t byte;

	if (desk->in_at < desk->in_length && hvb_uart_ready(&desk->uart)) {
		byte = desk->in[desk->in_at++];
		if (!damaged(desk, &byte))
			hvb_uart_send(&desk->uart, byte);
	}
	if (hvb_uart_clock(&desk->uart, desk->board, &byte) != HVB_UART_BYTE || damaged(desk, &byte))
		return;
	/* a port nobody reads loses bytes, as that of a USB serial chip does */
	if (desk->out_length < sizeof(desk->out))
		desk->out[desk->out_length++] = byte;
}

/* Bytes from and to the terminal; whether there were any. */
static bool exchange(struct desk *desk)
{
	bool any = desk->out_length != 0;
	ssize_t count;

	if (desk->in_at == desk->in_length) {
		count = read(desk->terminal, desk->in, sizeof(desk->in));
		desk->in_at = 0;
		desk->in_length = count > 0 ? (size_t)count : 0;
	}
	if (desk->out_length) {
		count = write(desk->terminal, desk->out, desk->out_length);
		if (count > 0) {
			memmove(desk->out, desk->out + count, desk->out_length - (size_t)count);
			desk->out_length -= (size_t)count;
		}
	}
	return any || desk->in_length;
}

/* The clock passes all the time, but slowly where nothing comes or goes. */
static void serve(struct desk *desk)
{
	unsigned quiet = 0;

	while (!ended) {
		struct pollfd come = { .fd = desk->terminal, .events = POLLIN };

		quiet = exchange(desk) || !hvb_uart_idle(&desk->uart) ? 0 : quiet + 1;
		if (quiet > RESTING)
			poll(&come, 1, REST_MS);
		for (int i = 0; i < BATCH; i++)
			cycle(desk);
	}
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "hvbell-board: %s: %s\n", what, why);
	return EXIT_FAILED;
}

static int run(const struct arguments *arguments)
{
	struct desk desk = { .damage = (unsigned)arguments->damage, .random = arguments->seed * 2 + 1 };
	const char *name;

	if (!open_terminal(&desk))
		return fail("no pseudo-terminal", strerror(errno));
	name = ptsname(desk.terminal);
	desk.board = hvb_board_new();
	if (!desk.board)
		return fail("the board", strerror(ENOMEM));
	if (arguments->link && symlink(name, arguments->link)) {
		hvb_board_free(desk.board);
		return fail(arguments->link, strerror(errno));
	}
	printf("serial:%s\n", arguments->link ? arguments->link : name);
	if (!fflush(stdout))
		serve(&desk);
	if (arguments->link)
		unlink(arguments->link);
	hvb_board_free(desk.board);
	return EXIT_GOOD;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct arguments arguments;
	int status = read_arguments(&arguments, argc, argv);

	if (status >= 0)
		return status;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return run(&arguments);
}
