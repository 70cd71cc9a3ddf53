// What becomes of tiles of sums.

// The same as `Int64.divided(byPowerOfTwo:)`: no shift is out of bounds, and sums wrap.
static int64_t divided(int64_t value, int shift) {
  const unsigned by = (unsigned)shift & 63;
  const uint64_t below_half = ((uint64_t)1 << ((by - 1) & 63)) - 1;
  const int64_t result = (int64_t)((uint64_t)value + below_half + (uint64_t)(value >> by & 1)) >> by;
  return result < INT32_MIN ? INT32_MIN : result > INT32_MAX ? INT32_MAX : result;
}

// The same as `FixedPoint.scale` and `OutputRange.clamp`, for any sum and any multiplier.
static int8_t requantize_wide(int64_t sum, int64_t multiplier, int shift, int zero, int low, int high) {
  int64_t value = sum < 0 ? INT32_MIN : INT32_MAX;
  if (sum == (int32_t)sum) value = divided(sum * multiplier, shift);
  else if (shift > 52) value = divided((sum >> 16) * multiplier + (((sum & 0xffff) * multiplier) >> 16), shift - 16);
  value = value < low - zero ? low - zero : value;
  value = value > high - zero ? high - zero : value;
  return (int8_t)(value + zero);
}

// 16 bytes, or the first ones of them.
static inline void put16(int8_t *to, const int8_t *from, int count) {
  typedef int8_t bytes __attribute__((vector_size(16), aligned(1), may_alias));
  if (count == block_columns) *(bytes *)to = *(const bytes *)from;
  else for (int j = 0; j < count; j++) to[j] = from[j];
}

typedef uint64_t longs __attribute__((vector_size(2 * BYTES)));
typedef int64_t signed_longs __attribute__((vector_size(2 * BYTES)));

// 2^62 makes every product positive, so that shifts need no sign; it leaves whether a quotient is odd as it is.
static const uint64_t offset = (uint64_t)1 << 62;

// What some columns are requantized with: multipliers, shifts, halves of what these shift out, biases.
struct requantization {
  signed_longs factor[block_vectors];
  longs shift[block_vectors], half[block_vectors];
  words bias[block_vectors], quotient_of_offset[block_vectors];
};

// `multipliers` are pairs of multiplier and shift. False where a sum in a tile and its bias may leave 32 bits, or a shift
// is out of the ordinary: no sum of products is beyond 2^30 where tiles are used.
static int prepare(struct requantization *r, int columns, const int32_t *bias, const int32_t *multipliers) {
  int32_t padded[2 * block_columns], starts[block_columns] = {0};
  const int32_t *pairs = multipliers, *start = bias;
  if (columns < block_columns) {
    for (int j = 0; j < 2 * block_columns; j++) padded[j] = j < 2 * columns ? multipliers[j] : 32 * (j & 1);
    pairs = padded;
  }
  if (!bias || columns < block_columns) {
    for (int j = 0; bias && j < columns; j++) starts[j] = bias[j];
    start = starts;
  }
  words bad = {0};
  for (int v = 0; v < block_vectors; v++) {
    const words first = *(const words *)(pairs + 2 * v * word_lanes);
    const words second = *(const words *)(pairs + (2 * v + 1) * word_lanes);
#if LANES == 8
    const words factor = __builtin_shufflevector(first, second, 0, 2, 4, 6, 8, 10, 12, 14);
    const words shift = __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15);
#else
    const words factor = __builtin_shufflevector(first, second, 0, 2, 4, 6);
    const words shift = __builtin_shufflevector(first, second, 1, 3, 5, 7);
#endif
    r->bias[v] = *(const words *)(start + v * word_lanes);
    bad |= (shift < 32) | (shift > 61) | (r->bias[v] > 1 << 30) | (r->bias[v] < -(1 << 30));
    r->factor[v] = __builtin_convertvector(factor, signed_longs);
    r->shift[v] = __builtin_convertvector(((shift - 1) & 63) + 1, longs);
    r->half[v] = (((longs){0} + 1) << (r->shift[v] - 1)) - 1 + offset;
    r->quotient_of_offset[v] = __builtin_convertvector(((longs){0} + offset) >> r->shift[v], words);
  }
  int any = 0;
  for (int i = 0; i < word_lanes; i++) any |= bad[i];
  return !any;
}

// y = clamp(zero + round((sum + bias) * multiplier / 2^shift)), halves to even: the product of 32 and 31 bits is exact.
static void requantize(
    int rows, int columns, const int32_t *sums, const int32_t *bias, const int32_t *multipliers, int zero, int low,
    int high, int8_t *y, ptrdiff_t ld) {
  typedef int8_t bytes __attribute__((vector_size(word_lanes), aligned(1), may_alias));
  struct requantization q;
  if (!prepare(&q, columns, bias, multipliers)) {
    for (int r = 0; r < rows; r++)
      for (int j = 0; j < columns; j++)
        y[r * ld + j] = requantize_wide(
            (int64_t)sums[r * block_columns + j] + (bias ? bias[j] : 0), multipliers[2 * j], multipliers[2 * j + 1],
            zero, low, high);
    return;
  }
  const words least = (words){0} + (low - zero), most = (words){0} + (high - zero);
  for (; rows > 0; rows--, sums += block_columns, y += ld) {
    _Alignas(16) int8_t row[block_columns];
    for (int v = 0; v < block_vectors; v++) {
      const words sum = *(const words *)(sums + v * word_lanes) + q.bias[v];
      const longs product = (longs)(__builtin_convertvector(sum, signed_longs) * q.factor[v]);
      const longs odd = (product + offset) >> q.shift[v] & 1;
      // Shifts of 32 and more leave 32 bits.
      words value = __builtin_convertvector((product + q.half[v] + odd) >> q.shift[v], words) - q.quotient_of_offset[v];
      value = __builtin_elementwise_min(__builtin_elementwise_max(value, least), most);
      *(bytes *)(row + v * word_lanes) = __builtin_convertvector(value + zero, bytes);
    }
    put16(y, row, columns);
  }
}

