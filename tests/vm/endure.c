/* SPDX-License-Identifier: MIT */
/*
 * endure URL [ROUNDS [REOPENS]]: a card used for long through the library. Doorbell to eventfd, ROUNDS times over
 * several vectors, none lost and none too many; then resets, with signals behind each; then opened and closed REOPENS
 * times, and nothing left behind. Prints TAP lines; exit status 0 where all are ok.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <hvbell/hvbell.h>

#define SENDER 0x10
#define RECEIVER 0x20
#define VPS 8u
#define SINT 2
#define FLAGS 250u
#define RESETS 3u
#define ROUNDS_BEHIND 40u        /* after a reset, and after the last opening */
#define ARRIVAL_MS 5000

static unsigned tests, failures;
static hvbell_card *card;
static hvbell_sender sender;
static hvbell_connection connections[VPS];
static int eventfds[VPS];

static bool result(bool good, const char *name, ...) __attribute__((format(printf, 2, 3)));
static bool result(bool good, const char *name, ...)
{
	va_list arguments;

	printf("%sok %u - ", good ? "" : "not ", ++tests);
	va_start(arguments, name);
	vprintf(name, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
	failures += !good;
	return good;
}

static bool complain(const char *what, ...) __attribute__((format(printf, 1, 2)));
static bool complain(const char *what, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, what);
	vprintf(what, arguments);
	va_end(arguments);
	printf("\n");
	return false;
}

/* The library's own words for the call that failed. */
static bool works(int ret, const char *call)
{
	struct hvbell_diag diag = hvbell_error();

	return ret == 0 ||
	       complain("%s: %d: %s: %s (%s)", call, ret, diag.where ? diag.where : "", diag.what, diag.remedy);
}

#define WORKS(call) works((call), #call)

static bool open_card(const char *url)
{
	return WORKS(hvbell_open(url, &card));
}

static bool add_vp(unsigned vp)
{
	const struct hvbell_port port = { .partition = RECEIVER, .id = vp + 1, .type = HVBELL_PORT_EVENT,
		.connection_partition = SENDER, .target_sint = SINT, .target_vp = vp, .flag_count = FLAGS };
	const struct hvbell_sint sint = { .vector = 177 };

	if (!WORKS(hvbell_vp_add(card, RECEIVER, vp)) || !WORKS(hvbell_set_scontrol(card, RECEIVER, vp, true)) ||
	    !WORKS(hvbell_set_siefp(card, RECEIVER, vp, true, 0x100000 + 0x1000 * vp)) ||
	    !WORKS(hvbell_set_sint(card, RECEIVER, vp, SINT, &sint)) || !WORKS(hvbell_create_port(card, &port)) ||
	    !WORKS(hvbell_connect_port(card, SENDER, vp + 1, RECEIVER, vp + 1)) ||
	    !WORKS(hvbell_connection_init(&sender, vp + 1, &connections[vp])))
		return false;
	eventfds[vp] = hvbell_eventfd(card, RECEIVER, vp, SINT);
	return eventfds[vp] >= 0 || works(eventfds[vp], "hvbell_eventfd");
}

static bool build_world(void)
{
	if (!WORKS(hvbell_partition_add(card, SENDER, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS)) ||
	    !WORKS(hvbell_partition_add(card, RECEIVER, HVBELL_ACTIVE, 0)) ||
	    !WORKS(hvbell_sender_init(card, SENDER, 0, &sender)))
		return false;
	for (unsigned vp = 0; vp < VPS; vp++)
		if (!add_vp(vp))
			return false;
	return true;
}

/* What an eventfd counted, taken; 0 where there is nothing after timeout milliseconds. */
static uint64_t arrived(int fd, int timeout)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&readable, 1, timeout) != 1 || read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return 0;
	return count;
}

static bool round_trip(unsigned n)
{
	unsigned vp = n % VPS, flag = n % FLAGS;
	uint64_t count;
	int status = hvbell_signal(&connections[vp], flag);

	if (status)
		return complain("round %u: the status is 0x%x", n, status);
	count = arrived(eventfds[vp], ARRIVAL_MS);
	if (count != 1)
		return complain("round %u: %llu interrupts of VP %u", n, (unsigned long long)count, vp);
	if (!hvbell_clear_flag(card, RECEIVER, vp, SINT, flag))
		return complain("round %u: flag %u of VP %u is not set", n, flag, vp);
	return true;
}

