// The update of 8-bit weights by plain gradient descent: `WeightUpdate` without moments, the same bits.

// Weights of a run, and elements that share a scale of moments.
enum { update_run = 128, moment_block = update_run };

typedef uint32_t unsigned_words __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef uint16_t lane_halves __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

// 16 random bits for `update_run` elements, and where the first of them lies: it may be the second of a hash.
struct run_noise {
  int start;
  uint16_t bits[update_run + 2 * LANES];
};

// `RoundingNoise` of the elements from `first` on.
static inline void make_noise(struct run_noise *noise, uint64_t key, uint32_t first, int count) {
  noise->start = first & 1;
  unsigned_words from = (unsigned_words){0} + ((first >> 1) + (uint32_t)key);
  for (int i = 0; i < LANES; i++) from[i] += (uint32_t)i;
  for (int i = 0; i < count + noise->start; i += 2 * LANES, from += LANES) {
    unsigned_words z = (from ^ from >> 16) * 0x7feb352du;
    z = ((z ^ z >> 15) + (uint32_t)(key >> 32)) * 0x846ca68bu;
    *(unsigned_words *)(noise->bits + i) = z ^ z >> 16;
  }
}

// Of these bits, fractions of 1.
static inline vector fractions_at(const struct run_noise *noise, int i) {
  const lane_halves bits = *(const lane_halves *)(noise->bits + noise->start + i);
  return __builtin_convertvector(__builtin_convertvector(bits, words), vector) * 0x1p-16f + 0x1p-17f;
}

// A run of weights: elements of one channel, or of neighbours with a scale each.
struct update_run_of {
  uint32_t first;
  int count, channel, has_scales;
  const int8_t *w;
  int8_t *new_w, *low;
};

// The scales of a run's elements from its i-th one on.
static inline vector scales_at(const struct update_run_of *run, const float *scales, int i) {
  scales += run->channel;
  return run->has_scales ? floats_at(scales + i, run->count - i) : (vector){0} + scales[0];
}

// Gradients of the dequantized weights from those of a loss: a share of them, decay included.
static inline __attribute__((always_inline)) void decay_some(
    const struct ck_update *u, const struct update_run_of *run, const float *from, float *g, int i, const int left) {
  const vector sum = floats_at(from + i, left) * u->share;
  const words low = run->low ? bytes_at(run->low + i, left) : (words){0};
  const vector value =
      __builtin_convertvector(bytes_at(run->w + i, left), vector) + __builtin_convertvector(low, vector) * 0x1p-8f;
  put_floats(sum + u->decay * value * scales_at(run, u->scales, i), g + i, left);
}

// Whether a decay of zero times a scale is zero.
static int has_finite_scales(const struct ck_update *u, const struct update_run_of *run) {
  words bad = {0};
  for (int i = 0; i < (run->has_scales ? run->count : 1); i += LANES)
    bad |= ((words)scales_at(run, u->scales, i) & 0x7f800000) == 0x7f800000;
  int any = 0;
  for (int i = 0; i < LANES; i++) any |= bad[i];
  return !any;
}

// The gradients of a run, those from `at` on, decay included; `room` is where they may go.
static const float *decayed(
    const struct ck_update *u, const struct update_run_of *run, const struct ck_gradients *gradients, int at,
    float *room) {
  const float *g = room;
  if (gradients->reals) {
    g = gradients->reals + at;
  } else {
    const float *scales = gradients->scales + run->channel;
    if (run->has_scales) reals(run->count, gradients->sums + at, gradients->scale, scales, 0, room);
    else reals(run->count, gradients->sums + at, gradients->scale * *scales, 0, 0, room);
  }
  if (u->share == 1 && u->decay == 0 && has_finite_scales(u, run)) return g;
  int i = 0;
  for (; i + LANES <= run->count; i += LANES) decay_some(u, run, g, room, i, LANES);
  if (i < run->count) decay_some(u, run, g, room, i, run->count - i);
  return room;
}

// How far weights move in their own units, rounded.
static inline __attribute__((always_inline)) words rounded_steps(const int rounding, vector step, vector fraction) {
  step = limited(choose_floats(step == step, step, (vector){0}), (vector){0} + 0x1p29f);
  const vector shifted = rounding == 1 ? step + 0.5f : step;
  words whole = __builtin_convertvector(shifted, words);
  // Comparisons give -1 where they hold.
  if (rounding != 2) whole += __builtin_convertvector(whole, vector) > shifted;
  if (rounding == 0) whole -= step - __builtin_convertvector(whole, vector) > fraction;
  return whole;
}

// What a run's weights are moved by.
struct update_steps {
  // What the directions are multiplied with, where neighbours have one scale.
  vector factor;
  const float *direction;
  struct run_noise noise;
};

static inline vector factor_of(const struct ck_update *u, vector scale, int has_low) {
  return u->rate * (u->is_plain ? scale : 1 / scale) * (has_low ? 256.0f : 1.0f);
}

