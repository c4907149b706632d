/* SPDX-License-Identifier: MIT */
/* The SynIC of a VP (TLFS 11.8): its registers, as calls and as MSRs, and how a change of them reaches the card. */
#include "internal.h"

#define MSR_SCONTROL 0x40000080u
#define MSR_SVERSION 0x40000081u
#define MSR_SIEFP 0x40000082u
#define MSR_SIMP 0x40000083u
#define MSR_EOM 0x40000084u
#define MSR_SINT0 0x40000090u

#define SYNIC_VERSION 1
#define ENABLE 1ull                     /* of SCONTROL, SIEFP */
#define SINT_VECTOR 0xffull
#define SINT_MASKED (1ull << 16)
#define SINT_AUTO_EOI (1ull << 17)
#define SINT_POLLING (1ull << 18)
#define SINT_DEFINED (SINT_VECTOR | SINT_MASKED | SINT_AUTO_EOI | SINT_POLLING)
#define VECTOR_MIN 16                   /* below are the processor's exceptions */

unsigned hvl_sint_state(const struct vp *vp, unsigned sint)
{
	if (!vp || vp->gone)
		return HVB_WSTATE_NOVP;
	if (sint >= HVBELL_SINTS || !(vp->scontrol & ENABLE) || !vp->usable)
		return HVB_WSTATE_OFF;
	/* masked and polling counts as polling */
	return (vp->sint[sint] & SINT_MASKED) && !(vp->sint[sint] & SINT_POLLING) ? HVB_WSTATE_OFF : HVB_WSTATE_ON;
}

static void update_rings(hvbell_card *card, struct vp *vp, bool add)
{
	for (struct port *port = vp->partition->ports; port; port = port->next)
		if (port->any)
			hvl_ring_update(card, port, add);
}

static bool accepts(uint64_t attributes)
{
	return HVL_GET(WORD_ATTR_STATE, attributes) == HVB_WSTATE_ON;
}

/* Before the drain: words that shall refuse do so, with their old address and vector for what is still pending; words
 * that go on accepting get their new record at once, since no signal may meet a refusal that neither state gives. */
static bool lower(hvbell_card *card, const struct port *port, struct run *run)
{
	uint64_t address, attributes;

	hvl_run_record(port, run, &address, &attributes);
	if (!accepts(run->attributes) || (address == run->address && attributes == run->attributes))
		return false;
	if (!accepts(attributes)) {
		address = run->address;
		attributes = (run->attributes & ~HVB_WORD_ATTR_STATE_MASK) | (attributes & HVB_WORD_ATTR_STATE_MASK);
	}
	hvl_run_write(card, port, run, address, attributes);
	return true;
}

static void settle(hvbell_card *card, const struct port *port, struct run *run)
{
	uint64_t address, attributes;

	hvl_run_record(port, run, &address, &attributes);
	if (address != run->address || attributes != run->attributes)
		hvl_run_write(card, port, run, address, attributes);
}

void hvl_vp_apply(hvbell_card *card, struct vp *vp, bool discard)
{
	bool lowered = hvl_homes_place(card, vp) || discard;

	update_rings(card, vp, false);
	for (struct port *port = vp->partition->ports; port; port = port->next)
		for (struct run *run = port->runs; run; run = run->next)
			if (run->vp == vp)
				lowered = lower(card, port, run) || lowered;
	if (discard)
		hvl_put(card, HVB_R_VP_CTRL, HVL_FIELD(VP_CTRL_VP, vp->number) | HVL_FIELD(VP_CTRL_OFF, 1));
	if (lowered)
		hvl_drain(card, vp->number, vp->number);
	for (struct port *port = vp->partition->ports; port; port = port->next)
		for (struct run *run = port->runs; run; run = run->next)
			if (run->vp == vp)
				settle(card, port, run);
	update_rings(card, vp, true);
}

static int set_scontrol(hvbell_card *card, struct vp *vp, uint64_t value)
{
	vp->scontrol = value;
	hvl_vp_apply(card, vp, false);
	return 0;
}

static int set_siefp(hvbell_card *card, struct vp *vp, uint64_t value)
{
	uint64_t before = vp->siefp;
	int err;

	vp->siefp = value;
	err = hvl_sief_update(card, vp);
	if (err)
		vp->siefp = before;
	return err;
}

static int set_sint(hvbell_card *card, struct vp *vp, unsigned sint, uint64_t value)
{
	uint32_t bit = 1u << sint;

	vp->sint[sint] = value;
	if (value & SINT_POLLING)
		__atomic_fetch_or(&vp->polling, bit, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&vp->polling, ~bit, __ATOMIC_RELAXED);
	hvl_vp_apply(card, vp, false);
	return 0;
}

