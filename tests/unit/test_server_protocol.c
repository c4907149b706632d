/* SPDX-License-Identifier: MIT */
/*
 * What a client may say to the vfio-user server, right and wrong: every wrong thing gets an error reply or a closed
 * connection, and one line of the log; what is right after it is still answered.
 */
#include "server_client.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct hvb_vfu_header header(unsigned command, unsigned size)
{
	return (struct hvb_vfu_header){ .id = 7, .command = (uint16_t)command, .size = size };
}

/* ---- what is no message */

static void test_sizes(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 15, 16 + HVB_VFU_BODY_MAX + 1, 2 << 20, 0x7fffffff, 0x80000000,
					  UINT32_MAX };
	struct client *c = *state;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct hvb_vfu_header head = header(HVB_VFU_GET_INFO, sizes[i]);

		client_raw(c, &head, sizeof(head), NULL, 0);
		assert_true(client_sent_away(c));
		assert_int_equal(server_lines(), 1);
		assert_non_null(strstr(server_said(), "disconnected"));
		client_open(c);
	}
}

/* Every length of a message, cut off there; the client may have replies it never read. */
static void test_truncated(void **state)
{
	struct client *c = *state;
	struct {
		struct hvb_vfu_header header;
		struct hvb_vfu_info info;
	} message = { header(HVB_VFU_GET_INFO, sizeof(message)), { .argsz = sizeof(message.info) } };

	for (unsigned unread = 0; unread < 2; unread++)
		for (unsigned length = 1; length < sizeof(message); length++) {
			struct pollfd reply = { .fd = c->socket, .events = POLLIN };

			if (unread) {
				client_raw(c, &message, sizeof(message), NULL, 0);
				assert_int_equal(poll(&reply, 1, 5000), 1);
			}
			client_raw(c, &message, length, NULL, 0);
			assert_int_equal(client_close(c), -EPROTO);
			assert_int_equal(server_lines(), 1);
			client_open(c);
		}
}

/* A message may arrive byte by byte, and several at once. */
static void test_pieces(void **state)
{
	struct client *c = *state;
	struct {
		struct hvb_vfu_header header;
		struct hvb_vfu_info info;
	} messages[3];

	for (unsigned i = 0; i < 3; i++) {
		messages[i].header = header(HVB_VFU_GET_INFO, sizeof(messages[0]));
		messages[i].info = (struct hvb_vfu_info){ .argsz = sizeof(messages[i].info) };
	}
	for (unsigned i = 0; i < sizeof(messages[0]); i++)
		client_raw(c, (char *)messages + i, 1, NULL, 0);
	assert_int_equal(client_reply(c), 0);
	client_raw(c, messages, sizeof(messages), NULL, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(client_reply(c), 0);
	assert_int_equal(server_lines(), 0);
}

static void test_replies(void **state)
{
	static const unsigned flags[] = { HVB_VFU_REPLY, HVB_VFU_REPLY | HVB_VFU_ERROR, 2, 15, HVB_VFU_ERROR,
					  HVB_VFU_REPLY | HVB_VFU_NO_REPLY };
	struct client *c = *state;

	for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		client_send(c, HVB_VFU_GET_INFO, flags[i], NULL, 0, NULL, 0);
		assert_true(client_sent_away(c));
		assert_int_equal(server_lines(), 1);
		client_open(c);
	}
}

/* ---- VERSION */

/* What a client is told that begins so: errno, 0 for agreed. It is sent away when it is not. */
static int greet(struct client *c, unsigned major, unsigned minor, const void *json, size_t length)
{
	struct hvb_vfu_version version = { (uint16_t)major, (uint16_t)minor };
	unsigned char *whole = calloc(1, sizeof(version) + length);
	int err;

	client_close(c);
	memcpy(whole, &version, sizeof(version));
	if (length)
		memcpy(whole + sizeof(version), json, length);
	client_attach(c);
	err = client_ask(c, HVB_VFU_VERSION, whole, sizeof(version) + length);
	free(whole);
	if (!err) {
		client_alive(c);
		assert_int_equal(server_lines(), 0);
	} else {
		assert_true(client_sent_away(c));
		assert_int_equal(server_lines(), 1);
	}
	return err;
}

