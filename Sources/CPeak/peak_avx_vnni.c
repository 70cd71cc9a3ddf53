// Vectors of 256 bits with products of bytes.
#if defined(__x86_64__)
#define VNNI
#define BYTES 32
#define INTEGERS pk_integers_avx_vnni
#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)
#include "peak.h"
#pragma clang attribute pop
#endif
