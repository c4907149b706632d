/* SPDX-License-Identifier: MIT */
/* Memory requests of the card on host memory: results, completions, refusals, atomicity against other threads. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include "sim/memory.h"

#define IOVA 0x200000000ull
#define RW (HVB_DMAMAP_READ | HVB_DMAMAP_WRITE)

static uint64_t words[512] __attribute__((aligned(4096)));
static uint64_t read_only[512] __attribute__((aligned(4096)));
static struct hvb_dmamap map;

static int setup(void **state)
{
	(void)state;
	memset(words, 0, sizeof(words));
	hvb_dmamap_add(&map, IOVA, sizeof(words), words, RW);
	return hvb_dmamap_add(&map, IOVA + 0x10000, sizeof(read_only), read_only, HVB_DMAMAP_READ);
}

static int teardown(void **state)
{
	(void)state;
	hvb_dmamap_free(&map);
	return 0;
}

static struct hvb_tlp_head request(enum hvb_tlp_type type, uint64_t addr, uint16_t len)
{
	return (struct hvb_tlp_head){ .type = type, .addr = addr, .len = len, .first_be = 15,
				      .last_be = len > 1 ? 15 : 0, .requester = 0x0100, .tag = 9, .tc = 3, .attr = 2 };
}

/* Serves one request with these operands; the completion's header goes to *answer. */
static enum hvb_memory_result serve(struct hvb_tlp_head head, uint64_t first, uint64_t second,
				    struct hvb_tlp_head *answer, uint64_t *value)
{
	unsigned operand = head.type == HVB_TLP_CAS ? head.len / 2u : head.len;
	struct hvb_tlp tlp, cpl = { { 0 }, { 0 } };
	enum hvb_memory_result result;

	hvb_tlp_build(&head, &tlp);
	hvb_tlp_put(&tlp, 0, 8, first);
	if (operand == 1)
		tlp.data[1] = (uint32_t)second;
	else
		memcpy(&tlp.data[2], &second, 8);
	result = hvb_memory_serve(&map, &tlp, &head, &cpl);
	hvb_tlp_parse(&cpl, answer);
	*value = hvb_tlp_get(&cpl, 0, answer->bytes == 8 ? 8 : 4);
	return result;
}

