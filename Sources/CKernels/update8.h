// The update of 8-bit weights by plain gradient descent: `WeightUpdate` without moments, the same bits.

// The finalizer of `randomNumber`: the upper half of the number of an element.
static inline uint32_t random_of(uint64_t key, uint32_t element) {
  uint64_t z = key + element * 0x9e3779b97f4a7c15u + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)((z ^ (z >> 31)) >> 32);
}

enum { update_run = 64 };

// Some processors have no vectors for it.
#pragma clang diagnostic ignored "-Wpass-failed"

// Up to `update_run` weights from element `first` on; their scales are one, or as many.
static inline __attribute__((always_inline)) void update_part(
    const struct ck_update *u, uint32_t first, int count, const float *gradient, const float *scale, int has_scales,
    const int8_t *w, int8_t *new, int8_t *low) {
  float random[update_run] = {0};
  if (u->rounding == 0)
    for (int i = 0; i < count; i++) random[i] = (float)(random_of(u->key, first + (uint32_t)i) >> 8) * 0x1p-24f;
  const int most = 127;
  // New weights may be the old ones: element for element.
#pragma clang loop vectorize(assume_safety)
  for (int i = 0; i < count; i++) {
    const float s = scale[has_scales ? i : 0];
    const int32_t old = w[i], fraction = low ? low[i] : 0;
    const float value = (float)old + (float)fraction * 0x1p-8f;
    const float g = gradient[i] * u->share + u->decay * value * s;
    float step = u->rate * g * (u->is_plain ? s : 1 / s) * (low ? 256.0f : 1.0f);
    step = -0x1p29f >= step ? -0x1p29f : step;
    step = 0x1p29f < step ? 0x1p29f : step;
    step = step == step ? step : 0;
    const float shifted = u->rounding == 1 ? step + 0.5f : step;
    int32_t whole = (int32_t)shifted;
    const float truncated = (float)whole;
    if (u->rounding != 2) whole -= truncated > shifted;
    if (u->rounding == 0) whole += step - (float)whole > random[i];
    if (low) {
      int32_t moved = old * 256 + fraction - whole;
      moved = moved < -256 * most ? -256 * most : moved > 256 * most ? 256 * most : moved;
      const int32_t upper = (moved + 128) >> 8;
      new[i] = (int8_t)(s > 0 ? upper : old);
      low[i] = (int8_t)(s > 0 ? moved - upper * 256 : fraction);
    } else {
      int32_t moved = old - whole;
      moved = moved < -most ? -most : moved > most ? most : moved;
      new[i] = (int8_t)(s > 0 ? moved : old);
    }
  }
}

// Elements `first` ... of a tensor; element i has the scale of channel i / inner % channels.
static void update8(
    const struct ck_update *u, int first, int count, const float *gradient, const int8_t *w, int8_t *new, int8_t *low) {
  while (count > 0) {
    const int channel = first / u->inner % u->channels;
    const int left = u->inner > 1 ? u->inner - first % u->inner : u->channels - channel;
    const int part = least(least(count, left), update_run);
    const float *scale = u->scales + channel;
    if (u->inner > 1) update_part(u, (uint32_t)first, part, gradient, scale, 0, w, new, low);
    else update_part(u, (uint32_t)first, part, gradient, scale, 1, w, new, low);
    first += part;
    count -= part;
    gradient += part;
    w += part;
    new += part;
    if (low) low += part;
  }
}
