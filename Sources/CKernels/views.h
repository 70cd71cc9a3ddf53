// Windows over pictures of 8 bits, and the runs of outputs and rows of inputs that kernels by channel walk along.

enum {
  // Outputs of a row at a time, and those that are put at a time; the most taps, and the most that is widened at a time.
  run_pixels = 16,
  tile_pixels = 32,
  most_taps = ck_most_taps,
  most_wide = 128,
  // Blocks of 16 channels that lie in one line of the cache: they are read together.
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