static void atomic_results(void **state)
{
	struct hvb_tlp_head answer;
	uint64_t old;

	(void)state;
	assert_int_equal(serve(request(HVB_TLP_FETCHADD, IOVA, 2), 5, 0, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(serve(request(HVB_TLP_FETCHADD, IOVA, 2), UINT64_MAX, 0, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 5);
	assert_int_equal(words[0], 4);
	assert_int_equal(answer.type, HVB_TLP_CPLD);
	assert_int_equal(answer.status, HVB_CPL_SC);
	assert_int_equal(answer.len, 2);
	assert_int_equal(answer.bytes, 8);
	assert_int_equal(answer.tag, 9);
	assert_int_equal(answer.requester, 0x0100);
	assert_int_equal(answer.tc, 3);
	assert_int_equal(answer.attr, 2);

	words[1] = 0x1111111122222222;
	assert_int_equal(serve(request(HVB_TLP_FETCHADD, IOVA + 8, 1), 0xffffffff, 0, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 0x22222222);
	assert_int_equal(answer.bytes, 4);
	assert_int_equal(words[1], 0x1111111122222221);
	assert_int_equal(serve(request(HVB_TLP_SWAP, IOVA + 12, 1), 0xabcdef01, 0, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 0x11111111);
	assert_int_equal(words[1], 0xabcdef0122222221);
	assert_int_equal(serve(request(HVB_TLP_SWAP, IOVA + 8, 2), 77, 0, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 0xabcdef0122222221);
	assert_int_equal(words[1], 77);

	assert_int_equal(serve(request(HVB_TLP_CAS, IOVA + 8, 4), 77, 0xffffffffffff, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 77);
	assert_int_equal(words[1], 0xffffffffffff);
	assert_int_equal(serve(request(HVB_TLP_CAS, IOVA + 8, 4), 77, 1, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 0xffffffffffff);
	assert_int_equal(words[1], 0xffffffffffff);
	assert_int_equal(serve(request(HVB_TLP_CAS, IOVA + 12, 2), 0xffff, 8, &answer, &old), HVB_MEMORY_DONE);
	assert_int_equal(old, 0xffff);
	assert_int_equal(words[1], 0x8ffffffff);
}

static void refused(struct hvb_tlp_head head, enum hvb_memory_result why)
{
	struct hvb_tlp_head answer;
	uint64_t before = words[0], old;

	assert_int_equal(serve(head, 0, 1, &answer, &old), why);
	assert_int_equal(answer.type, HVB_TLP_CPL);
	assert_int_equal(answer.status, HVB_CPL_UR);
	assert_int_equal(answer.tag, 9);
	assert_int_equal(words[0], before);
}

static void refusals(void **state)
{
	struct hvb_tlp_head poisoned = request(HVB_TLP_SWAP, IOVA, 2);

	(void)state;
	poisoned.poisoned = true;
	refused(poisoned, HVB_MEMORY_BAD);
	refused(request(HVB_TLP_CAS, IOVA, 8), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_CAS, IOVA, 1), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_CAS, IOVA, 3), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_SWAP, IOVA, 4), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_SWAP, IOVA, 1024), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_CAS, IOVA + 4, 4), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_CAS, IOVA + 4096, 4), HVB_MEMORY_DENIED);
	refused(request(HVB_TLP_CAS, IOVA - 8, 4), HVB_MEMORY_DENIED);
	refused(request(HVB_TLP_CAS, IOVA + 0x10000, 4), HVB_MEMORY_DENIED);
	refused(request(HVB_TLP_MRD, IOVA + 4096, 1), HVB_MEMORY_DENIED);
	refused(request(HVB_TLP_MRD, IOVA, 5), HVB_MEMORY_BAD);
	refused(request(HVB_TLP_CFGRD0, IOVA, 1), HVB_MEMORY_BAD);
}

static void reads_and_writes(void **state)
{
	struct hvb_tlp_head head = request(HVB_TLP_MRD, IOVA + 4, 2), answer;
	uint64_t value;

	(void)state;
	words[0] = 0x8877665544332211;
	words[1] = 0xffeeddccbbaa9900;
	assert_int_equal(serve(head, 0, 0, &answer, &value), HVB_MEMORY_DONE);
	assert_int_equal(value, 0xbbaa990088776655);
	assert_int_equal(answer.low_addr, 4);
	assert_int_equal(serve(request(HVB_TLP_MWR, IOVA, 2), 0x0102030405060708, 0, &answer, &value), HVB_MEMORY_DONE);
	assert_int_equal(words[0], 0x0102030405060708);
	head = request(HVB_TLP_MWR, IOVA + 4, 2);
	head.first_be = 8;
	head.last_be = 1;
	assert_int_equal(serve(head, 0xa1a2a3a4a5a6a7a8, 0, &answer, &value), HVB_MEMORY_DONE);
	assert_int_equal(words[0], 0xa502030405060708);
	assert_int_equal(words[1], 0xffeeddccbbaa99a4);
	assert_int_equal(serve(request(HVB_TLP_MWR, IOVA + 0x10000, 1), 1, 0, &answer, &value), HVB_MEMORY_DENIED);
	assert_int_equal(serve(request(HVB_TLP_MWR, IOVA + 4092, 2), 1, 0, &answer, &value), HVB_MEMORY_DENIED);
	assert_int_equal(serve(request(HVB_TLP_MWR, IOVA, 32), 1, 0, &answer, &value), HVB_MEMORY_BAD);
	head.poisoned = true;
	assert_int_equal(serve(head, 1, 0, &answer, &value), HVB_MEMORY_BAD);
	assert_int_equal(words[0], 0xa502030405060708);
}

#define ROUNDS 200000u

static void *add_above(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++)
		__atomic_fetch_add(&words[3], 1ull << 32, __ATOMIC_SEQ_CST);
	return NULL;
}

/* A thread counts in the upper half with locked operations while the card counts in the lower one by compare-and-swap
 * of the whole word: no count is lost. */
static void atomic_against_threads(void **state)
{
	struct hvb_tlp_head answer;
	uint64_t old, guess = 0;
	pthread_t guest;

	(void)state;
	assert_int_equal(pthread_create(&guest, NULL, add_above, NULL), 0);
	for (unsigned set = 0; set < ROUNDS;) {
		serve(request(HVB_TLP_CAS, IOVA + 24, 4), guess, guess + 1, &answer, &old);
		set += old == guess;
		guess = old == guess ? guess + 1 : old;
	}
	pthread_join(guest, NULL);
	assert_int_equal(words[3], (uint64_t)ROUNDS << 32 | ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(atomic_results, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_and_writes, setup, teardown),
		cmocka_unit_test_setup_teardown(atomic_against_threads, setup, teardown),
	};

	alarm(300); /* a hang is a failure */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
