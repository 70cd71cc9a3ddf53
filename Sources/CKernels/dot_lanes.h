// Tiles by products of four steps at once whose second operand is a lane of a vector (`sdot` by element): four rows times
// 16 columns, whose sums fill 16 of 32 registers.

// Adds the products of a group of steps: those of row r are lane `r` of `x`, or lane `lane` of its r-th vector.
static inline __attribute__((always_inline)) void add_lanes(
    const int rows, const int are_rows, const int lane, const int32x4_t *x, const operand *block,
    words sum[strip_rows][block_vectors]) {
  int8x16_t columns[block_vectors];
  UNROLL for (int v = 0; v < block_vectors; v++) columns[v] = vld1q_s8(block + v * group * word_lanes);
  UNROLL for (int r = 0; r < rows; r++) {
    const int8x16_t steps = (int8x16_t)vdupq_n_s32(are_rows ? x[0][r] : x[r][lane]);
    UNROLL for (int v = 0; v < block_vectors; v++)
      sum[r][v] = (words)vdotq_s32((int32x4_t)sum[r][v], columns[v], steps);
  }
}

static inline int32x4_t four_words(const operand *x, int bytes) {
  int32x4_t all = {0};
  if (bytes >= 16) __builtin_memcpy(&all, x, 16);
  else __builtin_memcpy(&all, x, (size_t)bytes);
  return all;
}

static inline __attribute__((always_inline)) void dot_tile(
    const int rows, const int has_block_pixels, int groups, const operand *strip, ptrdiff_t ld, const operand *block,
    const struct tile_start *start, int32_t *sums, ptrdiff_t ld_sums, int adds) {
  words sum[strip_rows][block_vectors];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < block_vectors; v++) {
      sum[r][v] = has_block_pixels ? (words){0} + start->rows[r] : start->columns[v];
      if (adds) sum[r][v] += *(const words *)(sums + r * ld_sums + v * word_lanes);
    }
  int32x4_t x[strip_rows];
  for (; !has_block_pixels && groups >= 4; groups -= 4, strip += 4 * group, block += 4 * group * block_columns) {
    UNROLL for (int r = 0; r < rows; r++) x[r] = four_words(strip + r * ld, 16);
    UNROLL for (int g = 0; g < 4; g++) add_lanes(rows, 0, g, x, block + g * group * block_columns, sum);
  }
  for (; groups > 0; groups--, strip += has_block_pixels ? ld : group, block += group * block_columns) {
    if (has_block_pixels) x[0] = four_words(strip, group * rows);
    else
      UNROLL for (int r = 0; r < rows; r++) x[r] = four_words(strip + r * ld, group);
    add_lanes(rows, has_block_pixels, 0, x, block, sum);
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int v = 0; v < block_vectors; v++) *(words *)(sums + r * ld_sums + v * word_lanes) = sum[r][v];
}
