// Updates by momentum, Lion and Adam: `OptimizerState` with its moments of 8 bits in blocks, the same bits.

// Moments and directions of one block.
struct block_of_moments {
  float moment[moment_block], root[moment_block], direction[moment_block];
};

static inline float scale_of_block(float scale) { return scale < 0x1p-126f ? 0 : scale; }

// What the gradients make of the moments, and the directions.
static void advance(const struct ck_moments *m, int block, int count, const float *g, struct block_of_moments *b) {
  const float scale = m->first_scales[block], root_scale = m->second_scales ? m->second_scales[block] : 0;
  const int8_t *first = m->first + block * moment_block;
  const uint8_t *second = m->second ? m->second + block * moment_block : 0;
  const float root_correction = __builtin_sqrtf(m->correction2);
  for (int i = 0; i < count; i++) {
    const float old = (float)first[i] * scale;
    float moment, root = 0, direction;
    if (m->rule == 2) {
      const float mixed = m->beta1 * old + (1 - m->beta1) * g[i];
      direction = mixed > 0 ? 1 : mixed < 0 ? -1 : 0;
      moment = m->beta2 * old + (1 - m->beta2) * g[i];
    } else if (m->rule == 3) {
      moment = m->beta1 * old + (1 - m->beta1) * g[i];
      const float old_root = (float)(second ? second[i] : 0) * root_scale;
      root = __builtin_sqrtf(m->beta2 * old_root * old_root + (1 - m->beta2) * g[i] * g[i]);
      direction = moment / m->correction1 / (root / root_correction + 1e-8f);
    } else {
      moment = m->beta1 * old + g[i];
      direction = moment;
    }
    const int is_finite = __builtin_fabsf(moment) < __builtin_inff();
    root = is_finite ? root : 0;
    b->moment[i] = is_finite ? moment : 0;
    b->direction[i] = is_finite ? direction : 0;
    b->root[i] = 0x1p63f < root ? 0x1p63f : root;
  }
}

// The first moments go back rounded at random, by another stream than the weights'.
static void store_moments(
    const struct ck_moments *m, const struct ck_update *u, int block, int count, const float *moment) {
  float largest = 0;
  for (int i = 0; i < count; i++) {
    const float size = __builtin_fabsf(moment[i]);
    largest = size >= largest ? size : largest;
  }
  const float scale = scale_of_block(largest / 127), inverse = scale > 0 ? 1 / scale : 0;
  m->first_scales[block] = scale;
  const int start = block * moment_block;
  struct run_noise noise;
  make_noise(&noise, ~u->key, (uint32_t)start, count);
  for (int i = 0; i < count; i += LANES) {
    const vector value = limited(floats_at(moment + i, count - i) * inverse, (vector){0} + 127.0f);
    const words whole = rounded_steps(0, value, fractions_at(&noise, i));
    put_bytes(whole, m->first + start + i, count - i);
  }
}

// The roots of the second moments go back rounded up: a second moment of 0 would make the next step without bound.
static void store_roots(const struct ck_moments *m, int block, int count, const float *root) {
  if (!m->second || !m->second_scales) return;
  float largest = 0;
  for (int i = 0; i < count; i++) largest = root[i] >= largest ? root[i] : largest;
  const float scale = scale_of_block(largest / 255), inverse = scale > 0 ? 1 / scale : 0;
  m->second_scales[block] = scale;
  uint8_t *second = m->second + block * moment_block;
  for (int i = 0; i < count; i++) {
    float value = root[i] * inverse;
    value = value != value ? 0 : 255 < value ? 255 : value;
    const int whole = (int)value;
    second[i] = (uint8_t)(whole + ((float)whole < value));
  }
}

// Elements `first` ... of a tensor, which begin with a block.
static int moments8(
    const struct ck_moments *m, const struct ck_update *u, int first, int count, const struct ck_gradients *gradients,
    const void *w, void *new_w, int8_t *low) {
  if (!are_safe(u, count, w)) return 0;
  for (struct update_place next = place_of(u, first); next.at < count;) {
    const int from = next.at, part = least(moment_block, count - from), block = (first + from) / moment_block;
    float g[moment_block];
    struct block_of_moments b;
    for (struct update_place place = next; place.at < from + part;) {
      const struct update_run_of run = run_at(u, &place, update_run, from + part, w, new_w, low);
      float *to = g + (place.at - from);
      const float *found = decayed(u, &run, gradients, place.at, to);
      if (found != to) __builtin_memcpy(to, found, (size_t)run.count * sizeof *g);
      go_on(u, &place, run.count);
    }
    advance(m, block, part, g, &b);
    while (next.at < from + part) {
      const struct update_run_of run = run_at(u, &next, update_run, from + part, w, new_w, low);
      move(u, &run, b.direction + (next.at - from));
      go_on(u, &next, run.count);
    }
    store_moments(m, u, block, part, b.moment);
    store_roots(m, block, part, b.root);
  }
  return 1;
}
