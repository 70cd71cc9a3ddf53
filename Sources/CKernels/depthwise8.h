// Depthwise convolutions of 8-bit pictures and gradients, 16 channels of some outputs of a row at a time: columns of
// what is read are widened once for all outputs and taps that read them.

enum {
  // Outputs of a row at a time, the most taps, and the most that is widened at a time.
  run_pixels = 16,
  most_taps = 49,
  most_wide = 128,
  // Blocks of 16 channels that lie in one line of the cache: their weights are prepared together.
  line_blocks = 4,
};

// A window as one that reads what lies in front of it: output r reads by tap i what stands at r * stride - pad +
// i * dilation; of a picture whose pixels lie `spread` apart, with nothing in between.
struct view {
  int batch, is_back;
  int size[2], other[2], kernel[2], stride[2], pad[2], dilation[2], spread[2];
  // Columns that are widened for a run are `unit` apart, `width` of them for `pixels` outputs; of the rows,
  // `neighbours` at a time.
  int pixels, unit, width, row_groups;
};

static struct view view_of(const struct ck_window *w, int is_back) {
  struct view v = {.batch = w->batch, .is_back = is_back, .pixels = run_pixels, .unit = 1};
  for (int axis = 0; axis < 2; axis++) {
    v.size[axis] = is_back ? w->input[axis] : w->output[axis];
    v.other[axis] = is_back ? w->output[axis] : w->input[axis];
    v.kernel[axis] = w->kernel[axis];
    v.dilation[axis] = w->dilation[axis];
    v.stride[axis] = is_back ? 1 : w->stride[axis];
    v.spread[axis] = is_back ? w->stride[axis] : 1;
    v.pad[axis] = is_back ? (w->kernel[axis] - 1) * w->dilation[axis] - w->pad[axis] : w->pad[axis];
  }
  v.row_groups = (v.kernel[0] + neighbours - 1) / neighbours;
  // Taps that are far apart read columns with many between them: one output at a time then, and its columns alone.
  const long reach = (long)(v.kernel[1] - 1) * v.dilation[1] + 1;
  const long most = most_wide / v.row_groups - reach;
  if (most < 0) {
    v.pixels = 1;
    v.unit = v.dilation[1];
    v.width = v.kernel[1];
  } else {
    v.pixels = 1 + (int)(most / v.stride[1] < run_pixels - 1 ? most / v.stride[1] : run_pixels - 1);
    v.width = (v.pixels - 1) * v.stride[1] + (int)reach;
  }
  return v;
}

// Some outputs of a row.
struct run {
  int picture, row, column, pixels;
};

// The runs that the outputs `first` ... `end` consist of, at most `run_pixels`.
static int find_runs(const struct view *v, int first, int end, struct run *runs) {
  struct run at = {first / v->size[1] / v->size[0], first / v->size[1] % v->size[0], first % v->size[1], 0};
  int count = 0;
  for (; first < end; first += at.pixels) {
    at.pixels = least(v->pixels, least(v->size[1] - at.column, end - first));
    runs[count++] = at;
    at.column += at.pixels;
    if (at.column < v->size[1]) continue;
    at.column = 0;
    if (++at.row < v->size[0]) continue;
    at.row = 0;
    at.picture++;
  }
  return count;
}

// The row or column of the other picture that stands at `q`; -1 for none.
static inline int stands_at(const struct view *v, int axis, int q) {
  if (q < 0) return -1;
  if (v->spread[axis] > 1) {
    if (q % v->spread[axis] != 0) return -1;
    q /= v->spread[axis];
  }
  return q < v->other[axis] ? q : -1;
}

// A row of the other picture, and how far apart its pixels are; where it lies outside, what stands for zero instead.
struct line {
  const int8_t *x, *none;
  ptrdiff_t channels;
};

// The row that tap `i` reads.
static struct line line_of(
    const struct view *v, const struct run *run, int i, int channels, const int8_t *x, const int8_t *none) {
  const int y = i < v->kernel[0] ? stands_at(v, 0, run->row * v->stride[0] - v->pad[0] + i * v->dilation[0]) : -1;
  if (y < 0) return (struct line){none, none, 0};
  return (struct line){x + ((ptrdiff_t)run->picture * v->other[0] + y) * v->other[1] * channels, none, channels};
}