/* What a guest may write. The host places any vector, as a restore does. */
static bool sint_legal(uint64_t value)
{
	return (value & SINT_MASKED) || (value & SINT_VECTOR) >= VECTOR_MIN;
}

int hvbell_set_scontrol(hvbell_card *card, uint64_t partition, uint32_t index, bool enable)
{
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	if (!vp)
		return hvl_end(card, -ENOENT);
	return hvl_end(card, set_scontrol(card, vp, (vp->scontrol & ~ENABLE) | (enable ? ENABLE : 0)));
}

int hvbell_set_siefp(hvbell_card *card, uint64_t partition, uint32_t index, bool enable, uint64_t gpa)
{
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	if (gpa % HVBELL_SIEF_BYTES)
		return hvl_end(card, hvl_fail(card, -EINVAL, "", "SIEFP base 0x%llx is not page aligned",
					      (unsigned long long)gpa));
	vp = hvl_vp_find(card, partition, index);
	return hvl_end(card, vp ? set_siefp(card, vp, gpa | (enable ? ENABLE : 0)) : -ENOENT);
}

int hvbell_set_sint(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint,
		    const struct hvbell_sint *value)
{
	uint64_t raw = value->vector | (value->masked ? SINT_MASKED : 0) | (value->auto_eoi ? SINT_AUTO_EOI : 0) |
		       (value->polling ? SINT_POLLING : 0);
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	if (sint >= HVBELL_SINTS)
		return hvl_end(card, hvl_fail(card, -EINVAL, "use 0 to 15", "no SINT %u", sint));
	vp = hvl_vp_find(card, partition, index);
	return hvl_end(card, vp ? set_sint(card, vp, sint, (vp->sint[sint] & ~SINT_DEFINED) | raw) : -ENOENT);
}

int hvbell_get_sint(hvbell_card *card, uint64_t partition, uint32_t index, unsigned sint, struct hvbell_sint *value)
{
	const struct vp *vp;
	int err = 0;

	pthread_mutex_lock(&card->lock);
	vp = hvl_vp_find(card, partition, index);
	if (!vp)
		err = -ENOENT;
	else if (sint >= HVBELL_SINTS)
		err = hvl_fail(card, -EINVAL, "", "no SINT %u", sint);
	else
		*value = (struct hvbell_sint){ .vector = (uint8_t)(vp->sint[sint] & SINT_VECTOR),
			.masked = vp->sint[sint] & SINT_MASKED, .auto_eoi = vp->sint[sint] & SINT_AUTO_EOI,
			.polling = vp->sint[sint] & SINT_POLLING };
	pthread_mutex_unlock(&card->lock);
	return err;
}

/* Reserved bits (RsvdP) are kept as written. */
static int write_msr(hvbell_card *card, struct vp *vp, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_SCONTROL:
		return set_scontrol(card, vp, value);
	case MSR_SIEFP:
		return set_siefp(card, vp, value);
	case MSR_SIMP:
		vp->simp = value;
		return 0;
	case MSR_EOM:
		return 0;
	}
	if (msr < MSR_SINT0 || msr >= MSR_SINT0 + HVBELL_SINTS || !sint_legal(value))
		return HVBELL_FAULT_GP;
	return set_sint(card, vp, msr - MSR_SINT0, value);
}

int hvbell_wrmsr(hvbell_card *card, uint64_t partition, uint32_t index, uint32_t msr, uint64_t value)
{
	struct vp *vp;
	int err = hvl_begin(card);

	if (err)
		return err;
	vp = hvl_vp_find(card, partition, index);
	return hvl_end(card, vp ? write_msr(card, vp, msr, value) : -ENOENT);
}

static int read_msr(const struct vp *vp, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_SCONTROL:
		*value = vp->scontrol;
		return 0;
	case MSR_SVERSION:
		*value = SYNIC_VERSION;
		return 0;
	case MSR_SIEFP:
		*value = vp->siefp;
		return 0;
	case MSR_SIMP:
		*value = vp->simp;
		return 0;
	case MSR_EOM:
		*value = 0;
		return 0;
	}
	if (msr < MSR_SINT0 || msr >= MSR_SINT0 + HVBELL_SINTS)
		return HVBELL_FAULT_GP;
	*value = vp->sint[msr - MSR_SINT0];
	return 0;
}

int hvbell_rdmsr(hvbell_card *card, uint64_t partition, uint32_t index, uint32_t msr, uint64_t *value)
{
	const struct vp *vp;
	int result;

	pthread_mutex_lock(&card->lock);
	vp = hvl_vp_find(card, partition, index);
	result = vp ? read_msr(vp, msr, value) : -ENOENT;
	pthread_mutex_unlock(&card->lock);
	return result;
}