static void test_version(void **state)
{
	static const char nested[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
	static const char good[] = "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,\"x\":1}}";
	struct client *c = *state;

	assert_int_equal(greet(c, 0, 0, NULL, 0), 0);
	assert_int_equal(greet(c, 0, 65535, NULL, 0), 0);
	assert_int_equal(greet(c, 1, 0, NULL, 0), EINVAL);
	assert_int_equal(greet(c, 65535, 0, NULL, 0), EINVAL);
	assert_int_equal(greet(c, 0, 0, "{}", 3), 0);
	assert_int_equal(greet(c, 0, 0, good, sizeof(good)), 0);
	assert_int_equal(greet(c, 0, 0, good, sizeof(good) - 1), EINVAL);     /* no NUL */
	assert_int_equal(greet(c, 0, 0, "", 1), EINVAL);
	assert_int_equal(greet(c, 0, 0, "{", 2), EINVAL);
	assert_int_equal(greet(c, 0, 0, "{\"capabilities\":", 17), EINVAL);
	assert_int_equal(greet(c, 0, 0, "\xff\xfe\x80", 4), EINVAL);
	assert_int_equal(greet(c, 0, 0, nested, sizeof(nested)), EINVAL);
}

/* The answer of a VERSION with room for it says what the server can do, and is no longer than the question. */
static void test_capabilities(void **state)
{
	struct client *c = *state;
	unsigned char body[4 + 200] = { 0 };

	memset(body + 4, ' ', sizeof(body) - 4);
	memcpy(body + 4, "{}", 2);
	body[sizeof(body) - 1] = 0;
	for (unsigned length = 8; length <= sizeof(body); length++) {
		uint32_t size;

		client_close(c);
		client_attach(c);
		body[length - 1] = 0;
		assert_int_equal(client_ask(c, HVB_VFU_VERSION, body, length), 0);
		body[length - 1] = ' ';
		size = c->reply.header.size;
		assert_in_range(size, 16 + 4, 16 + length);
		if (length < sizeof(body))
			continue;
		assert_int_equal(c->reply.body[size - 16 - 1], 0);
		assert_non_null(strstr((char *)c->reply.body + 4, "\"max_msg_fds\":16"));
		assert_non_null(strstr((char *)c->reply.body + 4, "\"max_data_xfer_size\":1048576"));
	}
}

static void test_long_json(void **state)
{
	struct client *c = *state;
	char *json = malloc(HVB_VFU_JSON_MAX + 1);

	memset(json, ' ', HVB_VFU_JSON_MAX + 1);
	memcpy(json, "{}", 2);
	json[HVB_VFU_JSON_MAX - 5] = 0;
	assert_int_equal(greet(c, 0, 0, json, HVB_VFU_JSON_MAX - 4), 0);
	json[HVB_VFU_JSON_MAX - 5] = ' ';
	json[HVB_VFU_JSON_MAX - 1] = 0;
	assert_int_equal(greet(c, 0, 0, json, HVB_VFU_JSON_MAX), EINVAL);
	memset(json, '[', HVB_VFU_JSON_MAX);
	json[HVB_VFU_JSON_MAX - 5] = 0;
	assert_int_equal(greet(c, 0, 0, json, HVB_VFU_JSON_MAX - 4), EINVAL);
	free(json);
}

static void test_version_order(void **state)
{
	const struct hvb_vfu_version version = { 0, 0 };
	struct client *c = *state;

	refused(c, client_ask(c, HVB_VFU_VERSION, &version, sizeof(version)), EINVAL);
	for (unsigned command = 0; command < 20; command++) {
		if (command == HVB_VFU_VERSION)
			continue;
		client_close(c);
		client_attach(c);
		assert_int_equal(client_ask(c, command, &version, sizeof(version)), EINVAL);
		assert_true(client_sent_away(c));
		assert_int_equal(server_lines(), 1);
	}
	for (unsigned length = 0; length < sizeof(version); length++) {
		client_close(c);
		client_attach(c);
		assert_int_equal(client_ask(c, HVB_VFU_VERSION, &version, length), EINVAL);
		assert_true(client_sent_away(c));
		assert_int_equal(server_lines(), 1);
	}
}

/* ---- commands in general */

static void test_unknown(void **state)
{
	static const unsigned unknown[] = { 0, HVB_VFU_GET_REGION_IO_FDS, HVB_VFU_DMA_READ, HVB_VFU_DMA_WRITE, 14, 15,
					    16, 17, 18, 19, 255, 256, 0x7fff, 0x8000, 0xffff };
	static const unsigned char body[64];
	struct client *c = *state;

	for (unsigned i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		refused(c, client_ask(c, unknown[i], NULL, 0), ENOSYS);
		refused(c, client_ask(c, unknown[i], body, sizeof(body)), ENOSYS);
	}
}

/* The commands with a body, and how long it must be. */
static const struct {
	unsigned command, length;
	bool argsz;
} commands[] = {
	{ HVB_VFU_DMA_MAP, 32, true }, { HVB_VFU_DMA_UNMAP, 24, true }, { HVB_VFU_GET_INFO, 16, true },
	{ HVB_VFU_GET_REGION_INFO, 32, true }, { HVB_VFU_GET_IRQ_INFO, 16, true }, { HVB_VFU_SET_IRQS, 20, true },
	{ HVB_VFU_REGION_READ, 16, false }, { HVB_VFU_REGION_WRITE, 16, false },
};
#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void test_short(void **state)
{
	struct client *c = *state;
	unsigned char body[32] = { 0 };

	for (unsigned i = 0; i < COMMANDS; i++) {
		body[0] = commands[i].argsz ? (unsigned char)commands[i].length : 0;
		for (unsigned length = 0; length < commands[i].length; length++)
			refused(c, client_ask(c, commands[i].command, body, length), EINVAL);
		for (unsigned argsz = 0; commands[i].argsz && argsz < commands[i].length; argsz++) {
			body[0] = (unsigned char)argsz;
			refused(c, client_ask(c, commands[i].command, body, commands[i].length), EINVAL);
		}
	}
}

/* More room, and more bytes than a command has, are no harm. */
static void test_long(void **state)
{
	struct client *c = *state;
	unsigned char *body = calloc(1, HVB_VFU_BODY_MAX);
	static const unsigned asking[] = { HVB_VFU_GET_INFO, HVB_VFU_GET_REGION_INFO, HVB_VFU_GET_IRQ_INFO };

	memset(body, 0xff, 4);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(client_ask(c, asking[i], body, HVB_VFU_BODY_MAX), 0);
	assert_int_equal(client_ask(c, HVB_VFU_RESET, body, HVB_VFU_BODY_MAX), 0);
	assert_int_equal(server_lines(), 0);
	refused(c, client_ask(c, 99, body, HVB_VFU_BODY_MAX), ENOSYS);
	free(body);
}

/* Nothing is said to NO_REPLY, whatever becomes of it; each failure is still told in the log. */
static void test_no_reply(void **state)
{
	struct client *c = *state;
	unsigned char body[32] = { 0 };
	unsigned failed = 0;

	for (unsigned command = 0; command < 20; command++)
		for (unsigned length = 0; length <= sizeof(body); length += 16) {
			client_send(c, command, HVB_VFU_NO_REPLY, body, length, NULL, 0);
			failed += command != HVB_VFU_RESET;
		}
	client_alive(c);                        /* its reply is the first */
	assert_int_equal(server_lines(), failed);
}

/* ---- descriptors */

static void test_fd_flood(void **state)
{
	struct client *c = *state;
	const struct hvb_vfu_info info = { .argsz = sizeof(info) };
	int fds[64];

	for (unsigned i = 0; i < 64; i++)
		fds[i] = event_file();
	for (unsigned count = 17; count <= 64; count += count == 17 ? 1 : 46) {
		client_send(c, HVB_VFU_SET_IRQS, 0, &info, sizeof(info), fds, count);
		assert_true(client_sent_away(c));
		assert_int_equal(server_lines(), 1);
		client_open(c);
	}
	for (unsigned i = 0; i < 64; i++)
		close(fds[i]);
}

/* The server has no room for what it is sent: part of a message is none. */
static void test_no_room(void **state)
{
	struct client *c = *state;
	const struct vfio_irq_set set = { sizeof(set), IRQ_EVENTFD, MSIX, 0, 0 };
	struct rlimit limit, none;
	int fds[2] = { event_file(), event_file() };

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ 0, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	client_send(c, HVB_VFU_SET_IRQS, 0, &set, sizeof(set), fds, 2);
	assert_true(client_sent_away(c));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(server_lines(), 1);
	client_open(c);
	close(fds[0]);
	close(fds[1]);
}

/* With the header's first byte only; what comes later is closed and no part of the message. */
static void test_fds_later(void **state)
{
	struct client *c = *state;
	struct {
		struct hvb_vfu_header header;
		struct vfio_irq_set set;
	} message = { header(HVB_VFU_SET_IRQS, 16 + 20), { sizeof(message.set), IRQ_EVENTFD, MSIX, 0, 1 } };
	struct holdings before = holdings();
	int fd = event_file();

	client_raw(c, &message, 20, NULL, 0);
	client_raw(c, (char *)&message + 20, 16, &fd, 1);
	assert_int_equal(client_reply(c), 0);
	assert_int_equal(set_irqs(c, IRQ_NONE, MSIX, 0, 1, NULL, 0), 0);
	assert_int_equal(events(fd, false), 0);          /* nobody's */
	close(fd);
	assert_int_equal(holdings().fds, before.fds);
}

static void test_fds_unwanted(void **state)
{
	struct client *c = *state;
	unsigned char body[32] = { 32 };
	struct holdings before = holdings();
	int fds[16];

	for (unsigned i = 0; i < 16; i++)
		fds[i] = memory_file(4096);
	for (unsigned command = 0; command < 16; command++) {
		unsigned count = command == HVB_VFU_DMA_MAP ? 2 : 1;
		bool known = command && command < 14 && command != HVB_VFU_GET_REGION_IO_FDS &&
			     command != HVB_VFU_DMA_READ && command != HVB_VFU_DMA_WRITE;

		refused(c, client_ask_fds(c, command, body, sizeof(body), fds, count), known ? EINVAL : ENOSYS);
		refused(c, client_ask_fds(c, command, body, sizeof(body), fds, 16), known ? EINVAL : ENOSYS);
	}
	for (unsigned i = 0; i < 16; i++)
		close(fds[i]);
	assert_int_equal(holdings().fds, before.fds);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, client_begin, client_end)
	const struct CMUnitTest tests[] = {
		TEST(test_sizes), TEST(test_truncated), TEST(test_pieces), TEST(test_replies),
		TEST(test_version), TEST(test_capabilities), TEST(test_long_json), TEST(test_version_order),
		TEST(test_unknown), TEST(test_short), TEST(test_long), TEST(test_no_reply),
		TEST(test_fd_flood), TEST(test_no_room), TEST(test_fds_later), TEST(test_fds_unwanted),
	};
	return cmocka_run_group_tests(tests, server_start, server_stop);
}
