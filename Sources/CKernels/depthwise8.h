// Depthwise convolutions of 8-bit pictures and gradients, 16 channels of some pixels at a time.
//
// A product of 9 and 8 bits fits 16, so that it is one multiplication; sums have 32 bits, in the order of the taps.

enum {
  // Pixels whose taps are looked up at a time, and the most of these.
  run_pixels = 16,
  most_taps = 49,
};

// Where the taps of some pixels lie in the other picture, in pixels; -1 where they meet none.
struct tap_run {
  int taps;
  int32_t pixel[run_pixels][most_taps];
};

static void find_taps(const struct ck_window *w, int is_back, int first, int pixels, struct tap_run *run) {
  const int *size = is_back ? w->input : w->output, *other = is_back ? w->output : w->input;
  int picture = first / size[1] / size[0], row = first / size[1] % size[0], column = first % size[1];
  run->taps = w->kernel[0] * w->kernel[1];
  for (int p = 0; p < pixels; p++) {
    int x[most_taps];
    for (int j = 0; j < w->kernel[1]; j++) x[j] = is_back ? reader_of(w, 1, column, j) : read_at(w, 1, column, j);
    int32_t *at = run->pixel[p];
    for (int i = 0; i < w->kernel[0]; i++) {
      const int y = is_back ? reader_of(w, 0, row, i) : read_at(w, 0, row, i);
      const int line = y >= 0 && y < other[0] ? (picture * other[0] + y) * other[1] : -1;
      for (int j = 0; j < w->kernel[1]; j++)
        *at++ = line >= 0 && x[j] >= 0 && x[j] < other[1] ? line + x[j] : -1;
    }
    if (++column < size[1]) continue;
    column = 0;
    if (++row < size[0]) continue;
    row = 0;
    picture++;
  }
}

typedef int8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef int16_t shorts16 __attribute__((vector_size(32)));
typedef int32_t words16 __attribute__((vector_size(64), aligned(4), may_alias));

// 16 bytes, of which the last ones may be left out.
static inline bytes16 load16(const int8_t *x, int count) {
  if (count == block_columns) return *(const bytes16 *)x;
  bytes16 all = {0};
  for (int j = 0; j < count; j++) all[j] = x[j];
  return all;
}

#if defined(__x86_64__)
enum { wide_vectors = 2 * block_columns / BYTES };

// 16 channels of two pixels or taps as neighbours, which `pmaddwd` multiplies with those of another pair and adds; its
// order is that of `unpck`.
struct channel_pairs {
  shorts low[wide_vectors], high[wide_vectors];
};

static inline void widen16(const int8_t *x, int count, int zero, shorts *to) {
  const bytes16 all = load16(x, count);
#if LANES == 8
  to[0] = __builtin_convertvector(all, shorts) - (int16_t)zero;
#else
  to[0] = __builtin_convertvector(__builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7), shorts) - (int16_t)zero;
  to[1] =
      __builtin_convertvector(__builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15), shorts) - (int16_t)zero;
#endif
}

// A null pointer stands for zeros.
static inline struct channel_pairs pairs_of(const int8_t *x, const int8_t *y, int count, int zero) {
  shorts a[wide_vectors] = {{0}}, b[wide_vectors] = {{0}};
  if (x) widen16(x, count, zero, a);
  if (y) widen16(y, count, zero, b);
  struct channel_pairs pairs;
  for (int v = 0; v < wide_vectors; v++) {
#if LANES == 8
    pairs.low[v] = __builtin_shufflevector(a[v], b[v], 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27);
    pairs.high[v] = __builtin_shufflevector(a[v], b[v], 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31);
#else
    pairs.low[v] = __builtin_shufflevector(a[v], b[v], 0, 8, 1, 9, 2, 10, 3, 11);
    pairs.high[v] = __builtin_shufflevector(a[v], b[v], 4, 12, 5, 13, 6, 14, 7, 15);
#endif
  }
  return pairs;
}

static inline void add_products(const struct channel_pairs *a, const struct channel_pairs *b, words *sums) {
  for (int v = 0; v < wide_vectors; v++) {
    sums[2 * v] += multiply_pairs(a->low[v], b->low[v]);
    sums[2 * v + 1] += multiply_pairs(a->high[v], b->high[v]);
  }
}

// Sums of pairs in the order of the channels.
static inline void put_in_order(const words *sums, int32_t *out) {
#if LANES == 8
  *(words *)out = __builtin_shufflevector(sums[0], sums[1], 0, 1, 2, 3, 8, 9, 10, 11);
  *(words *)(out + 8) = __builtin_shufflevector(sums[0], sums[1], 4, 5, 6, 7, 12, 13, 14, 15);
#else
  for (int v = 0; v < block_vectors; v++) *(words *)(out + v * word_lanes) = sums[v];
#endif
}

