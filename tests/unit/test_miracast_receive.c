/* SPDX-License-Identifier: MIT */
/* The receiver's half by itself, without a card: what it makes of a driver's half that this program plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "hvcall/miracast_internal.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static struct {
	int ends[2];                    /* this program's, the receiver's */
	struct hvmc_wire wire;          /* memory, epoll, kick, socket alone */
	int interrupt;
	struct hvmc_end requests, answers;
	pthread_t thread;
	NTSTATUS served;
	unsigned handled;
} host;

static NTSTATUS echo(PVOID context, ULONG input_size, VOID *input, ULONG output_size, VOID *output, ULONG *bytes)
{
	assert_ptr_equal(context, &host);
	*bytes = input_size < output_size ? input_size : output_size;
	if (*bytes)
		memcpy(output, input, *bytes);
	__atomic_fetch_add(&host.handled, 1, __ATOMIC_RELAXED);
	return STATUS_SUCCESS;
}

static void *serve(void *arg)
{
	(void)arg;
	host.served = hvcall_dxgk_miracast_serve(host.ends[1], echo, &host);
	return NULL;
}

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int setup(void **state)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	void *shared;

	(void)state;
	memset(&host, 0, sizeof(host));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, host.ends), 0);
	host.wire.socket = host.ends[0];
	host.wire.memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(host.wire.memory, sizeof(struct hvmc_shared)), 0);
	host.interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	host.wire.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	host.wire.epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(host.wire.epoll, EPOLL_CTL_ADD, host.interrupt, &event), 0);
	shared = mmap(NULL, sizeof(struct hvmc_shared), PROT_READ | PROT_WRITE, MAP_SHARED, host.wire.memory, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	host.wire.shared = shared;
	host.requests = (struct hvmc_end){ .lane = &host.wire.shared->requests,
		.bytes = host.wire.shared->request_bytes };
	host.answers = (struct hvmc_end){ .lane = &host.wire.shared->answers, .bytes = host.wire.shared->answer_bytes };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	munmap(host.wire.shared, sizeof(*host.wire.shared));
	close(host.wire.memory);
	close(host.wire.kick);
	close(host.wire.epoll);
	close(host.interrupt);
	if (host.ends[0] >= 0)
		close(host.ends[0]);
	close(host.ends[1]);
	return 0;
}

static void hang_up(void)
{
	close(host.ends[0]);
	host.ends[0] = -1;
}

/* A receiver that has met this half. */
static void begin(void)
{
	assert_int_equal(fcntl(host.wire.memory, F_ADD_SEALS, SEALS), 0);
	assert_int_equal(hvmc_wire_hand_over(&host.wire), 0);
	assert_int_equal(pthread_create(&host.thread, NULL, serve, NULL), 0);
}

static void ends_with(NTSTATUS status)
{
	pthread_join(host.thread, NULL);
	assert_int_equal(host.served, status);
}

/* As the card does it. */
static void ring(void)
{
	const uint64_t one = 1;

	__atomic_fetch_or(&host.wire.shared->sief[HVMC_SINT * HVBELL_FLAGS / 64], 1, __ATOMIC_SEQ_CST);
	assert_int_equal(write(host.interrupt, &one, sizeof(one)), sizeof(one));
}

static void request(uint32_t number, uint32_t input_size, uint32_t output_size, uint32_t zero)
{
	const struct hvmc_request r = { .number = number, .input_size = input_size, .output_size = output_size,
		.zero = zero };

	assert_int_equal(hvmc_write(&host.requests, &r, sizeof(r)), sizeof(r));
}

static void read_all(void *to, size_t len)
{
	for (size_t done = 0; done < len;) {
		int64_t bytes = hvmc_read(&host.answers, (uint8_t *)to + done, len - done);

		assert_true(bytes >= 0);
		done += (size_t)bytes;
		if (!bytes)
			usleep(100);
	}
}

