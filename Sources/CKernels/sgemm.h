// The float matrix product, written once for vectors of any width. A file for each instruction set defines
//   LANES   floats of a vector
//   SGEMM   name of the function
// and includes this one.
//
// Every element of C starts at 0 (or at C) and takes a[i,0]*b[0,j], a[i,1]*b[1,j], ... in this order, each product
// rounded before it is added. Vectors run over columns, so the bits are those of the plain kernel on every machine.
#include "families.h"
#include <stddef.h>

#pragma STDC FP_CONTRACT OFF

typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

enum {
  tile_rows = 6,
  tile_columns = 2 * LANES,  // two vectors
  panel_depth = 256,         // a packed panel of B has panel_depth x tile_columns floats and fits the first cache
  block_rows = 240,          // rows of A that the second cache keeps while all columns pass by
  direct_depth = 32,         // rows of B that are read in place ...
  direct_rows = 12,          // ... or, for so few rows of A, all of them
};

// Where A and B lie: element (i, p) of A at a[i * row + p * step], row p of B at b[p * pitch].
struct operands {
  const float *a;
  ptrdiff_t row;
  ptrdiff_t step;
  const float *b;
  ptrdiff_t pitch;
};

// C tile of `rows` x (`vectors` * LANES) += A * B over `depth`; `starts` at 0 instead of at C.
static inline __attribute__((always_inline)) void tile(const int rows, const int vectors, struct operands o, int depth,
                                                       int starts, float *c, ptrdiff_t ldc) {
  vector sum[tile_rows][2];
  for (int i = 0; i < rows; i++)
    for (int v = 0; v < vectors; v++)
      sum[i][v] = starts ? (vector){0} : *(const vector *)(c + i * ldc + v * LANES);
  for (int p = 0; p < depth; p++) {
    vector b[2];
    for (int v = 0; v < vectors; v++) b[v] = *(const vector *)(o.b + v * LANES);
    for (int i = 0; i < rows; i++)
      for (int v = 0; v < vectors; v++) sum[i][v] += o.a[i * o.row] * b[v];
    o.a += o.step;
    o.b += o.pitch;
  }
  for (int i = 0; i < rows; i++)
    for (int v = 0; v < vectors; v++) *(vector *)(c + i * ldc + v * LANES) = sum[i][v];
}

// The tile for a number of rows that is known when it runs.
static inline __attribute__((always_inline)) void tile_of(int rows, const int vectors, struct operands o, int depth,
                                                          int starts, float *c, ptrdiff_t ldc) {
  switch (rows) {
    case 1: return tile(1, vectors, o, depth, starts, c, ldc);
    case 2: return tile(2, vectors, o, depth, starts, c, ldc);
    case 3: return tile(3, vectors, o, depth, starts, c, ldc);
    case 4: return tile(4, vectors, o, depth, starts, c, ldc);
    case 5: return tile(5, vectors, o, depth, starts, c, ldc);
    default: return tile(6, vectors, o, depth, starts, c, ldc);
  }
}

static void wide_tile(int rows, struct operands o, int depth, int starts, float *c, ptrdiff_t ldc) {
  tile_of(rows, 2, o, depth, starts, c, ldc);
}

// A tile with fewer columns than vectors hold; B has zeros behind them.
static void narrow_tile(int rows, int columns, struct operands o, int depth, int starts, float *c, ptrdiff_t ldc) {
  float copy[tile_rows * tile_columns] = {0};
  for (int i = 0; i < rows && !starts; i++)
    for (int j = 0; j < columns; j++) copy[i * tile_columns + j] = c[i * ldc + j];
  if (columns > LANES) tile_of(rows, 2, o, depth, starts, copy, tile_columns);
  else tile_of(rows, 1, o, depth, starts, copy, tile_columns);
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) c[i * ldc + j] = copy[i * tile_columns + j];
}

