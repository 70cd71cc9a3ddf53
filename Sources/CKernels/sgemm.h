// The matrix product. Every element of C starts at S and takes a[i,0]*b[0,j], a[i,1]*b[1,j], ... in this order.

typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));

enum {
  tile_rows = 6,
  tile_columns = 2 * LANES,  // two vectors
  panel_depth = 256,         // a packed panel of B has panel_depth x tile_columns floats and fits the first cache
  block_rows = 240,          // rows of A that the second cache keeps while all columns pass by
  direct_depth = 32,         // rows of B that are read in place ...
  direct_rows = 12,          // ... or, for so few rows of A, all of them
};

// A product or a part of one: where its matrices lie. (i, p) of A is at a[i * row + p * step].
struct product {
  const float *a;
  ptrdiff_t row, step;
  const float *b;
  ptrdiff_t ldb;
  const float *start;
  ptrdiff_t ld_start;
  float *c;
  ptrdiff_t ldc;
  int depth;
};

// From row i and column j on.
static inline struct product from(struct product o, ptrdiff_t i, ptrdiff_t j) {
  o.a += i * o.row;
  o.b += j;
  o.c += i * o.ldc + j;
  if (o.start) o.start += i * o.ld_start + j;
  return o;
}

// The steps p ... p + depth of every sum; what the steps before them gave stands in C.
static inline struct product steps(struct product o, int p, int depth) {
  if (p > 0) {
    o.start = o.c;
    o.ld_start = o.ldc;
  }
  o.a += p * o.step;
  o.b += p * o.ldb;
  o.depth = depth;
  return o;
}

// `rows` x (`vectors` * LANES) elements of C, which stay in registers over all steps.
static inline __attribute__((always_inline)) void tile(const int rows, const int vectors, const struct product *o) {
  vector sum[tile_rows][2];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++)
      sum[i][v] = o->start ? *(const vector *)(o->start + i * o->ld_start + v * LANES) : (vector){0};
  const float *a = o->a, *b = o->b;
  ptrdiff_t row = o->row, step = o->step, ldb = o->ldb;
  for (int p = o->depth; p > 0; p--, a += step, b += ldb) {
    vector across[2];
    UNROLL for (int v = 0; v < vectors; v++) across[v] = *(const vector *)(b + v * LANES);
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int v = 0; v < vectors; v++) sum[i][v] += a[i * row] * across[v];
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int v = 0; v < vectors; v++) *(vector *)(o->c + i * o->ldc + v * LANES) = sum[i][v];
}

static inline __attribute__((always_inline)) void tile_of(int rows, const int vectors, const struct product *o) {
  if (is_small && rows < tile_rows) {
    struct product row = *o;
    for (; rows > 0; rows--) {
      tile(1, vectors, &row);
      row = from(row, 1, 0);
    }
    return;
  }
  switch (rows) {
    case 1: return tile(1, vectors, o);
    case 2: return tile(2, vectors, o);
    case 3: return tile(3, vectors, o);
    case 4: return tile(4, vectors, o);
    case 5: return tile(5, vectors, o);
    default: return tile(6, vectors, o);
  }
}

static void wide_tile(int rows, const struct product *o) { tile_of(rows, 2, o); }

// A tile with fewer columns than its vectors hold; B has zeros behind them.
static void narrow_tile(int rows, int columns, const struct product *o) {
  float copy[tile_rows * tile_columns] = {0};
  for (int i = 0; i < rows && o->start; i++)
    for (int j = 0; j < columns; j++) copy[i * tile_columns + j] = o->start[i * o->ld_start + j];
  struct product part = *o;
  part.start = part.c = copy;
  part.ld_start = part.ldc = tile_columns;
  if (columns > LANES) tile_of(rows, 2, &part);
  else tile_of(rows, 1, &part);
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) o->c[i * o->ldc + j] = copy[i * tile_columns + j];
}

