#include "cpeak.h"

#include <time.h>

#pragma STDC FP_CONTRACT OFF

enum { sums = 12, rounds = 20000 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// The empty assembly keeps the compiler from taking the product out of the loop.
#define PEAK(NAME, LANES, HOLD)                                                   \
  static double NAME(void) {                                                      \
    typedef float vector __attribute__((vector_size(4 * LANES)));                 \
    vector sum[sums] = {0}, a = (vector){0} + 1e-9f, b = a;                       \
    double start = seconds();                                                     \
    for (int round = 0; round < rounds; round++)                                  \
      for (int i = 0; i < sums; i++) {                                            \
        __asm__ volatile("" : HOLD(a));                                           \
        sum[i] += a * b;                                                          \
      }                                                                           \
    double time = seconds() - start;                                              \
    for (int i = 0; i < sums; i++) __asm__ volatile("" : HOLD(sum[i]));           \
    return 2.0 * sums * LANES * rounds / time * 1e-9;                             \
  }

#if defined(__x86_64__)
PEAK(peak4, 4, "+x")
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
PEAK(peak8, 8, "+x")
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
PEAK(peak16, 16, "+v")
#pragma clang attribute pop
double peak_gflops(int lanes) { return lanes == 16 ? peak16() : lanes == 8 ? peak8() : peak4(); }
#else
PEAK(peak4, 4, "+w")
double peak_gflops(int lanes) {
  (void)lanes;
  return peak4();
}
#endif