// `count` bits from a bit on, up to 16.
static inline unsigned bits_from(const uint8_t *bits, ptrdiff_t index, int count) {
  if (index % 8 == 0 && count == 16) return bits[index / 8] | (unsigned)bits[index / 8 + 1] << 8;
  unsigned found = 0;
  for (ptrdiff_t byte = index / 8; byte <= (index + count - 1) / 8; byte++)
    found |= (unsigned)bits[byte] << (8 * (byte - index / 8));
  return found >> index % 8;
}

// Elements of a gradient from some sums of one row: `GradientSink`, in its order of comparisons, which decides what
// becomes of what is no number.
static inline vector gradient_values(
    const int are_reals, const int32_t *sums, float scale, const float *fold, words kept) {
  vector value = *(const vector *)sums;
  if (!are_reals) value = __builtin_convertvector(*(const words *)sums, vector) * scale;
  if (fold) value *= *(const vector *)fold;
  return (vector)((words)value & (kept != 0));
}

// The same as integers of a gradient with a common scale.
static inline words gradient_integers(vector value, float inverse, vector limit) {
  return (words)(limited(value * inverse, limit) + 12582912.0f) - 0x4b400000;
}

// Sums, or `are_reals` floats, as elements of a gradient. Where the scale is not known yet, only the largest magnitude is
// looked for.
//
// `index` is that of the first element among all, for the mask; `to` is where it goes.
static inline __attribute__((always_inline)) void gradient_to(
    struct ck_gradient *const all, const int are_reals, const int format, int rows, int columns, const int32_t *sums,
    ptrdiff_t index, int channel, void *to, ptrdiff_t ld) {
  typedef int8_t bytes __attribute__((vector_size(word_lanes), aligned(1), may_alias));
  typedef int16_t halves __attribute__((vector_size(2 * word_lanes), aligned(2), may_alias));
  // A copy, which no store can change.
  const struct ck_gradient g = *all;
  static const int32_t lane_bits[block_columns] = {
      1 << 0, 1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
      1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
  float some[block_columns] = {0};
  const float *fold = g.fold ? g.fold + channel : 0;
  if (fold && columns < block_columns) {
    for (int j = 0; j < columns; j++) some[j] = fold[j];
    fold = some;
  }
  const int all_columns = (1 << columns) - 1;
  vector largest = (vector){0} + g.largest;
  const vector limit = (vector){0} + (format == 1 ? 127.0f : 32767.0f);
  for (ptrdiff_t at = 0; rows > 0; rows--, sums += block_columns, index += g.channels, at += ld) {
    const int kept = all_columns & (g.mask ? (int)bits_from(g.mask, index, columns) : 0xffff);
    _Alignas(16) int8_t row[4 * block_columns];
    for (int v = 0; v < block_vectors; v++) {
      const vector value = gradient_values(
          are_reals, sums + v * word_lanes, g.scale, fold ? fold + v * word_lanes : 0,
          ((words){0} + kept) & *(const words *)(lane_bits + v * word_lanes));
      if (format == 0) {
        *(vector *)(row + v * BYTES) = value;
      } else if (g.is_measuring) {
        const vector size = (vector)((words)value & 0x7fffffff);
        largest = choose_floats(size >= largest, size, largest);
      } else if (format == 1) {
        *(bytes *)(row + v * word_lanes) = __builtin_convertvector(gradient_integers(value, g.inverse, limit), bytes);
      } else {
        *(halves *)(row + 2 * v * word_lanes) =
            __builtin_convertvector(gradient_integers(value, g.inverse, limit), halves);
      }
    }
    if (g.is_measuring) continue;
    if (format == 1) put16((int8_t *)to + at, row, columns);
    else __builtin_memcpy((int8_t *)to + (format == 0 ? 4 : 2) * at, row, (size_t)(format == 0 ? 4 : 2) * (size_t)columns);
  }
  for (int i = 0; i < word_lanes; i++) all->largest = largest[i] >= all->largest ? largest[i] : all->largest;
}

static inline __attribute__((always_inline)) void gradient_tile(
    struct ck_gradient *g, const int are_reals, int rows, int columns, const int32_t *sums, ptrdiff_t index,
    int channel) {
  char *const out = g->out;
  const int ld = g->channels;
  switch (g->format) {
    case 0: return gradient_to(g, are_reals, 0, rows, columns, sums, index, channel, out + 4 * index, ld);
    case 1: return gradient_to(g, are_reals, 1, rows, columns, sums, index, channel, out + index, ld);
    default: gradient_to(g, are_reals, 2, rows, columns, sums, index, channel, out + 2 * index, ld);
  }
}

static void gradient_rows(
    struct ck_gradient *g, int rows, int columns, const int32_t *sums, ptrdiff_t index, int channel) {
  gradient_tile(g, 0, rows, columns, sums, index, channel);
}

// See `ck_reals`.
static void reals(int count, const int32_t *sums, float scale, const float *scales, int adds, float *out) {
  for (int i = 0; i < count; i += LANES) {
    const int left = count - i;
    // Less zero, which leaves the sign of a zero.
    const vector factor = scales ? scale * floats_at(scales + i, left) : scale - (vector){0};
    vector value = __builtin_convertvector(words_at(sums + i, left), vector) * factor;
    if (adds) value = floats_at(out + i, left) + value;
    put_floats(value, out + i, left);
  }
}