static bool flag(void)
{
	return __atomic_load_n(&host.wire.shared->sief[HVMC_SINT * HVBELL_FLAGS / 64], __ATOMIC_SEQ_CST) & 1;
}

static void one_message(void **state)
{
	struct hvmc_answer answer;
	uint64_t count;
	char output[5];

	(void)state;
	begin();
	request(0, 5, 9, 0);
	assert_int_equal(hvmc_write(&host.requests, "hello", 5), 5);
	ring();
	read_all(&answer, sizeof(answer));
	read_all(output, sizeof(output));
	assert_memory_equal(output, "hello", 5);
	assert_int_equal(answer.number, 0);
	assert_int_equal(answer.status, STATUS_SUCCESS);
	assert_int_equal(answer.information, 5);
	/* then it signals, and takes its flag, before it sleeps; the signal can be read but once */
	while (read(host.wire.kick, &count, sizeof(count)) < 0)
		usleep(100);
	while (flag())
		usleep(100);
	hang_up();
	ends_with(STATUS_SUCCESS);
}

/* Byte by byte: a message may come in any pieces; the flag is taken each time. */
static void pieces(void **state)
{
	const struct hvmc_request r = { .input_size = 3, .output_size = 3 };
	uint8_t bytes[sizeof(r) + 3];
	struct hvmc_answer answer;

	(void)state;
	begin();
	memcpy(bytes, &r, sizeof(r));
	memcpy(bytes + sizeof(r), "abc", 3);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(__atomic_load_n(&host.handled, __ATOMIC_RELAXED), 0);
		assert_int_equal(hvmc_write(&host.requests, bytes + i, 1), 1);
		ring();
		while (flag())
			usleep(100);
	}
	read_all(&answer, sizeof(answer));
	assert_int_equal(answer.information, 3);
	hang_up();
	ends_with(STATUS_SUCCESS);
}

/* The linker leads allocations here: memory of these sizes cannot be had. */
#define NO_INPUT 3331
#define NO_OUTPUT 4447
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
	return size == NO_INPUT ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return size == NO_OUTPUT ? NULL : __real_calloc(count, size);
}

/* The input of such a message is passed over, and the next message is served. */
static void no_memory(void **state)
{
	static const uint8_t lost[NO_INPUT] = { 0xff };
	static const uint32_t sizes[][2] = { { NO_INPUT, 4 }, { 4, NO_OUTPUT }, { NO_INPUT, NO_OUTPUT }, { 3, 2 } };
	struct hvmc_answer answer;
	char output[2];

	(void)state;
	begin();
	for (uint32_t n = 0; n < 4; n++) {
		request(n, sizes[n][0], sizes[n][1], 0);
		assert_int_equal(hvmc_write(&host.requests, lost, sizes[n][0]), sizes[n][0]);
	}
	ring();
	for (uint32_t n = 0; n < 3; n++) {
		read_all(&answer, sizeof(answer));
		assert_int_equal(answer.number, n);
		assert_int_equal(answer.status, (uint32_t)STATUS_INSUFFICIENT_RESOURCES);
		assert_int_equal(answer.information, 0);
	}
	read_all(&answer, sizeof(answer));
	assert_int_equal(answer.status, STATUS_SUCCESS);
	assert_int_equal(answer.information, 2);
	read_all(output, sizeof(output));
	assert_int_equal(__atomic_load_n(&host.handled, __ATOMIC_RELAXED), 1);
	hang_up();
	ends_with(STATUS_SUCCESS);
}

static void wrong_number(void) { request(1, 0, 0, 0); }
static void reserved(void) { request(0, 0, 0, 1); }

static void past_the_lane(void)
{
	__atomic_store_n(&host.requests.lane->written, HVMC_LANE_BYTES + 1, __ATOMIC_SEQ_CST);
}

