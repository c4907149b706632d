/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the vfio-user server, one for all inputs, each a client's whole conversation (seeds_server.h). After
 * each the server must hold nothing of that client, and serve a good one.
 *
 * The corpus is written by: build/tests/fuzz/fuzz_server corpus tests/fuzz/corpus/server
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "seeds_server.h"
#include "sim/server/state.h"
#include "tests/unit/server_client.h"

#define MEMORY_BYTES 0x10000
#define FDS_MOST 20u

static int files[FUZZ_FILES];
static unsigned fds_before;
static bool finished;

/* The server's lines, and cmocka's of what failed, are kept where nobody sees them. */
static void tell_end(void)
{
	if (finished)
		return;
	server_lines();
	printf("# said last:\n%s", server_said());
}

static void open_files(void)
{
	char path[32];
	int ends[2];

	files[MEMORY] = memory_file(MEMORY_BYTES);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", files[MEMORY]);
	files[READABLE] = open(path, O_RDONLY | O_CLOEXEC);
	files[EVENT] = event_file();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	files[PIPE] = ends[1];
	files[HUGE] = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
	if (files[HUGE] < 0)
		files[HUGE] = memory_file(2 << 20);
	else
		assert_int_equal(ftruncate(files[HUGE], 2 << 20), 0);
	files[SOCKET] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	files[NOTHING] = open("/dev/null", O_RDWR | O_CLOEXEC);
	files[SEALED] = memory_file(MEMORY_BYTES);
	assert_int_equal(fcntl(files[SEALED], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE), 0);
}

static void good_client(void)
{
	struct client c;

	client_open(&c);
	assert_int_equal(region_value(&c, CONFIG, 4, 2), 0);
	card_on(&c);
	assert_int_equal(region_value(&c, 0, 0, 4), 0x4c425648);         /* MAGIC */
	assert_int_equal(client_close(&c), 0);
}

static void start(void)
{
	static bool started;

	if (started)
		return;
	started = true;
	server_start(NULL);
	atexit(tell_end);
	open_files();
	good_client();
	fds_before = holdings().fds;
}

/* Reads what the server says, all of it; it must not wait for the client to listen. False where it has hung up. */
static bool listen_to(int socket)
{
	char replies[65536];
	ssize_t n;

	do
		n = recv(socket, replies, sizeof(replies), MSG_DONTWAIT);
	while (n > 0);
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Waits until there is something of these; libFuzzer's own alarm may interrupt it. What there is. */
static short await(int socket, short events)
{
	struct pollfd there = { .fd = socket, .events = events };
	int ready;

	do
		ready = poll(&there, 1, 50000);
	while (ready < 0 && errno == EINTR);
	assert_int_equal(ready, 1);
	return there.revents;
}

static void say(struct client *c, const void *bytes, size_t length, unsigned kind, unsigned count)
{
	int fds[FDS_MOST];
	short ready;

	for (unsigned i = 0; i < count; i++)
		fds[i] = files[kind];
	do {
		ready = await(c->socket, POLLIN | POLLOUT);
		if ((ready & (POLLIN | POLLHUP | POLLERR)) && !listen_to(c->socket))
			return;
	} while (!(ready & POLLOUT));
	if (length)
		client_raw(c, bytes, length, fds, count);
}

static void say_record(struct client *c, const uint8_t *head, const uint8_t *body, size_t length)
{
	unsigned kind = head[0] & FUZZ_COMMAND, file = head[1] >> 5, count = head[1] & 0x1f;
	struct hvb_vfu_header header = { .id = ++c->id, .command = (uint16_t)kind,
					 .size = (uint32_t)(sizeof(header) + length),
					 .flags = head[0] & FUZZ_NO_REPLY ? HVB_VFU_NO_REPLY : 0 };
	uint8_t whole[sizeof(header) + FUZZ_INPUT_MAX];
	size_t first = head[0] & FUZZ_SPLIT ? 1 + head[1] % (sizeof(header) + length) : sizeof(header) + length;

	if (count > FDS_MOST)
		count = FDS_MOST;
	if (kind == FUZZ_TRUNCATE) {
		assert_int_equal(ftruncate(files[MEMORY], 4096 * (off_t)count), 0);
	} else if (kind == FUZZ_RAW) {
		say(c, body, length, file, count);
	} else {
		memcpy(whole, &header, sizeof(header));
		memcpy(whole + sizeof(header), body, length);
		if (first < header.size)
			say(c, whole, first, file, 0);
		else
			first = 0;
		say(c, whole + first, header.size - first, file, count);
	}
}

static void nothing_mapped(struct hvb_rc *rc, void *arg)
{
	*(size_t *)arg = hvb_rc_dmamap(rc)->count;
}

static void check(void)
{
	size_t maps;

	hvb_card_call(server_under_test()->card, nothing_mapped, &maps);
	assert_int_equal(maps, 0);
	assert_null(server_under_test()->files);
	assert_int_equal(holdings().fds, fds_before);
	assert_int_equal(ftruncate(files[MEMORY], MEMORY_BYTES), 0);
	good_client();
	server_lines();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t options = size ? data[0] : 0;
	struct client c;

	start();
	if (options & FUZZ_GREET_NOT)
		client_attach(&c);
	else
		client_open(&c);
	for (size_t at = 1; at + 4 <= size;) {
		const uint8_t *head = data + at;
		size_t length = (size_t)head[2] | (size_t)head[3] << 8;

		at += 4;
		if (length > size - at)
			length = size - at;
		say_record(&c, head, data + at, length);
		at += length;
	}
	if (!(options & FUZZ_DIE)) {
		shutdown(c.socket, SHUT_WR);
		do
			await(c.socket, POLLIN);
		while (listen_to(c.socket));
	}
	client_close(&c);
	check();
	return 0;
}

#ifndef LIBFUZZER
static int finish(void)
{
	for (unsigned i = 0; i < FUZZ_FILES; i++)
		close(files[i]);
	finished = true;
	return server_stop(NULL);
}

int main(int argc, char **argv)
{
	const struct fuzz_target target = { .name = "server", .runs = 1500, .seed = server_seed, .finish = finish };

	return fuzz_main(&target, argc, argv);
}
#endif
