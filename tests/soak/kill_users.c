/* SPDX-License-Identifier: MIT */
/*
 * Kills users of a card in a server at random instants: in the greeting, while they build their world, and most of
 * them in a storm of signals. Each user looks first whether the card is as a reset leaves it.
 *   kill_users [TIMES [SEED]]
 * Starts $BUILD/hvbell-sim and stops it. What must hold: the server lives, every user starts clean, the server's
 * descriptors and threads are no more in the end than after the first one, and its memory grows by less than
 * GROWTH_KIB.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <hvbell/hvbell.h>
#include "hvb_regs.h"
#include "random.h"
#include "tests/unit/sim_helper.h"

#define GROWTH_KIB 4096
#define EARLY_US 100000          /* how long users live at most that are killed before they signal, perhaps */
#define LATE_US 20000            /* and after they began to */
#define UNCLEAN 3                /* exit statuses of a user */
#define FAILED 4

static char folder[] = "/tmp/kill_users.XXXXXX", url[80], socket_path[64];
static uint64_t seed = 1;
static unsigned in_flight;       /* users killed in a storm of signals */

static void *storm(void *arg)
{
	const hvbell_sender *sender = arg;

	for (uint64_t n = 0;; n++)
		hvbell_signal_raw(sender, n % 64 << 32 | 7);
	return NULL;
}

/* Before the library resets it: the server has. */
static bool found_clean(void)
{
	struct hvb_dev *dev = NULL;
	uint64_t atomics = 1, state = 0, privilege = 1;
	bool clean;

	clean = hvb_dev_open(url, &dev, NULL) == 0 &&
		hvb_dev_read64(dev, HVB_REGION_BAR0, HVB_R_N_ATOMIC, &atomics) == 0 && atomics == 0 &&
		hvb_dev_read64(dev, HVB_REGION_BAR0, HVB_W_PART + 8, &privilege) == 0 && privilege == 0 &&
		hvb_dev_read64(dev, HVB_REGION_BAR0, HVB_R_STATE, &state) == 0 &&
		!(state & (HVB_STATE_INFLIGHT_MASK | HVB_STATE_QUARANTINED_MASK));
	hvb_dev_close(dev);
	return clean;
}

static bool is_clean(hvbell_card *card)
{
	const struct hvbell_card_counters none = { 0 };
	struct hvbell_card_counters counters;
	struct hvbell_log record;
	struct hvbell_info info;

	hvbell_info(card, &info);
	return hvbell_card_counters(card, &counters) == 0 && memcmp(&counters, &none, sizeof(none)) == 0 &&
	       hvbell_log_read(card, &record, 1, NULL) == 0 && info.words_free == info.words - 1;
}

static int make_world(hvbell_card *card)
{
	const struct hvbell_sint sint = { .vector = 50 };
	const struct hvbell_port port = { .partition = 1, .id = 1, .type = HVBELL_PORT_EVENT, .target_sint = 2,
					  .connection_partition = 2, .flag_count = 64 };
	int err = hvbell_partition_add(card, 1, HVBELL_ACTIVE, 0);

	err = err ? err : hvbell_partition_add(card, 2, HVBELL_ACTIVE, HVBELL_SIGNAL_EVENTS);
	err = err ? err : hvbell_vp_add(card, 1, 0);
	err = err ? err : hvbell_set_sint(card, 1, 0, 2, &sint);
	err = err ? err : hvbell_set_siefp(card, 1, 0, true, 0x1000);
	err = err ? err : hvbell_set_scontrol(card, 1, 0, true);
	err = err ? err : hvbell_create_port(card, &port);
	return err ? err : hvbell_connect_port(card, 2, 7, 1, 1);
}

