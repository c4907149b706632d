/* SPDX-License-Identifier: MIT */
/* The subcommands of hvbell, and what they share. Each gets its own arguments and returns the exit status. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H
#include <hvbell/hvbell.h>
#include "driver/pci.h"

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_INPUT = 2, EXIT_CHECK = 10 };

int command_run(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_dxgk_demo(int argc, char **argv);
int command_info(int argc, char **argv);
int command_selftest(int argc, char **argv);
int command_list(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_bind(int argc, char **argv);
int command_unbind(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_top(int argc, char **argv);
int command_wave(int argc, char **argv);

/* Which options a subcommand has. All but those about a slot have --card. */
enum { ARG_JSON = 1, ARG_NO_CARD = 2, ARG_DRY_RUN = 4, ARG_PERSIST = 8 };

/* An option of one command that has a value, "--name VALUE" or "--name=VALUE". */
struct argument_value {
	const char *name;       /* NULL: the last one */
	const char **value;
};

/* Arguments common to all: options, in any place before a "--", and what is left, which moves to argv's beginning. */
struct arguments {
	const char *card;       /* --card URL; NULL: not given */
	bool json;              /* --json */
	bool dry_run, persist;  /* --dry-run, --persist */
	char **rest;
	int rest_count;
};
/* False (said on standard error) where there is an option that is not among the known ones (ARG_*). */
bool arguments_read(struct arguments *arguments, int argc, char **argv, unsigned known);
/* The same for a command that has options with values besides; values may be NULL. */
bool arguments_read_values(struct arguments *arguments, int argc, char **argv, unsigned known,
			   const struct argument_value *values);
/* The one address that is left of the arguments, in full form; false (said on standard error) where that is not all. */
bool bdf_read(const struct arguments *arguments, const char *command, char bdf[HVB_BDF_SIZE]);
/* Opens a card, saying on standard error what went wrong and what to do. */
bool card_open(const char *url, hvbell_card **card);
#endif
