// Masks of floats, a bit an element, the first one lowest.

// Elements at a time, whose bits are whole bytes.
enum { mask_lanes = LANES == 16 ? 16 : 8 };
typedef float mask_floats __attribute__((vector_size(4 * mask_lanes), aligned(4), may_alias));
typedef int32_t mask_words __attribute__((vector_size(4 * mask_lanes), aligned(4), may_alias));

// Whether low < x < high; bits behind the last are zeros.
static void mask32(const float *x, int count, float low, float high, uint8_t *bits) {
  typedef _Bool bools __attribute__((ext_vector_type(mask_lanes)));
  for (; count >= mask_lanes; count -= mask_lanes, x += mask_lanes, bits += mask_lanes / 8) {
    const mask_floats some = *(const mask_floats *)x;
    const bools inside = __builtin_convertvector(((some > low) & (some < high)) != 0, bools);
    __builtin_memcpy(bits, &inside, mask_lanes / 8);
  }
  for (int i = 0; i < count; i++) {
    if (i % 8 == 0) bits[i / 8] = 0;
    bits[i / 8] |= (uint8_t)((x[i] > low && x[i] < high) << i % 8);
  }
}

static inline float gated(float dy, int is_open, float slope) { return is_open ? dy : slope == 0 ? 0 : slope * dy; }

// dx = dy where the bit is on, else slope * dy; dx may be dy.
static void gate32(const float *dy, const uint8_t *bits, int count, float slope, float *dx) {
  mask_words places;
  for (int i = 0; i < mask_lanes; i++) places[i] = 1 << i;
  for (; count >= mask_lanes; count -= mask_lanes, dy += mask_lanes, dx += mask_lanes, bits += mask_lanes / 8) {
    int all = bits[0];
    if (mask_lanes == 16) all |= bits[1] << 8;
    const mask_words open = ((((mask_words){0} + all) & places) != 0);
    const mask_floats some = *(const mask_floats *)dy, closed = slope == 0 ? (mask_floats){0} : slope * some;
    *(mask_words *)dx = (open & (mask_words)some) | (~open & (mask_words)closed);
  }
  for (int i = 0; i < count; i++) dx[i] = gated(dy[i], bits[i / 8] >> i % 8 & 1, slope);
}
