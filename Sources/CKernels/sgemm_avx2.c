#if defined(__x86_64__)
#define LANES 8
#define SGEMM ck_sgemm_avx2
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "sgemm.h"
#pragma clang attribute pop
#endif
