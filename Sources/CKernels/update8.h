// The update of 8-bit weights by plain gradient descent: `WeightUpdate` without moments, the same bits.

enum { update_run = 64, moment_block = 128 };

typedef int8_t lane_bytes __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef uint64_t hashes __attribute__((vector_size(BYTES)));
typedef uint32_t unsigned_words __attribute__((vector_size(BYTES)));

// As many of the elements as there are; zeros in the other lanes.
static inline vector floats_at(const float *x, int count) {
  if (count >= LANES) return *(const vector *)x;
  vector some = {0};
  __builtin_memcpy(&some, x, (size_t)count * sizeof *x);
  return some;
}

static inline words bytes_at(const int8_t *x, int count) {
  lane_bytes some = {0};
  if (count >= LANES) some = *(const lane_bytes *)x;
  else __builtin_memcpy(&some, x, (size_t)count);
  return __builtin_convertvector(some, words);
}

static inline void put_bytes(words value, int8_t *x, int count) {
  const lane_bytes bytes = __builtin_convertvector(value, lane_bytes);
  if (count >= LANES) *(lane_bytes *)x = bytes;
  else __builtin_memcpy(x, &bytes, (size_t)count);
}

static inline words choose(words mask, words a, words b) { return (mask & a) | (~mask & b); }
static inline vector choose_floats(words mask, vector a, vector b) {
  return (vector)choose(mask, (words)a, (words)b);
}

// The upper halves of `randomNumber` of an element and its neighbours, `step` apart: of these 24 bits, as fractions of 1.
static inline vector random_fractions(uint64_t key, uint32_t element, int step) {
  const uint64_t odd = 0x9e3779b97f4a7c15u, start = key + element * odd + odd;
  hashes part[2];
  for (int half = 0; half < 2; half++) {
    hashes z;
    for (int i = 0; i < LANES / 2; i++) z[i] = (uint64_t)((half * LANES / 2 + i) * (int64_t)step) * odd;
    z += start;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    part[half] = z ^ (z >> 31);
  }
  const unsigned_words low = (unsigned_words)part[0], high = (unsigned_words)part[1];
#if LANES == 8
  const unsigned_words upper = __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  const unsigned_words upper = __builtin_shufflevector(low, high, 1, 3, 5, 7);
#endif
  return __builtin_convertvector((words)(upper >> 8), vector) * 0x1p-24f;
}

// A run of weights: elements of one channel, or of neighbours with a scale each.
struct update_run_of {
  uint32_t first;
  int count, has_scales;
  const float *scale;
  const int8_t *w;
  int8_t *new_w, *low;
};

static inline vector scales_at(const struct update_run_of *run, int i) {
  return run->has_scales ? floats_at(run->scale + i, run->count - i) : (vector){0} + run->scale[0];
}

// The gradients of the dequantized weights, decay included.
static void decayed(const struct ck_update *u, const struct update_run_of *run, const float *gradient, float *g) {
  for (int i = 0; i < run->count; i += LANES) {
    const int left = run->count - i;
    const words low = run->low ? bytes_at(run->low + i, left) : (words){0};
    const vector value =
        __builtin_convertvector(bytes_at(run->w + i, left), vector) + __builtin_convertvector(low, vector) * 0x1p-8f;
    const vector sum = floats_at(gradient + i, left) * u->share + u->decay * value * scales_at(run, i);
    if (left >= LANES) *(vector *)(g + i) = sum;
    else __builtin_memcpy(g + i, &sum, (size_t)left * sizeof *g);
  }
}

// How far weights move in their own units, rounded; `first` is the element of the first lane.
static inline __attribute__((always_inline)) words rounded_steps(
    const int rounding, uint64_t key, vector step, uint32_t first) {
  const vector most = (vector){0} + 0x1p29f;
  step = choose_floats(-most >= step, -most, step);
  step = choose_floats(most < step, most, step);
  step = choose_floats(step == step, step, (vector){0});
  const vector shifted = rounding == 1 ? step + 0.5f : step;
  words whole = __builtin_convertvector(shifted, words);
  // Comparisons give -1 where they hold.
  if (rounding != 2) whole += __builtin_convertvector(whole, vector) > shifted;
  if (rounding == 0) whole -= step - __builtin_convertvector(whole, vector) > random_fractions(key, first, 1);
  return whole;
}

static inline words clamped(words value, int most) {
  value = choose(value < -most, (words){0} - most, value);
  return choose(value > most, (words){0} + most, value);
}

// Moves the weights against their directions.
static inline __attribute__((always_inline)) void moved(
    const struct ck_update *update, const struct update_run_of *of, const int has_low, const float *direction) {
  // Copies, which no store can change.
  const struct ck_update u = *update;
  const struct update_run_of run = *of;
  vector scale = scales_at(&run, 0), factor = u.is_plain ? scale : 1 / scale;
  for (int i = 0; i < run.count; i += LANES) {
    const int left = run.count - i;
    if (run.has_scales && i > 0) {
      scale = scales_at(&run, i);
      factor = u.is_plain ? scale : 1 / scale;
    }
    const vector step = u.rate * floats_at(direction + i, left) * factor * (has_low ? 256.0f : 1.0f);
    const words whole = rounded_steps(u.rounding, u.key, step, run.first + (uint32_t)i), lives = scale > 0;
    const words old = bytes_at(run.w + i, left);
    if (has_low) {
      const words fraction = bytes_at(run.low + i, left);
      const words value = clamped(old * 256 + fraction - whole, 256 * 127), upper = (value + 128) >> 8;
      put_bytes(choose(lives, upper, old), run.new_w + i, left);
      put_bytes(choose(lives, value - upper * 256, fraction), run.low + i, left);
    } else {
      put_bytes(choose(lives, clamped(old - whole, 127), old), run.new_w + i, left);
    }
  }
}

static void move(const struct ck_update *u, const struct update_run_of *run, const float *direction) {
  if (run->low) moved(u, run, 1, direction);
  else moved(u, run, 0, direction);
}

// The next run of weights whose scales are one, or neighbours.
static struct update_run_of run_from(
    const struct ck_update *u, int first, int count, const int8_t *w, int8_t *new_w, int8_t *low) {
  const int channel = first / u->inner % u->channels;
  const int left = u->inner > 1 ? u->inner - first % u->inner : u->channels - channel;
  return (struct update_run_of){
      .first = (uint32_t)first, .count = least(least(count, left), update_run), .has_scales = u->inner == 1,
      .scale = u->scales + channel, .w = w, .new_w = new_w, .low = low};
}

// Elements `first` ... of a tensor; element i has the scale of channel i / inner % channels.
static void update8(
    const struct ck_update *u, int first, int count, const float *gradient, const int8_t *w, int8_t *new_w,
    int8_t *low) {
  while (count > 0) {
    const struct update_run_of run = run_from(u, first, count, w, new_w, low);
    float g[update_run];
    decayed(u, &run, gradient, g);
    move(u, &run, g);
    first += run.count;
    count -= run.count;
    gradient += run.count;
    w += run.count;
    new_w += run.count;
    if (low) low += run.count;
  }
}