static void reads_ahead(void)
{
	static const uint8_t much[HVMC_LANE_BYTES + 4000];

	__atomic_store_n(&host.answers.lane->read, 1ull << 40, __ATOMIC_SEQ_CST);
	request(0, sizeof(much), sizeof(much), 0);
	for (size_t sent = 0; sent < sizeof(much); ring()) {
		int64_t bytes = hvmc_write(&host.requests, much, sizeof(much) - sent);

		assert_true(bytes >= 0);
		sent += (size_t)bytes;
	}
}

static void broken_protocol(void **state)
{
	void (*const lies[])(void) = { wrong_number, reserved, past_the_lane, reads_ahead };

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		if (i)
			setup(state);
		begin();
		lies[i]();
		ring();
		ends_with(STATUS_UNSUCCESSFUL);
		if (i + 1 < sizeof(lies) / sizeof(*lies))
			teardown(state);
	}
}

static void hello(const struct hvmc_hello *bytes, size_t len, const int *fds, size_t count)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 4)];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, sizeof(int) * count);
	}
	assert_int_equal(sendmsg(host.ends[0], &msg, 0), len);
}

/* What is no driver's half is refused, and nothing of it is kept. */
static void no_context(void **state)
{
	const struct hvmc_hello good = { HVMC_MAGIC, HVMC_VERSION, sizeof(struct hvmc_shared) };
	const struct {
		struct hvmc_hello hello;
		size_t len, fds;
		int seals;
	} rows[] = {
		{ { HVMC_MAGIC + 1, HVMC_VERSION, sizeof(struct hvmc_shared) }, sizeof(good), 3, SEALS },
		{ { HVMC_MAGIC, HVMC_VERSION + 1, sizeof(struct hvmc_shared) }, sizeof(good), 3, SEALS },
		{ { HVMC_MAGIC, HVMC_VERSION, sizeof(struct hvmc_shared) - 1 }, sizeof(good), 3, SEALS },
		{ good, sizeof(good) - 1, 3, SEALS }, { good, sizeof(good), 0, SEALS },
		{ good, sizeof(good), 2, SEALS }, { good, sizeof(good), 4, SEALS },
		{ good, sizeof(good), 3, 0 }, { good, sizeof(good), 3, F_SEAL_GROW },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const int fds[] = { host.wire.memory, host.wire.epoll, host.wire.kick, host.wire.kick };
		unsigned before = open_files();

		assert_int_equal(fcntl(host.wire.memory, F_ADD_SEALS, rows[i].seals), 0);
		hello(&rows[i].hello, rows[i].len, fds, rows[i].fds);
		assert_int_equal(hvcall_dxgk_miracast_serve(host.ends[1], echo, &host), STATUS_INVALID_PARAMETER);
		assert_int_equal(open_files(), before);
		teardown(state);
		setup(state);
	}
	assert_int_equal(hvcall_dxgk_miracast_serve(host.ends[1], NULL, &host), STATUS_INVALID_PARAMETER);
	assert_int_equal(hvcall_dxgk_miracast_serve(-1, echo, &host), STATUS_INVALID_PARAMETER);
	assert_int_equal(ftruncate(host.wire.memory, 4096), 0);
	assert_int_equal(fcntl(host.wire.memory, F_ADD_SEALS, SEALS), 0);
	assert_int_equal(hvmc_wire_hand_over(&host.wire), 0);
	assert_int_equal(hvcall_dxgk_miracast_serve(host.ends[1], echo, &host), STATUS_INVALID_PARAMETER);
	hang_up();
	assert_int_equal(hvcall_dxgk_miracast_serve(host.ends[1], echo, &host), STATUS_SUCCESS);
}

/* By its own process: another thread shuts the socket down. */
static void ended_from_inside(void **state)
{
	(void)state;
	begin();
	assert_int_equal(shutdown(host.ends[1], SHUT_RDWR), 0);
	ends_with(STATUS_SUCCESS);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_message), CASE(pieces), CASE(no_memory), CASE(broken_protocol), CASE(no_context),
		CASE(ended_from_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