// Sums of the taps of some pixels for `count` channels; `zero` is what stands for 0 in x.
static void depthwise_tile(
    const struct tap_run *run, int pixels, int channels, int count, const int8_t *x, int zero, const int8_t *w,
    int32_t *sums) {
  struct channel_pairs weights[(most_taps + 1) / 2];
  for (int t = 0; t < run->taps; t += 2) {
    const int8_t *next = t + 1 < run->taps ? w + (ptrdiff_t)(t + 1) * channels : 0;
    weights[t / 2] = pairs_of(w + (ptrdiff_t)t * channels, next, count, 0);
  }
  for (int p = 0; p < pixels; p++, sums += block_columns) {
    words sum[block_vectors] = {{0}};
    for (int t = 0; t < run->taps; t += 2) {
      const ptrdiff_t at = run->pixel[p][t], next = t + 1 < run->taps ? run->pixel[p][t + 1] : -1;
      if (at < 0 && next < 0) continue;
      const struct channel_pairs values =
          pairs_of(at < 0 ? 0 : x + at * channels, next < 0 ? 0 : x + next * channels, count, zero);
      add_products(&values, &weights[t / 2], sum);
    }
    put_in_order(sum, sums);
  }
}

// The sums of one tap over some pixels, whose gradients are `dy`.
static void depthwise_tap(
    const struct tap_run *run, int tap, int pixels, int channels, int count, const int8_t *x, int zero,
    const struct channel_pairs *dy, int32_t *sums) {
  words sum[block_vectors] = {{0}};
  for (int p = 0; p < pixels; p += 2) {
    const ptrdiff_t at = run->pixel[p][tap], next = p + 1 < pixels ? run->pixel[p + 1][tap] : -1;
    if (at < 0 && next < 0) continue;
    const struct channel_pairs values =
        pairs_of(at < 0 ? 0 : x + at * channels, next < 0 ? 0 : x + next * channels, count, zero);
    add_products(&values, &dy[p / 2], sum);
  }
  put_in_order(sum, sums);
}

typedef struct channel_pairs wide_gradients;

static void widen_gradients(int pixels, const int8_t *dy, ptrdiff_t ld, int count, wide_gradients *pairs) {
  for (int p = 0; p < pixels; p += 2)
    pairs[p / 2] = pairs_of(dy + p * ld, p + 1 < pixels ? dy + (p + 1) * ld : 0, count, 0);
}
#else
// Sums of the taps of some pixels for `count` channels; `zero` is what stands for 0 in x.
static void depthwise_tile(
    const struct tap_run *run, int pixels, int channels, int count, const int8_t *x, int zero, const int8_t *w,
    int32_t *sums) {
  shorts16 weights[most_taps];
  for (int t = 0; t < run->taps; t++)
    weights[t] = __builtin_convertvector(load16(w + (ptrdiff_t)t * channels, count), shorts16);
  for (int p = 0; p < pixels; p++, sums += block_columns) {
    words16 sum = {0};
    for (int t = 0; t < run->taps; t++) {
      const ptrdiff_t at = run->pixel[p][t];
      if (at < 0) continue;
      const shorts16 value = __builtin_convertvector(load16(x + at * channels, count), shorts16) - (int16_t)zero;
      sum += __builtin_convertvector(value * weights[t], words16);
    }
    *(words16 *)sums = sum;
  }
}

// The sums of one tap over some pixels, whose gradients are `dy`.
static void depthwise_tap(
    const struct tap_run *run, int tap, int pixels, int channels, int count, const int8_t *x, int zero,
    const shorts16 *dy, int32_t *sums) {
  words16 sum = {0};
  for (int p = 0; p < pixels; p++) {
    const ptrdiff_t at = run->pixel[p][tap];
    if (at < 0) continue;
    const shorts16 value = __builtin_convertvector(load16(x + at * channels, count), shorts16) - (int16_t)zero;
    sum += __builtin_convertvector(value * dy[p], words16);
  }
  *(words16 *)sums = sum;
}

typedef shorts16 wide_gradients;

static void widen_gradients(int pixels, const int8_t *dy, ptrdiff_t ld, int count, wide_gradients *wide) {
  for (int p = 0; p < pixels; p++) wide[p] = __builtin_convertvector(load16(dy + p * ld, count), shorts16);
}
#endif

