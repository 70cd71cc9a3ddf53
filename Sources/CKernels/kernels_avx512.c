// 512-bit vectors with products of bytes.
#include "tables.h"

#if defined(CK_AVX2) && CK_VNNI
#define LANES 16
#define VNNI
#define TABLE ck_table_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), \
                             apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
