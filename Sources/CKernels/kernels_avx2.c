#include "tables.h"

#if defined(CK_AVX2)
#define LANES 8
#define TABLE ck_table_avx2
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