/* Nothing is set, nothing is signalled. */
static bool silent(void)
{
	for (unsigned vp = 0; vp < VPS; vp++) {
		int flags = hvbell_dispatch(card, RECEIVER, vp, SINT, NULL, NULL);

		if (flags)
			return complain("%d flags too many at VP %u", flags, vp);
		if (arrived(eventfds[vp], vp ? 0 : 50))
			return complain("an interrupt too many at VP %u", vp);
	}
	return true;
}

/* The card's own counts of what these rounds were. */
static bool counted(unsigned rounds)
{
	struct hvbell_counters part;
	struct hvbell_card_counters all;
	uint64_t vectors = 0;

	if (!WORKS(hvbell_counters(card, SENDER, &part)) || !WORKS(hvbell_card_counters(card, &all)))
		return false;
	for (unsigned vp = 0; vp < VPS; vp++) {
		uint64_t messages;

		if (!WORKS(hvbell_messages(card, RECEIVER, vp, SINT, &messages)))
			return false;
		vectors += messages;
	}
	if (part.accepted == rounds && part.coalesced == 0 && vectors == rounds && all.messages == rounds &&
	    all.hits == rounds && all.faults + all.timeouts + all.unexpected + all.dropped + all.np_overflow == 0)
		return true;
	return complain("%u rounds: %llu accepted, %llu coalesced, %llu messages of the vectors, %llu of the card, "
			"%llu flags set, %llu faults, %llu time-outs", rounds, (unsigned long long)part.accepted,
			(unsigned long long)part.coalesced, (unsigned long long)vectors,
			(unsigned long long)all.messages, (unsigned long long)all.hits,
			(unsigned long long)all.faults, (unsigned long long)all.timeouts);
}

static bool traffic(unsigned rounds)
{
	for (unsigned n = 0; n < rounds; n++)
		if (!round_trip(n))
			return false;
	return WORKS(hvbell_fence(card)) && silent() && counted(rounds);
}

static int open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

static bool reopen(const char *url, unsigned times)
{
	for (unsigned n = 0; n < times; n++) {
		if (!open_card(url))
			return complain("opening %u of %u", n + 1, times);
		if (n + 1 == times && !(build_world() && traffic(ROUNDS_BEHIND)))
			return false;
		hvbell_close(card);
		card = NULL;
	}
	return true;
}

static void endure(const char *url, unsigned rounds, unsigned reopens)
{
	int files = open_files(), files_then;

	if (!result(open_card(url) && build_world(), "opened, %u vectors connected", VPS))
		return;
	if (!result(traffic(rounds), "%u signals from doorbell to eventfd, none lost, none too many", rounds))
		return;
	for (unsigned n = 1; n <= RESETS; n++)
		if (!result(WORKS(hvbell_reset(card)) && build_world() && traffic(ROUNDS_BEHIND),
			    "reset %u, and signals behind it", n))
			return;
	hvbell_close(card);
	card = NULL;
	if (!result(reopen(url, reopens), "opened and closed %u times, signals in the last", reopens))
		return;
	files_then = open_files();
	result(files == files_then, "as many open files as before (%d, %d)", files, files_then);
}

static bool number(const char *text, unsigned *value)
{
	char *end;
	unsigned long given;

	errno = 0;
	given = strtoul(text, &end, 10);
	*value = (unsigned)given;
	return *text >= '0' && *text <= '9' && !*end && !errno && given >= 1 && given <= 100000000;
}

int main(int argc, char **argv)
{
	unsigned rounds = 2000, reopens = 100;

	if (argc < 2 || argc > 4 || (argc > 2 && !number(argv[2], &rounds)) ||
	    (argc > 3 && !number(argv[3], &reopens))) {
		fprintf(stderr, "usage: endure URL [ROUNDS [REOPENS]]\n");
		return 2;
	}
	endure(argv[1], rounds, reopens);
	hvbell_close(card);
	printf("1..%u\n", tests);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
