// Integer products in tiles: rows of a strip times a block of 16 columns, on 16-bit operands with 32-bit sums.
//
// A strip is a matrix of 16-bit integers, row-major, its depth even. A block has, for each pair of steps, 16 columns of
// two neighbours: what `pmaddwd` multiplies and adds at once, as in oneDNN's VNNI layout for 16 bits. Every sum of
// products is exact, so that the order does not matter; callers see to it that none leaves 32 bits.

typedef int16_t shorts __attribute__((vector_size(BYTES), aligned(2), may_alias));
typedef short whole_shorts __attribute__((vector_size(BYTES)));

enum {
  block_columns = 16,
  word_lanes = BYTES / 4,
  block_vectors = block_columns / word_lanes,
  // Sums that stay in registers: 12 of 16.
  strip_rows = 12 / block_vectors,
};

static inline __attribute__((always_inline)) words multiply_pairs(shorts a, shorts b) {
#if defined(__x86_64__) && LANES == 8
  return (words)__builtin_ia32_pmaddwd256((whole_shorts)a, (whole_shorts)b);
#elif defined(__x86_64__)
  return (words)__builtin_ia32_pmaddwd128((whole_shorts)a, (whole_shorts)b);
#else
  // The halves of a word are its two neighbours.
  const words x = (words)a, y = (words)b;
  return (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
#endif
}

static inline __attribute__((always_inline)) void dot_tile(
    const int rows, int pairs, const int16_t *strip, ptrdiff_t ld, const int16_t *block, int32_t *sums,
    ptrdiff_t ld_sums, int adds) {
  words sum[strip_rows][block_vectors];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < block_vectors; v++)
      sum[r][v] = adds ? *(const words *)(sums + r * ld_sums + v * word_lanes) : (words){0};
  for (; pairs > 0; pairs--, strip += 2, block += 2 * block_columns) {
    shorts columns[block_vectors];
    for (int v = 0; v < block_vectors; v++) columns[v] = *(const shorts *)(block + v * 2 * word_lanes);
    for (int r = 0; r < rows; r++) {
      int32_t pair;
      __builtin_memcpy(&pair, strip + r * ld, sizeof pair);
      const words both = (words){0} + pair;
      for (int v = 0; v < block_vectors; v++) sum[r][v] += multiply_pairs((shorts)both, columns[v]);
    }
  }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < block_vectors; v++) *(words *)(sums + r * ld_sums + v * word_lanes) = sum[r][v];
}

// The same for fewer columns than a block has.
static void dot_some(
    int rows, int columns, int pairs, const int16_t *strip, ptrdiff_t ld, const int16_t *block, int32_t *sums,
    ptrdiff_t ld_sums, int adds) {
  for (; rows > 0; rows--, strip += ld, sums += ld_sums) {
    int32_t row[block_columns];
    dot_tile(1, pairs, strip, ld, block, row, block_columns, 0);
    for (int j = 0; j < columns; j++) sums[j] = (adds ? sums[j] : 0) + row[j];
  }
}

static void dot16(
    int rows, int columns, int pairs, const int16_t *strip, ptrdiff_t ld, const int16_t *block, int32_t *sums,
    ptrdiff_t ld_sums, int adds) {
  if (columns < block_columns) return dot_some(rows, columns, pairs, strip, ld, block, sums, ld_sums, adds);
  for (; rows >= strip_rows; rows -= strip_rows, strip += strip_rows * ld, sums += strip_rows * ld_sums)
    dot_tile(strip_rows, pairs, strip, ld, block, sums, ld_sums, adds);
  switch (rows) {
#if LANES == 8
    case 5: return dot_tile(5, pairs, strip, ld, block, sums, ld_sums, adds);
    case 4: return dot_tile(4, pairs, strip, ld, block, sums, ld_sums, adds);
    case 3: return dot_tile(3, pairs, strip, ld, block, sums, ld_sums, adds);
#endif
    case 2: return dot_tile(2, pairs, strip, ld, block, sums, ld_sums, adds);
    case 1: return dot_tile(1, pairs, strip, ld, block, sums, ld_sums, adds);
  }
}

