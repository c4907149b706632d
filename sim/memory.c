/* SPDX-License-Identifier: MIT */
/* Memory writes, reads and AtomicOps of the card on mapped host memory. The host is little-endian, as the bus is. */
#include "memory.h"
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "payload is copied to memory as it is");
_Static_assert(__atomic_always_lock_free(8, 0), "AtomicOps must be the processor's own");

void hvb_memory_complete(const struct hvb_tlp_head *head, enum hvb_cpl_status status, unsigned bytes,
			 struct hvb_tlp *cpl)
{
	struct hvb_tlp_head answer = {
		.type = bytes ? HVB_TLP_CPLD : HVB_TLP_CPL,
		.tc = head->tc, .attr = head->attr,
		.len = (uint16_t)((bytes + 3) / 4),
		.requester = head->requester, .tag = head->tag,
		.status = status,
		.bytes = bytes ? (uint16_t)bytes : 4,
	};

	hvb_tlp_build(&answer, cpl);
}

static uint64_t load_operand(const uint32_t *data, unsigned bytes)
{
	return bytes == 8 ? (uint64_t)data[1] << 32 | data[0] : data[0];
}

static uint64_t execute32(enum hvb_tlp_type type, uint32_t *host, uint32_t first, uint32_t second)
{
	switch (type) {
	case HVB_TLP_FETCHADD:
		return __atomic_fetch_add(host, first, __ATOMIC_SEQ_CST);
	case HVB_TLP_SWAP:
		return __atomic_exchange_n(host, first, __ATOMIC_SEQ_CST);
	default:
		__atomic_compare_exchange_n(host, &first, second, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		return first;
	}
}

static uint64_t execute64(enum hvb_tlp_type type, uint64_t *host, uint64_t first, uint64_t second)
{
	switch (type) {
	case HVB_TLP_FETCHADD:
		return __atomic_fetch_add(host, first, __ATOMIC_SEQ_CST);
	case HVB_TLP_SWAP:
		return __atomic_exchange_n(host, first, __ATOMIC_SEQ_CST);
	default:
		__atomic_compare_exchange_n(host, &first, second, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		return first;
	}
}

static enum hvb_memory_result serve_atomic(struct hvb_dmamap *map, const struct hvb_tlp *tlp,
					   const struct hvb_tlp_head *head, struct hvb_tlp *cpl)
{
	/* a compare-and-swap carries two operands */
	unsigned bytes = head->type == HVB_TLP_CAS ? 2u * head->len : 4u * head->len;
	uint64_t old, first, second;
	void *host;

	hvb_memory_complete(head, HVB_CPL_UR, 0, cpl);
	if (head->poisoned || (bytes != 4 && bytes != 8) || head->addr % bytes)
		return HVB_MEMORY_BAD;
	host = hvb_dmamap_find(map, head->addr, bytes, HVB_DMAMAP_READ | HVB_DMAMAP_WRITE);
	if (!host)
		return HVB_MEMORY_DENIED;
	first = load_operand(tlp->data, bytes);
	second = load_operand(tlp->data + bytes / 4, bytes);
	if (bytes == 8)
		old = execute64(head->type, host, first, second);
	else
		old = execute32(head->type, host, (uint32_t)first, (uint32_t)second);
	hvb_memory_complete(head, HVB_CPL_SC, bytes, cpl);
	hvb_tlp_put(cpl, 0, bytes, old);
	return HVB_MEMORY_DONE;
}

static enum hvb_memory_result serve_read(struct hvb_dmamap *map, const struct hvb_tlp_head *head, struct hvb_tlp *cpl)
{
	unsigned bytes = 4u * head->len;
	const uint32_t *host;

	hvb_memory_complete(head, HVB_CPL_UR, 0, cpl);
	if (head->poisoned || bytes > HVB_TLP_DATA_BYTES)
		return HVB_MEMORY_BAD;
	host = hvb_dmamap_find(map, head->addr, bytes, HVB_DMAMAP_READ);
	if (!host)
		return HVB_MEMORY_DENIED;
	hvb_memory_complete(head, HVB_CPL_SC, bytes, cpl);
	cpl->hdr[2] |= (uint32_t)head->addr & 0x7f;
	for (unsigned i = 0; i < head->len; i++)
		cpl->data[i] = __atomic_load_n(&host[i], __ATOMIC_ACQUIRE);
	return HVB_MEMORY_DONE;
}

static void write_bytes(unsigned char *host, uint32_t value, unsigned enables)
{
	for (unsigned i = 0; i < 4; i++)
		if (enables >> i & 1)
			__atomic_store_n(host + i, (unsigned char)(value >> 8 * i), __ATOMIC_RELEASE);
}

static enum hvb_memory_result serve_write(struct hvb_dmamap *map, const struct hvb_tlp *tlp,
					  const struct hvb_tlp_head *head)
{
	unsigned bytes = 4u * head->len;
	unsigned char *host;

	if (head->poisoned || bytes > HVB_TLP_DATA_BYTES)
		return HVB_MEMORY_BAD;
	host = hvb_dmamap_find(map, head->addr, bytes, HVB_DMAMAP_WRITE);
	if (!host)
		return HVB_MEMORY_DENIED;
	/* an aligned quadword is one store: a reader never sees half of it */
	if (bytes == 8 && head->first_be == 0xf && head->last_be == 0xf && head->addr % 8 == 0) {
		__atomic_store_n((uint64_t *)(void *)host, load_operand(tlp->data, 8), __ATOMIC_RELEASE);
		return HVB_MEMORY_DONE;
	}
	for (unsigned i = 0; i < head->len; i++) {
		unsigned enables = i == 0 ? head->first_be : i + 1u == head->len ? head->last_be : 0xfu;

		if (enables == 0xf)
			__atomic_store_n((uint32_t *)(void *)(host + 4 * i), tlp->data[i], __ATOMIC_RELEASE);
		else
			write_bytes(host + 4 * i, tlp->data[i], enables);
	}
	return HVB_MEMORY_DONE;
}

enum hvb_memory_result hvb_memory_serve(struct hvb_dmamap *map, const struct hvb_tlp *tlp,
					const struct hvb_tlp_head *head, struct hvb_tlp *cpl)
{
	if (hvb_tlp_atomic(head->type))
		return serve_atomic(map, tlp, head, cpl);
	if (head->type == HVB_TLP_MRD)
		return serve_read(map, head, cpl);
	if (head->type == HVB_TLP_MWR)
		return serve_write(map, tlp, head);
	if (hvb_tlp_nonposted(head->type))
		hvb_memory_complete(head, HVB_CPL_UR, 0, cpl);
	return HVB_MEMORY_BAD;
}
