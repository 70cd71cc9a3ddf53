// Kernels that instruction sets or libraries provide, behind one table of function pointers.
#pragma once

#include <stddef.h>
#include <stdint.h>

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

// The pictures of 8 bits that a window slides over, as the matrix of im2col: a row for each output pixel with the
// `count` channels from `start` on of each tap; or, where `is_back` is set, a row for each input pixel with those of the
// outputs that read it.
struct ck_strip {
  struct ck_window window;
  int is_back, channels, start, count, zero;
  const int8_t *x;
};

// How sums become elements of a gradient, as `GradientSink` does it.
struct ck_gradient {
  float scale, inverse, largest;
  // Raw value of `GradientFormat` of the elements at `out`.
  int format, channels, is_measuring;
  const float *fold;
  const uint8_t *mask;
  void *out;
};

// Products of integer matrices in tiles of 16 columns, in parts that callers put together: rows of a strip times a
// block, then an epilogue. Sums have 32 bits.
struct ck_tiles {
  // Bytes of an operand, and how many steps of a sum stand side by side in a block: 2 and 2, or 1 and 4. Leading
  // dimensions of strips are multiples of the latter; steps behind the last one are zeros in weights and gradients.
  int bytes, group;
  // Rows `first` ... of a strip, its columns `from` ... `to`, with `ld` elements to the next one.
  void (*strip)(const struct ck_strip *strip, int first, int rows, int from, int to, void *out, ptrdiff_t ld);
  // Gradients of some pixels as the rows of a strip: groups of steps with all columns of each; and where operands have 8
  // bits what the columns' sums of products with pixels that `zero` stands for 0 in begin with. As many elements more as
  // a block's group has are written behind the last group.
  void (*pack_gradients)(int rows, int columns, const int8_t *x, ptrdiff_t ld_x, int zero, void *out, int32_t *starts);
  // Blocks: of rows of weights, whose outputs are the columns; of rows of weights as the steps from `step` on; of up to
  // 16 columns of a strip, whose rows are the steps, with room for the strip.
  void (*pack_rows)(const int8_t *w, ptrdiff_t ld, int rows, int depth, void *block);
  void (*pack_columns)(int step, int rows, int columns, const int8_t *w, ptrdiff_t ld, void *block);
  void (*pack_pixels)(const struct ck_strip *strip, int first, int rows, int from, int to, void *room, void *block);
  // sums[rows x columns] = or += strip * block, `groups` of steps, up to 16 columns of it. Either the strip holds pixels
  // that `zero` stands for 0 in, its rows `ld` elements apart and `starts` null; or the block does and the strip is what
  // `pack_gradients` gave with these starts, its groups `ld` elements apart.
  void (*dot)(int rows, int columns, int groups, const void *strip, ptrdiff_t ld, const void *block, int zero,
              const int32_t *starts, int32_t *sums, ptrdiff_t ld_sums, int adds);
  void (*requantize)(int rows, int columns, const int32_t *sums, const int32_t *bias, const int32_t *multipliers,
                     int zero, int low, int high, int8_t *y, ptrdiff_t ld);
  void (*gradient)(struct ck_gradient *gradient, int rows, int columns, const int32_t *sums, ptrdiff_t index,
                   int channel);
};

// A ring buffer in front of what is written over what is still read: each pixel is written `delay` pixels late.
struct ck_late {
  int delay;
  int8_t *line;
};

// y of a depthwise convolution of 8 bits, for the channels `from` ... `to`; these begin at multiples of 16. Bias may be
// null.
typedef void (*ck_depthwise8)(const struct ck_window *window, int channels, int from, int to, const int8_t *x, int zero,
                              const int8_t *weights, const int32_t *bias, const int32_t *multipliers, int zero_y,
                              int low, int high, const struct ck_late *late, int8_t *y);

// dx of the same, of a gradient of 8 bits.
typedef void (*ck_depthwise8_dx)(const struct ck_window *window, int from, int to, const int8_t *dy,
                                 const int8_t *weights, const struct ck_late *late, struct ck_gradient *gradient);

// Taps of windows that kernels by channel take.
enum { ck_most_taps = 49 };

// Adds to the sums of dw over some pixels, for some taps and channels: [taps, channels].
typedef void (*ck_depthwise8_dw)(const struct ck_window *window, int channels, int from, int to, const int8_t *x,
                                 int zero, const int8_t *dy, ptrdiff_t ld_dy, int first, int end, int first_tap,
                                 int end_tap, int32_t *sums);

// Sums of a weight's gradient in real units: out = or += sum * scale, or sum * (scale * scales[i]).
typedef void (*ck_reals)(int count, const int32_t *sums, float scale, const float *scales, int adds, float *out);

