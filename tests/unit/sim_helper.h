/* SPDX-License-Identifier: MIT */
/* What the tests of sim/ and driver/ share: a card opened by URL and the few register writes that make it signal. */
#ifndef SIM_HELPER_H
#define SIM_HELPER_H
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "driver/dev.h"

/* Opens url or fails the test. */
struct hvb_dev *sim_open_card(const char *url);
/* A page of zeroes for the card's DMA, freed with free(). */
uint64_t *sim_page(void);
/* One connection: signals of `partition` to `connection_id` set flags 0 to 63 of pending word `word`, the quadword at
 * iova, and send `vector`. `partition` receives, too. */
void sim_connect(struct hvb_dev *dev, unsigned partition, unsigned connection_id, unsigned word, uint64_t iova,
		 unsigned vector, unsigned vp);
/* Rings the doorbell of slot 0. */
void sim_signal(struct hvb_dev *dev, unsigned partition, unsigned connection_id, unsigned flag);
/* Polls DELIVERED of slot 0 until it is 1. */
void sim_delivered(struct hvb_dev *dev, unsigned partition);
uint64_t sim_status(struct hvb_dev *dev, unsigned partition);
uint64_t sim_register(struct hvb_dev *dev, unsigned offset);
/* One of the backend's own counters. */
uint64_t sim_stat(struct hvb_dev *dev, const char *name);
/* An eventfd's count, taken; 0 where there is none after about two seconds or, for wait false, now. */
uint64_t sim_events(int fd, int wait);
/* How many entries a folder has, "/proc/self/fd" for example: open files and a constant. */
unsigned sim_entries(const char *folder);
/* Nanoseconds of the monotonic clock. */
uint64_t sim_now(void);
#endif
