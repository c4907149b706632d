/* SPDX-License-Identifier: MIT */
/* Building and reading TLP headers; bit positions are those of PCIe 2.2.1 (requests) and 2.2.9 (completions). */
#include "tlp.h"
#include <string.h>

#define FMT_4DW 1u
#define FMT_DATA 2u
#define FMT_PREFIX 4u

enum { TYPE_MEM = 0x00, TYPE_CFG0 = 0x04, TYPE_CPL = 0x0a, TYPE_FETCHADD = 0x0c, TYPE_SWAP = 0x0d, TYPE_CAS = 0x0e,
       TYPE_RESERVED = 0x1f };

static enum hvb_tlp_type type_of(unsigned fmt, unsigned code)
{
	bool data = fmt & FMT_DATA;

	if (fmt & FMT_PREFIX)
		return HVB_TLP_OTHER;
	switch (code) {
	case TYPE_MEM:
		return data ? HVB_TLP_MWR : HVB_TLP_MRD;
	case TYPE_CFG0:
		if (fmt & FMT_4DW)
			return HVB_TLP_OTHER;
		return data ? HVB_TLP_CFGWR0 : HVB_TLP_CFGRD0;
	case TYPE_CPL:
		if (fmt & FMT_4DW)
			return HVB_TLP_OTHER;
		return data ? HVB_TLP_CPLD : HVB_TLP_CPL;
	case TYPE_FETCHADD:
		return data ? HVB_TLP_FETCHADD : HVB_TLP_OTHER;
	case TYPE_SWAP:
		return data ? HVB_TLP_SWAP : HVB_TLP_OTHER;
	case TYPE_CAS:
		return data ? HVB_TLP_CAS : HVB_TLP_OTHER;
	default:
		return HVB_TLP_OTHER;
	}
}

static void parse_completion(const uint32_t *hdr, struct hvb_tlp_head *head)
{
	head->completer = (uint16_t)(hdr[1] >> 16);
	head->status = hdr[1] >> 13 & 7;
	head->bytes = hdr[1] & 0xfff;
	if (!head->bytes)
		head->bytes = 4096;
	head->requester = (uint16_t)(hdr[2] >> 16);
	head->tag |= hdr[2] >> 8 & 0xff;
	head->low_addr = hdr[2] & 0x7f;
	if (head->type == HVB_TLP_CPL)
		head->len = 0;
}

static void parse_request(const uint32_t *hdr, struct hvb_tlp_head *head)
{
	head->requester = (uint16_t)(hdr[1] >> 16);
	head->tag |= hdr[1] >> 8 & 0xff;
	head->last_be = hdr[1] >> 4 & 0xf;
	head->first_be = hdr[1] & 0xf;
	if (head->type == HVB_TLP_CFGRD0 || head->type == HVB_TLP_CFGWR0) {
		head->target = (uint16_t)(hdr[2] >> 16);
		head->reg = hdr[2] & 0xffc;
	} else if (hdr[0] >> 29 & FMT_4DW) {
		head->addr = (uint64_t)hdr[2] << 32 | (hdr[3] & ~3u);
	} else {
		head->addr = hdr[2] & ~3u;
	}
}

void hvb_tlp_parse(const struct hvb_tlp *tlp, struct hvb_tlp_head *head)
{
	uint32_t dw0 = tlp->hdr[0];

	memset(head, 0, sizeof(*head));
	head->type = type_of(dw0 >> 29, dw0 >> 24 & 0x1f);
	head->tc = dw0 >> 20 & 7;
	head->attr = (uint8_t)((dw0 >> 18 & 1) << 2 | (dw0 >> 12 & 3));
	head->poisoned = dw0 & HVB_TLP_DW0_POISON;
	head->len = dw0 & 0x3ff;
	if (!head->len)
		head->len = 1024;
	head->tag = (uint16_t)((dw0 >> 23 & 1) << 9 | (dw0 >> 19 & 1) << 8);
	if (head->type == HVB_TLP_CPL || head->type == HVB_TLP_CPLD)
		parse_completion(tlp->hdr, head);
	else
		parse_request(tlp->hdr, head);
}