// How weights of 8 bits move, or where `is_wide` is set biases of 32, as `WeightUpdate` does it.
struct ck_update {
  float rate, share, decay;
  // Raw value of `UpdateRounding`.
  int rounding, is_plain, is_wide, inner, channels;
  uint64_t key;
  const float *scales;
};

// The gradients of some weights: numbers, or where there are none sums times scale * scales[channel].
struct ck_gradients {
  const float *reals;
  const int32_t *sums;
  float scale;
  const float *scales;
};

// 0, and nothing done, where a bias is beyond 2^30.
typedef int (*ck_update8)(const struct ck_update *update, int first, int count, const struct ck_gradients *gradients,
                          const void *w, void *new_w, int8_t *low);

// The moments of an optimizer in 8 bits, one scale a block of 128; the second ones as roots, or null.
struct ck_moments {
  // Raw value of `UpdateRule`.
  int rule;
  float beta1, beta2, correction1, correction2;
  int8_t *first;
  float *first_scales;
  uint8_t *second;
  float *second_scales;
};

typedef int (*ck_moments8)(const struct ck_moments *moments, const struct ck_update *update, int first, int count,
                           const struct ck_gradients *gradients, const void *w, void *new_w, int8_t *low);

// Whether low < x < high, as bits; and the largest magnitude of elements, and how many have a limit's.
typedef void (*ck_mask8)(const int8_t *x, int count, int low, int high, uint8_t *bits);
typedef void (*ck_range8)(const int8_t *x, int count, int limit, int *largest, int *saturated);

// Sums of columns.
typedef void (*ck_sums8)(int rows, int columns, const int8_t *x, int32_t *sums);

// Elements of a gradient of 8 bits, or the sums of those of two, in another format; `spread` pixels of the result share
// the element of one. The scales are those of the operands, not the result's.
typedef void (*ck_cast8)(struct ck_gradient *gradient, int pixels, int spread, const int8_t *x, float scale,
                         const int8_t *second, float second_scale);

// y = zero + ((a - zero_a) * factor_a + (b - zero_b) * factor_b) / 2^shift, halves to even, between low and high; b may
// be null, y may be a or b.
struct ck_add {
  int zero_a, zero_b, factor_a, factor_b, shift, zero, low, high;
};

typedef void (*ck_add8)(const struct ck_add *add, int count, const int8_t *a, const int8_t *b, int8_t *y);

// Whether low < x < high, as bits; and dx = dy where the bit is on, else slope * dy, without a product where slope is 0.
typedef void (*ck_mask32)(const float *x, int count, float low, float high, uint8_t *bits);
typedef void (*ck_gate32)(const float *dy, const uint8_t *bits, int count, float slope, float *dx);

// One entry a family. A null entry means: use the plain kernel.
struct ck_table {
  const struct ck_tiles *tiles;
  ck_depthwise8 depthwise8;
  ck_depthwise8_dx depthwise8_dx;
  ck_depthwise8_dw depthwise8_dw;
  ck_reals reals;
  ck_update8 update8;
  ck_moments8 moments8;
  ck_mask8 mask8;
  ck_range8 range8;
  ck_sums8 sums8;
  ck_cast8 cast8;
  ck_add8 add8;
  ck_sgemm sgemm;
  ck_depthwise depthwise;
  ck_depthwise_dx depthwise_dx;
  ck_depthwise_dw depthwise_dw;
  ck_mask32 mask32;
  ck_gate32 gate32;
};

// Vectors that a table is written for.
enum ck_vectors { ck_plain, ck_generic, ck_avx2, ck_avx_vnni, ck_avx512 };

// Kernels for these vectors; null where this processor has not got them. `ck_plain` has null entries only.
const struct ck_table *ck_kernels_for(enum ck_vectors vectors);

// The table in use: the fastest that this processor runs, unless another was chosen. All give the same bits.
const struct ck_table *ck_kernels(void);

// Puts another table in use, null for the fastest one again. It must outlive every step; no step may be running.
void ck_use(const struct ck_table *table);

// Puts the fastest table in use with another product in it, null for its own; no step may be running.
void ck_use_sgemm(ck_sgemm sgemm);

// Elements of a sample as integers, written `step` elements apart: clamp(rnd(x / scale) + zero) to 8 bits, halves to even;
// what is no number becomes zero.
void ck_quantize(const float *x, int count, float scale, int zero, int8_t *out, ptrdiff_t step);

// SHA-256 (FIPS 180-4) of some blocks of 64 bytes, with its 64 round constants; 0, and nothing done, where the processor
// has no instructions for it.
int ck_sha256(uint32_t *state, const uint8_t *blocks, size_t count, const uint32_t *constants);
