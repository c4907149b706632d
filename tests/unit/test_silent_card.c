/* SPDX-License-Identifier: MIT */
/*
 * The command on a card that falls silent, from its first answer or in the midst of work: it ends soon, with status 1
 * and a line that says what failed. The faults are at the pins, behind a card that knows nothing of them: no completion
 * comes out, or all that are read are ones, or STATE.INIT stays 1, or no AtomicOp or no interrupt comes out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hvb_regs.h"
#include "rc.h"
#include "server_client.h"
#include "tools/command.h"

#define FILE_OF_SCENARIOS "tests/scenarios/basic/flag.json"
#define BAR0_AT 0x3800000000ull  /* sim/enumerate.c */
#define SAID 65536
/* Cycles of a silent card, at most: some requests' time-outs, or a step of a scenario, which waits for a million. */
#define SOON 2500000u

enum fault { NO_COMPLETION, ALL_ONES, INIT_STAYS, NO_ATOMIC, NO_MESSAGE };

/* Shared with the process that has the card. */
static struct silent {
	enum fault fault;
	unsigned after;          /* completions that are still good */
	unsigned spent;          /* cycles with the fault; at SOON it ends, so that a test that fails does, too */
	unsigned state_tag;      /* of a read of STATE; ~0: none */
} *silent;

void __real_hvb_rtl_clock(struct hvb_rtl *rtl);
void __wrap_hvb_rtl_clock(struct hvb_rtl *rtl);

static void look_for_state(const struct hvb_rtl *rtl)
{
	struct hvb_tlp_head head;

	if (!rtl->in.rx_req_valid || !rtl->out.rx_req_ready)
		return;
	hvb_tlp_parse(&rtl->in.rx_req, &head);
	if (head.type == HVB_TLP_MRD && head.addr == BAR0_AT + HVB_R_STATE)
		silent->state_tag = head.tag;
}

static void spoil(struct hvb_rtl_out *out)
{
	struct hvb_tlp_head head;

	switch (silent->fault) {
	case NO_COMPLETION:
		out->tx_cpl_valid = false;
		break;
	case ALL_ONES:
		memset(out->tx_cpl.data, 0xff, sizeof(out->tx_cpl.data));
		break;
	case INIT_STAYS:
		hvb_tlp_parse(&out->tx_cpl, &head);
		if (out->tx_cpl_valid && head.tag == silent->state_tag)
			out->tx_cpl.data[0] |= HVB_STATE_INIT_MASK;
		break;
	case NO_ATOMIC:
		out->tx_np_valid = false;
		break;
	case NO_MESSAGE:
		out->tx_p_valid = false;
		break;
	}
}

/* Each time a card's thread passes a cycle. */
void __wrap_hvb_rtl_clock(struct hvb_rtl *rtl)
{
	bool answered = rtl->out.tx_cpl_valid && rtl->in.tx_cpl_ready;

	look_for_state(rtl);
	__real_hvb_rtl_clock(rtl);
	if (silent->after) {
		silent->after -= answered;
	} else if (silent->spent < SOON) {
		silent->spent++;
		spoil(&rtl->out);
	}
}

static int in_child(int (*command)(int, char **), const char *words, int file)
{
	char text[200], *argv[12];
	int argc = 0, status;

	snprintf(text, sizeof(text), "%s", words);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	if (dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
		return -1;
	status = command(argc, argv);
	fflush(stdout);
	return status;
}

/* Runs a command, words separated by single spaces, in a process of its own. The end of what it says on standard output
 * and error is in said. */
static int run(int (*command)(int, char **), const char *words, char said[SAID])
{
	int file = memory_file(0), status;
	ssize_t got;
	off_t end;
	pid_t child;

	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		exit(in_child(command, words, file));
	assert_int_equal(waitpid(child, &status, 0), child);
	end = lseek(file, 0, SEEK_END);
	got = pread(file, said, SAID - 1, end < SAID ? 0 : end - (SAID - 1));
	assert_true(got >= 0);
	said[got] = '\0';
	close(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* words, or others (may be NULL), stand in what the command says */
static void ends(enum fault fault, unsigned after, int (*command)(int, char **), const char *line, const char *words,
		 const char *others)
{
	char said[SAID];
	int status;

	*silent = (struct silent){ .fault = fault, .after = after, .state_tag = ~0u };
	status = run(command, line, said);
	if (status != EXIT_FAILED || silent->spent >= SOON ||
	    !(strstr(said, words) || (others && strstr(said, others))))
		fail_msg("%s, fault %d behind %u completions: status %d after %u cycles: %s", line, (int)fault, after,
			 status, silent->spent, said);
}

/* When the card falls silent: before it is open, in the library's first reset, in the midst of work. */
static const struct {
	unsigned after;
	int (*run)(int argc, char **argv);
	const char *line;
} commands[] = {
	{ 0, command_info, "info" },
	{ 80, command_info, "info" },
	{ 0, command_selftest, "selftest" },
	{ 200, command_selftest, "selftest" },
	{ 200, command_run, "run " FILE_OF_SCENARIOS },
	{ 200, command_run, "run --json " FILE_OF_SCENARIOS },
	{ 200, command_run, "run --card sim:?deliver=owned " FILE_OF_SCENARIOS },
	{ 1500, command_demo, "demo" },
	{ 1500, command_trace, "trace --seconds 60" },
	{ 450, command_top, "top --seconds 60" },
	{ 200, command_bench, "bench --count 100" },
	{ 1500, command_bench, "bench --count 100 --card sim:?deliver=owned" },
};

static void each_command(enum fault fault, const char *words, const char *others)
{
	for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++)
		ends(fault, commands[c].after, commands[c].run, commands[c].line, words, others);
}

static void no_completion(void **state)
{
	(void)state;
	each_command(NO_COMPLETION, "no completion of a ", NULL);
	ends(NO_COMPLETION, 0, command_info, "info", "a read of configuration space at 0x0 within 68416 cycles", NULL);
}

static void all_ones(void **state)
{
	(void)state;
	each_command(ALL_ONES, "reads as all ones", "0xffffffff");
}

static void never_ready(void **state)
{
	(void)state;
	ends(INIT_STAYS, 0, command_info, "info", "STATE.INIT (BAR 0 at 0x30) stays 1", NULL);
	ends(INIT_STAYS, 40, command_run, "run " FILE_OF_SCENARIOS, "STATE.INIT (BAR 0 at 0x30) stays 1", NULL);
	ends(INIT_STAYS, 200, command_run, "run " FILE_OF_SCENARIOS, "STATE.INIT (BAR 0 at 0x30) stays 1", NULL);
	ends(INIT_STAYS, 0, command_selftest, "selftest", "STATE.INIT (BAR 0 at 0x30) stays 1", NULL);
}

/* Steps end by their own time-outs: nothing is delivered, or nobody is told. */
static void no_request(void **state)
{
	(void)state;
	ends(NO_ATOMIC, 0, command_run, "run --card sim:?timeout=1000 " FILE_OF_SCENARIOS,
	     "error base_added_to_relative_flag\n      step 1: ", NULL);
	ends(NO_MESSAGE, 0, command_run, "run --card sim:?timeout=1000 tests/scenarios/basic/direct.json",
	     "is not signaled though the card counts 1 messages", "expected 1, seen 0");
}

static int set_up(void **state)
{
	(void)state;
	silent = mmap(NULL, sizeof(*silent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return silent == MAP_FAILED ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_completion),
		cmocka_unit_test(all_ones),
		cmocka_unit_test(never_ready),
		cmocka_unit_test(no_request),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