static inline const int8_t *pixel_of(const struct line *line, int column) {
  return column < 0 ? line->none : line->x + column * line->channels;
}

// Columns of `neighbours` rows, widened for a run: those from `start` on.
static inline __attribute__((always_inline)) void widen_lines(
    const struct view *v, const struct line *rows, long start, int width, int count, int zero, struct wide *to) {
  const struct line *const next = rows + neighbours - 1;
  int c = 0;
  if (v->spread[1] > 1) {
    for (; c < width; c++) {
      const int column = stands_at(v, 1, (int)start + c * v->unit);
      to[c] = pairs_of(pixel_of(rows, column), pixel_of(next, column), count, zero);
    }
    return;
  }
  const struct wide nothing = pairs_of(rows->none, rows->none, count, zero);
  for (; c < width && start < 0; c++, start += v->unit) to[c] = nothing;
  for (; c < width && start < v->other[1]; c++, start += v->unit)
    to[c] = pairs_of(rows->x + start * rows->channels, next->x + start * next->channels, count, zero);
  for (; c < width; c++) to[c] = nothing;
}

static void widen_columns(
    const struct view *v, const struct run *run, int channels, int count, const int8_t *x, int zero,
    const int8_t *none, struct wide *columns) {
  const long start = (long)run->column * v->stride[1] - v->pad[1];
  const int width = v->width - (v->pixels - run->pixels) * v->stride[1];
  for (int group = 0; group < v->row_groups; group++, columns += v->width) {
    struct line rows[neighbours];
    for (int n = 0; n < neighbours; n++) rows[n] = line_of(v, run, group * neighbours + n, channels, x, none);
    if (count == block_columns) widen_lines(v, rows, start, width, block_columns, zero, columns);
    else widen_lines(v, rows, start, width, count, zero, columns);
  }
}

// The weights of 16 channels, in the order of the view's taps.
static void widen_weights(const struct view *v, int channels, int count, const int8_t *w, struct wide *weights) {
  static const int8_t none[block_columns];
  const int last = v->kernel[0] * v->kernel[1] - 1;
  for (int group = 0; group < v->row_groups; group++)
    for (int j = 0; j < v->kernel[1]; j++) {
      const int8_t *of[neighbours];
      for (int n = 0; n < neighbours; n++) {
        const int i = group * neighbours + n, tap = i * v->kernel[1] + j;
        of[n] = i < v->kernel[0] ? w + (ptrdiff_t)(v->is_back ? last - tap : tap) * channels : none;
      }
      *weights++ = pairs_of(of[0], of[neighbours - 1], count, 0);
    }
}

// The sums of a run: `groups` of rows of `taps` taps that are `step` columns apart.
static inline __attribute__((always_inline)) void sums_of(
    const struct view *v, int pixels, int groups, int taps, int step, const struct wide *columns,
    const struct wide *weights, int32_t *sums) {
  for (int p = 0; p < pixels; p++, columns += v->stride[1], sums += block_columns) {
    wide_sums sum = {{0}};
    for (int group = 0; group < groups; group++)
      for (int j = 0; j < taps; j++)
        add_products(&columns[group * v->width + j * step], &weights[group * taps + j], sum);
    put_in_order(sum, sums);
  }
}

// The sums of some runs, for 16 channels; `none` is 16 bytes of `zero`.
static void depthwise_sums(
    const struct view *v, const struct run *runs, int count_runs, int channels, int count, const int8_t *x, int zero,
    const int8_t *none, const struct wide *weights, int32_t *sums) {
  const int step = v->dilation[1] / v->unit;
  // The usual one, whose weights stay in registers.
  enum { three = (3 + neighbours - 1) / neighbours };
  const int is_usual = v->row_groups == three && v->kernel[1] == 3 && step == 1;
  for (; count_runs > 0; count_runs--, sums += runs++->pixels * block_columns) {
    struct wide columns[most_wide];
    widen_columns(v, runs, channels, count, x, zero, none, columns);
    if (is_usual) sums_of(v, runs->pixels, three, 3, 1, columns, weights, sums);
    else sums_of(v, runs->pixels, v->row_groups, v->kernel[1], step, columns, weights, sums);
  }
}

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

