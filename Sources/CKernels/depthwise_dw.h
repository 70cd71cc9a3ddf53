// The weight's gradient of depthwise convolutions of 8 bits, 16 channels at a time: some outputs of a row with what they
// read by each tap, as many of them at a time as instructions add the products of.

#if defined(VNNI)
enum { dw_pixels = group };

// 16 channels of four pixels, and sums of their products.
struct dw_group {
  words all[block_vectors];
};
typedef struct dw_group dw_sums;

// Of what is read, or of gradients.
static inline __attribute__((always_inline)) struct dw_group dw_group_of(
    const int8_t *const *pixels, const int count, const int are_read, int zero) {
  (void)zero;
  struct dw_group all;
  load_group_of(pixels, count, are_read, all.all);
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

static inline __attribute__((always_inline)) struct wide dw_group_of(
    const int8_t *const *pixels, const int count, const int are_read, int zero) {
  return pairs_of(pixels[0], pixels[neighbours - 1], count, are_read ? zero : 0);
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
  // Taps and outputs of a row at a time, and bytes of the groups that they read.
  dw_taps = 3,
  dw_run = 64,
  dw_bytes = 32 << 10,
};

// Outputs of a row at a time.
static int dw_run_of(const struct view *v) {
  const int taps = v->kernel[0] * v->kernel[1];
  return least(least(dw_run, v->size[1]), dw_bytes / (int)sizeof(struct dw_group) / taps * dw_pixels);
}

// What is read, some of its channels, and the pixels and taps that are wanted; of a row of taps those that are.
struct dw_from {
  int channels, c, count, zero;
  const int8_t *x, *dy, *none;
  ptrdiff_t ld_dy;
  int first, end, first_tap, end_tap, first_row, first_of_row, end_of_row;
};

// Groups of the rows that are read, by each tap of a row; the gradients of a run; and sums: of the taps, and of what
// these rows are too large by.
struct dw_state {
  _Alignas(64) struct dw_group ring[dw_bytes / sizeof(struct dw_group)];
  int64_t row_in_slot[most_taps];
  int next_slot;
  struct dw_group dy[dw_run];
  dw_sums run_excess, taps[most_taps], excess[most_taps];
};
_Static_assert(sizeof(struct dw_state) < 80 << 10, "more than fits the stack of any thread");

static inline int dw_groups_of(const struct run *run) { return (run->pixels + dw_pixels - 1) / dw_pixels; }

// The gradients of some outputs; behind the last one they are zeros.
static inline __attribute__((always_inline)) void load_dy(
    const struct dw_from *from, int pixel, const int count, const struct run *run, struct dw_state *s) {
  static const int8_t nothing[block_columns];
  const int8_t *dy = from->dy + pixel * from->ld_dy + from->c;
  s->run_excess = (dw_sums){0};
  for (int p = 0, g = 0; p < run->pixels; p += dw_pixels, g++) {
    const int8_t *pixels[dw_pixels];
    for (int t = 0; t < dw_pixels; t++, dy += from->ld_dy) pixels[t] = p + t < run->pixels ? dy : nothing;
    s->dy[g] = dw_group_of(pixels, count, 0, 0);
    add_excess(&s->dy[g], &s->run_excess);
  }
}

// What a run reads of a row by each tap of those that are wanted.
static inline __attribute__((always_inline)) void fill_row(
    const struct view *v, const struct dw_from *from, const struct line *line, const int count, const struct run *run,
    int to_next_tap, struct dw_group *to) {
  const ptrdiff_t stride = v->stride[1];
  const int groups = dw_groups_of(run);
  for (int j = from->first_of_row; j < from->end_of_row; j++) {
    ptrdiff_t column = run->column * stride - v->pad[1] + j * (ptrdiff_t)v->dilation[1];
    for (int g = 0; g < groups; g++) {
      const int8_t *pixels[dw_pixels];
      const int is_inside = column >= 0 && column + (dw_pixels - 1) * stride < v->other[1];
      for (int t = 0; t < dw_pixels; t++, column += stride)
        pixels[t] = is_inside || (column >= 0 && column < v->other[1]) ? line->x + column * line->channels : line->none;
      to[j * to_next_tap + g] = dw_group_of(pixels, count, 1, from->zero);
    }
  }
}

// The row that tap `i` reads, in the ring, where groups of a tap fill `tap_groups`; null where it lies outside.
static const struct dw_group *find_row(
    const struct view *v, int tap_groups, const struct dw_from *from, const struct run *run, int i,
    struct dw_state *s) {
  const int y = stands_at(v, 0, run->row * v->stride[0] - v->pad[0] + i * v->dilation[0]);
  if (y < 0) return 0;
  const int64_t key = ((int64_t)run->picture * v->other[0] + y) * v->size[1] + run->column;
  const int slot_groups = v->kernel[1] * tap_groups;
  for (int slot = 0; slot < v->kernel[0]; slot++)
    if (s->row_in_slot[slot] == key) return s->ring + slot * slot_groups;
  // The row that has been there for longest makes room.
  struct dw_group *to = s->ring + s->next_slot * slot_groups;
  s->row_in_slot[s->next_slot] = key;
  if (++s->next_slot == v->kernel[0]) s->next_slot = 0;
  const struct line line = line_of(v, run, i, from->channels, from->x + from->c, from->none);
  if (!is_small && from->count == block_columns) fill_row(v, from, &line, block_columns, run, tap_groups, to);
  else fill_row(v, from, &line, from->count, run, tap_groups, to);
  return to;
}

// The products of a run for some taps of a row, whose groups lie one behind the other.
static inline __attribute__((always_inline)) void add_taps(
    const struct dw_group *read, const int taps, int to_next_tap, int groups, const struct dw_group *dy,
    dw_sums *sums) {
  dw_sums sum[dw_taps];
  for (int j = 0; j < taps; j++) sum[j] = sums[j];
  for (int g = 0; g < groups; g++)
    for (int j = 0; j < taps; j++) add_dw(&read[j * to_next_tap + g], &dy[g], &sum[j]);
  for (int j = 0; j < taps; j++) sums[j] = sum[j];
}

static void add_run(
    const struct view *v, int tap_groups, const struct dw_from *from, const struct run *run, struct dw_state *s) {
  const int groups = dw_groups_of(run);
  for (int i = from->first_row, tap = i * v->kernel[1]; tap < from->end_tap; i++, tap += v->kernel[1]) {
    int j = from->first_tap > tap ? from->first_tap - tap : 0;
    const int end = least(v->kernel[1], from->end_tap - tap);
    const struct dw_group *read = find_row(v, tap_groups, from, run, i, s);
    if (!read) continue;
    add_sums(&s->run_excess, &s->excess[i]);
    for (; j + dw_taps <= end; j += dw_taps)
      add_taps(read + j * tap_groups, dw_taps, tap_groups, groups, s->dy, s->taps + tap + j);
    for (; j < end; j++) add_taps(read + j * tap_groups, 1, tap_groups, groups, s->dy, s->taps + tap + j);
  }
}

// The products of all runs, for 16 channels.
static void add_runs(
    const struct view *v, const struct dw_from *from, struct dw_state *s) {
  const int wide = dw_run_of(v), tap_groups = (wide + dw_pixels - 1) / dw_pixels;
  const int rows = from->end_tap / v->kernel[1] + 1;
  __builtin_memset(s->taps + from->first_tap, 0, (size_t)(from->end_tap - from->first_tap) * sizeof *s->taps);
  __builtin_memset(s->excess, 0, (size_t)least(rows, most_taps) * sizeof *s->excess);
  for (int slot = 0; slot < v->kernel[0]; slot++) s->row_in_slot[slot] = -1;
  s->next_slot = 0;
  // Parts of rows one below the other, so that the ring holds what the next one reads.
  const int first_row = from->first / v->size[1];
  for (int start = 0; start < v->size[1]; start += wide) {
    struct run run = {first_row / v->size[0], first_row % v->size[0], 0, 0};
    for (int row = first_row * v->size[1]; row < from->end; row += v->size[1]) {
      const int begin = row + start, first = begin > from->first ? begin : from->first;
      run.column = first - row;
      run.pixels = least(from->end, begin + least(wide, v->size[1] - start)) - first;
      if (run.pixels > 0) {
        if (!is_small && from->count == block_columns) load_dy(from, first, block_columns, &run, s);
        else load_dy(from, first, from->count, &run, s);
        add_run(v, tap_groups, from, &run, s);
      }
      if (++run.row < v->size[0]) continue;
      run.row = 0;
      run.picture++;
    }
  }
}

// sums[tap - first_tap][channel] += dy * (x - zero) over the pixels `first` ... `end`, for the taps up to `end_tap`.
static void depthwise8_dw(
    const struct ck_window *w, int channels, int from, int to, const int8_t *x, int zero, const int8_t *dy,
    ptrdiff_t ld_dy, int first, int end, int first_tap, int end_tap, int32_t *sums) {
  const struct view v = view_of(w, 0);
  int8_t none[block_columns];
  __builtin_memset(none, zero, sizeof none);
  struct dw_from source = {
      .channels = channels, .zero = zero, .x = x, .dy = dy, .none = none, .ld_dy = ld_dy, .first = first, .end = end,
      .first_tap = first_tap, .end_tap = end_tap, .first_row = first_tap / v.kernel[1], .end_of_row = v.kernel[1]};
  if (source.first_row == (end_tap - 1) / v.kernel[1]) {
    source.first_of_row = first_tap % v.kernel[1];
    source.end_of_row = source.first_of_row + end_tap - first_tap;
  }
  struct dw_state state;
  for (source.c = from; source.c < to; source.c += block_columns) {
    source.count = least(block_columns, to - source.c);
    add_runs(&v, &source, &state);
    for (int t = first_tap; t < end_tap; t++) {
      int32_t ordered[block_columns], *to_sums = sums + (ptrdiff_t)(t - first_tap) * channels + source.c;
      put_dw(&state.taps[t], &state.excess[t / v.kernel[1]], zero, ordered);
      for (int j = 0; j < source.count; j++) to_sums[j] += ordered[j];
    }
  }
}
