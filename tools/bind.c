/* SPDX-License-Identifier: MIT */
/* hvbell bind, unbind, restore: which driver a card has. What is to be done is first a list of steps, each of which is
 * one shell command; --dry-run prints it. The driver that the card had is kept in a file until restore needs it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "command.h"
#include "driver/owner.h"
#include "sysfs.h"

#define STATE "/run/hvbell"
#define OVERRIDES "/etc/driverctl.d"
#define BUS "/sys/bus/pci"
#define VFIO "vfio-pci"
#define STEPS_MAX 10
#define WAITS 60                         /* of 50 ms, for a driver that puts off its probe */

enum kind {
	KIND_FOLDER,    /* make one */
	KIND_FILE,      /* make one that holds text */
	KIND_TELL,      /* write text to a file of the kernel */
	KIND_REMOVE,    /* a file, where it is there */
};

struct step {
	enum kind kind;
	char path[128], text[40];
};

struct plan {
	const char *command, *bdf;
	struct step steps[STEPS_MAX];
	unsigned count;
};

static void add(struct plan *plan, enum kind kind, const char *text, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

static void add(struct plan *plan, enum kind kind, const char *text, const char *path, ...)
{
	struct step *step = &plan->steps[plan->count++];
	va_list args;

	step->kind = kind;
	snprintf(step->text, sizeof(step->text), "%s", text);
	va_start(args, path);
	vsnprintf(step->path, sizeof(step->path), path, args);
	va_end(args);
}

static void print_plan(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->kind == KIND_FOLDER)
			printf("mkdir -p %s\n", step->path);
		else if (step->kind == KIND_REMOVE)
			printf("rm -f %s\n", step->path);
		else
			printf("echo %s%s>%s\n", step->text, step->text[0] ? " " : "", step->path);
	}
}

/* A line and its end, in one write: the kernel takes each write for a command. */
static int write_line(const struct step *step)
{
	int flags = O_WRONLY | O_TRUNC | O_CLOEXEC | (step->kind == KIND_FILE ? O_CREAT | O_NOFOLLOW : 0);
	char line[sizeof(step->text) + 1];
	int length = snprintf(line, sizeof(line), "%s\n", step->text), fd = open(step->path, flags, 0644), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, line, (size_t)length) != length)
		err = errno ? errno : EIO;
	if (close(fd) && !err)
		err = errno;
	return err;
}

static int do_step(const struct step *step)
{
	errno = 0;
	if (step->kind == KIND_FOLDER)
		return mkdir(step->path, 0755) && errno != EEXIST ? errno : 0;
	if (step->kind == KIND_REMOVE)
		return unlink(step->path) && errno != ENOENT ? errno : 0;
	return write_line(step);
}

static const char *remedy_of(int err)
{
	if (err == EACCES || err == EPERM)
		return "run it as root (sudo)";
	if (err == EROFS)
		return "it cannot be written here; in a container, bind the card on the host";
	return "the kernel's log (dmesg) may say more";
}

static bool execute(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		int err = do_step(step);

		if (!err)
			continue;
		fprintf(stderr, "hvbell %s: %s: %s (%s)\n        %s\n", plan->command, step->path, strerror(err),
			strerrorname_np(err), remedy_of(err));
		return false;
	}
	return true;
}

