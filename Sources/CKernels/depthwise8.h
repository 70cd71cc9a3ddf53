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
  run->taps = w->kernel[0] * w->kernel[1];
  for (int p = 0; p < pixels; p++) {
    const int picture = (first + p) / size[1] / size[0], row = (first + p) / size[1] % size[0];
    const int column = (first + p) % size[1];
    int x[most_taps];
    for (int j = 0; j < w->kernel[1]; j++) x[j] = is_back ? reader_of(w, 1, column, j) : read_at(w, 1, column, j);
    int32_t *at = run->pixel[p];
    for (int i = 0; i < w->kernel[0]; i++) {
      const int y = is_back ? reader_of(w, 0, row, i) : read_at(w, 0, row, i);
      const int line = y >= 0 && y < other[0] ? (picture * other[0] + y) * other[1] : -1;
      for (int j = 0; j < w->kernel[1]; j++)
        *at++ = line >= 0 && x[j] >= 0 && x[j] < other[1] ? line + x[j] : -1;
    }
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

// Sums of the taps of some pixels for `count` channels; `zero` is what stands for 0 in x.
static void depthwise_tile(
    const struct tap_run *run, int pixels, int channels, int count, const int8_t *x, int zero, const int8_t *w,
    int32_t *sums) {
  for (int p = 0; p < pixels; p++, sums += block_columns) {
    words16 sum = {0};
    for (int t = 0; t < run->taps; t++) {
      const ptrdiff_t at = run->pixel[p][t];
      if (at < 0) continue;
      const shorts16 value = __builtin_convertvector(load16(x + at * channels, count), shorts16) - (int16_t)zero;
      const shorts16 weight = __builtin_convertvector(load16(w + (ptrdiff_t)t * channels, count), shorts16);
      sum += __builtin_convertvector(value * weight, words16);
    }
    *(words16 *)sums = sum;
  }
}

// Elements of 16 channels that go where what is read stands still: each is written `delay` pixels after it is there.
static void put_late(
    const struct ck_late *late, int first, int pixels, int channels, int count, const int8_t *from, int8_t *out) {
  for (int p = 0; p < pixels; p++, from += block_columns) {
    const int pixel = first + p;
    if (late->delay == 0) {
      __builtin_memcpy(out + (ptrdiff_t)pixel * channels, from, (size_t)count);
      continue;
    }
    int8_t *slot = late->line + (ptrdiff_t)(pixel % late->delay) * channels;
    if (pixel >= late->delay)
      __builtin_memcpy(out + (ptrdiff_t)(pixel - late->delay) * channels, slot, (size_t)count);
    __builtin_memcpy(slot, from, (size_t)count);
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
        gradient_to(g, part, count, sums, index, c, result, block_columns);
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
  for (; first < end; first += run_pixels) {
    const int part = least(run_pixels, end - first);
    find_taps(w, 0, first, part, &run);
    for (int c = 0; c < channels; c += block_columns) {
      const int count = least(block_columns, channels - c);
      for (int t = from; t < to; t++) {
        words16 sum = {0};
        for (int p = 0; p < part; p++) {
          const ptrdiff_t at = run.pixel[p][t];
          if (at < 0) continue;
          const bytes16 source = load16(x + at * channels + c, count);
          const shorts16 value = __builtin_convertvector(source, shorts16) - (int16_t)zero;
          const shorts16 g = __builtin_convertvector(load16(dy + (first + p) * ld_dy + c, count), shorts16);
          sum += __builtin_convertvector(value * g, words16);
        }
        int32_t *to_sums = sums + (ptrdiff_t)(t - from) * channels + c;
        if (count == block_columns) *(words16 *)to_sums += sum;
        else for (int j = 0; j < count; j++) to_sums[j] += sum[j];
      }
    }
  }
}