// Elements of 16 channels that go where what is read stands still: each is written `delay` pixels after it is there.
static void put_late(
    const struct ck_late *late, int first, int pixels, int channels, int count, const int8_t *from, int8_t *out) {
  for (int p = 0; p < pixels; p++, from += block_columns) {
    const int pixel = first + p;
    if (late->delay == 0) {
      put16(out + (ptrdiff_t)pixel * channels, from, count);
      continue;
    }
    int8_t *slot = late->line + (ptrdiff_t)(pixel % late->delay) * channels;
    if (pixel >= late->delay) put16(out + (ptrdiff_t)(pixel - late->delay) * channels, slot, count);
    put16(slot, from, count);
  }
}

// What is still in the line.
static void finish_late(const struct ck_late *late, int pixels, int channels, int8_t *out) {
  const int first = pixels > late->delay ? pixels - late->delay : 0;
  for (int pixel = first; late->delay > 0 && pixel < pixels; pixel++)
    __builtin_memcpy(
        out + (ptrdiff_t)pixel * channels, late->line + (ptrdiff_t)(pixel % late->delay) * channels, (size_t)channels);
}

static void depthwise8(
    const struct ck_window *w, int channels, const int8_t *x, int zero, const int8_t *weights, const int32_t *bias,
    const int32_t *multipliers, int zero_y, int low, int high, const struct ck_late *late, int8_t *y) {
  const int pixels = w->batch * w->output[0] * w->output[1];
  struct tap_run run;
  for (int first = 0; first < pixels; first += run_pixels) {
    const int part = least(run_pixels, pixels - first);
    find_taps(w, 0, first, part, &run);
    for (int c = 0; c < channels; c += block_columns) {
      const int count = least(block_columns, channels - c);
      int32_t sums[run_pixels * block_columns];
      int8_t result[run_pixels * block_columns];
      depthwise_tile(&run, part, channels, count, x + c, zero, weights + c, sums);
      requantize(
          part, count, sums, bias ? bias + c : 0, multipliers + 2 * c, zero_y, low, high, result, block_columns);
      struct ck_late own = {late->delay, late->delay ? late->line + c : 0};
      put_late(&own, first, part, channels, count, result, y + c);
    }
  }
  finish_late(late, pixels, channels, y);
}

static void depthwise8_dx(
    const struct ck_window *w, const int8_t *dy, const int8_t *weights, const struct ck_late *late,
    struct ck_gradient *g) {
  const int pixels = w->batch * w->input[0] * w->input[1], channels = g->channels;
  const int is_late = late->delay > 0 && !g->is_measuring;
  int8_t *const out = g->out;
  struct tap_run run;
  for (int first = 0; first < pixels; first += run_pixels) {
    const int part = least(run_pixels, pixels - first);
    find_taps(w, 1, first, part, &run);
    for (int c = 0; c < channels; c += block_columns) {
      const int count = least(block_columns, channels - c);
      int32_t sums[run_pixels * block_columns];
      int8_t result[run_pixels * block_columns];
      depthwise_tile(&run, part, channels, count, dy + c, 0, weights + c, sums);
      const ptrdiff_t index = (ptrdiff_t)first * channels + c;
      if (is_late) {
        gradient_to(g, 0, 1, part, count, sums, index, c, result, block_columns);
        struct ck_late own = {late->delay, late->line + c};
        put_late(&own, first, part, channels, count, result, out + c);
      } else {
        gradient_rows(g, part, count, sums, index, c);
      }
    }
  }
  if (is_late) finish_late(late, pixels, channels, out);
}

// sums[tap - from][channel] += dy * (x - zero) over the pixels `first` ... `end`, for the taps `from` ... `to`.
static void depthwise8_dw(
    const struct ck_window *w, int channels, const int8_t *x, int zero, const int8_t *dy, ptrdiff_t ld_dy, int first,
    int end, int from, int to, int32_t *sums) {
  struct tap_run run;
  wide_gradients wide[run_pixels];
  for (; first < end; first += run_pixels) {
    const int part = least(run_pixels, end - first);
    find_taps(w, 0, first, part, &run);
    for (int c = 0; c < channels; c += block_columns) {
      const int count = least(block_columns, channels - c);
      widen_gradients(part, dy + first * ld_dy + c, ld_dy, count, wide);
      for (int t = from; t < to; t++) {
        int32_t own[block_columns], *to_sums = sums + (ptrdiff_t)(t - from) * channels + c;
        depthwise_tap(&run, t, part, channels, count, x + c, zero, wide, own);
        for (int j = 0; j < count; j++) to_sums[j] += own[j];
      }
    }
  }
}
