// Tiles of sums as elements of a gradient.

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

// Some elements of a gradient in a row, from what `gradient_integers` or `gradient_values` made of sums.
static inline __attribute__((always_inline)) void put_gradient(
    const words *value, const int format, const int columns, void *to, ptrdiff_t at) {
  typedef int16_t halves __attribute__((vector_size(2 * block_columns), aligned(2), may_alias));
  words16 all;
  join(value, &all);
  if (format == 1) {
    put16(__builtin_convertvector(all, bytes16), (int8_t *)to + at, columns);
  } else if (format == 2) {
    const halves narrow = __builtin_convertvector(all, halves);
    __builtin_memcpy((int16_t *)to + at, &narrow, (size_t)columns * sizeof(int16_t));
  } else {
    __builtin_memcpy((float *)to + at, &all, (size_t)columns * sizeof(float));
  }
}

// Sums, or `are_reals` floats, as elements of a gradient. Where the scale is not known yet, only the largest magnitude is
// looked for.
//
// `index` is that of the first element among all, for the mask; `to` is where it goes.
static inline __attribute__((always_inline)) void gradient_columns(
    struct ck_gradient *const all, const int are_reals, const int format, int rows, const int columns,
    const int32_t *sums, ptrdiff_t index, int channel, void *to, ptrdiff_t ld) {
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
    words result[block_vectors];
    for (int v = 0; v < block_vectors; v++) {
      const vector value = gradient_values(
          are_reals, sums + v * word_lanes, g.scale, fold ? fold + v * word_lanes : 0,
          ((words){0} + kept) & *(const words *)(lane_bits + v * word_lanes));
      if (format == 0) {
        result[v] = (words)value;
      } else if (g.is_measuring) {
        const vector size = (vector)((words)value & 0x7fffffff);
        largest = choose_floats(size >= largest, size, largest);
      } else {
        result[v] = gradient_integers(value, g.inverse, limit);
      }
    }
    if (!g.is_measuring) put_gradient(result, format, columns, to, at);
  }
  for (int i = 0; i < word_lanes; i++) all->largest = largest[i] >= all->largest ? largest[i] : all->largest;
}

static inline __attribute__((always_inline)) void gradient_to(
    struct ck_gradient *g, const int are_reals, const int format, int rows, int columns, const int32_t *sums,
    ptrdiff_t index, int channel, void *to, ptrdiff_t ld) {
  // Whole blocks are usual; elements of 8 bits, too.
  if (!is_small && format == 1 && columns == block_columns)
    gradient_columns(g, are_reals, format, rows, block_columns, sums, index, channel, to, ld);
  else gradient_columns(g, are_reals, format, rows, columns, sums, index, channel, to, ld);
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
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    const int left = (int)(count - i);
    // Less zero, which leaves the sign of a zero.
    const vector factor = scales ? scale * floats_at(scales + i, left) : scale - (vector){0};
    vector value = __builtin_convertvector(words_at(sums + i, left), vector) * factor;
    if (adds) value = floats_at(out + i, left) + value;
    put_floats(value, out + i, left);
  }
}
