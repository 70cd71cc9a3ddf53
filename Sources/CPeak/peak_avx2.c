#if defined(__x86_64__)
#define BYTES 32
#define INTEGERS pk_integers_avx2
#define FLOATS pk_floats_avx2
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "peak.h"
#pragma clang attribute pop
#endif
