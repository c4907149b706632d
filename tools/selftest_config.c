/* SPDX-License-Identifier: MIT */
/* Steps of a selftest: configuration space, what the card says it is, and that both say the same. */
#include "selftest.h"

enum {
	CONFIG_BYTES = 4096, CAPABILITIES = 0x34, CAPABILITIES_FIRST = 0x40, CAPABILITIES_END = 0x100,
	CAP_MSIX = 0x11, CAP_PCIE = 0x10, EXTENDED_VENDOR = 0x0b,
	STATUS_CAPABILITIES = 1 << 20,                          /* of the DW with Command */
	COMMAND_MEMORY = 1 << 1, COMMAND_MASTER = 1 << 2,
	DEVCAP = 0x04, DEVCAP_FLR = 1 << 28, DEVCAP2 = 0x24, DEVCAP2_COMPLETER = 3 << 7, DEVCTL2 = 0x28,
	DEVCTL2_REQUESTER = 1 << 6,
	MSIX_SIZE_SHIFT = 16, MSIX_SIZE = 0x7ff, MSIX_TABLE = 4, MSIX_PBA = 8,
	VSEC_LENGTH = 28, VSEC_REVISION = 1,
	CLASS = 0x08, REVISION_BLOCK = 2, /* configuration space is that of an FPGA's PCIe block */
	SLOT_UNUSED = 0xf8,      /* of a doorbell slot: nothing is there */
};

static const char right[] = "is this the right card, programmed with the right image?";
static const char image[] = "program the card anew: its parts do not match";

bool st_identity(struct selftest *t)
{
	uint32_t id = st_config(t, 0);
	unsigned vendor = id & 0xffff, device = id >> 16;
	uint64_t magic;

	t->strange = true;
	if (!t->err && (vendor == 0 || vendor == 0xffff))
		return st_bad(t, "is the card there, and its link up?", "a vendor and a device id", "%04x:%04x", vendor,
			      device);
	magic = st_get(t, HVB_R_MAGIC);
	if (!st_equal(t, right, ST_GET(MAGIC_MAGIC, magic), HVB_MAGIC, "the first word of BAR0 of %04x:%04x", vendor,
		      device) ||
	    !st_equal(t, "take the program of the card's version", ST_GET(MAGIC_VERSION, magic) >> 16,
		      HVB_VERSION >> 16, "the major version of the register map"))
		return false;
	t->strange = false;
	return st_good(t, "%04x:%04x, register map %u.%u", vendor, device, ST_GET(MAGIC_VERSION, magic) >> 16,
		       ST_GET(MAGIC_VERSION, magic) & 0xffff);
}

bool st_first_reset(struct selftest *t)
{
	uint64_t start = st_now();

	return st_reset(t) && st_good(t, "done after %llu ms", (unsigned long long)(st_now() - start));
}

bool st_sizes(struct selftest *t)
{
	uint64_t sizes = st_get(t, HVB_R_PARAMS0), more = st_get(t, HVB_R_PARAMS1), pages = st_get(t, HVB_R_PARAMS2);
	unsigned irqs = 0;

	t->partitions = ST_GET(PARAMS0_PARTITIONS, sizes);
	t->rows = ST_GET(PARAMS0_CONN_ROWS, sizes);
	t->words = ST_GET(PARAMS0_WORDS, sizes);
	t->vectors = ST_GET(PARAMS1_VECTORS, more);
	t->vps = ST_GET(PARAMS1_VPS, more);
	t->groups = ST_GET(PARAMS1_GROUPS, more);
	t->page_shift = ST_GET(PARAMS2_PAGE_SHIFT, pages);
	t->elements = ST_GET(PARAMS2_LIST_ELEMS, pages);
	if (t->partitions < 2 || t->partitions > 128 || t->rows < 2 || (t->rows & (t->rows - 1)) || t->words < 4 ||
	    t->words > 4096 || t->vectors < 1 || t->vectors > 2048 || t->vps < 2 || t->vps > 1024 ||
	    t->page_shift < 12 || t->page_shift > 24) {
		t->strange = true;
		return st_bad(t, right, "sizes within the register map", "PARAMS 0x%llx 0x%llx 0x%llx",
			      (unsigned long long)sizes, (unsigned long long)more, (unsigned long long)pages);
	}
	if (t->dev->ops->irq_count(t->dev, HVB_IRQ_MSIX, &irqs) || irqs < t->vectors) {
		t->strange = true;
		return st_bad(t, "does the host give a device so many MSI-X vectors?", "an interrupt for each vector",
			      "%u interrupts for %u vectors", irqs, t->vectors);
	}
	return st_good(t, "%u partitions, %u words, %u VPs, %u vectors", t->partitions, t->words, t->vps, t->vectors);
}

