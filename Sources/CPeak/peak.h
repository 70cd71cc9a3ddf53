// The inner loops for vectors of BYTES bytes. A file for each instruction set defines that and the names of both.
//
// Twelve sums stay in registers, as in the tiles of the kernels: six rows by two vectors of columns.
#include "cpeak.h"

#pragma STDC FP_CONTRACT OFF

typedef short shorts __attribute__((vector_size(BYTES)));
typedef int words __attribute__((vector_size(BYTES)));
typedef float floats __attribute__((vector_size(BYTES)));

enum { rows = 6, columns = 2 };

// What the compiler knows nothing about from here on, so that nothing is computed once for all rounds.
#if defined(__x86_64__)
#define UNKNOWN(vector) __asm__ volatile("" : "+x"(vector))
#elif defined(__aarch64__)
#define UNKNOWN(vector) __asm__ volatile("" : "+w"(vector))
#else
#define UNKNOWN(vector) __asm__ volatile("" : "+m"(vector))
#endif

static inline words add_products(words sum, shorts a, shorts b) {
#if defined(VNNI) && BYTES == 64
  return __builtin_ia32_vpdpbusd512(sum, (words)a, (words)b);
#elif defined(VNNI)
  return __builtin_ia32_vpdpbusd256(sum, (words)a, (words)b);
#elif defined(__x86_64__) && BYTES == 32
  return sum + (words)__builtin_ia32_pmaddwd256(a, b);
#elif defined(__x86_64__)
  return sum + (words)__builtin_ia32_pmaddwd128(a, b);
#else
  const words x = (words)a, y = (words)b;
  return sum + (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
#endif
}

uint64_t INTEGERS(uint64_t rounds) {
  words sum[rows][columns] = {{{0}}};
  shorts row = {1, 2, 3}, column[columns] = {{4, 5, 6}, {7, 8, 9}};
  for (uint64_t round = 0; round < rounds; round++)
    for (int r = 0; r < rows; r++) {
      UNKNOWN(row);
      for (int c = 0; c < columns; c++) sum[r][c] = add_products(sum[r][c], row, column[c]);
    }
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) UNKNOWN(sum[r][c]);
#if defined(VNNI)
  return rounds * rows * columns * BYTES;
#else
  return rounds * rows * columns * (BYTES / 2);
#endif
}

#if defined(FLOATS)
uint64_t FLOATS(uint64_t rounds) {
  floats sum[rows][columns] = {{{0}}};
  floats row = {1, 2, 3}, column[columns] = {{4, 5, 6}, {7, 8, 9}};
  for (uint64_t round = 0; round < rounds; round++)
    for (int r = 0; r < rows; r++) {
      UNKNOWN(row);
      for (int c = 0; c < columns; c++) sum[r][c] += row * column[c];
    }
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) UNKNOWN(sum[r][c]);
  return rounds * rows * columns * (BYTES / 4);
}
#endif
