// Operands of 8 bits in groups of four steps: what `vpdpbusd` and `sdot` multiply and add at once, or NEON without them
// adds up in 16 bits first.
//
// Pixels stay as they are, or `flip` more where an instruction wants them without a sign, so that sums begin with what
// they are too large by: (flip + zero) times the sum of the other operands.

#if defined(__aarch64__) && !defined(__ARM_FEATURE_DOTPROD)
#define NARROW_PRODUCTS
#endif

typedef int8_t operand;

enum {
  group = 4,
#if defined(__x86_64__)
  flip = 128,
#else
  flip = 0,
#endif
#if LANES == 16
  // Sums that stay in registers: 12 of 32.
  strip_rows = 12,
#elif defined(NARROW_PRODUCTS)
  // Two halves of each.
  strip_rows = 2,
#elif defined(__aarch64__)
  // 16 of 32.
  strip_rows = 4,
#else
  strip_rows = 12 / block_vectors,
#endif
};

static inline operand pixel_operand(int8_t x, int zero) {
  (void)zero;
  return (operand)(x ^ flip);
}

typedef operand eight_operands __attribute__((vector_size(8 * sizeof(operand)), aligned(1), may_alias));
static inline eight_operands pixel_operands(eight_operands x, int zero) {
  (void)zero;
  return x ^ (operand)flip;
}

// 16 operands of one step.
typedef int8_t row_bytes __attribute__((vector_size(16), aligned(1), may_alias));
struct step_row {
  row_bytes all;
};

static inline struct step_row operand_row(const operand *x) { return (struct step_row){*(const row_bytes *)x}; }
static inline struct step_row weight_row(const int8_t *w) { return operand_row(w); }
static inline struct step_row pixel_row(const int8_t *x, int zero) {
  (void)zero;
  return operand_row(x);
}

#if LANES == 16
// Four rows of 16 bytes as a group: four bytes of each row go to a lane, and there to their columns.
static inline __attribute__((always_inline)) words arranged(words rows) {
  typedef char whole_bytes __attribute__((vector_size(64)));
  whole_words lanes = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  // What the compiler does not know, so that it keeps one instruction for it.
  __asm__("" : "+v"(lanes));
  const words order = {0x0c080400, 0x0d090501, 0x0e0a0602, 0x0f0b0703, 0x0c080400, 0x0d090501, 0x0e0a0602, 0x0f0b0703,
                       0x0c080400, 0x0d090501, 0x0e0a0602, 0x0f0b0703, 0x0c080400, 0x0d090501, 0x0e0a0602, 0x0f0b0703};
  return (words)__builtin_ia32_pshufb512(
      (whole_bytes)__builtin_ia32_permvarsi512((whole_words)rows, lanes), (whole_bytes)order);
}
#endif

