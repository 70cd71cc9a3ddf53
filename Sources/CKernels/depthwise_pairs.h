// Sums of depthwise convolutions for any window: columns of what is read are widened once for all outputs and taps that
// read them, those of two rows as neighbours where products of pairs are added at once.

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

static void depthwise_by_pairs(const struct view *v, const struct depthwise_from *in, const struct depthwise_to *to) {
  const int pixels = v->batch * v->size[0] * v->size[1];
  int8_t none[block_columns];
  __builtin_memset(none, in->zero, sizeof none);
  for (int line = in->from; line < in->to; line += line_blocks * block_columns) {
    const int end = least(in->to, line + line_blocks * block_columns);
    struct wide wide[line_blocks][most_taps];
    struct requantization q[line_blocks];
    for (int c = line, b = 0; c < end; c += block_columns, b++) {
      widen_weights(v, in->channels, least(block_columns, end - c), in->weights + c, wide[b]);
      if (to->requantize) prepare(&q[b], to->requantize, c, least(block_columns, end - c));
    }
    for (ptrdiff_t pixel = 0; pixel < pixels; pixel += run_pixels) {
      const int first = (int)pixel;
      const int part = least(run_pixels, pixels - first);
      struct run runs[run_pixels];
      const int count_runs = find_runs(v, first, first + part, runs);
      for (int c = line, b = 0; c < end; c += block_columns, b++) {
        const int count = least(block_columns, end - c);
        int32_t sums[run_pixels * block_columns];
        depthwise_sums(v, runs, count_runs, in->channels, count, in->x + c, in->zero, none, wide[b], sums);
        put_sums(to, &q[b], first, part, c, count, sums);
      }
    }
  }
}
