/* SPDX-License-Identifier: MIT */
#include "server_client.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "sim/server/state.h"
#include "hvb_regs.h"
#include "sim_helper.h"

#define SILENCE_S 60             /* a server that says nothing for so long hangs */

static struct hvb_server *server;
static int log_file = -1;
static FILE *terminal;
static char said[65536];

int server_start(void **state)
{
	struct hvb_sim_options options;
	char why[HVB_CARD_WHY];

	(void)state;
	/* the stream alone is another: what sanitizers report still goes to the descriptor */
	terminal = stderr;
	log_file = memory_file(0);
	stderr = fdopen(log_file, "a");
	assert_non_null(stderr);
	setvbuf(stderr, NULL, _IOLBF, 0);
	if (hvb_sim_options_parse("?latency=none", &options, why, sizeof(why)) ||
	    hvb_server_new(&options, HVB_SERVER_ERROR, &server, why))
		fail_msg("no server: %s", why);
	return 0;
}

int server_stop(void **state)
{
	int err = hvb_server_free(server);

	(void)state;
	fclose(stderr);
	stderr = terminal;
	return err;
}

struct hvb_server *server_under_test(void)
{
	return server;
}

static void copy_statistics(struct hvb_rc *rc, void *arg)
{
	hvb_rc_stats(rc, arg);
}

void server_statistics(struct hvb_rc_stats *stats)
{
	hvb_card_call(server->card, copy_statistics, stats);
}

unsigned server_lines(void)
{
	ssize_t n = pread(log_file, said, sizeof(said) - 1, 0);
	unsigned lines = 0;

	assert_true(n >= 0);
	said[n] = 0;
	for (const char *at = said; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(ftruncate(log_file, 0), 0);
	return lines;
}

const char *server_said(void)
{
	return said;
}

static void *serve(void *arg)
{
	struct client *c = arg;

	c->result = hvb_server_serve(server, c->far_end);
	close(c->far_end);
	return NULL;
}

void client_attach(struct client *c)
{
	const struct timeval limit = { .tv_sec = SILENCE_S };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	memset(c, 0, sizeof(*c));
	c->socket = ends[0];
	c->far_end = ends[1];
	setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	assert_int_equal(pthread_create(&c->thread, NULL, serve, c), 0);
}

void client_open(struct client *c)
{
	const struct hvb_vfu_version version = { 0, 0 };

	client_attach(c);
	assert_int_equal(client_ask(c, HVB_VFU_VERSION, &version, sizeof(version)), 0);
}

int client_close(struct client *c)
{
	if (c->socket < 0)
		return c->result;
	close(c->socket);
	c->socket = -1;
	pthread_join(c->thread, NULL);
	hvb_vfu_message_free(&c->reply);
	return c->result;
}

int client_begin(void **state)
{
	static struct client c;

	server_lines();
	client_open(&c);
	*state = &c;
	return 0;
}

int client_end(void **state)
{
	client_close(*state);
	return 0;
}

bool client_sent_away(struct client *c)
{
	bool away = client_reply(c) == -1;

	return client_close(c) == -EPROTO && away;
}

void client_raw(struct client *c, const void *bytes, size_t length, const int *fds, unsigned count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * 64)];
	} control = { .space = { 0 } };
	struct iovec part = { (void *)(uintptr_t)bytes, length };
	struct msghdr out = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count) {
		struct cmsghdr *head = &control.align;

		out.msg_control = control.space;
		out.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * count);
	}
	while (part.iov_len) {
		ssize_t n = sendmsg(c->socket, &out, MSG_NOSIGNAL);

		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;          /* what it says about that is heard by who receives */
		assert_true(n > 0);
		part.iov_base = (char *)part.iov_base + n;
		part.iov_len -= (size_t)n;
		out.msg_control = NULL;
		out.msg_controllen = 0;
	}
}

void client_send(struct client *c, unsigned command, unsigned flags, const void *body, size_t length, const int *fds,
		 unsigned count)
{
	struct hvb_vfu_header header = { .id = ++c->id, .command = (uint16_t)command, .flags = flags };
	unsigned char *whole = malloc(sizeof(header) + length);

	header.size = (uint32_t)(sizeof(header) + length);
	memcpy(whole, &header, sizeof(header));
	if (length)
		memcpy(whole + sizeof(header), body, length);
	client_raw(c, whole, header.size, fds, count);
	free(whole);
}

int client_reply(struct client *c)
{
	int err = hvb_vfu_receive(c->socket, &c->reply);
	const struct hvb_vfu_header *header = &c->reply.header;

	if (err == -EPIPE)
		return -1;
	assert_int_equal(err, 0);
	assert_int_equal(c->reply.fd_count, 0);
	assert_int_equal(header->flags & ~(unsigned)HVB_VFU_ERROR, HVB_VFU_REPLY);
	if (!(header->flags & HVB_VFU_ERROR))
		return 0;
	assert_int_equal(header->size, sizeof(*header));
	assert_int_not_equal(header->error, 0);
	return (int)header->error;
}

int client_ask_fds(struct client *c, unsigned command, const void *body, size_t length, const int *fds, unsigned count)
{
	int err;

	client_send(c, command, 0, body, length, fds, count);
	err = client_reply(c);
	if (err >= 0) {
		assert_int_equal(c->reply.header.id, c->id);
		assert_int_equal(c->reply.header.command, command);
	}
	return err;
}

int client_ask(struct client *c, unsigned command, const void *body, size_t length)
{
	return client_ask_fds(c, command, body, length, NULL, 0);
}

void client_alive(struct client *c)
{
	struct hvb_vfu_info info = { .argsz = sizeof(info) };

	assert_int_equal(client_ask(c, HVB_VFU_GET_INFO, &info, sizeof(info)), 0);
	memcpy(&info, c->reply.body, sizeof(info));
	assert_int_equal(info.regions, 9);
	assert_int_equal(info.irqs, 5);
	assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
}