// What is still in the line of the channels `from` ... `to`.
static void finish_late(const struct ck_late *late, int pixels, int channels, int from, int to, int8_t *out) {
  const int first = pixels > late->delay ? pixels - late->delay : 0;
  for (int pixel = first; late->delay > 0 && pixel < pixels; pixel++)
    __builtin_memcpy(
        out + (ptrdiff_t)pixel * channels + from, late->line + (ptrdiff_t)(pixel % late->delay) * channels + from,
        (size_t)(to - from));
}

static void depthwise8(
    const struct ck_window *w, int channels, int from, int to, const int8_t *x, int zero, const int8_t *weights,
    const int32_t *bias, const int32_t *multipliers, int zero_y, int low, int high, const struct ck_late *late,
    int8_t *y) {
  const struct view v = view_of(w, 0);
  const int pixels = v.batch * v.size[0] * v.size[1];
  int8_t none[block_columns];
  __builtin_memset(none, zero, sizeof none);
  for (int line = from; line < to; line += line_blocks * block_columns) {
    const int end = least(to, line + line_blocks * block_columns);
    struct wide wide[line_blocks][most_taps];
    for (int c = line; c < end; c += block_columns)
      widen_weights(&v, channels, least(block_columns, end - c), weights + c, wide[(c - line) / block_columns]);
    for (int first = 0; first < pixels; first += run_pixels) {
      const int part = least(run_pixels, pixels - first);
      struct run runs[run_pixels];
      const int count_runs = find_runs(&v, first, first + part, runs);
      for (int c = line; c < end; c += block_columns) {
        const int count = least(block_columns, end - c);
        int32_t sums[run_pixels * block_columns];
        int8_t result[run_pixels * block_columns];
        depthwise_sums(
            &v, runs, count_runs, channels, count, x + c, zero, none, wide[(c - line) / block_columns], sums);
        requantize(
            part, count, sums, bias ? bias + c : 0, multipliers + 2 * c, zero_y, low, high, result, block_columns);
        const struct ck_late own = {late->delay, late->delay ? late->line + c : 0};
        put_late(&own, first, part, channels, count, result, y + c);
      }
    }
  }
  finish_late(late, pixels, channels, from, to, y);
}

static void depthwise8_dx(
    const struct ck_window *w, int from, int to, const int8_t *dy, const int8_t *weights, const struct ck_late *late,
    struct ck_gradient *g) {
  const struct view v = view_of(w, 1);
  const int pixels = v.batch * v.size[0] * v.size[1], channels = g->channels;
  const int is_late = late->delay > 0 && !g->is_measuring;
  static const int8_t none[block_columns];
  for (int line = from; line < to; line += line_blocks * block_columns) {
    const int end = least(to, line + line_blocks * block_columns);
    struct wide wide[line_blocks][most_taps];
    for (int c = line; c < end; c += block_columns)
      widen_weights(&v, channels, least(block_columns, end - c), weights + c, wide[(c - line) / block_columns]);
    for (int first = 0; first < pixels; first += run_pixels) {
      const int part = least(run_pixels, pixels - first);
      struct run runs[run_pixels];
      const int count_runs = find_runs(&v, first, first + part, runs);
      for (int c = line; c < end; c += block_columns) {
        const int count = least(block_columns, end - c);
        int32_t sums[run_pixels * block_columns];
        int8_t result[run_pixels * block_columns];
        depthwise_sums(
            &v, runs, count_runs, channels, count, dy + c, 0, none, wide[(c - line) / block_columns], sums);
        const ptrdiff_t index = (ptrdiff_t)first * channels + c;
        if (is_late) {
          gradient_to(g, 0, 1, part, count, sums, index, c, result, block_columns);
          const struct ck_late own = {late->delay, late->line + c};
          put_late(&own, first, part, channels, count, result, (int8_t *)g->out + c);
        } else {
          gradient_rows(g, part, count, sums, index, c);
        }
      }
    }
  }
  if (is_late) finish_late(late, pixels, channels, from, to, g->out);
}

