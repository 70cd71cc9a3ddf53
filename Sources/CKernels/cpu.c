#include "tables.h"

#if defined(CK_AVX2)
#include <cpuid.h>

// Which register halves the system saves when it switches tasks.
static unsigned saved_state(void) {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// What bits of the second and third word of leaf 7 say, where the first one has AVX and the system keeps `state`.
static int has(unsigned state, unsigned leaf7_b, unsigned leaf7_c) {
  const unsigned osxsave = 1u << 27, avx = 1u << 28;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & (osxsave | avx)) != (osxsave | avx)) return 0;
  if ((saved_state() & state) != state) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & leaf7_b) == leaf7_b && (c & leaf7_c) == leaf7_c;
}

enum { avx2 = 1 << 5, vectors_256 = 6 };

int ck_has_avx2(void) { return has(vectors_256, avx2, 0); }

#if CK_VNNI
int ck_has_avx_vnni(void) {
  unsigned a, b, c, d;
  return ck_has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && a & 1 << 4;
}

int ck_has_avx512(void) {
  const unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31, vnni = 1 << 11, vectors_512 = 0xe6;
  return has(vectors_512, avx2 | f | dq | bw | vl, vnni);
}
#endif
#endif
