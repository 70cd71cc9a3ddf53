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

// The table in use. Entries are set once at start, before any step runs.
struct ck_table *ck_kernels(void);
