// The weight's gradient of depthwise convolutions of 8 bits, 16 channels at a time: some outputs of a row with what they
// read by each tap, as many of them at a time as instructions add the products of.

#if defined(VNNI)
enum { dw_pixels = group };

// 16 channels of four pixels, and sums of their products.
struct dw_group {
  words all[block_vectors];
};
typedef struct dw_group dw_sums;

enum { dw_flip = flip };

// Pixels that lie `step` bytes apart.
static inline __attribute__((always_inline)) struct dw_group dw_group_at(const int8_t *x, ptrdiff_t step, int zero) {
  (void)zero;
  struct dw_group all;
  load_group_at(x, step, all.all);
  return all;
}

static inline void add_dw(const struct dw_group *read, const struct dw_group *dy, dw_sums *sum) {
  for (int n = 0; n < block_vectors; n++) sum->all[n] = add_quads(sum->all[n], read->all[n], dy->all[n]);
}

// What is read is `flip` + zero too large: the sums of the gradients that it is multiplied with.
static inline void add_excess(const struct dw_group *dy, dw_sums *excess) {
  for (int n = 0; n < block_vectors; n++) excess->all[n] = add_others(excess->all[n], dy->all[n]);
}

static inline void add_sums(const dw_sums *from, dw_sums *to) {
  for (int n = 0; n < block_vectors; n++) to->all[n] += from->all[n];
}

static inline void put_dw(const dw_sums *sum, const dw_sums *excess, int zero, int32_t *out) {
  for (int n = 0; n < block_vectors; n++)
    *(words *)(out + n * word_lanes) = sum->all[n] - excess->all[n] * (flip + zero);
}

#else
enum { dw_pixels = neighbours };

#define dw_group wide
typedef struct {
  wide_sums all;
} dw_sums;

enum { dw_flip = 0 };

static inline __attribute__((always_inline)) struct wide dw_group_at(const int8_t *x, ptrdiff_t step, int zero) {
  return pairs_of(x, x + (neighbours - 1) * step, block_columns, zero);
}

static inline void add_dw(const struct wide *read, const struct wide *dy, dw_sums *sum) {
  add_products(read, dy, sum->all);
}

// What is read is nothing too large.
static inline void add_excess(const struct wide *dy, dw_sums *excess) { (void)dy, (void)excess; }
static inline void add_sums(const dw_sums *from, dw_sums *to) { (void)from, (void)to; }

static inline void put_dw(const dw_sums *sum, const dw_sums *excess, int zero, int32_t *out) {
  (void)excess, (void)zero;
  put_in_order(sum->all, out);
}
#endif

enum {
  // Outputs of a row at a time, and bytes of the rows that they read.
  dw_run = 64,
  dw_bytes = ck_most_columns * block_columns,
};

// How a row of outputs is walked along: `run` of them at a time, which read `columns` of a row of the ring.
struct dw_walk {
  int run, columns;
};

static struct dw_walk dw_walk_of(const struct view *v) {
  // A group may go on behind the last output.
  const int reach = (v->kernel[1] - 1) * v->dilation[1] + 1 + (dw_pixels - 1) * v->stride[1];
  const int most = dw_bytes / block_columns / v->kernel[0];
  const int run = least(least(dw_run, v->size[1]), 1 + (most - reach) / v->stride[1]);
  return (struct dw_walk){run, (run - 1) * v->stride[1] + reach};
}

// What is read, some of its channels, and the pixels and taps that are wanted.
struct dw_from {
  int channels, c, count, zero;
  const int8_t *x, *dy, *none;
  ptrdiff_t ld_dy;
  int first, end, first_tap, end_tap;
};

// Rows that are read, the gradients of a run, and sums: of the taps, and of what these rows are too large by.
struct dw_state {
  _Alignas(64) int8_t ring[dw_bytes];
  int64_t row_in_slot[most_taps];
  struct dw_group dy[dw_run];
  dw_sums run_excess, taps[most_taps], excess[most_taps];
};
_Static_assert(sizeof(struct dw_state) < 80 << 10, "more than fits the stack of any thread");

// The gradients of some outputs; behind the last one they are zeros.
static void load_dy(const struct dw_from *from, int pixel, int pixels, struct dw_state *s) {
  int8_t row[(dw_run + 4) * block_columns];
  bytes16 *to = (bytes16 *)row;
  const int8_t *dy = from->dy + pixel * from->ld_dy + from->c;
  if (!is_small && from->count == block_columns)
    for (int p = 0; p < pixels; p++) to[p] = load16(dy + p * from->ld_dy, block_columns);
  else
    for (int p = 0; p < pixels; p++) to[p] = load16(dy + p * from->ld_dy, from->count);
  for (int p = pixels; p % dw_pixels; p++) to[p] = (bytes16){0};
  s->run_excess = (dw_sums){0};
  for (int p = 0, g = 0; p < pixels; p += dw_pixels, g++) {
    s->dy[g] = dw_group_at(row + p * block_columns, block_columns, 0);
    add_excess(&s->dy[g], &s->run_excess);
  }
}

