/* SPDX-License-Identifier: MIT */
/* Feeding a TLP log into a fresh card, cycle by cycle, and comparing what comes out. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "log.h"

enum stream { RX_REQ, RX_CPL, TX_P, TX_NP, TX_CPL, NP_RET, RST, END };

static const char *const stream_name[] = { "rx_req", "rx_cpl", "tx_p", "tx_np", "tx_cpl", "np_ret", "rst", "end" };

struct beat {
	uint64_t cycle;
	enum stream stream;
	struct hvb_tlp tlp;
	bool damaged, held;
};

struct reader {
	FILE *file;
	struct beat next;
	struct hvb_replay *result;
};

static int find_stream(const char *name, enum stream *stream)
{
	for (unsigned i = 0; i <= END; i++)
		if (!strcmp(name, stream_name[i])) {
			*stream = (enum stream)i;
			return 0;
		}
	return -EBADMSG;
}

static int parse_words(const char *text, struct beat *beat)
{
	uint32_t *h = beat->tlp.hdr, *d = beat->tlp.data;
	char flag[3] = "";

	if (sscanf(text, "%8x %8x %8x %8x %8x %8x %8x %8x %2s", &h[0], &h[1], &h[2], &h[3], &d[0], &d[1], &d[2], &d[3],
		   flag) < 8)
		return -EBADMSG;
	beat->damaged = strchr(flag, 'm') != NULL;
	beat->held = strchr(flag, 'h') != NULL;
	return 0;
}

static int read_beat(struct reader *reader)
{
	char text[128], name[8];
	int used = 0;
	uint64_t before = reader->next.cycle;

	reader->result->line++;
	memset(&reader->next, 0, sizeof(reader->next));
	if (!fgets(text, sizeof(text), reader->file))
		return -EBADMSG;
	if (sscanf(text, "%" SCNu64 " %7s %n", &reader->next.cycle, name, &used) != 2 ||
	    find_stream(name, &reader->next.stream) || reader->next.cycle < before)
		return -EBADMSG;
	if (reader->next.stream < NP_RET)
		return parse_words(text + used, &reader->next);
	return 0;
}

/* The pins' side of one beat: what the card sees of it, and what it must show. NULL where that is so. */
static const char *apply(struct hvb_rtl *rtl, const struct beat *beat)
{
	struct hvb_rtl_in *in = &rtl->in;
	const struct hvb_rtl_out *out = &rtl->out;
	const struct hvb_tlp *shown;
	bool valid;

	switch (beat->stream) {
	case RX_REQ:
		in->rx_req_valid = true;
		in->rx_req_err = beat->damaged;
		in->rx_req = beat->tlp;
		return out->rx_req_ready == !beat->held ? NULL : "rx_req ready";
	case RX_CPL:
		in->rx_cpl_valid = true;
		in->rx_cpl_err = beat->damaged;
		in->rx_cpl = beat->tlp;
		return NULL;
	case RST:
		in->rst = true;
		return NULL;
	case NP_RET:
		return out->rx_np_ret ? NULL : "np_ret missing";
	case TX_P:
		in->tx_p_ready = true;
		valid = out->tx_p_valid;
		shown = &out->tx_p;
		break;
	case TX_NP:
		in->tx_np_ready = true;
		valid = out->tx_np_valid;
		shown = &out->tx_np;
		break;
	default:
		in->tx_cpl_ready = true;
		valid = out->tx_cpl_valid;
		shown = &out->tx_cpl;
	}
	if (!valid)
		return "beat missing";
	return memcmp(shown, &beat->tlp, sizeof(beat->tlp)) ? "beat differs" : NULL;
}

static int replay_cycle(struct reader *reader, struct hvb_rtl *rtl)
{
	uint16_t check_off = rtl->in.check_off;
	bool credit = false;

	memset(&rtl->in, 0, sizeof(rtl->in));
	rtl->in.check_off = check_off;
	while (reader->next.stream != END && reader->next.cycle == rtl->cycle) {
		int err;

		reader->result->difference = apply(rtl, &reader->next);
		if (reader->result->difference)
			return -EILSEQ;
		credit |= reader->next.stream == NP_RET;
		reader->result->beats++;
		err = read_beat(reader);
		if (err)
			return err;
	}
	if (rtl->out.rx_np_ret != credit) {
		reader->result->difference = "np_ret not expected";
		return -EILSEQ;
	}
	hvb_rtl_clock(rtl);
	reader->result->cycles++;
	return 0;
}

static int replay(struct reader *reader, struct hvb_rtl *rtl)
{
	unsigned check_off;
	char line[64];
	int err;

	reader->result->line = 1;
	if (!fgets(line, sizeof(line), reader->file) || sscanf(line, "hvbell-tlp-log 1 %4x", &check_off) != 1)
		return -EBADMSG;
	rtl->in.check_off = (uint16_t)check_off;
	reader->next.cycle = rtl->cycle;
	err = read_beat(reader);
	while (!err && (reader->next.stream != END || rtl->cycle < reader->next.cycle))
		err = replay_cycle(reader, rtl);
	return err;
}

int hvb_log_replay(const char *path, struct hvb_replay *result)
{
	struct reader reader = { .result = result };
	struct hvb_rtl *rtl;
	int saved = errno, err;

	memset(result, 0, sizeof(*result));
	reader.file = fopen(path, "re");
	if (!reader.file) {
		err = -errno;
		errno = saved;
		return err;
	}
	rtl = hvb_rtl_new();
	err = rtl ? replay(&reader, rtl) : -ENOMEM;
	hvb_rtl_free(rtl);
	fclose(reader.file);
	errno = saved;
	return err;
}
