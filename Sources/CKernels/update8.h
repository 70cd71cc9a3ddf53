// The update of weights of 8 bits and biases of 32 by plain gradient descent: `WeightUpdate` without moments, the
// same bits.

// Weights of a run, of one that moves by sums, and elements that share a scale of moments.
enum { update_run = 128, longest_run = 8 * update_run, moment_block = update_run };

typedef uint32_t unsigned_words __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef uint16_t lane_halves __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

// 16 random bits for `update_run` elements, and where the first of them lies: it may be the second of a hash.
struct run_noise {
  int start;
  uint16_t bits[update_run + 2 * LANES];
};

// What the hash of two elements each is made of, from those of element `first` on.
static inline unsigned_words first_of_noise(uint64_t key, uint32_t first) {
  unsigned_words from = (unsigned_words){0} + ((first >> 1) + (uint32_t)key);
  for (int i = 0; i < LANES; i++) from[i] += (uint32_t)i;
  return from;
}

static inline unsigned_words hash_of(uint64_t key, unsigned_words from) {
  unsigned_words z = (from ^ from >> 16) * 0x7feb352du;
  z = ((z ^ z >> 15) + (uint32_t)(key >> 32)) * 0x846ca68bu;
  return z ^ z >> 16;
}

// `RoundingNoise` of the elements from `first` on.
static inline void make_noise(struct run_noise *noise, uint64_t key, uint32_t first, int count) {
  noise->start = first & 1;
  unsigned_words from = first_of_noise(key, first);
  for (int i = 0; i < count + noise->start; i += 2 * LANES, from += LANES)
    *(unsigned_words *)(noise->bits + i) = hash_of(key, from);
}

// Of 16 bits each, fractions of 1: the middle of their interval.
static inline vector fractions_of(lane_halves bits) {
  typedef uint32_t bits_of_words __attribute__((vector_size(BYTES)));
  return (vector)(__builtin_convertvector(bits, bits_of_words) << 7 | 0x3f800040) - 1;
}

static inline vector fractions_at(const struct run_noise *noise, int i) {
  return fractions_of(*(const lane_halves *)(noise->bits + noise->start + i));
}

// A run of weights: elements of one channel, or of neighbours with a scale each.
struct update_run_of {
  uint32_t first;
  int count, channel, has_scales, is_wide;
  const void *w;
  void *new_w;
  int8_t *low;
};

static inline words weights_at(const struct update_run_of *run, const int is_wide, int i, const int left) {
  return is_wide ? words_at((const int32_t *)run->w + i, left) : bytes_at((const int8_t *)run->w + i, left);
}

static inline void put_weights(words value, const struct update_run_of *run, const int is_wide, int i, const int left) {
  if (!is_wide) put_bytes(value, (int8_t *)run->new_w + i, left);
  else if (left >= LANES) *(words *)((int32_t *)run->new_w + i) = value;
  else __builtin_memcpy((int32_t *)run->new_w + i, &value, (size_t)left * sizeof(int32_t));
}

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
      __builtin_convertvector(weights_at(run, run->is_wide, i, left), vector) +
      __builtin_convertvector(low, vector) * 0x1p-8f;
  put_floats(sum + u->decay * value * scales_at(run, u->scales, i), g + i, left);
}