// Moves some weights against their directions.
static inline __attribute__((always_inline)) void move_some(
    const struct ck_update *u, const struct update_run_of *run, const struct update_steps *steps, const int rounding,
    const int has_low, const int has_scales, int i, const int left) {
  words lives = {0};
  vector factor = steps->factor;
  if (has_scales) {
    const vector scale = floats_at(u->scales + run->channel + i, left);
    lives = scale > 0;
    factor = factor_of(u, scale, has_low);
  }
  const words whole = rounded_steps(
      rounding, floats_at(steps->direction + i, left) * factor,
      rounding == 0 ? fractions_at(&steps->noise, i) : (vector){0});
  const words old = bytes_at(run->w + i, left);
  if (has_low) {
    const words fraction = bytes_at(run->low + i, left);
    const words value = clamped(old * 256 + fraction - whole, 256 * 127), upper = (value + 128) >> 8;
    put_bytes(has_scales ? choose(lives, upper, old) : upper, run->new_w + i, left);
    put_bytes(has_scales ? choose(lives, value - upper * 256, fraction) : value - upper * 256, run->low + i, left);
  } else {
    const words value = clamped(old - whole, 127);
    put_bytes(has_scales ? choose(lives, value, old) : value, run->new_w + i, left);
  }
}

static inline __attribute__((always_inline)) void move_all(
    const struct ck_update *update, const struct update_run_of *of, const struct update_steps *steps,
    const int rounding, const int has_low, const int has_scales) {
  // Copies, which no store can change.
  const struct ck_update u = *update;
  const struct update_run_of run = *of;
  int i = 0;
  for (; i + LANES <= run.count; i += LANES) move_some(&u, &run, steps, rounding, has_low, has_scales, i, LANES);
  if (i < run.count) move_some(&u, &run, steps, rounding, has_low, has_scales, i, run.count - i);
}

// Moves the weights of a run against their directions; channels of scale 0 are dead and stay.
static void move(const struct ck_update *u, const struct update_run_of *run, const float *direction) {
  struct update_steps steps;
  const vector scale = (vector){0} + u->scales[run->channel];
  const int has_low = run->low != 0;
  if (!run->has_scales && !(scale[0] > 0)) {
    if (run->new_w != run->w) __builtin_memmove(run->new_w, run->w, (size_t)run->count);
    return;
  }
  steps.factor = factor_of(u, scale, has_low);
  steps.direction = direction;
  if (u->rounding == 0) make_noise(&steps.noise, u->key, run->first, run->count);
  // What most plans ask for is compiled for it alone.
  if (u->rounding == 0 && has_low && !run->has_scales) move_all(u, run, &steps, 0, 1, 0);
  else if (u->rounding == 0 && has_low) move_all(u, run, &steps, 0, 1, 1);
  else if (u->rounding == 0) move_all(u, run, &steps, 0, 0, run->has_scales);
  else move_all(u, run, &steps, u->rounding, has_low, run->has_scales);
}

// The next run of weights whose scales are one, or neighbours.
static struct update_run_of run_from(
    const struct ck_update *u, int first, int count, const int8_t *w, int8_t *new_w, int8_t *low) {
  const int channel = first / u->inner % u->channels;
  const int left = u->inner > 1 ? u->inner - first % u->inner : u->channels - channel;
  return (struct update_run_of){
      .first = (uint32_t)first, .count = least(least(count, left), update_run), .has_scales = u->inner == 1,
      .channel = channel, .w = w, .new_w = new_w, .low = low};
}

static int are_zeros(const float *x, int count) {
  for (int i = 0; i < count; i += LANES) {
    const words bits = (words)floats_at(x + i, count - i) & 0x7fffffff;
    int any = 0;
    for (int j = 0; j < LANES; j++) any |= bits[j];
    if (any) return 0;
  }
  return 1;
}

// Whether a weight is beyond the limits, to which a step of zero would move it, too.
static int is_beyond_limits(const struct update_run_of *run) {
  words any = {0};
  for (int i = 0; i < run->count; i += LANES) {
    const int left = run->count - i;
    const words low = run->low ? bytes_at(run->low + i, left) : (words){0}, value = bytes_at(run->w + i, left) * 256 + low;
    any |= (value < -127 * 256) | (value > 127 * 256);
  }
  int found = 0;
  for (int i = 0; i < LANES; i++) found |= any[i];
  return found != 0;
}

// Elements `first` ... of a tensor; element i has the scale of channel i / inner % channels.
static void update8(
    const struct ck_update *u, int first, int count, const struct ck_gradients *gradients, const int8_t *w,
    int8_t *new_w, int8_t *low) {
  for (int at = 0; at < count;) {
    const struct update_run_of run = run_from(u, first + at, count - at, w + at, new_w + at, low ? low + at : 0);
    float room[update_run];
    const float *g = decayed(u, &run, gradients, at, room);
    // Steps of zero move no weight, whatever the rounding.
    if (w != new_w || !are_zeros(g, run.count) || is_beyond_limits(&run)) move(u, &run, g);
    at += run.count;
  }
}
