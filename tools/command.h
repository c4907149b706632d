/* SPDX-License-Identifier: MIT */
/* The subcommands of hvbell, and what they share. Each gets its own arguments and returns the exit status. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H
#include <hvbell/hvbell.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_INPUT = 2 };

int command_run(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_info(int argc, char **argv);

/* Arguments common to all: options, in any place before a "--", and what is left, which moves to argv's beginning. */
struct arguments {
	const char *card;       /* --card URL; NULL: not given */
	bool json;              /* --json */
	char **rest;
	int rest_count;
};
/* False (said on standard error) where there is an unknown option, or --json where it is not known. */
bool arguments_read(struct arguments *arguments, int argc, char **argv, bool json_known);
/* Opens a card, saying on standard error what went wrong and what to do. */
bool card_open(const char *url, hvbell_card **card);
#endif