void refused(struct client *c, int got, int expected)
{
	assert_int_equal(got, expected);
	assert_int_equal(server_lines(), 1);
	assert_non_null(strstr(server_said(), "refused"));
	client_alive(c);
}

int region_read(struct client *c, unsigned region, uint64_t offset, unsigned count)
{
	const struct hvb_vfu_access access = { offset, region, count };
	int err = client_ask(c, HVB_VFU_REGION_READ, &access, sizeof(access));

	if (!err) {
		assert_int_equal(c->reply.header.size, sizeof(c->reply.header) + sizeof(access) + count);
		assert_memory_equal(c->reply.body, &access, sizeof(access));
	}
	return err;
}

static size_t put_write(unsigned char *whole, unsigned region, uint64_t offset, unsigned count, const void *data)
{
	const struct hvb_vfu_access access = { offset, region, count };

	memcpy(whole, &access, sizeof(access));
	memcpy(whole + sizeof(access), data, count);
	return sizeof(access) + count;
}

int region_write(struct client *c, unsigned region, uint64_t offset, unsigned count, const void *data)
{
	unsigned char *whole = malloc(sizeof(struct hvb_vfu_access) + count);
	int err = client_ask(c, HVB_VFU_REGION_WRITE, whole, put_write(whole, region, offset, count, data));

	if (!err)
		assert_memory_equal(c->reply.body, whole, sizeof(struct hvb_vfu_access));
	free(whole);
	return err;
}

void region_post(struct client *c, unsigned region, uint64_t offset, uint64_t value)
{
	unsigned char whole[sizeof(struct hvb_vfu_access) + sizeof(value)];

	client_send(c, HVB_VFU_REGION_WRITE, HVB_VFU_NO_REPLY, whole,
		    put_write(whole, region, offset, sizeof(value), &value), NULL, 0);
}

uint64_t region_value(struct client *c, unsigned region, uint64_t offset, unsigned count)
{
	uint64_t value = 0;

	assert_int_equal(region_read(c, region, offset, count), 0);
	memcpy(&value, c->reply.body + sizeof(struct hvb_vfu_access), count);
	return value;
}

void region_set(struct client *c, unsigned region, uint64_t offset, unsigned count, uint64_t value)
{
	assert_int_equal(region_write(c, region, offset, count, &value), 0);
}

int dma_map(struct client *c, uint64_t address, uint64_t size, uint64_t offset, unsigned flags, int fd)
{
	const struct hvb_vfu_dma_map map = { sizeof(map), flags, offset, address, size };

	return client_ask_fds(c, HVB_VFU_DMA_MAP, &map, sizeof(map), &fd, fd >= 0);
}

int dma_unmap(struct client *c, uint64_t address, uint64_t size)
{
	const struct hvb_vfu_dma_unmap unmap = { sizeof(unmap), 0, address, size };
	int err = client_ask(c, HVB_VFU_DMA_UNMAP, &unmap, sizeof(unmap));

	if (!err)
		assert_memory_equal(c->reply.body, &unmap, sizeof(unmap));
	return err;
}

int set_irqs(struct client *c, unsigned flags, unsigned index, unsigned start, unsigned count, const int *fds,
	     unsigned fd_count)
{
	const struct vfio_irq_set set = { sizeof(set), flags, index, start, count };

	return client_ask_fds(c, HVB_VFU_SET_IRQS, &set, sizeof(set), fds, fd_count);
}

void card_on(struct client *c)
{
	region_set(c, CONFIG, 0x04, 2, 6);
	region_set(c, CONFIG, PCIE_CAP + 0x28, 2, 0x40);
}

unsigned card_direct(struct client *c, uint64_t iova, unsigned vector, unsigned flag)
{
	uint64_t words = region_value(c, HVB_BAR_CTRL, HVB_R_PARAMS0, 8) >> HVB_PARAMS0_WORDS_SHIFT & 0xffff, result;

	region_set(c, HVB_BAR_CTRL, HVB_R_VP_CTRL, 8, 0);
	region_set(c, HVB_BAR_CTRL, HVB_R_WORD_ADDR, 8, iova);
	region_set(c, HVB_BAR_CTRL, HVB_R_WORD_ATTR, 8,
		   HVB_WSTATE_ON | (uint64_t)vector << HVB_WORD_ATTR_VECTOR_SHIFT);
	region_set(c, HVB_BAR_CTRL, HVB_R_WORD_COMMIT, 8, words - 1);
	region_set(c, HVB_BAR_CTRL, HVB_R_DIRECT, 8, flag);
	do
		result = region_value(c, HVB_BAR_CTRL, HVB_R_DIRECT, 8);
	while (result & HVB_DIRECT_BUSY_MASK);
	return result & HVB_DIRECT_FAULT_MASK ? DIRECT_FAULT :
	       result & HVB_DIRECT_NEWLY_MASK ? DIRECT_NEWLY : DIRECT_SET;
}

int memory_file(size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0 && !ftruncate(fd, (off_t)size));
	return fd;
}

int event_file(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

uint64_t events(int fd, bool wait)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&readable, 1, wait ? 5000 : 0) == 1)
		assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	return count;
}

struct holdings holdings(void)
{
	struct holdings have = { .fds = sim_entries("/proc/self/fd"), .threads = sim_entries("/proc/self/task") };
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	long pages = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		have.maps += strstr(line, "/memfd:") != NULL;
	fclose(file);
	file = fopen("/proc/self/statm", "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
	fclose(file);
	have.kib = pages * (sysconf(_SC_PAGESIZE) / 1024);
	return have;
}
