// 256-bit vectors with products of bytes.
#include "tables.h"

#if defined(CK_AVX2) && CK_VNNI
#define LANES 8
#define VNNI
#define TABLE ck_table_avx_vnni
#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
