/* SPDX-License-Identifier: MIT */
/* Transaction layer packets with their fields named: building and reading the headers of struct hvb_tlp (PCIe 2.2). */
#ifndef HVB_SIM_TLP_H
#define HVB_SIM_TLP_H
#include <stdbool.h>
#include <stdint.h>
#include "rtl.h"

enum hvb_tlp_type {
	HVB_TLP_MRD, HVB_TLP_MWR, HVB_TLP_CFGRD0, HVB_TLP_CFGWR0, HVB_TLP_FETCHADD, HVB_TLP_SWAP, HVB_TLP_CAS,
	HVB_TLP_CPL, HVB_TLP_CPLD,
	HVB_TLP_OTHER            /* anything this model neither makes nor serves */
};

enum hvb_cpl_status { HVB_CPL_SC = 0, HVB_CPL_UR = 1, HVB_CPL_CRS = 2, HVB_CPL_CA = 4 };

#define HVB_TLP_DATA_BYTES 16    /* payload that travels; see struct hvb_tlp */
#define HVB_TLP_DW0_POISON (1u << 14)

/* A header. Which fields count depends on the type; the others are 0 after parsing. */
struct hvb_tlp_head {
	enum hvb_tlp_type type;
	uint8_t tc;
	uint8_t attr;            /* 3 bits: ID-based ordering, relaxed ordering, no snoop */
	bool poisoned;           /* EP */
	uint16_t len;            /* DW: 1 to 1024 (0 for a completion without data) */
	uint16_t requester;      /* bus:device.function */
	uint16_t tag;            /* 10 bits */
	uint8_t first_be, last_be;
	uint64_t addr;           /* memory requests, AtomicOps: byte address, low two bits 0 */
	uint16_t target;         /* configuration requests: bus:device.function */
	uint16_t reg;            /* configuration requests: byte offset, low two bits 0 */
	uint16_t completer;      /* completions from here on */
	uint8_t status;          /* enum hvb_cpl_status */
	uint16_t bytes;          /* byte count still to come, 1 to 4096 */
	uint8_t low_addr;
};

/* Reads the header of any TLP; what is no known type becomes HVB_TLP_OTHER. Cannot fail, reads nothing else. */
void hvb_tlp_parse(const struct hvb_tlp *tlp, struct hvb_tlp_head *head);
/* Writes the header (memory addresses below 4 GiB get the 3 DW form, as the specification demands) and clears the
 * payload. HVB_TLP_OTHER gives a Type that is reserved. */
void hvb_tlp_build(const struct hvb_tlp_head *head, struct hvb_tlp *tlp);
/* A memory request of 1, 2, 4 or 8 bytes at addr, aligned to that: fills addr, len and byte enables. */
void hvb_tlp_span(struct hvb_tlp_head *head, uint64_t addr, unsigned bytes);
/* Puts such a request's value into the payload, or takes it out of a completion's: lanes by the address. */
void hvb_tlp_put(struct hvb_tlp *tlp, uint64_t addr, unsigned bytes, uint64_t value);
uint64_t hvb_tlp_get(const struct hvb_tlp *tlp, uint64_t addr, unsigned bytes);

/* True for what needs a completion. */
static inline bool hvb_tlp_nonposted(enum hvb_tlp_type type)
{
	return type != HVB_TLP_MWR && type != HVB_TLP_CPL && type != HVB_TLP_CPLD && type != HVB_TLP_OTHER;
}

static inline bool hvb_tlp_atomic(enum hvb_tlp_type type)
{
	return type == HVB_TLP_FETCHADD || type == HVB_TLP_SWAP || type == HVB_TLP_CAS;
}
#endif
