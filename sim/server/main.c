/* SPDX-License-Identifier: MIT */
/* hvbell-sim: the simulated card as a process, to which a QEMU or a driver attaches by vfio-user. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "server.h"

enum { EXIT_GOOD, EXIT_FAILED, EXIT_INPUT };
#define PARTING_MS 2000          /* for a client that was asked to go */
#define PARTING_STEP_MS 20

static const char help[] =
	"hvbell-sim: the hvbell card, simulated, as a PCI device for QEMU and for drivers, over vfio-user\n"
	"\n"
	"usage: hvbell-sim --socket PATH [--latency LINK] [--trace FILE.fst] [--log LEVEL]\n"
	"       hvbell-sim --help | --version\n"
	"\n"
	"  --socket PATH    listen here; one client at a time, one after the other\n"
	"  --latency LINK   gen3x8 (the default), gen2x4, gen2x1, none, or a number of clock cycles one way\n"
	"  --trace FILE     record waveforms\n"
	"  --log LEVEL      none, error (what a client did wrong; default), info (who comes and goes), trace (all)\n"
	"\n"
	"Attach a QEMU from version 10.1 on. Its memory must be shared; where QEMU emulates processors there must be\n"
	"two, or locked instructions are none to the card's AtomicOps:\n"
	"  qemu-system-x86_64 -machine q35,memory-backend=ram,kernel-irqchip=split -m 1G -smp 2 \\\n"
	"    -object memory-backend-memfd,id=ram,size=1G,share=on -device intel-iommu,intremap=on,caching-mode=on \\\n"
	"    -device '{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\",\"path\":\"PATH\"},\n"
	"    \"x-msg-timeout\":60000}' ...\n"
	"or a program of this machine: hvbell selftest --card vfio-user:PATH\n"
	"\n"
	"Ends on SIGINT or SIGTERM, having asked the client to give the card back; on a second one at once.\n"
	"exit status: 0 ended as asked; 1 the socket, the card or a file failed; 2 arguments not understood\n";

struct arguments {
	const char *socket;
	struct hvb_sim_options options;
	enum hvb_server_log log;
};

/* What the thread that waits for signals shares with the one that serves. */
static struct {
	pthread_mutex_t lock;
	struct hvb_server *server;
	int client;              /* -1: none */
	int wake[2];             /* readable at the end */
	bool end;
} life = { .lock = PTHREAD_MUTEX_INITIALIZER, .client = -1 };

static int wrong(const char *format, const char *what)
{
	fputs("hvbell-sim: ", stderr);
	fprintf(stderr, format, what);
	fputs("; hvbell-sim --help says what is\n", stderr);
	return EXIT_INPUT;
}

static bool log_level(const char *text, enum hvb_server_log *log)
{
	static const char *const names[] = { "none", "error", "info", "trace" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(text, names[i])) {
			*log = (enum hvb_server_log)i;
			return true;
		}
	return false;
}

static bool add_option(char *options, size_t size, const char *name, const char *value)
{
	size_t used = strlen(options);

	return !strchr(value, '&') &&
	       (size_t)snprintf(options + used, size - used, "%c%s=%s", used ? '&' : '?', name, value) < size - used;
}

/* -1: go on; else the exit status. */
static int read_arguments(struct arguments *arguments, int argc, char **argv)
{
	static const struct option known[] = {
		{ "socket", required_argument, NULL, 's' }, { "latency", required_argument, NULL, 'l' },
		{ "trace", required_argument, NULL, 't' }, { "log", required_argument, NULL, 'g' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 },
	};
	char options[512] = "", why[160];
	bool good = true;
	int c;

	*arguments = (struct arguments){ .log = HVB_SERVER_ERROR };
	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? help : "hvbell-sim " HVB_RELEASE "\n", stdout);
			return fflush(stdout) ? EXIT_FAILED : EXIT_GOOD;
		}
		if (c == 's')
			arguments->socket = optarg;
		else if (c == 'l')
			good = add_option(options, sizeof(options), "latency", optarg);
		else if (c == 't')
			good = add_option(options, sizeof(options), "trace", optarg);
		else if (c == 'g')
			good = log_level(optarg, &arguments->log);
		else
			return wrong("%s is not understood or lacks its value", argv[optind - 1]);
		if (!good)
			return wrong("%s cannot be the value of this option", optarg);
	}
	if (optind < argc)
		return wrong("%s is too much", argv[optind]);
	if (!arguments->socket)
		return wrong("%s is missing", "--socket PATH");
	if (hvb_sim_options_parse(options, &arguments->options, why, sizeof(why)))
		return wrong("%s", why);
	return -1;
}

static int fail(const char *path, const char *what, int err, const char *remedy)
{
	fprintf(stderr, "hvbell-sim: %s: %s: %s%s%s\n", path, what, strerror(err), *remedy ? "; " : "", remedy);
	return -1;
}

