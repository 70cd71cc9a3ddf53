// The tables of the vectors that this kind of processor may have.
#pragma once
#include "ckernels.h"

// A runner without float networks is built with CK_PLAIN; without 128-bit vectors, the families would only be long.
#if !defined(CK_PLAIN) && !defined(__arm__)
#define CK_VECTORS
extern const struct ck_table ck_table_generic;
#endif

#if defined(__x86_64__) && defined(CK_VECTORS)
#define CK_AVX2
extern const struct ck_table ck_table_avx2;

// Whether processor and system keep 256-bit vectors with AVX2.
int ck_has_avx2(void);
#endif
