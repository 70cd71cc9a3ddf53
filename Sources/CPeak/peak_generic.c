// 128-bit vectors, and the choice between them and others.
#define BYTES 16
#define INTEGERS pk_integers_generic
#define FLOATS pk_floats_generic
#include "peak.h"

#if defined(__x86_64__)
uint64_t pk_integers_avx2(uint64_t rounds);
uint64_t pk_integers_avx_vnni(uint64_t rounds);
uint64_t pk_integers_avx512(uint64_t rounds);
uint64_t pk_floats_avx2(uint64_t rounds);
uint64_t pk_floats_avx512(uint64_t rounds);
#endif

uint64_t pk_integers(int vector_bytes, int are_bytes, uint64_t rounds) {
#if defined(__x86_64__)
  if (vector_bytes == 64) return pk_integers_avx512(rounds);
  if (vector_bytes == 32) return are_bytes ? pk_integers_avx_vnni(rounds) : pk_integers_avx2(rounds);
#endif
  (void)are_bytes;
  return pk_integers_generic(rounds);
}

uint64_t pk_floats(int vector_bytes, uint64_t rounds) {
#if defined(__x86_64__)
  if (vector_bytes == 64) return pk_floats_avx512(rounds);
  if (vector_bytes == 32) return pk_floats_avx2(rounds);
#endif
  return pk_floats_generic(rounds);
}
