// Element by element, in 8 bits.

// Whether low < x < high, one bit an element, the first one lowest; bits behind the last are zeros.
static void mask8(const int8_t *x, int count, int low, int high, uint8_t *bits) {
  typedef int8_t bytes8 __attribute__((vector_size(8), aligned(1), may_alias));
  typedef int16_t shorts8 __attribute__((vector_size(16)));
  // Limits beyond 8 bits are like those next to them.
  const int least_x = low < -129 ? -129 : low > 127 ? 127 : low, most_x = high < -128 ? -128 : high > 128 ? 128 : high;
  const shorts8 above = (shorts8){0} + (int16_t)least_x, below = (shorts8){0} + (int16_t)most_x;
  for (; count > 0; count -= 8, x += 8, bits++) {
    bytes8 eight = {0};
    if (count >= 8) eight = *(const bytes8 *)x;
    else __builtin_memcpy(&eight, x, (size_t)count);
    const shorts8 wide = __builtin_convertvector(eight, shorts8);
    const bytes8 inside = __builtin_convertvector((wide > above) & (wide < below), bytes8);
    uint64_t all;
    __builtin_memcpy(&all, &inside, sizeof all);
    // Each byte keeps the bit of its place, and the product collects them in the last byte.
    const uint8_t eight_bits = (uint8_t)(((all & 0x8040201008040201u) * 0x0101010101010101u) >> 56);
    *bits = count >= 8 ? eight_bits : eight_bits & (uint8_t)((1 << count) - 1);
  }
}

// The largest magnitude, and how many elements have the magnitude `limit`.
static void range8(const int8_t *x, int count, int limit, int *largest, int *saturated) {
  int most = 0, at_limit = 0;
  for (int i = 0; i < count; i++) {
    const int size = x[i] < 0 ? -x[i] : x[i];
    most = size > most ? size : most;
    at_limit += size == limit;
  }
  *largest = most;
  *saturated = at_limit;
}

// See `ck_cast8`.
static void cast8(
    struct ck_gradient *g, int pixels, int spread, const int8_t *x, float scale, const int8_t *second,
    float second_scale) {
  typedef float floats16 __attribute__((vector_size(64), aligned(4), may_alias));
  const int channels = g->channels;
  for (int first = 0; first < pixels; first += run_pixels)
    for (int c = 0; c < channels; c += block_columns) {
      const int count = least(block_columns, channels - c), part = least(run_pixels, pixels - first);
      int32_t tile[run_pixels * block_columns];
      for (int p = 0; p < part; p++) {
        const ptrdiff_t at = (ptrdiff_t)((first + p) / spread) * channels + c;
        floats16 value = __builtin_convertvector(load16(x + at, count), floats16) * scale;
        if (second) value += __builtin_convertvector(load16(second + at, count), floats16) * second_scale;
        // What pooling adds to zero has no sign where it is zero itself.
        if (spread > 1) value = (floats16){0} + value * (1 / (float)spread);
        *(floats16 *)(tile + p * block_columns) = value;
      }
      gradient_tile(g, 1, part, count, tile, (ptrdiff_t)first * channels + c, c);
    }
}
