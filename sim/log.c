/* SPDX-License-Identifier: MIT */
/* Writing a TLP log. Replaying one is sim/replay.c. */
#include "log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct hvb_log {
	FILE *file;
};

int hvb_log_open(const char *path, uint16_t check_off, struct hvb_log **log)
{
	struct hvb_log *made = malloc(sizeof(*made));
	int saved = errno, err;

	if (!made)
		return -ENOMEM;
	made->file = fopen(path, "we");
	if (!made->file) {
		err = -errno;
		errno = saved;
		free(made);
		return err;
	}
	fprintf(made->file, "hvbell-tlp-log 1 %x\n", check_off);
	*log = made;
	return 0;
}

static void write_beat(FILE *file, uint64_t cycle, const char *stream, const struct hvb_tlp *tlp, const char *flag)
{
	fprintf(file, "%" PRIu64 " %s %08x %08x %08x %08x %08x %08x %08x %08x%s\n", cycle, stream, tlp->hdr[0],
		tlp->hdr[1], tlp->hdr[2], tlp->hdr[3], tlp->data[0], tlp->data[1], tlp->data[2], tlp->data[3], flag);
}

void hvb_log_cycle(struct hvb_log *log, const struct hvb_rtl *rtl)
{
	const struct hvb_rtl_in *in = &rtl->in;
	const struct hvb_rtl_out *out = &rtl->out;

	if (in->rst)
		fprintf(log->file, "%" PRIu64 " rst\n", rtl->cycle);
	if (in->rx_req_valid)
		write_beat(log->file, rtl->cycle, "rx_req", &in->rx_req,
			   out->rx_req_ready ? in->rx_req_err ? " m" : "" : in->rx_req_err ? " mh" : " h");
	if (in->rx_cpl_valid)
		write_beat(log->file, rtl->cycle, "rx_cpl", &in->rx_cpl, in->rx_cpl_err ? " m" : "");
	if (out->tx_p_valid && in->tx_p_ready)
		write_beat(log->file, rtl->cycle, "tx_p", &out->tx_p, "");
	if (out->tx_np_valid && in->tx_np_ready)
		write_beat(log->file, rtl->cycle, "tx_np", &out->tx_np, "");
	if (out->tx_cpl_valid && in->tx_cpl_ready)
		write_beat(log->file, rtl->cycle, "tx_cpl", &out->tx_cpl, "");
	if (out->rx_np_ret)
		fprintf(log->file, "%" PRIu64 " np_ret\n", rtl->cycle);
}

int hvb_log_close(struct hvb_log *log, const struct hvb_rtl *rtl)
{
	int saved = errno, err = 0;

	if (!log)
		return 0;
	fprintf(log->file, "%" PRIu64 " end\n", rtl->cycle);
	if (ferror(log->file))
		err = -EIO;
	if (fclose(log->file))
		err = -EIO;
	errno = saved;
	free(log);
	return err;
}