/* A socket that nobody listens on is what a server left that was killed: it is in the way. */
static int clear_path(const struct sockaddr_un *address)
{
	struct stat is;
	int probe, refused;

	if (lstat(address->sun_path, &is))
		return 0;
	if (!S_ISSOCK(is.st_mode))
		return fail(address->sun_path, "cannot listen", EEXIST, "there is a file of this name, which stays");
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	refused = connect(probe, (const struct sockaddr *)address, sizeof(*address)) && errno == ECONNREFUSED;
	close(probe);
	if (!refused)
		return fail(address->sun_path, "cannot listen", EADDRINUSE, "another server does; choose another path");
	return unlink(address->sun_path) ? fail(address->sun_path, "cannot be removed", errno, "") : 0;
}

/* The listening socket, or -1 (said). */
static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int made;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >= sizeof(address.sun_path))
		return fail(path, "cannot listen", ENAMETOOLONG, "a socket's path has at most 107 characters");
	if (clear_path(&address))
		return -1;
	made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (made < 0)
		return fail(path, "no socket", errno, "");
	if (bind(made, (const struct sockaddr *)&address, sizeof(address)) || listen(made, 8)) {
		fail(path, "cannot listen", errno, "is the folder there and yours?");
		close(made);
		return -1;
	}
	return made;
}

static bool client_is_here(void)
{
	bool here;

	pthread_mutex_lock(&life.lock);
	here = life.client >= 0;
	pthread_mutex_unlock(&life.lock);
	return here;
}

static void end(bool cut)
{
	pthread_mutex_lock(&life.lock);
	life.end = true;
	if (life.client >= 0 && cut)
		shutdown(life.client, SHUT_RDWR);
	pthread_mutex_unlock(&life.lock);
	if (write(life.wake[1], "", 1) < 0)
		return;
}

/* The first signal asks the client to go and waits a little; the second does not. */
static void *wait_for_signal(void *arg)
{
	const struct timespec step = { .tv_nsec = PARTING_STEP_MS * 1000000L };
	const sigset_t *signals = arg;
	int number;

	sigwait(signals, &number);
	end(false);
	hvb_server_request(life.server);
	for (int i = 0; i < PARTING_MS / PARTING_STEP_MS && client_is_here(); i++)
		if (sigtimedwait(signals, NULL, &step) > 0)
			break;
	end(true);
	return NULL;
}

static bool set_client(int client)
{
	bool go_on;

	pthread_mutex_lock(&life.lock);
	go_on = !life.end;
	life.client = client;
	pthread_mutex_unlock(&life.lock);
	return go_on;
}

static void serve_all(int listener)
{
	struct pollfd waits[] = { { .fd = listener, .events = POLLIN }, { .fd = life.wake[0], .events = POLLIN } };
	const struct timespec retry = { .tv_nsec = 100000000 };
	bool go_on = true;

	while (go_on) {
		int client;

		if (poll(waits, 2, -1) > 0 && waits[1].revents)
			break;
		client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0) {
			/* gone already; or no descriptors are left, which may pass */
			nanosleep(&retry, NULL);
			continue;
		}
		if (set_client(client))
			hvb_server_serve(life.server, client);
		go_on = set_client(-1);
		close(client);
	}
}

static int run(const struct arguments *arguments, const sigset_t *signals)
{
	int listener = listen_at(arguments->socket), err;
	char why[HVB_CARD_WHY];
	pthread_t waiter;

	if (listener < 0)
		return EXIT_FAILED;
	err = hvb_server_new(&arguments->options, arguments->log, &life.server, why);
	if (!err && pipe2(life.wake, O_CLOEXEC)) {
		err = -errno;
		snprintf(why, sizeof(why), "a pipe failed: %s", strerror(-err));
	}
	if (!err) {
		err = -pthread_create(&waiter, NULL, wait_for_signal, (void *)(uintptr_t)signals);
		if (err)
			snprintf(why, sizeof(why), "a thread failed: %s", strerror(-err));
	}
	if (err) {
		fprintf(stderr, "hvbell-sim: %s\n", why);
	} else {
		if (arguments->log >= HVB_SERVER_INFO)
			fprintf(stderr, "hvbell-sim: listening on %s\n", arguments->socket);
		serve_all(listener);
		pthread_join(waiter, NULL);
	}
	unlink(arguments->socket);
	close(listener);
	if (hvb_server_free(life.server) && !err) {
		fputs("hvbell-sim: a file that was recorded is not complete: is the disk full?\n", stderr);
		err = -EIO;
	}
	return err ? EXIT_FAILED : EXIT_GOOD;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int status = read_arguments(&arguments, argc, argv);
	sigset_t signals;

	if (status >= 0)
		return status;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return run(&arguments, &signals);
}