// Rows of 8-bit weights as a block: the columns of the block are the rows, up to 16 of them; the others are zeros.
static void pack_rows(const int8_t *w, ptrdiff_t ld, int rows, int depth, int16_t *block) {
  typedef int16_t pairs8 __attribute__((vector_size(16), aligned(1), may_alias));
  typedef int8_t bytes16 __attribute__((vector_size(16), aligned(1)));
  typedef int16_t wide16 __attribute__((vector_size(32), aligned(2), may_alias));
  int p = 0;
  for (; rows == block_columns && p + 8 <= depth / 2; p += 8) {
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
        *(wide16 *)(block + (p + i) * 2 * block_columns + half * block_columns) =
            __builtin_convertvector((bytes16)a[i], wide16);
    }
  }
  for (; p < (depth + 1) / 2; p++)
    for (int o = 0; o < block_columns; o++)
      for (int h = 0; h < 2; h++)
        block[p * 2 * block_columns + 2 * o + h] = o < rows && 2 * p + h < depth ? w[o * ld + 2 * p + h] : 0;
}

typedef int16_t eight_shorts __attribute__((vector_size(16), aligned(2), may_alias));

// Two rows of 16 as one pair of steps of a block.
static inline __attribute__((always_inline)) void pack_pair(
    eight_shorts first, eight_shorts second, eight_shorts first8, eight_shorts second8, int16_t *block) {
  *(eight_shorts *)block = __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
  *(eight_shorts *)(block + 8) = __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
  *(eight_shorts *)(block + 16) = __builtin_shufflevector(first8, second8, 0, 8, 1, 9, 2, 10, 3, 11);
  *(eight_shorts *)(block + 24) = __builtin_shufflevector(first8, second8, 4, 12, 5, 13, 6, 14, 7, 15);
}

// Rows of 8-bit weights as a block whose steps are the rows: `columns` of each, up to 16; the others are zeros.
static void pack_columns(int rows, int columns, const int8_t *w, ptrdiff_t ld, int16_t *block) {
  typedef int8_t eight_bytes __attribute__((vector_size(8), aligned(1), may_alias));
  for (int r = 0; r < rows; r += 2, block += 2 * block_columns) {
    int8_t pair[2][block_columns] = {{0}};
    const int8_t *first = w + r * ld, *second = first + ld;
    if (columns < block_columns || r + 1 == rows) {
      for (int j = 0; j < columns; j++) pair[0][j] = first[j];
      for (int j = 0; j < columns && r + 1 < rows; j++) pair[1][j] = second[j];
      first = pair[0];
      second = pair[1];
    }
    pack_pair(
        __builtin_convertvector(*(const eight_bytes *)first, eight_shorts),
        __builtin_convertvector(*(const eight_bytes *)second, eight_shorts),
        __builtin_convertvector(*(const eight_bytes *)(first + 8), eight_shorts),
        __builtin_convertvector(*(const eight_bytes *)(second + 8), eight_shorts), block);
  }
}

// 16 columns of 16 rows as rows of 16-bit integers: four times each row is merged with the one eight further on.
static void transpose16(const int8_t *x, ptrdiff_t ld_x, int16_t *strip, ptrdiff_t ld) {
  typedef int8_t bytes __attribute__((vector_size(16), aligned(1), may_alias));
  typedef int16_t wide __attribute__((vector_size(32), aligned(2), may_alias));
  bytes a[16], b[16];
  for (int i = 0; i < 16; i++) a[i] = *(const bytes *)(x + i * ld_x);
  for (int step = 0; step < 4; step++) {
    for (int i = 0; i < 8; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      b[2 * i + 1] =
          __builtin_shufflevector(a[i], a[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    for (int i = 0; i < 16; i++) a[i] = b[i];
  }
  for (int i = 0; i < 16; i++) *(wide *)(strip + i * ld) = __builtin_convertvector(a[i], wide);
}

// Columns of 8-bit gradients as rows of a strip: `columns` of them, of `rows` steps each, then zeros up to `ld`.
static void transpose_bytes(int rows, int columns, const int8_t *x, ptrdiff_t ld_x, int16_t *strip, ptrdiff_t ld) {
  int whole = 0;
  for (; whole + 16 <= columns; whole += 16)
    for (int r = 0; r + 16 <= rows; r += 16) transpose16(x + r * ld_x + whole, ld_x, strip + whole * ld + r, ld);
  for (int j = 0; j < columns; j++) {
    int16_t *to = strip + j * ld;
    for (int r = j < whole ? rows & ~15 : 0; r < rows; r++) to[r] = x[r * ld_x + j];
    for (int r = rows; r < ld; r++) to[r] = 0;
  }
}