// The row that tap `i` reads, in the ring; null where it lies outside.
static const int8_t *find_row(
    const struct view *v, const struct dw_walk *walk, const struct dw_from *from, const struct run *run, int i,
    struct dw_state *s) {
  const int y = stands_at(v, 0, run->row * v->stride[0] - v->pad[0] + i * v->dilation[0]);
  if (y < 0) return 0;
  // Rows that one output reads are `dilation` apart.
  const int slot = y / v->dilation[0] % v->kernel[0];
  int8_t *to = s->ring + slot * walk->columns * block_columns;
  const int start = run->column / walk->run * walk->run;
  const int64_t key = ((int64_t)run->picture * v->other[0] + y) * v->size[1] + start;
  if (s->row_in_slot[slot] == key) return to;
  s->row_in_slot[slot] = key;
  const struct line line = line_of(v, run, i, from->channels, from->x + from->c, from->none);
  const int column = start * v->stride[1] - v->pad[1];
  if (!is_small && from->count == block_columns) copy_row(v, &line, block_columns, column, walk->columns, dw_flip, to);
  else copy_row(v, &line, from->count, column, walk->columns, dw_flip, to);
  return to;
}

// The products of a run for some taps of a row.
static inline __attribute__((always_inline)) void add_taps(
    const int8_t *x, const ptrdiff_t step, ptrdiff_t to_next_tap, int taps, int groups, int zero,
    const struct dw_group *dy, dw_sums *sums) {
  for (; taps > 0; taps--, x += to_next_tap, sums++) {
    dw_sums sum = *sums;
    const int8_t *at = x;
    for (int g = 0; g < groups; g++, at += dw_pixels * step) {
      const struct dw_group read = dw_group_at(at, step, zero);
      add_dw(&read, &dy[g], &sum);
    }
    *sums = sum;
  }
}

static void add_run(
    const struct view *v, const struct dw_walk *walk, const struct dw_from *from, const struct run *run,
    struct dw_state *s) {
  const int groups = (run->pixels + dw_pixels - 1) / dw_pixels;
  const ptrdiff_t step = v->stride[1] * block_columns, next = v->dilation[1] * block_columns;
  for (int i = from->first_tap / v->kernel[1]; i * v->kernel[1] < from->end_tap; i++) {
    const int tap = i * v->kernel[1], begin = from->first_tap > tap ? from->first_tap - tap : 0;
    const int taps = least(v->kernel[1], from->end_tap - tap) - begin;
    const int8_t *x = find_row(v, walk, from, run, i, s);
    if (!x) continue;
    add_sums(&s->run_excess, &s->excess[i]);
    x += run->column % walk->run * step + begin * next;
    if (!is_small && step == block_columns)
      add_taps(x, block_columns, next, taps, groups, from->zero, s->dy, s->taps + tap + begin);
    else add_taps(x, step, next, taps, groups, from->zero, s->dy, s->taps + tap + begin);
  }
}

// The products of all runs, for 16 channels.
static void add_runs(
    const struct view *v, const struct dw_walk *walk, const struct dw_from *from, struct dw_state *s) {
  const int rows = from->end_tap / v->kernel[1] + 1;
  __builtin_memset(s->taps + from->first_tap, 0, (size_t)(from->end_tap - from->first_tap) * sizeof *s->taps);
  __builtin_memset(s->excess, 0, (size_t)least(rows, most_taps) * sizeof *s->excess);
  for (int slot = 0; slot < v->kernel[0]; slot++) s->row_in_slot[slot] = -1;
  // Parts of rows one below the other, so that the ring holds what the next one reads.
  for (int start = 0; start < v->size[1]; start += walk->run)
    for (int row = from->first / v->size[1]; row * v->size[1] < from->end; row++) {
      const int begin = row * v->size[1] + start;
      const int first = begin > from->first ? begin : from->first;
      const int end = least(from->end, begin + least(walk->run, v->size[1] - start));
      if (first >= end) continue;
      const struct run run = {row / v->size[0], row % v->size[0], first - row * v->size[1], end - first};
      load_dy(from, first, run.pixels, s);
      add_run(v, walk, from, &run, s);
    }
}

// sums[tap - first_tap][channel] += dy * (x - zero) over the pixels `first` ... `end`, for the taps up to `end_tap`.
static void depthwise8_dw(
    const struct ck_window *w, int channels, int from, int to, const int8_t *x, int zero, const int8_t *dy,
    ptrdiff_t ld_dy, int first, int end, int first_tap, int end_tap, int32_t *sums) {
  const struct view v = view_of(w, 0);
  const struct dw_walk walk = dw_walk_of(&v);
  int8_t none[block_columns];
  __builtin_memset(none, zero, sizeof none);
  struct dw_from source = {channels, 0, 0, zero, x, dy, none, ld_dy, first, end, first_tap, end_tap};
  struct dw_state state;
  for (source.c = from; source.c < to; source.c += block_columns) {
    source.count = least(block_columns, to - source.c);
    add_runs(&v, &walk, &source, &state);
    for (int t = first_tap; t < end_tap; t++) {
      int32_t ordered[block_columns], *to_sums = sums + (ptrdiff_t)(t - first_tap) * channels + source.c;
      put_dw(&state.taps[t], &state.excess[t / v.kernel[1]], zero, ordered);
      for (int j = 0; j < source.count; j++) to_sums[j] += ordered[j];
    }
  }
}
