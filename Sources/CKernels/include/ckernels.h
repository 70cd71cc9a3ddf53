// Kernels that instruction sets or libraries provide, behind one table of function pointers.
#pragma once

// C[m x n] = S + op(A)[m x k] * op(B)[k x n], row-major, leading dimensions in elements.
// op(X) is the transpose of X where its flag is set. S is zero where `start` is null; it may be C, and with ld_start 0
// all its rows are one.
typedef void (*ck_sgemm)(int transpose_a, int transpose_b, int m, int n, int k,
                         const float *a, int lda, const float *b, int ldb,
                         const float *start, int ld_start, float *c, int ldc);

// A window sliding over NHWC pictures; height before width in every pair.
struct ck_window {
  int batch;
  int input[2], output[2], kernel[2], stride[2], pad[2], dilation[2];
};

// y = bias + x * w channel by channel, weights [KH, KW, C]; bias may be null.
typedef void (*ck_depthwise)(const struct ck_window *window, int channels, const float *x, const float *w,
                             const float *bias, float *y);

// dx of the same.
typedef void (*ck_depthwise_dx)(const struct ck_window *window, int channels, const float *dy, const float *w,
                                float *dx);

// dw of the same.
typedef void (*ck_depthwise_dw)(const struct ck_window *window, int channels, const float *x, const float *dy,
                                float *dw);

// One entry a family. A null entry means: use the plain kernel.
struct ck_table {
  ck_sgemm sgemm;
  ck_depthwise depthwise;
  ck_depthwise_dx depthwise_dx;
  ck_depthwise_dw depthwise_dw;
};

// Vectors that a table is written for.
enum ck_vectors { ck_plain, ck_generic, ck_avx2 };

// Kernels for these vectors; null where this processor has not got them. `ck_plain` has null entries only.
const struct ck_table *ck_kernels_for(enum ck_vectors vectors);

// The table in use: the fastest that this processor runs, unless another was chosen. All give the same bits.
const struct ck_table *ck_kernels(void);

// Puts another table in use, null for the fastest one again. It must outlive every step; no step may be running.
void ck_use(const struct ck_table *table);

// Puts the fastest table in use with another product in it, null for its own; no step may be running.
void ck_use_sgemm(ck_sgemm sgemm);
