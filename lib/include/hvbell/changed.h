/* SPDX-License-Identifier: MIT */
/* Which SIEF words of a SINT have flags: included by hvbell.h. */
#ifndef HVBELL_CHANGED_H
#define HVBELL_CHANGED_H
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>

/* Of 16 words, those that are 0. Signed saturation makes a lane half as wide and keeps it from becoming 0: three rounds
 * leave a byte of each word. */
__attribute__((no_sanitize("thread")))
static inline uint32_t hvbell_unchanged(const uint64_t *words)
{
	const __m128i *v = (const __m128i *)(const void *)words;
	__m128i a = _mm_packs_epi16(_mm_packs_epi32(v[0], v[1]), _mm_packs_epi32(v[2], v[3]));
	__m128i b = _mm_packs_epi16(_mm_packs_epi32(v[4], v[5]), _mm_packs_epi32(v[6], v[7]));

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_packs_epi16(a, b), _mm_setzero_si128()));
}
#endif

/*
 * The summary of a SINT's 32 SIEF words (TLFS 11.8, SIEF Page): bit w is set where words[w] has a flag. They are
 * aligned as in their page, at least to 16. With SSE2 thirty instructions, whichever words have flags. A look, not a
 * claim: who takes a flag does it with a locked operation. Wait-free, any thread.
 */
__attribute__((no_sanitize("thread")))
static inline uint32_t hvbell_changed(const uint64_t *words)
{
#ifdef __SSE2__
	__atomic_signal_fence(__ATOMIC_SEQ_CST);        /* each call looks anew */
	return ~(hvbell_unchanged(words) | hvbell_unchanged(words + 16) << 16);
#else
	uint32_t changed = 0;

	for (unsigned w = 0; w < 32; w++)
		changed |= (uint32_t)(__atomic_load_n(&words[w], __ATOMIC_RELAXED) != 0) << w;
	return changed;
#endif
}
#endif