// Whether a decay of zero times a scale is zero.
static int has_finite_scales(const struct ck_update *u, const struct update_run_of *run) {
  words bad = {0};
  for (int i = 0; i < (run->has_scales ? run->count : 1); i += LANES)
    bad |= ((words)scales_at(run, u->scales, i) & 0x7f800000) == 0x7f800000;
  return !is_any(bad);
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

// The largest integers that are not above numbers of at most 2^29.
static inline words floor_words(vector x) {
#if LANES == 16
  // Rounded down by the conversion itself.
  typedef float floats __attribute__((vector_size(BYTES)));
  return (words)__builtin_ia32_cvtps2dq512_mask((floats)x, (whole_words){0}, 0xffff, 9);
#elif LANES >= 8 || defined(__aarch64__)
  return __builtin_convertvector(__builtin_elementwise_floor(x), words);
#else
  const words whole = __builtin_convertvector(x, words);
  return whole + (__builtin_convertvector(whole, vector) > x);
#endif
}

// How far weights move in their own units, rounded.
static inline __attribute__((always_inline)) words rounded_steps(const int rounding, vector step, vector fraction) {
  step = limited(choose_floats(step == step, step, (vector){0}), (vector){0} + 0x1p29f);
  if (rounding == 2) return __builtin_convertvector(step, words);
  return floor_words(step + (rounding == 1 ? (vector){0} + 0.5f : fraction));
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
    const int has_low, const int has_scales, const int is_wide, int i, const int left) {
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
  const words old = weights_at(run, is_wide, i, left);
  if (has_low) {
    const words fraction = bytes_at(run->low + i, left);
    // 256 times a bias does not fit.
    const words value = is_wide ? fraction - whole : clamped(old * 256 + fraction - whole, 256 * 127);
    const words upper = (value + 128) >> 8, moved = is_wide ? old + upper : upper;
    put_weights(has_scales ? choose(lives, moved, old) : moved, run, is_wide, i, left);
    put_bytes(has_scales ? choose(lives, value - upper * 256, fraction) : value - upper * 256, run->low + i, left);
  } else {
    const words value = is_wide ? old - whole : clamped(old - whole, 127);
    put_weights(has_scales ? choose(lives, value, old) : value, run, is_wide, i, left);
  }
}

static inline __attribute__((always_inline)) void move_all(
    const struct ck_update *update, const struct update_run_of *of, const struct update_steps *steps,
    const int rounding, const int has_low, const int has_scales, const int is_wide) {
  // Copies, which no store can change.
  const struct ck_update u = *update;
  const struct update_run_of run = *of;
  int i = 0;
  for (; i + LANES <= run.count; i += LANES)
    move_some(&u, &run, steps, rounding, has_low, has_scales, is_wide, i, LANES);
  if (i < run.count)
    move_some(&u, &run, steps, rounding, has_low, has_scales, is_wide, i, run.count - i);
}

// Moves the weights of a run against their directions; channels of scale 0 are dead and stay.
static void move(const struct ck_update *u, const struct update_run_of *run, const float *direction) {
  struct update_steps steps;
  const vector scale = (vector){0} + u->scales[run->channel];
  const int has_low = run->low != 0;
  if (!run->has_scales && !(scale[0] > 0)) {
    const size_t bytes = (size_t)run->count * (run->is_wide ? sizeof(int32_t) : 1);
    if (run->new_w != run->w) __builtin_memmove(run->new_w, run->w, bytes);
    return;
  }
  steps.factor = factor_of(u, scale, has_low);
  steps.direction = direction;
  if (u->rounding == 0) make_noise(&steps.noise, u->key, run->first, run->count);
  // What most plans ask for is compiled for it alone.
  if (!is_small && u->rounding == 0 && has_low && !run->is_wide)
    move_all(u, run, &steps, 0, 1, run->has_scales, 0);
  else move_all(u, run, &steps, u->rounding, has_low, run->has_scales, run->is_wide);
}

// Where a run begins: element `at` of a part that begins with element `first`, of a channel and within it.
struct update_place {
  int first, at, channel, inside;
};

static struct update_place place_of(const struct ck_update *u, int first) {
  return (struct update_place){first, 0, first / u->inner % u->channels, first % u->inner};
}

static inline void go_on(const struct ck_update *u, struct update_place *place, int count) {
  place->at += count;
  place->inside += count;
  if (u->inner == 1) {
    place->inside = 0;
    place->channel += count;
  } else if (place->inside == u->inner) {
    place->inside = 0;
    place->channel++;
  }
  if (place->channel == u->channels) place->channel = 0;
}

// The run of weights from there on whose scales are one, or neighbours; before element `end` of the part.
static inline struct update_run_of run_at(
    const struct ck_update *u, const struct update_place *place, int most, int end, const void *w, void *new_w,
    int8_t *low) {
  const int at = place->at, left = u->inner > 1 ? u->inner - place->inside : u->channels - place->channel;
  const ptrdiff_t bytes = at * (ptrdiff_t)(u->is_wide ? sizeof(int32_t) : 1);
  return (struct update_run_of){
      .first = (uint32_t)(place->first + at), .count = least(least(end - at, left), most),
      .has_scales = u->inner == 1, .channel = place->channel, .is_wide = u->is_wide, .w = (const char *)w + bytes,
      .new_w = (char *)new_w + bytes, .low = low ? low + at : 0};
}

static int are_zeros(const void *x, int count, int32_t but_sign) {
  for (int i = 0; i < count; i += LANES)
    if (is_any((words_at((const int32_t *)x + i, count - i) & but_sign) != 0)) return 0;
  return 1;
}

// Whether a weight is beyond the limits, to which a step of zero would move it, too.
static int is_beyond_limits(const struct update_run_of *run) {
  words any = {0};
  for (int i = 0; i < run->count && !run->is_wide; i += LANES) {
    const int left = run->count - i;
    const words low = run->low ? bytes_at(run->low + i, left) : (words){0};
    const words value = weights_at(run, 0, i, left) * 256 + low;
    any |= (value < -127 * 256) | (value > 127 * 256);
  }
  return is_any(any);
}

// Whether 32 bits hold what becomes of the weights, whatever moves them.
static int are_safe(const struct ck_update *u, int count, const void *w) {
  words any = {0};
  for (ptrdiff_t i = 0; i < count && u->is_wide; i += LANES) {
    const words value = words_at((const int32_t *)w + i, (int)(count - i));
    any |= (value < -(1 << 30)) | (value > 1 << 30);
  }
  return !is_any(any);
}

#include "update_sums.h"

// Moves the weights of a run against their gradients.
static void update_run_by(
    const struct ck_update *u, const struct update_run_of *run, const struct ck_gradients *gradients, int at) {
  // Steps of zero move no weight, whatever the rounding.
  float room[update_run];
  const float *g = decayed(u, run, gradients, at, room);
  if (run->w != run->new_w || !are_zeros(g, run->count, INT32_MAX) || is_beyond_limits(run)) move(u, run, g);
}

// Elements `first` ... of a tensor; element i has the scale of channel i / inner % channels.
static int update8(
    const struct ck_update *u, int first, int count, const struct ck_gradients *gradients, const void *w, void *new_w,
    int8_t *low) {
  if (!are_safe(u, count, w)) return 0;
  const int by_sums = gradients->sums && u->rounding == 0 && low && !u->is_wide && u->share == 1 && u->decay == 0;
  // Where long runs cannot move by sums, short ones may.
  int short_until = 0;
  for (struct update_place place = place_of(u, first); place.at < count;) {
    const int most = by_sums && place.at >= short_until ? longest_run : update_run;
    struct update_run_of run = run_at(u, &place, most, count, w, new_w, low);
    int moved = by_sums ? move_by_sums(u, &run, gradients, place.at) : 0;
    if (moved == 0 && run.count > update_run) {
      short_until = place.at + run.count;
      continue;
    }
    if (moved == 0) {
      update_run_by(u, &run, gradients, place.at);
      moved = run.count;
    }
    go_on(u, &place, moved);
  }
  return 1;
}
