// What becomes of tiles of sums.

// The same as `FixedPoint.scale` and `OutputRange.clamp`, for a sum of more than 32 bits.
static int8_t requantize_wide(int64_t sum, int64_t multiplier, int shift, int zero, int low, int high) {
  int64_t value = sum;
  shift &= 63;
  if (sum == (int32_t)sum || shift > 52) {
    if (sum != (int32_t)sum) {
      value = (sum >> 16) * multiplier + (((sum & 0xffff) * multiplier) >> 16);
      shift -= 16;
    } else {
      value = sum * multiplier;
    }
    value = (value + (int64_t)(((uint64_t)1 << ((shift - 1) & 63)) - 1) + (value >> shift & 1)) >> shift;
  }
  value = value < low - zero ? low - zero : value;
  value = value > high - zero ? high - zero : value;
  return (int8_t)(value + zero);
}

// Whether a sum in a tile and its bias may leave 32 bits: no sum of products is beyond 2^30 where tiles are used.
static int may_leave_32_bits(const int32_t *bias, int columns) {
  for (int j = 0; j < columns; j++)
    if (bias[j] > 1 << 30 || bias[j] < -(1 << 30)) return 1;
  return 0;
}

// y = clamp(zero + round((sum + bias) * multiplier / 2^shift)), halves to even: the product of 32 and 31 bits is exact.
// `multipliers` are pairs of multiplier and shift.
static void requantize(
    int rows, int columns, const int32_t *sums, const int32_t *bias, const int32_t *multipliers, int zero, int low,
    int high, int8_t *y, ptrdiff_t ld) {
  typedef int64_t longs __attribute__((vector_size(2 * BYTES)));
  typedef int8_t bytes __attribute__((vector_size(word_lanes), aligned(1), may_alias));
  if (bias && may_leave_32_bits(bias, columns)) {
    for (int r = 0; r < rows; r++)
      for (int j = 0; j < columns; j++)
        y[r * ld + j] = requantize_wide(
            (int64_t)sums[r * block_columns + j] + bias[j], multipliers[2 * j], multipliers[2 * j + 1], zero, low,
            high);
    return;
  }
  words factor[block_vectors], start[block_vectors];
  longs shift[block_vectors], half[block_vectors];
  for (int v = 0; v < block_vectors; v++)
    for (int i = 0; i < word_lanes; i++) {
      const int j = v * word_lanes + i, exists = j < columns;
      factor[v][i] = exists ? multipliers[2 * j] : 0;
      // What no plan of ours has is as good as any other number.
      shift[v][i] = exists ? multipliers[2 * j + 1] & 63 : 1;
      half[v][i] = (int64_t)(((uint64_t)1 << ((shift[v][i] - 1) & 63)) - 1);
      start[v][i] = exists && bias ? bias[j] : 0;
    }
  const int64_t least = low - zero, most = high - zero;
  for (; rows > 0; rows--, sums += block_columns, y += ld) {
    int8_t row[block_columns];
    for (int v = 0; v < block_vectors; v++) {
      const words sum = *(const words *)(sums + v * word_lanes) + start[v];
      longs value = __builtin_convertvector(sum, longs) * __builtin_convertvector(factor[v], longs);
      value = (value + half[v] + (value >> shift[v] & 1)) >> shift[v];
      value = __builtin_elementwise_min(__builtin_elementwise_max(value, (longs){0} + least), (longs){0} + most);
      *(bytes *)(row + v * word_lanes) = __builtin_convertvector(value + zero, bytes);
    }
    if (columns == block_columns) __builtin_memcpy(y, row, block_columns);
    else for (int j = 0; j < columns; j++) y[j] = row[j];
  }
}

typedef float floats __attribute__((vector_size(BYTES), aligned(4), may_alias));

// `count` bits from a bit on, up to 16.
static unsigned bits_from(const uint8_t *bits, ptrdiff_t index, int count) {
  unsigned found = 0;
  for (ptrdiff_t byte = index / 8; byte <= (index + count - 1) / 8; byte++)
    found |= (unsigned)bits[byte] << (8 * (byte - index / 8));
  return found >> index % 8;
}

// Sums as elements of a gradient: the epilogue of `GradientSink`, in its order of comparisons, which decides what
// becomes of what is no number. The largest magnitude is written back; where the scale is not known yet, only that.
//
// `index` is that of the first element among all, for the mask; `to` is where it goes.
static inline __attribute__((always_inline)) void gradient_to(
    struct ck_gradient *g, int rows, int columns, const int32_t *sums, ptrdiff_t index, int channel, void *to,
    ptrdiff_t ld) {
  words lane[block_vectors];
  floats fold[block_vectors], largest = (floats){0} + g->largest;
  for (int v = 0; v < block_vectors; v++)
    for (int i = 0; i < word_lanes; i++) {
      const int j = v * word_lanes + i;
      lane[v][i] = j < columns ? 1 << j : 0;
      fold[v][i] = g->fold && j < columns ? g->fold[channel + j] : 1;
    }
  for (ptrdiff_t at = 0; rows > 0; rows--, sums += block_columns, index += g->channels, at += ld) {
    const int kept = g->mask ? (int)bits_from(g->mask, index, columns) : 0xffff;
    int8_t bytes[block_columns];
    int16_t shorts_of_row[block_columns];
    float floats_of_row[block_columns];
    for (int v = 0; v < block_vectors; v++) {
      floats value = __builtin_convertvector(*(const words *)(sums + v * word_lanes), floats) * g->scale;
      if (g->fold) value *= fold[v];
      value = (floats)((words)value & (((words){0} + kept & lane[v]) != 0));
      if (g->format == 0) {
        *(floats *)(floats_of_row + v * word_lanes) = value;
        continue;
      }
      if (g->is_measuring) {
        const floats size = (floats)((words)value & 0x7fffffff);
        const words more = size >= largest;
        largest = (floats)(((words)size & more) | ((words)largest & ~more));
        continue;
      }
      const floats limit = (floats){0} + (g->format == 1 ? 127.0f : 32767.0f);
      value *= g->inverse;
      const words below = -limit >= value;
      value = (floats)(((words)-limit & below) | ((words)value & ~below));
      const words above = limit < value;
      value = (floats)(((words)limit & above) | ((words)value & ~above));
      const words whole = (words)(value + 12582912.0f) - 0x4b400000;
      for (int i = 0; i < word_lanes; i++) {
        bytes[v * word_lanes + i] = (int8_t)whole[i];
        shorts_of_row[v * word_lanes + i] = (int16_t)whole[i];
      }
    }
    if (g->is_measuring) continue;
    const size_t count = (size_t)columns;
    if (g->format == 0) __builtin_memcpy((float *)to + at, floats_of_row, 4 * count);
    else if (g->format == 1) __builtin_memcpy((int8_t *)to + at, bytes, count);
    else __builtin_memcpy((int16_t *)to + at, shorts_of_row, 2 * count);
  }
  for (int i = 0; i < word_lanes; i++) g->largest = largest[i] >= g->largest ? largest[i] : g->largest;
}

static void gradient_rows(
    struct ck_gradient *g, int rows, int columns, const int32_t *sums, ptrdiff_t index, int channel) {
  const ptrdiff_t size = g->format == 0 ? 4 : g->format;
  gradient_to(g, rows, columns, sums, index, channel, (char *)g->out + size * index, g->channels);
}
