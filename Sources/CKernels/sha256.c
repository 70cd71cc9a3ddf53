#include "ckernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

static int has_sha(void) {
  const unsigned leaf1_sse41 = 1u << 19, leaf7_sha = 1u << 29;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & leaf1_sse41)) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & leaf7_sha) != 0;
}

#define SHA __attribute__((target("sha,sse4.1")))

// Four rounds: the words of the schedule, and their constants.
SHA static inline __attribute__((always_inline)) void four_rounds(
    __m128i *abef, __m128i *cdgh, __m128i words, const uint32_t *constants) {
  __m128i sum = _mm_add_epi32(words, _mm_loadu_si128((const __m128i *)constants));
  *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
  sum = _mm_shuffle_epi32(sum, 0x0e);
  *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, sum);
}

// The next four words of the schedule after those of w, the oldest of which is w[i].
SHA static inline __attribute__((always_inline)) __m128i next_words(const __m128i *w, int i) {
  const __m128i middle = _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4);
  const __m128i first = _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]), middle);
  return _mm_sha256msg2_epu32(first, w[(i + 3) % 4]);
}

SHA static void hash_blocks(uint32_t *state, const uint8_t *blocks, size_t count, const uint32_t *constants) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  // The instructions want a, b, e, f and c, d, g, h together, the first one last.
  const __m128i dcba = _mm_loadu_si128((const __m128i *)state), hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
  const __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; count > 0; count--, blocks += 64) {
    const __m128i first = abef, second = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++)
      w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(blocks + 16 * i)), swap);
#pragma unroll
    for (int i = 0; i < 16; i++) {
      four_rounds(&abef, &cdgh, w[i % 4], constants + 4 * i);
      if (i < 12) w[i % 4] = next_words(w, i);
    }
    abef = _mm_add_epi32(abef, first);
    cdgh = _mm_add_epi32(cdgh, second);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

int ck_sha256(uint32_t *state, const uint8_t *blocks, size_t count, const uint32_t *constants) {
  // 0 not looked for, 1 there, 2 not there.
  static _Atomic int known;
  int has = atomic_load_explicit(&known, memory_order_relaxed);
  if (has == 0) {
    has = has_sha() ? 1 : 2;
    atomic_store_explicit(&known, has, memory_order_relaxed);
  }
  if (has == 1) hash_blocks(state, blocks, count, constants);
  return has == 1;
}
#else
int ck_sha256(uint32_t *state, const uint8_t *blocks, size_t count, const uint32_t *constants) {
  (void)state, (void)blocks, (void)count, (void)constants;
  return 0;
}
#endif
