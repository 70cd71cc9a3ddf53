// What the files of the families give to the table.
#pragma once

void ck_sgemm_generic(int transpose_a, int transpose_b, int m, int n, int k, const float *a, int lda, const float *b,
                      int ldb, int accumulate, float *c, int ldc);

#if defined(__x86_64__)
void ck_sgemm_avx2(int transpose_a, int transpose_b, int m, int n, int k, const float *a, int lda, const float *b,
                   int ldb, int accumulate, float *c, int ldc);

// Whether processor and system keep 256-bit vectors with AVX2.
int ck_has_avx2(void);
#endif
