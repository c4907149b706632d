/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target where there is no fuzzer: every file of its corpus, then inputs made of those. A fuzzer (clang
 * -fsanitize=fuzzer -DLIBFUZZER, AFL++) drives the same target by LLVMFuzzerTestOneInput().
 */
#ifndef FUZZ_DRIVER_H
#define FUZZ_DRIVER_H
#include <stddef.h>
#include <stdint.h>

#define FUZZ_INPUT_MAX 4096u

struct fuzz_seed {
	const char *name;
	size_t size;
	uint8_t data[FUZZ_INPUT_MAX];
};

struct fuzz_target {
	const char *name;                /* its corpus: tests/fuzz/corpus/NAME */
	unsigned runs;                   /* unless the command line says how many */
	/* The corpus, made: seed `number`; 0 where there are no more. NULL: it was found by fuzzing. */
	int (*seed)(unsigned number, struct fuzz_seed *seed);
	int (*finish)(void);             /* after the last input; 0 good; may be NULL */
};

/* The bytes of an input, taken from the front; zeroes behind its end. */
struct fuzz_bytes {
	const uint8_t *data;
	size_t left;
};
uint64_t fuzz_take(struct fuzz_bytes *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* PROGRAM [RUNS [SEED]]; PROGRAM replay FILE runs one input; PROGRAM corpus FOLDER writes the corpus there. Returns the
 * exit status. */
int fuzz_main(const struct fuzz_target *target, int argc, char **argv);
#endif