/* Never ends of itself, but where something is wrong. */
static int user(int begun)
{
	hvbell_sender senders[2];
	hvbell_card *card;
	pthread_t thread;

	if (!found_clean())
		return UNCLEAN;
	if (hvbell_open(url, &card) != 0)
		return FAILED;
	if (!is_clean(card))
		return UNCLEAN;
	if (make_world(card) != 0)
		return FAILED;
	for (unsigned n = 0; n < 2; n++)
		if (hvbell_sender_init(card, 2, n, &senders[n]) != 0)
			return FAILED;
	if (hvbell_signal_sync(&senders[0], 7, HVBELL_DELIVERED) != 0 || !hvbell_clear_flag(card, 1, 0, 2, 0) ||
	    pthread_create(&thread, NULL, storm, &senders[1]) != 0)
		return FAILED;
	if (write(begun, "", 1) != 1)
		return FAILED;
	for (;;)
		hvbell_wait(card, 1, 0, 2, 1000, NULL, NULL);
}

static pid_t start_server(void)
{
	const char *build = getenv("BUILD");
	char program[300];
	pid_t pid;

	snprintf(program, sizeof(program), "%s/hvbell-sim", build ? build : "build");
	pid = fork();
	if (pid == 0) {
		execl(program, program, "--socket", socket_path, (char *)NULL);
		_exit(127);
	}
	for (int n = 0; n < 300 && access(socket_path, F_OK) != 0; n++)
		usleep(100000);
	return pid;
}

struct use {
	unsigned fds, threads;
	long kib;
};

/* What a server holds with no user. */
static struct use use_of(pid_t pid)
{
	char path[64];
	struct use use;
	FILE *file;

	usleep(1000000);                                 /* it is done with the last one */
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	use.fds = sim_entries(path);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	use.threads = sim_entries(path);
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "re");
	use.kib = -1;
	if (file && fscanf(file, "%*d %ld", &use.kib) == 1)
		use.kib *= sysconf(_SC_PAGESIZE) / 1024;
	if (file)
		fclose(file);
	return use;
}

/* True where it was killed, and not done before. */
static bool kill_one(struct random_source *random, bool late)
{
	int begun[2], status = 0;
	char byte;
	pid_t pid;

	if (pipe2(begun, O_CLOEXEC) != 0)
		return false;
	pid = fork();
	if (pid == 0)
		_exit(user(begun[1]));
	close(begun[1]);
	if (late)
		in_flight += read(begun[0], &byte, 1) == 1;
	usleep((useconds_t)random_below(random, late ? LATE_US : EARLY_US));
	kill(pid, SIGKILL);
	close(begun[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	fprintf(stderr, "a user ended with status %d: %s\n", WEXITSTATUS(status), WEXITSTATUS(status) == UNCLEAN ?
		"the card was not as a reset leaves it" : "it could not use the card");
	return false;
}

static bool same(const struct use *first, const struct use *last)
{
	printf("# the server: %u descriptors, %u threads, %ld KiB at first; %u, %u, %ld in the end\n", first->fds,
	       first->threads, first->kib, last->fds, last->threads, last->kib);
	return last->fds <= first->fds && last->threads <= first->threads && last->kib < first->kib + GROWTH_KIB;
}

static int run(unsigned times, pid_t server)
{
	struct random_source random = { seed };
	struct use first, last;
	unsigned done = 0;
	int status;

	kill_one(&random, true);
	first = use_of(server);
	while (done < times && kill_one(&random, random_chance(&random, 60))) {
		done++;
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r%u of %u users killed ", done, times);
	}
	last = use_of(server);
	kill(server, SIGTERM);
	if (waitpid(server, &status, 0) != server || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		printf("not ok 1 - the server did not survive %u users\n", done);
		return 1;
	}
	if (done < times || !same(&first, &last)) {
		printf("not ok 1 - user %u of %u (seed %llu)\n", done + 1, times, (unsigned long long)seed);
		return 1;
	}
	printf("ok 1 - %u users killed, %u of them with signals in flight; each next one started clean\n", done,
	       in_flight);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned times = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 30;
	int ret;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	if (!mkdtemp(folder))
		return 2;
	snprintf(socket_path, sizeof(socket_path), "%s/card", folder);
	snprintf(url, sizeof(url), "vfio-user:%s", socket_path);
	ret = run(times, start_server());
	unlink(socket_path);
	rmdir(folder);
	return ret;
}
