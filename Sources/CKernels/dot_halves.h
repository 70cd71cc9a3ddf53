// Tiles by products of 8 bits that 16 hold: two of them each are added there before 32 bits take the sum of neighbours
// (`smull`, `smlal`, `sadalp`). -128 times itself twice leaves 16 bits: see `has_least`.

// Four steps of a row, for four columns each.
static inline int8x16_t neon_steps(const operand *x) {
  int32_t four;
  __builtin_memcpy(&four, x, sizeof four);
  return (int8x16_t)vdupq_n_s32(four);
}

// The same of one group and the next, for each of up to two rows; `ld` lies between rows, or where a strip has columns
// of gradients between groups.
static inline __attribute__((always_inline)) void neon_pairs(
    const int rows, const int are_columns, const operand *strip, ptrdiff_t ld, int8x16_t steps[strip_rows][2]) {
  if (rows < 2) {
    steps[0][0] = neon_steps(strip);
    steps[0][1] = neon_steps(strip + (are_columns ? ld : group));
    return;
  }
  // Two groups of a row, or one of two rows.
  UNROLL for (int i = 0; i < 2; i++) {
    int32x2_t two;
    __builtin_memcpy(&two, strip + i * ld, sizeof two);
    const int8x16_t first = (int8x16_t)vdupq_lane_s32(two, 0), second = (int8x16_t)vdupq_lane_s32(two, 1);
    *(are_columns ? &steps[0][i] : &steps[i][0]) = first;
    *(are_columns ? &steps[1][i] : &steps[i][1]) = second;
  }
}

static inline __attribute__((always_inline)) void dot_tile(
    const int rows, const int has_block_pixels, int groups, const operand *strip, ptrdiff_t ld, const operand *block,
    const struct tile_start *start, int32_t *sums, ptrdiff_t ld_sums, int adds) {
  const ptrdiff_t step = has_block_pixels ? ld : group, row = has_block_pixels ? group : ld;
  // Of four columns, sums of the first and of the last two steps side by side.
  int32x4_t sum[strip_rows][block_vectors][2];
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < block_vectors; v++)
    sum[r][v][0] = sum[r][v][1] = vdupq_n_s32(0);
  for (; groups >= 2; groups -= 2, strip += 2 * step, block += 2 * group * block_columns) {
    int8x16_t x[strip_rows][2];
    neon_pairs(rows, has_block_pixels, strip, ld, x);
    UNROLL for (int v = 0; v < block_vectors; v++) {
      const int8x16_t a = vld1q_s8(block + 16 * v), b = vld1q_s8(block + group * block_columns + 16 * v);
      int16x8_t low[strip_rows], high[strip_rows];
      UNROLL for (int r = 0; r < rows; r++) {
        low[r] = vmull_s8(vget_low_s8(a), vget_low_s8(x[r][0]));
        high[r] = vmull_high_s8(a, x[r][0]);
      }
      UNROLL for (int r = 0; r < rows; r++) {
        low[r] = vmlal_s8(low[r], vget_low_s8(b), vget_low_s8(x[r][1]));
        high[r] = vmlal_high_s8(high[r], b, x[r][1]);
      }
      UNROLL for (int r = 0; r < rows; r++) {
        sum[r][v][0] = vpadalq_s16(sum[r][v][0], low[r]);
        sum[r][v][1] = vpadalq_s16(sum[r][v][1], high[r]);
      }
    }
  }
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < block_vectors; v++) {
    words all = has_block_pixels ? (words){0} + start->rows[r] : start->columns[v];
    if (groups > 0) {
      const int8x16_t a = vld1q_s8(block + 16 * v), x = neon_steps(strip + r * row);
      sum[r][v][0] = vpadalq_s16(sum[r][v][0], vmull_s8(vget_low_s8(a), vget_low_s8(x)));
      sum[r][v][1] = vpadalq_s16(sum[r][v][1], vmull_high_s8(a, x));
    }
    all += (words)vpaddq_s32(sum[r][v][0], sum[r][v][1]);
    int32_t *const to = sums + r * ld_sums + v * word_lanes;
    if (adds) all += *(const words *)to;
    *(words *)to = all;
  }
}

// Whether a weight or gradient is -128: two products with pixels of -128 are one more than 16 bits hold.
static int has_least(const operand *x, ptrdiff_t count) {
  int8x16_t any = vdupq_n_s8(0);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) any = vminq_s8(any, vld1q_s8(x + i));
  int8_t least = vminvq_s8(any);
  for (; i < count; i++) least = x[i] < least ? x[i] : least;
  return least == -128;
}

// The sums of products one by one, for whatever does not fit.
static void dot_plain(
    int rows, int columns, int groups, const operand *strip, ptrdiff_t ld, const operand *block, int zero,
    const int32_t *starts, int32_t *sums, ptrdiff_t ld_sums, int adds) {
  const ptrdiff_t step = starts ? ld : group, row = starts ? group : ld;
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < columns; j++) {
      int32_t sum = adds ? sums[r * ld_sums + j] : 0;
      for (int g = 0; g < groups; g++)
        for (int k = 0; k < group; k++) {
          const int x = strip[r * row + g * step + k], y = block[(g * block_columns + j) * group + k];
          sum += starts ? x * (y - zero) : (x - zero) * y;
        }
      sums[r * ld_sums + j] = sum;
    }
}
