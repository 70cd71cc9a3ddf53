#include "tables.h"

#if defined(CK_AVX2)
#include <cpuid.h>

// Which register halves the system saves when it switches tasks.
static unsigned saved_state(void) {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

int ck_has_avx2(void) {
  const unsigned osxsave = 1u << 27, avx = 1u << 28, leaf7_avx2 = 1u << 5, vectors = 6;
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & (osxsave | avx)) != (osxsave | avx)) return 0;
  if ((saved_state() & vectors) != vectors) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & leaf7_avx2);
}
#endif
