// Kernels that instruction sets or libraries provide, behind one table of function pointers.
#pragma once

// C[m x n] = (accumulate ? C : 0) + op(A)[m x k] * op(B)[k x n], row-major, leading dimensions in elements.
// op(X) is the transpose of X where its flag is set.
typedef void (*ck_sgemm)(int transpose_a, int transpose_b, int m, int n, int k,
                         const float *a, int lda, const float *b, int ldb,
                         int accumulate, float *c, int ldc);

// One entry a family. A null entry means: use the plain kernel.
struct ck_table {
  ck_sgemm sgemm;
};

// Vectors that a table is written for.
enum ck_vectors { ck_plain, ck_generic, ck_avx2 };

// Kernels for these vectors; null where this processor has not got them. `ck_plain` has null entries only.
const struct ck_table *ck_kernels_for(enum ck_vectors vectors);

// The table in use: the fastest that this processor runs, unless another was chosen. All give the same bits.
const struct ck_table *ck_kernels(void);

// Puts another table in use, null for the fastest one again. It must outlive every step; no step may be running.
void ck_use(const struct ck_table *table);
