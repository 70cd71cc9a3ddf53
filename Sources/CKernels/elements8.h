// Element by element, in 8 bits.

#if defined(__x86_64__)
enum { mask_bytes = LANES == 4 ? 16 : 32 };

// A bit for each byte that is not zero: all of it is set.
static inline uint32_t bits_of(int8_t all __attribute__((vector_size(mask_bytes)))) {
  typedef char whole_bytes __attribute__((vector_size(mask_bytes)));
#if LANES == 4
  return (uint32_t)__builtin_ia32_pmovmskb128((whole_bytes)all);
#else
  return (uint32_t)__builtin_ia32_pmovmskb256((whole_bytes)all);
#endif
}
#else
enum { mask_bytes = 8 };

static inline uint32_t bits_of(int8_t all __attribute__((vector_size(mask_bytes)))) {
  uint64_t bytes;
  __builtin_memcpy(&bytes, &all, sizeof bytes);
  // Each byte keeps the bit of its place, and the product collects them in the last byte.
  return (uint32_t)(((bytes & 0x8040201008040201u) * 0x0101010101010101u) >> 56);
}
#endif

// Whether low < x < high, one bit an element, the first one lowest; bits behind the last are zeros.
static void mask8(const int8_t *x, int count, int low, int high, uint8_t *bits) {
  typedef int8_t bytes __attribute__((vector_size(mask_bytes), aligned(1), may_alias));
  // Limits that 8 bits hold, which belong to what is inside.
  const int is_empty = low >= 127 || high <= -128;
  const int least_x = is_empty || low < -129 ? -128 : low + 1, most_x = is_empty || high > 128 ? 127 : high - 1;
  if (is_empty || least_x > most_x) {
    __builtin_memset(bits, 0, ((size_t)count + 7) / 8);
    return;
  }
  const bytes from = (bytes){0} + (int8_t)least_x, to = (bytes){0} + (int8_t)most_x;
  for (; count >= mask_bytes; count -= mask_bytes, x += mask_bytes, bits += mask_bytes / 8) {
    const bytes some = *(const bytes *)x;
    const uint32_t inside = bits_of((some >= from) & (some <= to));
    __builtin_memcpy(bits, &inside, mask_bytes / 8);
  }
  if (count == 0) return;
  bytes rest = {0};
  __builtin_memcpy(&rest, x, (size_t)count);
  const uint32_t inside = bits_of((rest >= from) & (rest <= to)) & (uint32_t)(((uint64_t)1 << count) - 1);
  __builtin_memcpy(bits, &inside, ((size_t)count + 7) / 8);
}

// The largest magnitude, and how many elements have the magnitude `limit`, which 8 bits hold.
static void range8(const int8_t *x, int count, int limit, int *largest, int *saturated) {
  typedef int8_t bytes __attribute__((vector_size(BYTES), aligned(1), may_alias));
  typedef uint8_t sizes __attribute__((vector_size(BYTES), may_alias));
  sizes most = {0};
  int at_limit = 0, most_of_all = 0;
  while (count >= BYTES) {
    // As many of them as a byte can count.
    sizes seen = {0};
    for (int i = 0; i < 255 && count >= BYTES; i++, count -= BYTES, x += BYTES) {
      const sizes size = (sizes)__builtin_elementwise_abs(*(const bytes *)x);
      most = __builtin_elementwise_max(most, size);
      seen -= (sizes)(size == (uint8_t)limit);
    }
    for (int lane = 0; lane < BYTES; lane++) at_limit += seen[lane];
  }
  for (int lane = 0; lane < BYTES; lane++) most_of_all = most[lane] > most_of_all ? most[lane] : most_of_all;
  for (int i = 0; i < count; i++) {
    const int size = x[i] < 0 ? -x[i] : x[i];
    most_of_all = size > most_of_all ? size : most_of_all;
    at_limit += size == limit;
  }
  *largest = most_of_all;
  *saturated = at_limit;
}

