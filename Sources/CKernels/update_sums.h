// Weights with low bytes that move by the sums themselves, twice as many at a time as words fill a vector: weight and
// low byte are one number of 16 bits there, as no step is longer than these.

typedef int8_t short_bytes __attribute__((vector_size(2 * LANES), aligned(1), may_alias));

// What makes directions of sums, and steps of directions.
struct sum_factors {
  vector direction, step;
};

static inline struct sum_factors sum_factors_at(
    const struct ck_update *u, const struct update_run_of *run, const struct ck_gradients *gradients, int i) {
  const vector scale = scales_at(run, u->scales, i);
  return (struct sum_factors){gradients->scale * scales_at(run, gradients->scales, i), factor_of(u, scale, 1)};
}

static inline words steps_of(const int32_t *sums, const struct sum_factors *by, lane_halves bits) {
  const vector direction = __builtin_convertvector(*(const words *)sums, vector) * by->direction;
  return floor_words(direction * by->step + fractions_of(bits));
}

// Two vectors of words as one of halves.
static inline shorts halves_of(words a, words b) {
#if LANES == 16
  return __builtin_shufflevector(
      (shorts)a, (shorts)b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46,
      48, 50, 52, 54, 56, 58, 60, 62);
#elif LANES == 8
  return __builtin_shufflevector((shorts)a, (shorts)b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#else
  return __builtin_shufflevector((shorts)a, (shorts)b, 0, 2, 4, 6, 8, 10, 12, 14);
#endif
}

static inline lane_halves half_of(unsigned_words z, const int upper) {
  typedef uint16_t halves __attribute__((vector_size(BYTES), may_alias));
  const halves all = (halves)z;
#if LANES == 16
  return upper ? __builtin_shufflevector(all, all, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)
               : __builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#elif LANES == 8
  return upper ? __builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15)
               : __builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7);
#else
  return upper ? __builtin_shufflevector(all, all, 4, 5, 6, 7) : __builtin_shufflevector(all, all, 0, 1, 2, 3);
#endif
}

// Some weights and low bytes by their steps.
static inline void move_shorts(const int8_t *w, int8_t *new_w, int8_t *low, shorts steps) {
  const shorts old = (__builtin_convertvector(*(const short_bytes *)w, shorts) << 8) +
                     __builtin_convertvector(*(const short_bytes *)low, shorts);
  shorts value = __builtin_elementwise_sub_sat(old, steps);
  value = __builtin_elementwise_min(
      __builtin_elementwise_max(value, (shorts){0} - 127 * 256), (shorts){0} + 127 * 256);
  *(short_bytes *)new_w = __builtin_convertvector((value + 128) >> 8, short_bytes);
  *(short_bytes *)low = __builtin_convertvector(value, short_bytes);
}

static inline int any_byte(short_bytes x) {
  uint64_t parts[LANES / 4], any = 0;
  __builtin_memcpy(parts, &x, sizeof parts);
  for (int i = 0; i < LANES / 4; i++) any |= parts[i];
  return any != 0;
}

// The bits of all magnitudes, so that none is larger.
static uint32_t bits_of_sums(const int32_t *sums, int count) {
  words any = {0};
  for (int i = 0; i < count; i += LANES) any |= __builtin_elementwise_abs(*(const words *)(sums + i));
  uint32_t bits = 0;
  for (int i = 0; i < LANES; i++) bits |= (uint32_t)any[i];
  return bits;
}

// Whether no step is longer than 2^14 and no weight beyond the limits; no sum is larger than `largest`.
static int are_short(
    const struct ck_update *u, const struct update_run_of *run, const struct ck_gradients *gradients, int count,
    uint32_t largest) {
  words are_bad = {0};
  const vector sum = (vector){0} + (float)largest, most = (vector){0} + 0x1p14f;
  for (int i = 0; i < (run->has_scales ? count : 1); i += LANES) {
    const struct sum_factors by = sum_factors_at(u, run, gradients, i);
    const vector step = sum * by.direction * by.step;
    are_bad |= ~((-most <= step) & (step <= most) & (scales_at(run, u->scales, i) > 0));
  }
  short_bytes are_least = {0};
  for (int i = 0; i < count; i += 2 * LANES)
    are_least |= *(const short_bytes *)((const int8_t *)run->w + i) == -128;
  return !is_any(are_bad) && !any_byte(are_least);
}

static inline __attribute__((always_inline)) void move_some_sums(
    const struct ck_update *update, const struct update_run_of *of, const struct ck_gradients *by,
    const int has_scales, int count, const int32_t *sums) {
  // Copies, which no store can change.
  const struct ck_update u = *update;
  const struct update_run_of run = *of;
  const struct ck_gradients gradients = *by;
  struct sum_factors first = sum_factors_at(&u, &run, &gradients, 0), second = first;
  unsigned_words from = first_of_noise(u.key, run.first);
  for (int i = 0; i < count; i += 2 * LANES, from += LANES) {
    if (has_scales) {
      first = sum_factors_at(&u, &run, &gradients, i);
      second = sum_factors_at(&u, &run, &gradients, i + LANES);
    }
    const unsigned_words bits = hash_of(u.key, from);
    move_shorts(
        (const int8_t *)run.w + i, (int8_t *)run.new_w + i, run.low + i,
        halves_of(
            steps_of(sums + i, &first, half_of(bits, 0)), steps_of(sums + i + LANES, &second, half_of(bits, 1))));
  }
}

// Moves the first weights of a run, as many of them as fill vectors, where steps are of the usual length; how many.
static int move_by_sums(
    const struct ck_update *u, const struct update_run_of *run, const struct ck_gradients *gradients, int at) {
  const int count = run->count - run->count % (2 * LANES);
  // Two neighbours share a hash.
  if (count == 0 || run->first % 2 == 1) return 0;
  const int32_t *sums = gradients->sums + at;
  const uint32_t largest = bits_of_sums(sums, count);
  if (largest == 0 && run->w == run->new_w && !is_beyond_limits(run)) return count;
  if (!are_short(u, run, gradients, count, largest)) return 0;
  if (!is_small && !run->has_scales) move_some_sums(u, run, gradients, 0, count, sums);
  else move_some_sums(u, run, gradients, run->has_scales, count, sums);
  return count;
}
