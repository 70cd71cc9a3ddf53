// The tables of the vectors that this kind of processor may have.
#pragma once
#include "ckernels.h"

// Families that the tables have; a runner is built with 0 for those that its plan does not call.
#ifndef CK_TILES
#define CK_TILES 1
#endif
#ifndef CK_DEPTHWISE8
#define CK_DEPTHWISE8 1
#endif
#ifndef CK_UPDATE8
#define CK_UPDATE8 1
#endif
#ifndef CK_ELEMENTS8
#define CK_ELEMENTS8 1
#endif
#ifndef CK_SGEMM
#define CK_SGEMM 1
#endif
#ifndef CK_DEPTHWISE
#define CK_DEPTHWISE 1
#endif
#ifndef CK_DEPTHWISE_DX
#define CK_DEPTHWISE_DX 1
#endif
#ifndef CK_DEPTHWISE_DW
#define CK_DEPTHWISE_DW 1
#endif

#ifndef CK_MASKS
#define CK_MASKS 1
#endif

// Tables beside that of AVX2; a runner is built with 0 where nobody asked for them.
#ifndef CK_VNNI
#define CK_VNNI 1
#endif

// Without 128-bit vectors, the families would only be long.
#define CK_INTEGERS (CK_TILES || CK_DEPTHWISE8 || CK_UPDATE8 || CK_ELEMENTS8)
#define CK_FLOATS (CK_SGEMM || CK_DEPTHWISE || CK_DEPTHWISE_DX || CK_DEPTHWISE_DW || CK_MASKS)
#if (CK_INTEGERS || CK_FLOATS) && !defined(__arm__)
#define CK_VECTORS
extern const struct ck_table ck_table_generic;
#endif

#if defined(__x86_64__) && defined(CK_VECTORS)
#define CK_AVX2
extern const struct ck_table ck_table_avx2;

// Whether processor and system have them.
int ck_has_avx2(void);

#if CK_VNNI
extern const struct ck_table ck_table_avx_vnni, ck_table_avx512;
int ck_has_avx_vnni(void);
int ck_has_avx512(void);
#endif
#endif