// A group of steps of a block; those of pixels that were not in a strip yet are flipped here.
static inline __attribute__((always_inline)) void pack_group(
    const struct step_row *rows, const int are_raw_pixels, operand *block) {
#if LANES == 16
  typedef int32_t quads __attribute__((vector_size(16)));
  typedef int32_t eight_quads __attribute__((vector_size(32)));
  const eight_quads first =
      __builtin_shufflevector((quads)rows[0].all, (quads)rows[1].all, 0, 1, 2, 3, 4, 5, 6, 7);
  const eight_quads second =
      __builtin_shufflevector((quads)rows[2].all, (quads)rows[3].all, 0, 1, 2, 3, 4, 5, 6, 7);
  const words packed =
      arranged(__builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  *(words *)block = are_raw_pixels ? packed ^ (int)(flip * 0x01010101u) : packed;
#else
  typedef int16_t pairs __attribute__((vector_size(16), aligned(1), may_alias));
  row_bytes two[2][2];
  for (int i = 0; i < 2; i++) {
    const int8_t by = are_raw_pixels ? (int8_t)flip : 0;
    const row_bytes a = rows[2 * i].all ^ by, b = rows[2 * i + 1].all ^ by;
    two[i][0] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    two[i][1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
  for (int h = 0; h < 2; h++) {
    const pairs a = (pairs)two[0][h], b = (pairs)two[1][h];
    *(pairs *)(block + 32 * h) = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    *(pairs *)(block + 32 * h + 16) = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  }
#endif
}

// A group of steps as vectors.
static inline __attribute__((always_inline)) void load_group(
    const struct step_row *rows, const int are_raw_pixels, words *to) {
  _Alignas(64) operand block[group * block_columns];
  pack_group(rows, are_raw_pixels, block);
  __builtin_memcpy(to, block, sizeof block);
}

// The same of `count` bytes of each row, or of pixels.
static inline __attribute__((always_inline)) void load_group_of(
    const int8_t *const *from, const int count, const int are_raw_pixels, words *to) {
  struct step_row rows[group];
  for (int t = 0; t < group; t++) rows[t].all = load16(from[t], count);
  load_group(rows, are_raw_pixels, to);
}

typedef int32_t quads __attribute__((vector_size(16), aligned(1), may_alias));

#if LANES == 16
// 16 bytes each of four rows.
static inline words four_quads(const int8_t *x, ptrdiff_t ld) {
  typedef int32_t eight_quads __attribute__((vector_size(32)));
  const eight_quads first =
      __builtin_shufflevector(*(const quads *)x, *(const quads *)(x + ld), 0, 1, 2, 3, 4, 5, 6, 7);
  const eight_quads second =
      __builtin_shufflevector(*(const quads *)(x + 2 * ld), *(const quads *)(x + 3 * ld), 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
#endif

// Whole groups of 16 rows of weights as the columns of a block; how many steps that were.
static int pack_whole_rows(const int8_t *w, ptrdiff_t ld, int depth, operand *block) {
  int k = 0;
  for (; k + 16 <= depth; k += 16) {
    // Rows lie one behind the other, and those of the next block, too, which is packed when this one has been used.
    for (int line = 0; line < 4; line++) __builtin_prefetch(w + 16 * (ld + k) + 64 * line);
#if LANES == 16
    // A transpose of 4 x 4 groups in each quarter; quarter q of the i-th vector is of row i + 4 * q.
    words a[4], b[4];
    for (int i = 0; i < 4; i++) a[i] = four_quads(w + i * ld + k, 4 * ld);
    for (int i = 0; i < 2; i++) {
      b[2 * i] = __builtin_shufflevector(a[i], a[i + 2], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
      b[2 * i + 1] =
          __builtin_shufflevector(a[i], a[i + 2], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    for (int i = 0; i < 2; i++) {
      words *to = (words *)(block + (k + 8 * i) * block_columns);
      to[0] = __builtin_shufflevector(b[i], b[i + 2], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
      to[1] = __builtin_shufflevector(b[i], b[i + 2], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
#else
    // Four transposes of 4 x 4 groups.
    for (int o = 0; o < block_columns; o += 4) {
      quads a[4], b[4];
      for (int i = 0; i < 4; i++) a[i] = *(const quads *)(w + (o + i) * ld + k);
      for (int step = 0; step < 2; step++) {
        for (int i = 0; i < 2; i++) {
          b[2 * i] = __builtin_shufflevector(a[i], a[i + 2], 0, 4, 1, 5);
          b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 6, 3, 7);
        }
        for (int i = 0; i < 4; i++) a[i] = b[i];
      }
      for (int i = 0; i < 4; i++) *(quads *)(block + (k + 4 * i) * block_columns + 4 * o) = a[i];
    }
#endif
  }
  return k;
}

#if !defined(NARROW_PRODUCTS)
static inline __attribute__((always_inline)) words add_quads(words sum, words pixels, words others) {
#if defined(__x86_64__) && LANES == 16
  return (words)__builtin_ia32_vpdpbusd512((whole_words)sum, (whole_words)pixels, (whole_words)others);
#elif defined(__x86_64__)
  return (words)__builtin_ia32_vpdpbusd256((whole_words)sum, (whole_words)pixels, (whole_words)others);
#else
  return (words)vdotq_s32((int32x4_t)sum, (int8x16_t)pixels, (int8x16_t)others);
#endif
}

#endif

// Adds what is multiplied with pixels, which are too large by a constant.
static inline __attribute__((always_inline)) words add_others(words sum, words others) {
#if defined(NARROW_PRODUCTS)
  return (words)vpadalq_s16((int32x4_t)sum, vpaddlq_s8((int8x16_t)others));
#else
  return add_quads(sum, (words){0} + 0x01010101, others);
#endif
}

// What pixels are too large by.
static inline int excess_of(int zero) { return flip + zero; }

// Adds a group to the sums of some columns of gradients.
static inline __attribute__((always_inline)) void add_to_starts(
    const operand *of_group, int columns, int32_t *starts) {
  int32_t all[block_columns];
  for (int v = 0; v < block_vectors; v++)
    *(words *)(all + v * word_lanes) =
        add_others((words){0}, *(const words *)(of_group + v * group * word_lanes));
  if (columns == block_columns)
    for (int j = 0; j < block_columns; j++) starts[j] += all[j];
  else
    for (int j = 0; j < columns; j++) starts[j] += all[j];
}

// What the sums begin with: those of the columns where the strip holds pixels, of its rows where the block does.
struct tile_start {
  words columns[block_vectors];
  const int32_t *rows;
};

static struct tile_start start_of(int groups, const operand *block, int zero, const int32_t *rows) {
  struct tile_start start = {{{0}}, rows};
  if (rows || flip + zero == 0) return start;
  for (; groups > 0; groups--, block += group * block_columns)
    for (int v = 0; v < block_vectors; v++)
      start.columns[v] = add_others(start.columns[v], *(const words *)(block + v * group * word_lanes));
  for (int v = 0; v < block_vectors; v++) start.columns[v] *= -(flip + zero);
  return start;
}

#if defined(NARROW_PRODUCTS)
#include "dot_halves.h"
#elif defined(__aarch64__)
#include "dot_lanes.h"
#else
static inline __attribute__((always_inline)) void dot_tile(
    const int rows, const int has_block_pixels, int groups, const operand *strip, ptrdiff_t ld, const operand *block,
    const struct tile_start *start, int32_t *sums, ptrdiff_t ld_sums, int adds) {
  const ptrdiff_t step = has_block_pixels ? ld : group, row = has_block_pixels ? group : ld;
  words sum[strip_rows][block_vectors];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < block_vectors; v++) {
      sum[r][v] = has_block_pixels ? (words){0} + start->rows[r] : start->columns[v];
      if (adds) sum[r][v] += *(const words *)(sums + r * ld_sums + v * word_lanes);
    }
  for (; groups > 0; groups--, strip += step, block += group * block_columns) {
    words columns[block_vectors];
    UNROLL for (int v = 0; v < block_vectors; v++) columns[v] = *(const words *)(block + v * group * word_lanes);
    UNROLL for (int r = 0; r < rows; r++) {
      int32_t four;
      __builtin_memcpy(&four, strip + r * row, sizeof four);
      const words all = (words){0} + four;
      UNROLL for (int v = 0; v < block_vectors; v++)
        sum[r][v] = has_block_pixels ? add_quads(sum[r][v], columns[v], all) : add_quads(sum[r][v], all, columns[v]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < block_vectors; v++) *(words *)(sums + r * ld_sums + v * word_lanes) = sum[r][v];
}

#endif

static inline __attribute__((always_inline)) void dot_of(
    int rows, const int has_block_pixels, int groups, const operand *strip, ptrdiff_t ld,
    const operand *block, struct tile_start start, int32_t *sums, ptrdiff_t ld_sums, int adds) {
#define TILE(n) dot_tile(n, has_block_pixels, groups, strip, ld, block, &start, sums, ld_sums, adds)
  const ptrdiff_t next = strip_rows * (has_block_pixels ? group : ld);
  for (; rows >= strip_rows; rows -= strip_rows, strip += next, sums += strip_rows * ld_sums) {
    TILE(strip_rows);
    if (has_block_pixels) start.rows += strip_rows;
  }
#if LANES == 16
  switch (rows) {
    case 11: return TILE(11);
    case 10: return TILE(10);
    case 9: return TILE(9);
    case 8: return TILE(8);
    case 7: return TILE(7);
    case 6: return TILE(6);
    case 5: return TILE(5);
    case 4: return TILE(4);
    case 3: return TILE(3);
    case 2: return TILE(2);
    case 1: return TILE(1);
  }
#elif LANES == 8
  switch (rows) {
    case 5: return TILE(5);
    case 4: return TILE(4);
    case 3: return TILE(3);
    case 2: return TILE(2);
    case 1: return TILE(1);
  }
#else
  for (; rows > 0; rows--, strip += has_block_pixels ? group : ld, sums += ld_sums) {
    TILE(1);
    if (has_block_pixels) start.rows++;
  }
#endif
#undef TILE
}

// All columns of a block.
static void dot_all(
    int rows, int groups, const void *strip, ptrdiff_t ld, const void *block, const struct tile_start *start,
    int32_t *sums, ptrdiff_t ld_sums, int adds) {
  if (start->rows) dot_of(rows, 1, groups, strip, ld, block, *start, sums, ld_sums, adds);
  else dot_of(rows, 0, groups, strip, ld, block, *start, sums, ld_sums, adds);
}

static void dot(
    int rows, int columns, int groups, const void *of_strip, ptrdiff_t ld, const void *block, int zero,
    const int32_t *starts, int32_t *sums, ptrdiff_t ld_sums, int adds) {
  const operand *strip = of_strip;
#if defined(NARROW_PRODUCTS)
  const ptrdiff_t count = (ptrdiff_t)groups * (starts ? ld : group * block_columns);
  if (has_least(starts ? strip : block, count))
    return dot_plain(rows, columns, groups, strip, ld, block, zero, starts, sums, ld_sums, adds);
#endif
  struct tile_start start = start_of(groups, block, zero, starts);
  if (columns == block_columns) return dot_all(rows, groups, strip, ld, block, &start, sums, ld_sums, adds);
  while (rows > 0) {
    const int part = least(rows, some_rows);
    int32_t some[some_rows * block_columns];
    dot_all(part, groups, strip, ld, block, &start, some, block_columns, 0);
    add_columns(part, columns, some, sums, ld_sums, adds);
    rows -= part;
    strip += part * (starts ? group : ld);
    sums += part * ld_sums;
    if (starts) start.rows += part;
  }
}
