// Operands of 16 bits in pairs of steps: what `pmaddwd` multiplies and adds at once, as in oneDNN's VNNI layout for 16
// bits. What stands for zero is subtracted as pixels are read.

typedef int16_t operand;

enum {
  group = 2,
  // Sums that stay in registers: 12 of 16.
  strip_rows = 12 / block_vectors,
};

static inline operand pixel_operand(int8_t x, int zero) { return (operand)(x - zero); }

typedef operand eight_operands __attribute__((vector_size(8 * sizeof(operand)), aligned(1), may_alias));
static inline eight_operands pixel_operands(eight_operands x, int zero) { return x - (operand)zero; }

// 16 operands of one step.
typedef int16_t eight_shorts __attribute__((vector_size(16), aligned(2), may_alias));
struct step_row {
  eight_shorts first, second;
};

static inline struct step_row pixel_row(const int8_t *x, int zero) {
  typedef int8_t eight_bytes __attribute__((vector_size(8), aligned(1), may_alias));
  const eight_shorts less = (eight_shorts){0} + (int16_t)zero;
  return (struct step_row){
      __builtin_convertvector(*(const eight_bytes *)x, eight_shorts) - less,
      __builtin_convertvector(*(const eight_bytes *)(x + 8), eight_shorts) - less};
}

static inline struct step_row weight_row(const int8_t *w) { return pixel_row(w, 0); }

static inline struct step_row operand_row(const operand *x) {
  return (struct step_row){*(const eight_shorts *)x, *(const eight_shorts *)(x + 8)};
}

// A group of steps of a block.
static inline __attribute__((always_inline)) void pack_group(
    const struct step_row *rows, const int are_raw_pixels, operand *block) {
  (void)are_raw_pixels;
  const struct step_row a = rows[0], b = rows[1];
  *(eight_shorts *)block = __builtin_shufflevector(a.first, b.first, 0, 8, 1, 9, 2, 10, 3, 11);
  *(eight_shorts *)(block + 8) = __builtin_shufflevector(a.first, b.first, 4, 12, 5, 13, 6, 14, 7, 15);
  *(eight_shorts *)(block + 16) = __builtin_shufflevector(a.second, b.second, 0, 8, 1, 9, 2, 10, 3, 11);
  *(eight_shorts *)(block + 24) = __builtin_shufflevector(a.second, b.second, 4, 12, 5, 13, 6, 14, 7, 15);
}

// Whole groups of 16 rows of weights as the columns of a block; how many steps that were.
static int pack_whole_rows(const int8_t *w, ptrdiff_t ld, int depth, operand *block) {
  typedef int16_t pairs8 __attribute__((vector_size(16), aligned(1), may_alias));
  typedef int8_t bytes __attribute__((vector_size(16), aligned(1)));
  typedef int16_t wide __attribute__((vector_size(32), aligned(2), may_alias));
  int p = 0;
  for (; p + 8 <= depth / 2; p += 8) {
    // Two transposes of 8 x 8 pairs, then each pair is widened.
    for (int half = 0; half < 2; half++) {
      pairs8 a[8], b[8];
      for (int i = 0; i < 8; i++) a[i] = *(const pairs8 *)(w + (half * 8 + i) * ld + 2 * p);
      for (int step = 0; step < 3; step++) {
        for (int i = 0; i < 4; i++) {
          b[2 * i] = __builtin_shufflevector(a[i], a[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
          b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
        }
        for (int i = 0; i < 8; i++) a[i] = b[i];
      }
      for (int i = 0; i < 8; i++)
        *(wide *)(block + (p + i) * 2 * block_columns + half * block_columns) =
            __builtin_convertvector((bytes)a[i], wide);
    }
  }
  return 2 * p;
}

// What pixels are too large by: nothing, so that no sums of gradients are wanted.
static inline int excess_of(int zero) {
  (void)zero;
  return 0;
}

static inline void add_to_starts(const operand *of_group, int columns, int32_t *starts) {
  (void)of_group, (void)columns, (void)starts;
}

// Rows of a strip lie `ld` apart, and groups of their steps `step`.
static inline __attribute__((always_inline)) void dot_tile(
    const int rows, int groups, const operand *strip, ptrdiff_t ld, ptrdiff_t step, const operand *block,
    int32_t *sums, ptrdiff_t ld_sums, int adds) {
  words sum[strip_rows][block_vectors];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < block_vectors; v++)
      sum[r][v] = adds ? *(const words *)(sums + r * ld_sums + v * word_lanes) : (words){0};
  for (; groups > 0; groups--, strip += step, block += group * block_columns) {
    shorts columns[block_vectors];
    UNROLL for (int v = 0; v < block_vectors; v++) columns[v] = *(const shorts *)(block + v * 2 * word_lanes);
    UNROLL for (int r = 0; r < rows; r++) {
      int32_t pair;
      __builtin_memcpy(&pair, strip + r * ld, sizeof pair);
      const words both = (words){0} + pair;
      UNROLL for (int v = 0; v < block_vectors; v++) sum[r][v] = add_pairs(sum[r][v], (shorts)both, columns[v]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < block_vectors; v++) *(words *)(sums + r * ld_sums + v * word_lanes) = sum[r][v];
}

// All columns of a block.
static void dot_all(
    int rows, int groups, const operand *strip, ptrdiff_t ld, ptrdiff_t step, const operand *block, int32_t *sums,
    ptrdiff_t ld_sums, int adds) {
#define TILE(n) dot_tile(n, groups, strip, ld, step, block, sums, ld_sums, adds)
  for (; rows >= strip_rows; rows -= strip_rows, strip += strip_rows * ld, sums += strip_rows * ld_sums)
    TILE(strip_rows);
  switch (rows) {
#if LANES == 8
    case 5: return TILE(5);
    case 4: return TILE(4);
    case 3: return TILE(3);
#endif
    case 2: return TILE(2);
    case 1: return TILE(1);
  }
#undef TILE
}

static void dot(
    int rows, int columns, int groups, const void *of_strip, ptrdiff_t of_ld, const void *block, int zero,
    const int32_t *starts, int32_t *sums, ptrdiff_t ld_sums, int adds) {
  (void)zero;
  const operand *strip = of_strip;
  const ptrdiff_t ld = starts ? group : of_ld, step = starts ? of_ld : group;
  if (columns == block_columns) return dot_all(rows, groups, strip, ld, step, block, sums, ld_sums, adds);
  for (int part; rows > 0; rows -= part, strip += part * ld, sums += part * ld_sums) {
    int32_t some[some_rows * block_columns];
    part = least(rows, some_rows);
    dot_all(part, groups, strip, ld, step, block, some, block_columns, 0);
    add_columns(part, columns, some, sums, ld_sums, adds);
  }
}