// Four columns of four floats each become four rows of a panel.
static inline void transpose(const float *const *from, int p, float *to) {
  quad a = *(const quad *)(from[0] + p), b = *(const quad *)(from[1] + p);
  quad c = *(const quad *)(from[2] + p), d = *(const quad *)(from[3] + p);
  quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  quad cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(quad *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(quad *)(to + tile_columns) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(quad *)(to + 2 * tile_columns) = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
  *(quad *)(to + 3 * tile_columns) = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
}

// Copies `columns` columns of B, (p, j) at b[p * pitch + j], into a panel whose rows have tile_columns.
static void pack(float *panel, const float *b, ptrdiff_t pitch, int depth, int columns) {
  for (int p = 0; p < depth; p++, b += pitch, panel += tile_columns) {
    for (int j = 0; j < columns; j++) panel[j] = b[j];
    for (int j = columns; j < tile_columns; j++) panel[j] = 0;
  }
}

// The same with (p, j) at b[j * pitch + p]; nobody reads vectors without columns.
static void pack_transposed(float *panel, const float *b, ptrdiff_t pitch, int depth, int columns) {
  static const float zeros[panel_depth];
  for (int j = 0; j < columns || j % LANES != 0; j += 4) {
    const float *from[4];
    for (int q = 0; q < 4; q++) from[q] = j + q < columns ? b + (j + q) * pitch : zeros;
    int p = 0;
    for (; p + 4 <= depth; p += 4) transpose(from, p, panel + p * tile_columns + j);
    for (; p < depth; p++)
      for (int q = 0; q < 4; q++) panel[p * tile_columns + j + q] = from[q][p];
  }
}

// `m` rows of A times a packed panel of B.
static void panel_times(const struct product *o, int m, int columns) {
  for (int i = 0; i < m; i += tile_rows) {
    struct product part = from(*o, i, 0);
    if (columns == tile_columns) wide_tile(least(tile_rows, m - i), &part);
    else narrow_tile(least(tile_rows, m - i), columns, &part);
  }
}

// B in place: few rows of A, where packing costs more than it saves, or few rows of B, where C is most of the work.
static void direct(const struct product *o, int m, int n) {
  float panel[direct_depth * tile_columns];
  int whole = n - n % tile_columns;
  if (whole < n) pack(panel, o->b + whole, o->ldb, o->depth, n - whole);
  for (int i = 0; i < m; i += tile_rows) {
    int rows = least(tile_rows, m - i);
    for (int j = 0; j < whole; j += tile_columns) {
      struct product part = from(*o, i, j);
      wide_tile(rows, &part);
    }
    if (whole == n) continue;
    struct product rest = from(*o, i, whole);
    rest.b = panel;
    rest.ldb = tile_columns;
    narrow_tile(rows, n - whole, &rest);
  }
}

static void sgemm(int transpose_a, int transpose_b, int m, int n, int k, const float *a, int lda, const float *b,
                  int ldb, const float *start, int ld_start, float *c, int ldc) {
  struct product all = {a, transpose_a ? 1 : lda, transpose_a ? lda : 1, b, ldb, start, ld_start, c, ldc, k};
  if (!transpose_b && (m <= direct_rows || k <= direct_depth)) {
    for (int p = 0; p < k; p += direct_depth) {
      struct product part = steps(all, p, least(direct_depth, k - p));
      direct(&part, m, n);
    }
    return;
  }
  float panel[panel_depth * tile_columns] __attribute__((aligned(64)));
  for (int i = 0; i < m; i += block_rows)
    for (int p = 0; p < k; p += panel_depth)
      for (int j = 0; j < n; j += tile_columns) {
        struct product part = from(steps(all, p, least(panel_depth, k - p)), i, j);
        int columns = least(tile_columns, n - j);
        if (transpose_b) pack_transposed(panel, b + (ptrdiff_t)j * ldb + p, ldb, part.depth, columns);
        else pack(panel, part.b, ldb, part.depth, columns);
        part.b = panel;
        part.ldb = tile_columns;
        panel_times(&part, least(block_rows, m - i), columns);
      }
}
