// Vectors of 512 bits with products of bytes.
#if defined(__x86_64__)
#define VNNI
#define BYTES 64
#define INTEGERS pk_integers_avx512
#define FLOATS pk_floats_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vnni"))), apply_to = function)
#include "peak.h"
#pragma clang attribute pop
#endif
