// The tables of the vectors that this kind of processor may have.
#pragma once
#include "ckernels.h"

extern const struct ck_table ck_table_generic;

#if defined(__x86_64__)
extern const struct ck_table ck_table_avx2;

// Whether processor and system keep 256-bit vectors with AVX2.
int ck_has_avx2(void);
#endif