// Four columns of four floats each become four rows.
static inline void transpose(const float *from, ptrdiff_t pitch, float *to) {
  quad a = *(const quad *)from, b = *(const quad *)(from + pitch);
  quad c = *(const quad *)(from + 2 * pitch), d = *(const quad *)(from + 3 * pitch);
  quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  quad cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(quad *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(quad *)(to + tile_columns) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(quad *)(to + 2 * tile_columns) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
  *(quad *)(to + 3 * tile_columns) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

// Copies `columns` columns of B, from (p, j) at b[p * pitch + j], into a panel of rows of tile_columns.
static void pack(float *panel, const float *b, ptrdiff_t pitch, int depth, int columns) {
  for (int p = 0; p < depth; p++, b += pitch, panel += tile_columns) {
    for (int j = 0; j < columns; j++) panel[j] = b[j];
    for (int j = columns; j < tile_columns; j++) panel[j] = 0;
  }
}

// The same from (p, j) at b[j * pitch + p].
static void pack_transposed(float *panel, const float *b, ptrdiff_t pitch, int depth, int columns) {
  for (int j = 0; j < tile_columns; j += 4) {
    const float *from = b + j * pitch;
    int p = 0;
    if (j + 4 <= columns)
      for (; p + 4 <= depth; p += 4) transpose(from + p, pitch, panel + p * tile_columns + j);
    for (; p < depth; p++)
      for (int q = 0; q < 4; q++) panel[p * tile_columns + j + q] = j + q < columns ? from[q * pitch + p] : 0;
  }
}

// One packed panel of B times a block of A.
static void panel_times(struct operands o, int m, int columns, int depth, int starts, float *c, ptrdiff_t ldc) {
  for (int i = 0; i < m; i += tile_rows) {
    struct operands part = o;
    part.a += i * o.row;
    int rows = m - i < tile_rows ? m - i : tile_rows;
    if (columns == tile_columns) wide_tile(rows, part, depth, starts, c + i * ldc, ldc);
    else narrow_tile(rows, columns, part, depth, starts, c + i * ldc, ldc);
  }
}

// B in place: few rows of A, where packing would cost more than it saves, or few rows of B, where C is most of the work.
static void direct(struct operands o, int m, int n, int depth, int starts, float *c, ptrdiff_t ldc) {
  float panel[direct_depth * tile_columns];
  int whole = n - n % tile_columns;
  struct operands rest = o;
  rest.b = panel;
  rest.pitch = tile_columns;
  if (whole < n) pack(panel, o.b + whole, o.pitch, depth, n - whole);
  for (int i = 0; i < m; i += tile_rows) {
    int rows = m - i < tile_rows ? m - i : tile_rows;
    struct operands part = o;
    part.a += i * o.row;
    for (int j = 0; j < whole; j += tile_columns, part.b += tile_columns)
      wide_tile(rows, part, depth, starts, c + i * ldc + j, ldc);
    rest.a = part.a;
    if (whole < n) narrow_tile(rows, n - whole, rest, depth, starts, c + i * ldc + whole, ldc);
  }
}

static inline int least(int a, int b) { return a < b ? a : b; }

void SGEMM(int transpose_a, int transpose_b, int m, int n, int k, const float *a, int lda, const float *b, int ldb,
           int accumulate, float *c, int ldc) {
  struct operands o = {a, transpose_a ? 1 : lda, transpose_a ? lda : 1, b, ldb};
  if (!transpose_b && (m <= direct_rows || k <= direct_depth)) {
    for (int p = 0; p < k; p += direct_depth) {
      struct operands part = {a + p * o.step, o.row, o.step, b + p * o.pitch, o.pitch};
      direct(part, m, n, least(direct_depth, k - p), p == 0 && !accumulate, c, ldc);
    }
    return;
  }
  float panel[panel_depth * tile_columns] __attribute__((aligned(64)));
  for (int i = 0; i < m; i += block_rows)
    for (int p = 0; p < k; p += panel_depth) {
      int depth = least(panel_depth, k - p);
      struct operands part = {a + i * o.row + p * o.step, o.row, o.step, panel, tile_columns};
      for (int j = 0; j < n; j += tile_columns) {
        int columns = least(tile_columns, n - j);
        if (transpose_b) pack_transposed(panel, b + j * o.pitch + p, ldb, depth, columns);
        else pack(panel, b + p * o.pitch + j, ldb, depth, columns);
        float *corner = c + (ptrdiff_t)i * ldc + j;
        panel_times(part, least(block_rows, m - i), columns, depth, p == 0 && !accumulate, corner, ldc);
      }
    }
}
