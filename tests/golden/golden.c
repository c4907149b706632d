/* SPDX-License-Identifier: MIT */
/* Golden model: partitions, virtual processors and their SynIC registers. */
#include <string.h>
#include "golden.h"

void golden_clear(struct golden *g)
{
	memset(g, 0, sizeof(*g));
}

struct golden_partition *golden_partition(struct golden *g, uint64_t id)
{
	for (int i = 0; i < GOLDEN_PARTITIONS; i++)
		if (g->partition[i].used && g->partition[i].id == id)
			return &g->partition[i];
	return NULL;
}

struct golden_vp *golden_vp(struct golden *g, uint64_t partition, uint32_t vp)
{
	struct golden_partition *p = golden_partition(g, partition);

	if (!p)
		return NULL;
	for (int i = 0; i < GOLDEN_VPS; i++)
		if (p->vp[i].used && p->vp[i].index == vp)
			return &p->vp[i];
	return NULL;
}

bool golden_partition_add(struct golden *g, uint64_t id, enum golden_state state, uint64_t privileges)
{
	if (golden_partition(g, id))
		return false;
	for (int i = 0; i < GOLDEN_PARTITIONS; i++) {
		struct golden_partition *p = &g->partition[i];

		if (p->used)
			continue;
		memset(p, 0, sizeof(*p));
		p->used = true;
		p->id = id;
		p->state = state;
		p->privileges = privileges;
		return true;
	}
	return false;
}

#define SINT_MASKED (1ull << 16)
#define SINT_AUTO_EOI (1ull << 17)
#define SINT_POLLING (1ull << 18)
#define SINT_DEFINED 0x700ffull

/* What a VP is born with and what a reset leaves: everything off and clear, every SINT masked. */
static void reset_registers(struct golden_vp *vp)
{
	vp->scontrol = vp->siefp = vp->simp = 0;
	memset(vp->sief, 0, sizeof(vp->sief));
	for (int s = 0; s < 16; s++)
		vp->sint[s] = SINT_MASKED;
}

bool golden_vp_add(struct golden *g, uint64_t partition, uint32_t vp)
{
	struct golden_partition *p = golden_partition(g, partition);

	if (!p || golden_vp(g, partition, vp))
		return false;
	for (int i = 0; i < GOLDEN_VPS; i++) {
		if (p->vp[i].used)
			continue;
		memset(&p->vp[i], 0, sizeof(p->vp[i]));
		p->vp[i].used = true;
		p->vp[i].index = vp;
		reset_registers(&p->vp[i]);
		golden_find_candidates(g);
		return true;
	}
	return false;
}

bool golden_vp_remove(struct golden *g, uint64_t partition, uint32_t vp)
{
	struct golden_vp *v = golden_vp(g, partition, vp);

	if (!v)
		return false;
	v->used = false;
	golden_find_candidates(g);
	return true;
}

bool golden_vp_reset(struct golden *g, uint64_t partition, uint32_t vp)
{
	struct golden_vp *v = golden_vp(g, partition, vp);

	if (!v)
		return false;
	reset_registers(v);
	golden_find_candidates(g);
	return true;
}

bool golden_set_scontrol(struct golden *g, uint64_t partition, uint32_t vp, bool enable)
{
	struct golden_vp *v = golden_vp(g, partition, vp);

	if (!v)
		return false;
	v->scontrol = (v->scontrol & ~1ull) | enable;
	golden_find_candidates(g);
	return true;
}

bool golden_set_siefp(struct golden *g, uint64_t partition, uint32_t vp, bool enable, uint64_t gpa)
{
	struct golden_vp *v = golden_vp(g, partition, vp);

	if (!v)
		return false;
	v->siefp = gpa | enable;
	golden_find_candidates(g);
	return true;
}

/* What a guest may write; a state that is placed may be any. */
static bool legal(uint64_t sint)
{
	return (sint & SINT_MASKED) || (sint & 0xff) >= 16;
}

bool golden_set_sint(struct golden *g, uint64_t partition, uint32_t vp, uint32_t sint, struct golden_sint value)
{
	struct golden_vp *v = golden_vp(g, partition, vp);
	uint64_t raw = value.vector | (value.masked ? SINT_MASKED : 0) | (value.auto_eoi ? SINT_AUTO_EOI : 0) |
		       (value.polling ? SINT_POLLING : 0);

	if (!v || sint > 15)
		return false;
	v->sint[sint] = (v->sint[sint] & ~SINT_DEFINED) | raw;
	golden_find_candidates(g);
	return true;
}

struct golden_sint golden_sint(const struct golden_vp *vp, uint32_t sint)
{
	uint64_t raw = vp->sint[sint];

	return (struct golden_sint){ .vector = raw & 0xff, .masked = raw & SINT_MASKED, .auto_eoi = raw & SINT_AUTO_EOI,
				     .polling = raw & SINT_POLLING };
}

/* The register behind an MSR number; NULL: none that holds a value. */
static uint64_t *msr_register(struct golden_vp *v, uint32_t msr)
{
	switch (msr) {
	case 0x40000080: return &v->scontrol;
	case 0x40000082: return &v->siefp;
	case 0x40000083: return &v->simp;
	default: return msr >= 0x40000090 && msr <= 0x4000009f ? &v->sint[msr - 0x40000090] : NULL;
	}
}

bool golden_wrmsr(struct golden *g, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t value)
{
	uint64_t *to = msr_register(golden_vp(g, partition, vp), msr);

	if (msr == 0x40000084)                          /* EOM concerns messages */
		return true;
	if (!to || (msr >= 0x40000090 && !legal(value)))        /* SVERSION among them: read-only */
		return false;
	*to = value;
	golden_find_candidates(g);
	return true;
}

bool golden_rdmsr(struct golden *g, uint64_t partition, uint32_t vp, uint32_t msr, uint64_t *value)
{
	const uint64_t *from = msr_register(golden_vp(g, partition, vp), msr);

	if (msr == 0x40000081 || msr == 0x40000084)     /* SVERSION, EOM */
		*value = msr == 0x40000081;
	else if (from)
		*value = *from;
	else
		return false;
	return true;
}

/* Sixteen slots of 256 bytes, one for each SINT. */
bool golden_flag(const struct golden_vp *vp, uint32_t sint, uint32_t flag)
{
	return vp->sief[256 * sint + flag / 8] >> (flag % 8) & 1;
}

void golden_set_flag(struct golden_vp *vp, uint32_t sint, uint32_t flag, bool set)
{
	uint8_t *byte = &vp->sief[256 * sint + flag / 8];
	uint8_t mask = (uint8_t)(1u << flag % 8);

	*byte = (uint8_t)(set ? *byte | mask : *byte & ~mask);
}
