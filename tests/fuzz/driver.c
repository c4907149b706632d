/* SPDX-License-Identifier: MIT */
/*
 * The inputs are run by a child, so that one which ends it, or hangs, is still known: it is written to a file whose
 * name is told. The same seed makes the same inputs.
 */
#include "driver.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_S 60                /* one input */
#define CORPUS_MAX 64u

/* Shared by the child, which fills it, and the parent. */
struct current {
	unsigned run;
	size_t size;
	uint8_t data[FUZZ_INPUT_MAX];
};

struct corpus {
	unsigned count;
	struct fuzz_seed seeds[CORPUS_MAX];
};

uint64_t fuzz_take(struct fuzz_bytes *bytes, size_t count)
{
	uint64_t value = 0;

	if (count > bytes->left)
		count = bytes->left;
	if (count)
		memcpy(&value, bytes->data, count);
	bytes->data += count;
	bytes->left -= count;
	return value;
}

/* SplitMix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t limit)
{
	return limit ? next(state) % limit : 0;
}

static int read_file(const char *path, struct fuzz_seed *seed)
{
	FILE *file = fopen(path, "rbe");

	if (!file)
		return -errno;
	seed->size = fread(seed->data, 1, sizeof(seed->data), file);
	fclose(file);
	return 0;
}

static int write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "wbe");
	size_t written = file ? fwrite(data, 1, size, file) : 0;

	if (!file || fclose(file) || written != size) {
		fprintf(stderr, "%s: cannot be written\n", path);
		return -EIO;
	}
	return 0;
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of names, which is the same everywhere. */
static int read_corpus(const struct fuzz_target *target, struct corpus *corpus)
{
	struct dirent **entries;
	char folder[128], path[512];
	int count, err = 0;

	snprintf(folder, sizeof(folder), "tests/fuzz/corpus/%s", target->name);
	count = scandir(folder, &entries, is_name, alphasort);
	if (count <= 0)
		return -ENOENT;
	for (int i = 0; i < count; i++) {
		if (!err && corpus->count < CORPUS_MAX) {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			err = read_file(path, &corpus->seeds[corpus->count++]);
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

static int write_corpus(const struct fuzz_target *target, const char *folder)
{
	struct fuzz_seed seed;
	char path[512];
	int err = 0;

	for (unsigned i = 0; !err && target->seed && target->seed(i, &seed); i++) {
		snprintf(path, sizeof(path), "%s/%s.bin", folder, seed.name);
		err = write_file(path, seed.data, seed.size);
	}
	return err ? 1 : 0;
}

static void put_interesting(struct current *input, uint64_t *random)
{
	static const uint64_t values[] = { 0, 1, 2, 4, 7, 8, 15, 16, 17, 255, 256, 4095, 4096, 0xffff, 0x10000,
					   0x100000, 0x7fffffff, 0x80000000, 0xfffffff0, UINT32_MAX, 0x100000000,
					   0xfef00000, 0xffffffff01100000, 0xfffffffffffff000, UINT64_MAX };
	size_t bytes = 1u << below(random, 4);
	uint64_t value = values[below(random, sizeof(values) / sizeof(*values))];

	if (input->size >= bytes)
		memcpy(input->data + below(random, input->size - bytes + 1), &value, bytes);
}

/* Part of a seed in the middle of the input. */
static void splice(struct current *input, uint64_t *random, const struct fuzz_seed *seed)
{
	size_t from = below(random, seed->size), length = below(random, seed->size - from + 1);
	size_t at = below(random, input->size + 1);

	if (length > sizeof(input->data) - input->size)
		length = sizeof(input->data) - input->size;
	memmove(input->data + at + length, input->data + at, input->size - at);
	memcpy(input->data + at, seed->data + from, length);
	input->size += length;
}

static void cut(struct current *input, uint64_t *random)
{
	size_t at = below(random, input->size), length = below(random, input->size - at + 1) / 4;

	memmove(input->data + at, input->data + at + length, input->size - at - length);
	input->size -= length;
}

static void append(struct current *input, const struct fuzz_seed *seed)
{
	size_t room = sizeof(input->data) - input->size, length = seed->size < room ? seed->size : room;

	memcpy(input->data + input->size, seed->data, length);
	input->size += length;
}

static void make_input(struct current *input, const struct corpus *corpus, uint64_t *random)
{
	input->size = 0;
	for (size_t i = 1 + below(random, 4); i; i--)
		append(input, &corpus->seeds[below(random, corpus->count)]);
	for (size_t i = below(random, 12); i; i--) {
		size_t at = below(random, input->size), kind = below(random, 8);

		if (kind == 0)
			splice(input, random, &corpus->seeds[below(random, corpus->count)]);
		else if (kind == 1)
			cut(input, random);
		else if (kind < 5)
			put_interesting(input, random);
		else if (input->size)
			input->data[at] ^= (uint8_t)(kind == 5 ? next(random) : 1u << below(random, 8));
	}
}

static void run_one(const struct current *input)
{
	alarm(HANG_S);
	LLVMFuzzerTestOneInput(input->data, input->size);
}

static int run_all(const struct fuzz_target *target, const struct corpus *corpus, struct current *input, unsigned runs,
		   uint64_t random)
{
	for (unsigned i = 0; i < corpus->count; i++, input->run++) {
		input->size = 0;
		append(input, &corpus->seeds[i]);
		run_one(input);
	}
	for (unsigned i = 0; i < runs; i++, input->run++) {
		make_input(input, corpus, &random);
		run_one(input);
	}
	alarm(HANG_S);
	return target->finish ? target->finish() : 0;
}

static void tell_failure(const struct fuzz_target *target, const struct current *input, int status)
{
	char path[64];

	snprintf(path, sizeof(path), "fuzz-%s-%u.bin", target->name, input->run);
	printf("not ok 1 - fuzz %s: input %u %s %d\n", target->name, input->run,
	       WIFSIGNALED(status) ? "ended the program with signal" : "failed with status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (!write_file(path, input->data, input->size))
		printf("# the input is in %s\n", path);
}

static int test(const struct fuzz_target *target, unsigned runs, uint64_t random)
{
	static struct corpus corpus;
	struct current *input = mmap(NULL, sizeof(*input), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, err = read_corpus(target, &corpus);
	pid_t child;

	if (err || input == MAP_FAILED) {
		printf("not ok 1 - fuzz %s: no corpus (run this at the top of the tree)\n", target->name);
		return 1;
	}
	fflush(stdout);
	child = fork();
	if (!child)
		exit(run_all(target, &corpus, input, runs, random) ? 1 : 0);
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		tell_failure(target, input, status);
	else
		printf("ok 1 - fuzz %s: %u inputs from seed %llu\n", target->name, input->run,
		       (unsigned long long)random);
	munmap(input, sizeof(*input));
	return status || child < 0;
}

static int replay(const struct fuzz_target *target, const char *path)
{
	static struct fuzz_seed seed;

	if (read_file(path, &seed)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	LLVMFuzzerTestOneInput(seed.data, seed.size);
	return target->finish && target->finish() ? 1 : 0;
}

int fuzz_main(const struct fuzz_target *target, int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "corpus"))
		return write_corpus(target, argv[2]);
	if (argc == 3 && !strcmp(argv[1], "replay"))
		return replay(target, argv[2]);
	return test(target, argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : target->runs,
		    argc > 2 ? strtoull(argv[2], NULL, 0) : 1);
}