/* Finds the two capabilities that count. False where the list leads out of its place or into itself. */
static bool walk(struct selftest *t, unsigned *count)
{
	bool seen[CAPABILITIES_END / 4] = { false };
	unsigned at = st_config(t, CAPABILITIES) & 0xff;

	for (*count = 0; at != 0; ++*count) {
		uint32_t head;

		if (at < CAPABILITIES_FIRST || (at & 3) || seen[at / 4])
			return st_bad(t, image, "a list that ends", "capability %u stands at 0x%x", *count, at);
		seen[at / 4] = true;
		head = st_config(t, at);
		if ((head & 0xff) == CAP_MSIX)
			t->msix = at;
		if ((head & 0xff) == CAP_PCIE)
			t->pcie = at;
		at = head >> 8 & 0xff;
	}
	return !t->err;
}

/* An FPGA's PCIe block has capabilities of its own: not the card's, and not every one can reset a function. */
static bool of_a_block(struct selftest *t)
{
	return (st_config(t, CLASS) & 0xff) == REVISION_BLOCK;
}

bool st_capabilities(struct selftest *t)
{
	unsigned count, table;
	uint32_t pcie;

	if (!(st_config(t, 4) & STATUS_CAPABILITIES))
		return st_bad(t, image, "a capability list", "Status says there is none");
	if (!walk(t, &count))
		return false;
	if (!t->msix || !t->pcie)
		return st_bad(t, image, "MSI-X and PCI Express", "%u capabilities, without %s", count,
			      t->msix ? "PCI Express" : "MSI-X");
	table = (st_config(t, t->msix) >> MSIX_SIZE_SHIFT & MSIX_SIZE) + 1;
	pcie = st_config(t, t->pcie + DEVCAP);
	if (!st_equal(t, image, table, t->vectors, "the size of the MSI-X table") ||
	    !st_equal(t, image, st_config(t, t->msix + MSIX_TABLE), HVB_BAR_MSIX, "the place of the MSI-X table") ||
	    !st_equal(t, image, st_config(t, t->msix + MSIX_PBA), HVB_BAR_MSIX | HVB_PBA_OFFSET,
		      "the place of the pending bits"))
		return false;
	if (!(pcie & DEVCAP_FLR) && !of_a_block(t))
		return st_bad(t, image, "function level reset", "Device Capabilities 0x%08x", pcie);
	if ((st_config(t, t->pcie + DEVCAP2) & DEVCAP2_COMPLETER) != DEVCAP2_COMPLETER)
		return st_bad(t, "is it behind a switch or an emulation that hides it?",
			      "AtomicOp completer of 32 and 64 bits", "Device Capabilities 2 0x%08x",
			      st_config(t, t->pcie + DEVCAP2));
	return st_good(t, "%u; MSI-X of %u, %sAtomicOp completer", count, table,
		       pcie & DEVCAP_FLR ? "function level reset, " : "");
}