// The sums of one row of taps over a run, whose gradients are `dy`.
static inline __attribute__((always_inline)) void depthwise_taps(
    const struct view *v, const struct run *run, const struct line *row, int count, int zero, int first_tap,
    int end_tap, const struct wide *dy, wide_sums *sums) {
  for (int j = first_tap; j < end_tap; j++) {
    const int start = run->column * v->stride[1] - v->pad[1] + j * v->dilation[1];
    wide_sums sum;
    __builtin_memcpy(sum, sums[j], sizeof sum);
    for (int p = 0; p < run->pixels; p += neighbours) {
      // The gradient of a pixel behind the last one is zero.
      const int at = stands_at(v, 1, start + p * v->stride[1]);
      const int next = stands_at(v, 1, start + (p + neighbours - 1) * v->stride[1]);
      const struct wide values = pairs_of(pixel_of(row, at), pixel_of(row, next), count, zero);
      add_products(&values, &dy[p / neighbours], sum);
    }
    __builtin_memcpy(sums[j], sum, sizeof sum);
  }
}

// Those of all rows of taps.
static void depthwise_rows(
    const struct view *v, const struct run *run, int channels, int count, const int8_t *x, int zero,
    const int8_t *none, int first_tap, int end_tap, const struct wide *dy, wide_sums *sums) {
  for (int i = first_tap / v->kernel[1]; i * v->kernel[1] < end_tap; i++) {
    const struct line row = line_of(v, run, i, channels, x, none);
    const int tap = i * v->kernel[1], last = least(v->kernel[1], end_tap - tap);
    const int begin = first_tap > tap ? first_tap - tap : 0;
    if (row.x == none) continue;
    if (count == block_columns) depthwise_taps(v, run, &row, block_columns, zero, begin, last, dy, sums + tap);
    else depthwise_taps(v, run, &row, count, zero, begin, last, dy, sums + tap);
  }
}

// sums[tap - first_tap][channel] += dy * (x - zero) over the pixels `first` ... `end`, for the taps up to `end_tap`.
static void depthwise8_dw(
    const struct ck_window *w, int channels, int from, int to, const int8_t *x, int zero, const int8_t *dy,
    ptrdiff_t ld_dy, int first, int end, int first_tap, int end_tap, int32_t *sums) {
  const struct view v = view_of(w, 0);
  static const int8_t zeros[block_columns];
  int8_t none[block_columns];
  __builtin_memset(none, zero, sizeof none);
  for (int c = from; c < to; c += block_columns) {
    const int count = least(block_columns, to - c);
    wide_sums own[most_taps];
    for (int t = first_tap; t < end_tap; t++) __builtin_memset(own[t], 0, sizeof own[t]);
    for (int pixel = first; pixel < end; pixel += run_pixels) {
      struct run runs[run_pixels];
      const int count_runs = find_runs(&v, pixel, least(pixel + run_pixels, end), runs);
      const int8_t *at = dy + pixel * ld_dy + c;
      for (const struct run *run = runs; run < runs + count_runs; at += run++->pixels * ld_dy) {
        struct wide gradients[run_pixels];
        for (int p = 0; p < run->pixels; p += neighbours)
          gradients[p / neighbours] = pairs_of(
              at + p * ld_dy, p + neighbours <= run->pixels ? at + (p + neighbours - 1) * ld_dy : zeros, count, 0);
        depthwise_rows(&v, run, channels, count, x + c, zero, none, first_tap, end_tap, gradients, own);
      }
    }
    for (int t = first_tap; t < end_tap; t++) {
      int32_t ordered[block_columns], *to_sums = sums + (ptrdiff_t)(t - first_tap) * channels + c;
      put_in_order(own[t], ordered);
      for (int j = 0; j < count; j++) to_sums[j] += ordered[j];
    }
  }
}
