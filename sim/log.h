/* SPDX-License-Identifier: MIT */
/*
 * The TLP log: every beat at the card's pins with its cycle, one line each, and its replay.
 *   hvbell-tlp-log 1 CHECK_OFF
 *   CYCLE STREAM [8 hexadecimal words: header DW0..3, payload DW0..3] [FLAG]
 *   CYCLE end
 * STREAM is rx_req (FLAG: m damaged, h held: not taken in this cycle), rx_cpl (m), tx_p, tx_np, tx_cpl, or np_ret, a
 * credit returned, or rst, the reset pin, which have no words. Beats of one cycle stand in this order.
 */
#ifndef HVB_SIM_LOG_H
#define HVB_SIM_LOG_H
#include <stdint.h>
#include "rtl.h"

struct hvb_log;

/* Starts a log of a card that is fresh from hvb_rtl_new(). -errno of the file, -ENOMEM. */
int hvb_log_open(const char *path, uint16_t check_off, struct hvb_log **log);
/* Records the cycle about to pass: its inputs are set. */
void hvb_log_cycle(struct hvb_log *log, const struct hvb_rtl *rtl);
/* Ends the log. 0; -EIO where not everything could be written. log may be NULL. */
int hvb_log_close(struct hvb_log *log, const struct hvb_rtl *rtl);

struct hvb_replay {
	uint64_t cycles, beats;          /* passed, and compared or fed */
	unsigned line;                   /* where it ended, from 1 */
	const char *difference;          /* what differed there; NULL: nothing */
};

/* Feeds a log into a fresh card and compares every output. 0: the same bit for bit; -EILSEQ: it differs at
 * result->line; -EBADMSG: the file is no log at result->line; -errno of the file; -ENOMEM. */
int hvb_log_replay(const char *path, struct hvb_replay *result);
#endif
