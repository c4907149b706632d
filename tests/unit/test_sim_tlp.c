/* SPDX-License-Identifier: MIT */
/* TLP headers: known encodings, and every field there and back. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "sim/tlp.h"

static void known_encodings(void **state)
{
	struct hvb_tlp_head head = { .type = HVB_TLP_MWR, .requester = 0x0100, .tag = 5 };
	struct hvb_tlp tlp;

	(void)state;
	hvb_tlp_span(&head, 0x123456789abcdef8, 8);
	hvb_tlp_build(&head, &tlp);
	hvb_tlp_put(&tlp, head.addr, 8, 0x1122334455667788);
	assert_int_equal(tlp.hdr[0], 0x60000002);
	assert_int_equal(tlp.hdr[1], 0x010005ff);
	assert_int_equal(tlp.hdr[2], 0x12345678);
	assert_int_equal(tlp.hdr[3], 0x9abcdef8);
	assert_int_equal(tlp.data[0], 0x55667788);
	assert_int_equal(tlp.data[1], 0x11223344);

	head.type = HVB_TLP_MRD;
	hvb_tlp_span(&head, 0xfee01002, 2);
	hvb_tlp_build(&head, &tlp);
	assert_int_equal(tlp.hdr[0], 0x00000001);
	assert_int_equal(tlp.hdr[1], 0x0100050c);
	assert_int_equal(tlp.hdr[2], 0xfee01000);

	head = (struct hvb_tlp_head){ .type = HVB_TLP_CAS, .len = 4, .first_be = 15, .last_be = 15, .addr = 0x1000 };
	hvb_tlp_build(&head, &tlp);
	assert_int_equal(tlp.hdr[0], 0x4e000004);

	head = (struct hvb_tlp_head){ .type = HVB_TLP_CFGWR0, .len = 1, .first_be = 3, .target = 0x0100, .reg = 0x104 };
	hvb_tlp_build(&head, &tlp);
	assert_int_equal(tlp.hdr[0], 0x44000001);
	assert_int_equal(tlp.hdr[2], 0x01000104);

	head = (struct hvb_tlp_head){ .type = HVB_TLP_CPLD, .len = 2, .completer = 0x0100, .bytes = 8,
				      .requester = 0xabcd, .tag = 0x3fe, .low_addr = 0x48 };
	hvb_tlp_build(&head, &tlp);
	assert_int_equal(tlp.hdr[0], 0x4a880002);
	assert_int_equal(tlp.hdr[1], 0x01000008);
	assert_int_equal(tlp.hdr[2], 0xabcdfe48);
}

static struct hvb_tlp_head random_head(void)
{
	struct hvb_tlp_head head = {
		.type = (enum hvb_tlp_type)(rand() % HVB_TLP_OTHER),
		.tc = rand() & 7, .attr = rand() & 7, .poisoned = rand() & 1, .requester = rand() & 0xffff,
		.tag = rand() & 0x3ff, .len = (uint16_t)(1 + rand() % 1024),
	};
	uint64_t addr = (uint64_t)rand() << 33 ^ (uint64_t)rand() << 2;

	if (head.type == HVB_TLP_CPL || head.type == HVB_TLP_CPLD) {
		head.completer = rand() & 0xffff;
		head.status = rand() & 7;
		head.bytes = (uint16_t)(1 + rand() % 4096);
		head.low_addr = rand() & 0x7f;
		if (head.type == HVB_TLP_CPL)
			head.len = 0;
		return head;
	}
	head.first_be = rand() & 15;
	head.last_be = rand() & 15;
	if (head.type == HVB_TLP_CFGRD0 || head.type == HVB_TLP_CFGWR0) {
		head.target = rand() & 0xffff;
		head.reg = rand() & 0xffc;
	} else {
		head.addr = rand() & 1 ? addr : addr & 0xfffffffc;
	}
	return head;
}

static void there_and_back(void **state)
{
	(void)state;
	srand(3);
	for (int i = 0; i < 20000; i++) {
		struct hvb_tlp_head head = random_head(), back;
		struct hvb_tlp tlp;

		hvb_tlp_build(&head, &tlp);
		hvb_tlp_parse(&tlp, &back);
		assert_int_equal(back.type, head.type);
		assert_int_equal(back.tc, head.tc);
		assert_int_equal(back.attr, head.attr);
		assert_int_equal(back.poisoned, head.poisoned);
		assert_int_equal(back.len, head.len);
		assert_int_equal(back.requester, head.requester);
		assert_int_equal(back.tag, head.tag);
		assert_int_equal(back.first_be, head.first_be);
		assert_int_equal(back.last_be, head.last_be);
		assert_int_equal(back.addr, head.addr);
		assert_int_equal(back.target, head.target);
		assert_int_equal(back.reg, head.reg);
		assert_int_equal(back.completer, head.completer);
		assert_int_equal(back.status, head.status);
		assert_int_equal(back.bytes, head.bytes);
		assert_int_equal(back.low_addr, head.low_addr);
	}
}

/* Every fmt and Type: what is none of the known ones is "other", and no header is read wrongly into a known one. */
static void every_type(void **state)
{
	unsigned known = 0;

	(void)state;
	for (uint32_t code = 0; code < 256; code++) {
		struct hvb_tlp tlp = { .hdr = { code << 24 | 1 } }, again;
		struct hvb_tlp_head head;

		hvb_tlp_parse(&tlp, &head);
		if (head.type == HVB_TLP_OTHER)
			continue;
		known++;
		if (code >> 5 & 1)
			head.addr |= 1ull << 32;
		hvb_tlp_build(&head, &again);
		assert_int_equal(again.hdr[0] >> 24, code);
	}
	/* memory read, write and three AtomicOps in two header sizes; configuration read, write; two completions */
	assert_int_equal(known, 2 * 5 + 2 + 2);
}

static void lanes(void **state)
{
	struct hvb_tlp tlp;

	(void)state;
	for (unsigned bytes = 1; bytes <= 8; bytes *= 2)
		for (unsigned at = 0; at < 8; at += bytes) {
			uint64_t value = 0xf1e2d3c4b5a69788 & (bytes == 8 ? ~0ull : (1ull << 8 * bytes) - 1);
			unsigned char *byte = (unsigned char *)tlp.data;

			memset(&tlp, 0, sizeof(tlp));
			hvb_tlp_put(&tlp, at, bytes, 0xf1e2d3c4b5a69788);
			assert_int_equal(hvb_tlp_get(&tlp, at, bytes), value);
			assert_int_equal(byte[at % 4], 0x88);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_encodings),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(every_type),
		cmocka_unit_test(lanes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