static const uint8_t type_code[] = {
	[HVB_TLP_MRD] = TYPE_MEM, [HVB_TLP_MWR] = TYPE_MEM, [HVB_TLP_CFGRD0] = TYPE_CFG0, [HVB_TLP_CFGWR0] = TYPE_CFG0,
	[HVB_TLP_FETCHADD] = TYPE_FETCHADD, [HVB_TLP_SWAP] = TYPE_SWAP, [HVB_TLP_CAS] = TYPE_CAS,
	[HVB_TLP_CPL] = TYPE_CPL, [HVB_TLP_CPLD] = TYPE_CPL, [HVB_TLP_OTHER] = TYPE_RESERVED,
};

static bool has_data(enum hvb_tlp_type type)
{
	return type == HVB_TLP_MWR || type == HVB_TLP_CFGWR0 || type == HVB_TLP_CPLD || hvb_tlp_atomic(type);
}

void hvb_tlp_build(const struct hvb_tlp_head *head, struct hvb_tlp *tlp)
{
	bool config = head->type == HVB_TLP_CFGRD0 || head->type == HVB_TLP_CFGWR0;
	bool completion = head->type == HVB_TLP_CPL || head->type == HVB_TLP_CPLD;
	bool wide = !config && !completion && head->addr >> 32;
	uint32_t fmt = (wide ? FMT_4DW : 0) | (has_data(head->type) ? FMT_DATA : 0);

	memset(tlp, 0, sizeof(*tlp));
	tlp->hdr[0] = fmt << 29 | (uint32_t)type_code[head->type] << 24 | (uint32_t)(head->tag >> 9 & 1) << 23 |
		      (uint32_t)(head->tc & 7) << 20 | (uint32_t)(head->tag >> 8 & 1) << 19 |
		      (uint32_t)(head->attr >> 2 & 1) << 18 | (head->poisoned ? HVB_TLP_DW0_POISON : 0) |
		      (uint32_t)(head->attr & 3) << 12 | (head->len & 0x3ffu);
	if (completion) {
		tlp->hdr[1] = (uint32_t)head->completer << 16 | (uint32_t)(head->status & 7) << 13 |
			      (head->bytes & 0xfffu);
		tlp->hdr[2] = (uint32_t)head->requester << 16 | (uint32_t)(head->tag & 0xff) << 8 |
			      (head->low_addr & 0x7fu);
		return;
	}
	tlp->hdr[1] = (uint32_t)head->requester << 16 | (uint32_t)(head->tag & 0xff) << 8 |
		      (uint32_t)(head->last_be & 0xf) << 4 | (head->first_be & 0xfu);
	if (config) {
		tlp->hdr[2] = (uint32_t)head->target << 16 | (head->reg & 0xffcu);
	} else if (wide) {
		tlp->hdr[2] = (uint32_t)(head->addr >> 32);
		tlp->hdr[3] = (uint32_t)head->addr & ~3u;
	} else {
		tlp->hdr[2] = (uint32_t)head->addr & ~3u;
	}
}

void hvb_tlp_span(struct hvb_tlp_head *head, uint64_t addr, unsigned bytes)
{
	head->addr = addr & ~3ull;
	head->len = bytes == 8 ? 2 : 1;
	head->first_be = bytes >= 4 ? 0xf : (uint8_t)(((1u << bytes) - 1) << (addr & 3));
	head->last_be = bytes == 8 ? 0xf : 0;
}

void hvb_tlp_put(struct hvb_tlp *tlp, uint64_t addr, unsigned bytes, uint64_t value)
{
	if (bytes == 8) {
		tlp->data[0] = (uint32_t)value;
		tlp->data[1] = (uint32_t)(value >> 32);
		return;
	}
	value &= (1ull << 8 * bytes) - 1;
	tlp->data[0] = (uint32_t)value << 8 * (addr & 3);
}

uint64_t hvb_tlp_get(const struct hvb_tlp *tlp, uint64_t addr, unsigned bytes)
{
	if (bytes == 8)
		return (uint64_t)tlp->data[1] << 32 | tlp->data[0];
	return (uint64_t)tlp->data[0] >> 8 * (addr & 3) & ((1ull << 8 * bytes) - 1);
}