// See `ck_sums8`.
static void sums8(int rows, int columns, const int8_t *x, int32_t *sums) {
  for (ptrdiff_t c = 0; c < columns; c += block_columns) {
    const int count = least(block_columns, (int)(columns - c));
    words16 sum = {0};
    const int8_t *row = x + c;
    if (!is_small && count == block_columns)
      for (int r = 0; r < rows; r++, row += columns) sum += __builtin_convertvector(*(const bytes16 *)row, words16);
    else
      for (int r = 0; r < rows; r++, row += columns) sum += __builtin_convertvector(load16(row, count), words16);
    __builtin_memcpy(sums + c, &sum, (size_t)count * sizeof *sums);
  }
}

typedef float floats16 __attribute__((vector_size(64), aligned(4), may_alias));

// What a cast reads: elements of 16 channels, and those that are added to them.
struct cast_from {
  const int8_t *x, *second;
  float scale, second_scale;
  int spread, channels;
};

static inline __attribute__((always_inline)) void cast_values(
    const struct cast_from *from, const int count, int first, int pixels, int c, int32_t *tile) {
  for (int p = 0; p < pixels; p++) {
    const int pixel = from->spread > 1 ? (first + p) / from->spread : first + p;
    const ptrdiff_t at = (ptrdiff_t)pixel * from->channels + c;
    floats16 value = __builtin_convertvector(load16(from->x + at, count), floats16) * from->scale;
    if (from->second)
      value += __builtin_convertvector(load16(from->second + at, count), floats16) * from->second_scale;
    // What pooling adds to zero has no sign where it is zero itself.
    if (from->spread > 1) value = (floats16){0} + value * (1 / (float)from->spread);
    *(floats16 *)(tile + p * block_columns) = value;
  }
}

// See `ck_cast8`.
static void cast8(
    struct ck_gradient *g, int pixels, int spread, const int8_t *x, float scale, const int8_t *second,
    float second_scale) {
  const struct cast_from from = {x, second, scale, second_scale, spread, g->channels};
  for (ptrdiff_t pixel = 0; pixel < pixels; pixel += tile_pixels)
    for (ptrdiff_t channel = 0; channel < g->channels; channel += block_columns) {
      const int first = (int)pixel, c = (int)channel;
      const int count = least(block_columns, g->channels - c), part = least(tile_pixels, pixels - first);
      int32_t tile[tile_pixels * block_columns];
      if (!is_small && count == block_columns) cast_values(&from, block_columns, first, part, c, tile);
      else cast_values(&from, count, first, part, c, tile);
      gradient_tile(g, 1, part, count, tile, (ptrdiff_t)first * g->channels + c, c);
    }
}

// See `ck_add8`: nothing in front of the rounding has more than the 53 bits that a double holds.
static void add8(const struct ck_add *add, int count, const int8_t *a, const int8_t *b, int8_t *y) {
  typedef double doubles __attribute__((vector_size(2 * BYTES)));
  const struct ck_add p = *add;
  const uint64_t bits = (uint64_t)(1023 - p.shift) << 52;
  double scale;
  __builtin_memcpy(&scale, &bits, sizeof scale);
  const doubles least_y = (doubles){0} + (p.low - p.zero), most_y = (doubles){0} + (p.high - p.zero);
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    const int left = (int)(count - i);
    doubles sum = __builtin_convertvector(bytes_at(a + i, left) - p.zero_a, doubles) * p.factor_a;
    if (b) sum += __builtin_convertvector(bytes_at(b + i, left) - p.zero_b, doubles) * p.factor_b;
    const doubles value = __builtin_elementwise_min(__builtin_elementwise_max(sum * scale, least_y), most_y);
    // The lower half of such a number is its integer.
    put_bytes(__builtin_convertvector((longs)(value + 0x1.8p52), words) + p.zero, y + i, left);
  }
}