/* Whether the function came to have the driver ("": none). */
static bool settled(const char *bdf, const char *driver, struct hvb_pci *pci)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	for (int i = 0; i < WAITS; i++) {
		if (hvb_pci_read(bdf, pci) == 0 && strcmp(pci->driver, driver) == 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* Executes the plan and looks whether it worked; or prints it. */
static int carry_out(const struct plan *plan, const char *driver, bool dry_run)
{
	struct hvb_pci pci;

	if (dry_run) {
		print_plan(plan);
		return EXIT_GOOD;
	}
	if (!execute(plan))
		return EXIT_FAILED;
	if (!settled(plan->bdf, driver, &pci)) {
		fprintf(stderr, "hvbell %s: %s is bound to %s, not to %s, although the kernel took every command\n"
			"        the kernel's log (dmesg) says why\n", plan->command, plan->bdf,
			pci.driver[0] ? pci.driver : "no driver", driver[0] ? driver : "none");
		return EXIT_FAILED;
	}
	return EXIT_GOOD;
}

static void forget_override(struct plan *plan)
{
	char line[32];

	/* only what --persist wrote: another override is somebody else's */
	if (sysfs_line(line, sizeof(line), OVERRIDES "/pci-%s", plan->bdf) && strcmp(line, VFIO) == 0)
		add(plan, KIND_REMOVE, "", OVERRIDES "/pci-%s", plan->bdf);
}

/* The driver of before, unless an earlier one is known and this is none, or our doing. */
static void remember(struct plan *plan, const struct hvb_pci *pci)
{
	char line[32];

	if (!strcmp(pci->driver, VFIO) ||
	    (!pci->driver[0] && sysfs_line(line, sizeof(line), STATE "/%s", plan->bdf)))
		return;
	add(plan, KIND_FOLDER, "", STATE);
	add(plan, KIND_FILE, pci->driver, STATE "/%s", plan->bdf);
}

static void detach(struct plan *plan, const struct hvb_pci *pci)
{
	if (pci->driver[0])
		add(plan, KIND_TELL, plan->bdf, BUS "/drivers/%s/unbind", pci->driver);
}

static void attach(struct plan *plan, const struct hvb_pci *pci, const char *driver)
{
	add(plan, KIND_TELL, driver, BUS "/devices/%s/driver_override", plan->bdf);
	detach(plan, pci);
	add(plan, KIND_TELL, plan->bdf, BUS "/drivers_probe");
}

static bool has_driver(const char *command, const char *driver)
{
	char path[80];

	snprintf(path, sizeof(path), BUS "/drivers/%s", driver);
	if (access(path, F_OK) == 0)
		return true;
	fprintf(stderr, "hvbell %s: %s: there is no such driver\n        modprobe %s\n", command, path, driver);
	return false;
}

/* Taking a card from a program that holds it would wait until the program ends. */
static bool in_use(const char *command, const struct hvb_pci *pci)
{
	char owner[80];

	hvb_card_owner(pci, owner, sizeof(owner));
	if (owner[0])
		fprintf(stderr, "hvbell %s: %s: in use by %s (EBUSY)\n        end it, then try again\n", command,
			pci->bdf, owner);
	return owner[0];
}

/* The part that all three begin with: a function that may be taken from its driver. */
static bool begin(int argc, char **argv, unsigned known, struct arguments *arguments, char bdf[HVB_BDF_SIZE],
		  struct hvb_pci *pci, int *status)
{
	*status = EXIT_INPUT;
	if (!arguments_read(arguments, argc, argv, known | ARG_NO_CARD) || !bdf_read(arguments, argv[0], bdf))
		return false;
	*status = EXIT_FAILED;
	if (hvb_pci_read(bdf, pci)) {
		fprintf(stderr, "hvbell %s: " BUS "/devices/%s: there is no such function (ENODEV)\n"
			"        hvbell list shows the cards, lspci every function\n", argv[0], bdf);
		return false;
	}
	if (hvb_pci_bridge(bdf)) {
		fprintf(stderr, "hvbell %s: %s is a bridge, which leads to other functions\n", argv[0], bdf);
		return false;
	}
	return !in_use(argv[0], pci);
}

int command_bind(int argc, char **argv)
{
	struct plan plan = { .command = argv[0] };
	struct arguments arguments;
	char bdf[HVB_BDF_SIZE];
	struct hvb_pci pci;
	bool bound;
	int status;

	if (!begin(argc, argv, ARG_DRY_RUN | ARG_PERSIST, &arguments, bdf, &pci, &status))
		return status;
	if (!has_driver(argv[0], VFIO))
		return EXIT_FAILED;
	plan.bdf = bdf;
	bound = strcmp(pci.driver, VFIO) == 0;
	if (!bound) {
		remember(&plan, &pci);
		attach(&plan, &pci, VFIO);
	}
	if (arguments.persist) {
		add(&plan, KIND_FOLDER, "", OVERRIDES);
		add(&plan, KIND_FILE, VFIO, OVERRIDES "/pci-%s", bdf);
	}
	status = carry_out(&plan, VFIO, arguments.dry_run);
	if (status == EXIT_GOOD && !arguments.dry_run)
		printf("%s is bound to " VFIO "%s%s%s\n", bdf, bound ? ", as before" : ", was to ",
		       bound ? "" : pci.driver[0] ? pci.driver : "none",
		       arguments.persist ? "; driverctl, where it is installed, does the same at each boot" : "");
	return status;
}

int command_unbind(int argc, char **argv)
{
	struct plan plan = { .command = argv[0] };
	struct arguments arguments;
	char bdf[HVB_BDF_SIZE];
	struct hvb_pci pci;
	int status;

	if (!begin(argc, argv, ARG_DRY_RUN, &arguments, bdf, &pci, &status))
		return status;
	plan.bdf = bdf;
	remember(&plan, &pci);
	detach(&plan, &pci);
	add(&plan, KIND_TELL, "", BUS "/devices/%s/driver_override", bdf);
	forget_override(&plan);
	status = carry_out(&plan, "", arguments.dry_run);
	if (status == EXIT_GOOD && !arguments.dry_run)
		printf("%s is bound to no driver%s%s\n", bdf, pci.driver[0] ? ", was to " : "", pci.driver);
	return status;
}

/* "": it had none. False where nothing fit for a driver's name is remembered. */
static bool recall(const char *bdf, char *driver, size_t size)
{
	if (sysfs_line(driver, size, STATE "/%s", bdf) && !strchr(driver, '/') && driver[0] != '.')
		return true;
	fprintf(stderr, "hvbell restore: " STATE "/%s: no driver of before is remembered since the machine started\n"
		"        hvbell unbind %s, then echo %s >" BUS "/drivers_probe, lets the kernel choose one\n",
		bdf, bdf, bdf);
	return false;
}

int command_restore(int argc, char **argv)
{
	struct plan plan = { .command = argv[0] }, after = { .command = argv[0] };
	struct arguments arguments;
	char bdf[HVB_BDF_SIZE], driver[32];
	struct hvb_pci pci;
	int status;

	if (!begin(argc, argv, ARG_DRY_RUN, &arguments, bdf, &pci, &status))
		return status;
	if (!recall(bdf, driver, sizeof(driver)) || (driver[0] && !has_driver(argv[0], driver)))
		return EXIT_FAILED;
	plan.bdf = after.bdf = bdf;
	if (!driver[0])
		detach(&plan, &pci);
	else if (strcmp(pci.driver, driver) != 0)
		attach(&plan, &pci, driver);
	/* the override has done its work, or is what bind left behind; the memory goes last */
	add(&after, KIND_TELL, "", BUS "/devices/%s/driver_override", bdf);
	forget_override(&after);
	add(&after, KIND_REMOVE, "", STATE "/%s", bdf);
	status = carry_out(&plan, driver, arguments.dry_run);
	if (status == EXIT_GOOD)
		status = carry_out(&after, driver, arguments.dry_run);
	if (status == EXIT_GOOD && !arguments.dry_run)
		printf("%s is bound to %s again\n", bdf, driver[0] ? driver : "no driver");
	return status;
}
