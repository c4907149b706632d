/* SPDX-License-Identifier: MIT */
/*
 * Access to a mapped region of a card. Each accessor is one TLP, which the compiler may neither split, join, repeat nor
 * leave out: one relaxed atomic access of exactly that size, to an address aligned to it. Registers are little-endian.
 *
 * Mapped registers are uncached, so accesses of one thread to one card keep their order without more. What orders them
 * against memory are the two barriers, each named for what it is there for.
 */
#ifndef HVB_MMIO_H
#define HVB_MMIO_H
#include <endian.h>
#include <stdint.h>

_Static_assert(__atomic_always_lock_free(8, 0), "a 64-bit register access must be one instruction");
_Static_assert(__atomic_always_lock_free(4, 0), "a 32-bit register access must be one instruction");

/* One posted memory write of 8 bytes. */
static inline void hvb_mmio_write64(uint64_t *reg, uint64_t value)
{
	__atomic_store_n(reg, htole64(value), __ATOMIC_RELAXED);
}

/* One posted memory write of 4 bytes. */
static inline void hvb_mmio_write32(uint32_t *reg, uint32_t value)
{
	__atomic_store_n(reg, htole32(value), __ATOMIC_RELAXED);
}

/* One memory read of 8 bytes; waits for its completion, and so for every write to the card before it. */
static inline uint64_t hvb_mmio_read64(const uint64_t *reg)
{
	return le64toh(__atomic_load_n(reg, __ATOMIC_RELAXED));
}

/* One memory read of 4 bytes, likewise. */
static inline uint32_t hvb_mmio_read32(const uint32_t *reg)
{
	return le32toh(__atomic_load_n(reg, __ATOMIC_RELAXED));
}

/* Between stores to memory that the card will access and the register write that tells it to. */
static inline void hvb_memory_before_doorbell(void)
{
#if defined(__aarch64__)
	__asm__ __volatile__("dmb oshst" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
	__asm__ __volatile__("" ::: "memory");   /* stores to memory pass before uncached ones */
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* Between a register read that says the card has written memory and the loads of that memory. */
static inline void hvb_status_before_memory(void)
{
#if defined(__aarch64__)
	__asm__ __volatile__("dmb oshld" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
	__asm__ __volatile__("" ::: "memory");   /* loads keep their order */
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
#endif
