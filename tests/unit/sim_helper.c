/* SPDX-License-Identifier: MIT */
/* What the tests of sim/ and driver/ share. */
#include "sim_helper.h"
#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "hvb_regs.h"

struct hvb_dev *sim_open_card(const char *url)
{
	struct hvb_dev *dev = NULL;
	struct hvb_diag diag = { 0 };

	if (hvb_dev_open(url, &dev, &diag))
		fail_msg("%s: %d %s (%s)", url, diag.err, diag.what, diag.remedy);
	return dev;
}

uint64_t *sim_page(void)
{
	void *page = aligned_alloc(4096, 4096);

	assert_non_null(page);
	memset(page, 0, 4096);
	return page;
}

static void control(struct hvb_dev *dev, unsigned offset, uint64_t value)
{
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR0, offset, value), 0);
}

void sim_connect(struct hvb_dev *dev, unsigned partition, unsigned connection_id, unsigned word, uint64_t iova,
		 unsigned vector, unsigned vp)
{
	uint64_t key = (uint64_t)partition << 24 | connection_id;

	/* seeds 0 make every hash the key's low 11 bits */
	control(dev, HVB_R_HASH0, 0);
	control(dev, HVB_W_PART + 8 * partition, HVB_PSTATE_ACTIVE | HVB_PART_SIGNAL_EVENTS_MASK);
	control(dev, HVB_R_WORD_ADDR, iova);
	control(dev, HVB_R_WORD_ATTR,
		(uint64_t)HVB_WSTATE_ON << HVB_WORD_ATTR_STATE_SHIFT |
			(uint64_t)partition << HVB_WORD_ATTR_RPART_SHIFT |
			(uint64_t)vector << HVB_WORD_ATTR_VECTOR_SHIFT | (uint64_t)vp << HVB_WORD_ATTR_VP_SHIFT);
	control(dev, HVB_R_WORD_COMMIT, word);
	control(dev, HVB_R_CONN_ENTRY,
		key >> 11 << HVB_CONN_ENTRY_TAG_SHIFT | (uint64_t)HVB_VERDICT_OK << HVB_CONN_ENTRY_VERDICT_SHIFT |
			(uint64_t)word << HVB_CONN_ENTRY_WORD_SHIFT | 64ull << HVB_CONN_ENTRY_COUNT_SHIFT |
			(uint64_t)partition << HVB_CONN_ENTRY_RPART_SHIFT);
	control(dev, HVB_R_CONN_COMMIT, (key & 0x7ff) << HVB_CONN_COMMIT_ROW_SHIFT);
}

static uint64_t page_of(unsigned partition)
{
	return (uint64_t)partition << 12;
}

void sim_signal(struct hvb_dev *dev, unsigned partition, unsigned connection_id, unsigned flag)
{
	assert_int_equal(hvb_dev_write64(dev, HVB_REGION_BAR2, page_of(partition) + HVB_S_SIGNAL,
					 (uint64_t)flag << 32 | connection_id), 0);
}

void sim_delivered(struct hvb_dev *dev, unsigned partition)
{
	uint64_t delivered = 0;

	for (int i = 0; i < 10000 && !delivered; i++)
		assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR2, page_of(partition) + HVB_S_DELIVERED, &delivered),
				 0);
	assert_int_equal(delivered, 1);
}

uint64_t sim_status(struct hvb_dev *dev, unsigned partition)
{
	uint64_t status = 0;

	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR2, page_of(partition) + HVB_S_STATUS, &status), 0);
	return status & 0xffff;
}

uint64_t sim_register(struct hvb_dev *dev, unsigned offset)
{
	uint64_t value = 0;

	assert_int_equal(hvb_dev_read64(dev, HVB_REGION_BAR0, offset, &value), 0);
	return value;
}

uint64_t sim_stat(struct hvb_dev *dev, const char *name)
{
	struct hvb_dev_stat stats[32];
	int count = dev->ops->stats(dev, stats, 32);

	for (int i = 0; i < count && i < 32; i++)
		if (!strcmp(stats[i].name, name))
			return stats[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

uint64_t sim_events(int fd, int wait)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;

	if (poll(&readable, 1, wait ? 2000 : 0) != 1)
		return 0;
	assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
	return count;
}

unsigned sim_entries(const char *folder)
{
	DIR *opened = opendir(folder);
	unsigned count = 0;

	assert_non_null(opened);
	while (readdir(opened))
		count++;
	closedir(opened);
	return count;
}

uint64_t sim_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