/* The extended capabilities: where the card's own stands; 0 (said) where it does not. */
static unsigned find_own(struct selftest *t)
{
	bool seen[CONFIG_BYTES / 4] = { false };

	for (unsigned at = CAPABILITIES_END; at; ) {
		uint32_t head;

		if (at < CAPABILITIES_END || (at & 3) || seen[at / 4]) {
			st_bad(t, image, "a list that ends", "an extended capability at 0x%x", at);
			return 0;
		}
		seen[at / 4] = true;
		head = st_config(t, at);
		if (t->err || head == UINT32_MAX)
			break;
		if ((head & 0xffff) == EXTENDED_VENDOR && (st_config(t, at + 4) & 0xffff) == HVB_VSEC_ID)
			return at;
		at = head >> 20;
	}
	st_bad(t, "in a virtual machine, put the card on a PCI Express port", "extended capability 0x5d5d",
	       "there is none");
	return 0;
}

bool st_vendor_specific(struct selftest *t)
{
	unsigned at;

	if (of_a_block(t))
		return st_good(t, "none: configuration space is that of the FPGA's PCIe block");
	at = find_own(t);
	if (!at)
		return false;
	if (!st_equal(t, image, st_config(t, at + 4), HVB_VSEC_ID | VSEC_REVISION << 16 | VSEC_LENGTH << 20,
		      "its header") ||
	    !st_equal(t, image, st_config(t, at + 8), HVB_MAGIC, "its first word") ||
	    !st_equal(t, image, st_config(t, at + 12), st_get(t, HVB_R_MAGIC) >> 32, "its version") ||
	    !st_equal(t, image, st_config(t, at + 16), t->partitions | t->vectors << 16, "partitions and vectors") ||
	    !st_equal(t, image, st_config(t, at + 20), ST_GET(PARAMS2_CONNECTIONS, st_get(t, HVB_R_PARAMS2)),
		      "connections") ||
	    !st_equal(t, image, st_config(t, at + 24), t->words, "words"))
		return false;
	return st_good(t, "at 0x%x, says what BAR0 says", at);
}

bool st_switches(struct selftest *t)
{
	uint32_t command = st_config(t, 4), control = t->pcie ? st_config(t, t->pcie + DEVCTL2) : 0;
	uint64_t state = st_get(t, HVB_R_STATE);

	if ((command & (COMMAND_MEMORY | COMMAND_MASTER)) != (COMMAND_MEMORY | COMMAND_MASTER))
		return st_bad(t, "close every other user of the card", "memory space and bus master on",
			      "Command 0x%04x", command & 0xffff);
	if (!(control & DEVCTL2_REQUESTER) || !(state & HVB_STATE_ATOMIC_EN_MASK))
		return st_bad(t, "the path to the card must route AtomicOps (switches, root port)",
			      "AtomicOp requester on", "Device Control 2 0x%04x, STATE 0x%llx", control & 0xffff,
			      (unsigned long long)state);
	return st_good(t, "memory space, bus master, AtomicOp requester on");
}

bool st_regions(struct selftest *t)
{
	static const unsigned regions[] = { HVB_REGION_BAR0, HVB_REGION_BAR2, HVB_REGION_BAR4 };
	const uint64_t wanted[] = { 0x10000, (uint64_t)t->partitions << t->page_shift, 0x10000 };
	bool mapped = false;

	for (unsigned n = 0; n < 3; n++) {
		struct hvb_region region = { 0 };

		t->dev->ops->region_info(t->dev, regions[n], &region);
		if (region.size < wanted[n])
			return st_bad(t, image, "BARs as large as what they hold", "BAR%u of 0x%llx bytes, not 0x%llx",
				      regions[n], (unsigned long long)region.size, (unsigned long long)wanted[n]);
		mapped |= regions[n] == HVB_REGION_BAR2 && (region.flags & HVB_REGION_CAN_MAP);
	}
	if (!st_equal(t, image, st_slot_get(t, 0, SLOT_UNUSED), 0, "doorbell page, where nothing is"))
		return false;
	return st_good(t, "all there, doorbells %s", mapped ? "mapped" : "not mapped");
}
