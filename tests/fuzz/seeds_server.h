/* SPDX-License-Identifier: MIT */
/*
 * What the bytes of an input to the server's fuzz target mean: a byte of FUZZ_GREET_NOT and FUZZ_DIE, then records
 * of four bytes (kind, files, length in two) and as many bytes of body. Kind: FUZZ_RAW, the body goes as it is; a
 * command's number, with a header put before it, and FUZZ_NO_REPLY, FUZZ_SPLIT; FUZZ_TRUNCATE cuts the client's memory
 * to `files` pages.
 */
#ifndef SEEDS_SERVER_H
#define SEEDS_SERVER_H
#include "driver.h"

enum { FUZZ_GREET_NOT = 1, FUZZ_DIE = 2 };       /* VERSION is not sent first; hangs up without reading the rest */
enum { FUZZ_RAW = 0, FUZZ_TRUNCATE = 31, FUZZ_COMMAND = 0x1f, FUZZ_SPLIT = 0x40, FUZZ_NO_REPLY = 0x80 };
enum fuzz_file { MEMORY, READABLE, EVENT, PIPE, HUGE, SOCKET, NOTHING, SEALED, FUZZ_FILES };
#define FUZZ_FILE(kind, count) ((unsigned)(kind) << 5 | (count))

int server_seed(unsigned number, struct fuzz_seed *seed);
#endif
