// Strips: im2col of pictures of 8 bits as 16-bit integers, for the tiles of `dot16`.

// What one tap reads, less its zero point.
static inline void widen(const int8_t *x, ptrdiff_t count, int zero, int16_t *out) {
  for (ptrdiff_t i = 0; i < count; i++) out[i] = (int16_t)(x[i] - zero);
}

static int is_pointwise(const struct ck_window *w) {
  return w->kernel[0] == 1 && w->kernel[1] == 1 && w->stride[0] == 1 && w->stride[1] == 1 && w->pad[0] == 0 &&
         w->pad[1] == 0 && w->input[0] == w->output[0] && w->input[1] == w->output[1];
}

// The coordinate that the output at `o` reads through tap `k`; it may lie outside the picture.
static int read_at(const struct ck_window *w, int axis, int o, int k) {
  return o * w->stride[axis] - w->pad[axis] + k * w->dilation[axis];
}

// The output that reads coordinate `i` through tap `k`; -1 where there is none.
static int reader_of(const struct ck_window *w, int axis, int i, int k) {
  const int distance = i + w->pad[axis] - k * w->dilation[axis];
  if (w->stride[axis] == 1) return distance;
  return distance < 0 || distance % w->stride[axis] != 0 ? -1 : distance / w->stride[axis];
}

// The part of one row of a strip that taps `from` ... `to` give, in elements of all taps.
static void strip_row(
    const struct ck_strip *s, int picture, int row, int column, int from, int to, int16_t *out) {
  const struct ck_window *w = &s->window;
  const int *other = s->is_back ? w->output : w->input;
  for (int at = from; at < to;) {
    const int tap = at / s->count, first = at - tap * s->count;
    const int length = (to - at < s->count - first) ? to - at : s->count - first;
    const int i = tap / w->kernel[1], j = tap - i * w->kernel[1];
    const int y = s->is_back ? reader_of(w, 0, row, i) : read_at(w, 0, row, i);
    const int x = s->is_back ? reader_of(w, 1, column, j) : read_at(w, 1, column, j);
    if (y < 0 || y >= other[0] || x < 0 || x >= other[1]) {
      __builtin_memset(out, 0, (size_t)length * sizeof *out);
    } else {
      const ptrdiff_t pixel = ((ptrdiff_t)picture * other[0] + y) * other[1] + x;
      widen(s->x + pixel * s->channels + s->start + first, length, s->zero, out);
    }
    at += length;
    out += length;
  }
}

// Rows of pixels `first` ... of the columns `from` ... `to`, `ld` elements apart; what is left of a row is zeros.
static void strip(const struct ck_strip *s, int first, int rows, int from, int to, int16_t *out, ptrdiff_t ld) {
  const int width = to - from;
  const int gap = ld > width;
  if (is_pointwise(&s->window)) {
    const int8_t *x = s->x + (ptrdiff_t)first * s->channels + s->start + from;
    if (s->channels == width && !gap) return widen(x, (ptrdiff_t)rows * width, s->zero, out);
    for (; rows > 0; rows--, x += s->channels, out += ld) {
      widen(x, width, s->zero, out);
      if (gap) out[width] = 0;
    }
    return;
  }
  const int *size = s->is_back ? s->window.input : s->window.output;
  int picture = first / size[1] / size[0], row = first / size[1] % size[0], column = first % size[1];
  for (; rows > 0; rows--, out += ld) {
    strip_row(s, picture, row, column, from, to, out);
    if (gap) out[width] = 0;
    if (++column < size[1]) continue;
    column = 0;
    if (++row < size[0]) continue;
    row = 0;
    picture++;
  }
}

// Eight bytes less what stands for 0.
static inline eight_shorts eight_less(const int8_t *x, eight_shorts zero) {
  typedef int8_t eight_bytes __attribute__((vector_size(8), aligned(1), may_alias));
  return __builtin_convertvector(*(const eight_bytes *)x, eight_shorts) - zero;
}

// Up to 16 columns of a strip as a block whose steps are the pixels; an odd one is followed by zeros.
static void pack_pixels(
    const struct ck_strip *s, int first, int rows, int from, int to, int16_t *room, int16_t *block) {
  if (is_pointwise(&s->window) && to - from == block_columns) {
    const int8_t *x = s->x + (ptrdiff_t)first * s->channels + s->start + from;
    const eight_shorts zero = (eight_shorts){0} + (int16_t)s->zero, none = {0};
    for (; rows > 1; rows -= 2, x += 2 * s->channels, block += 2 * block_columns) {
      const int8_t *next = x + s->channels;
      pack_pair(eight_less(x, zero), eight_less(next, zero), eight_less(x + 8, zero), eight_less(next + 8, zero), block);
    }
    if (rows == 1) pack_pair(eight_less(x, zero), none, eight_less(x + 8, zero), none, block);
    return;
  }
  strip(s, first, rows, from, to, room, block_columns);
  if (rows & 1) __builtin_memset(room + rows * block_columns, 0, block_columns * sizeof *room);
  for (int r = 0; r < rows; r += 2, block += 2 * block_columns) {
    const eight_shorts *a = (const eight_shorts *)(room + r * block_columns);
    pack_pair(a[0], a[2], a[1], a[3], block);
  }
}
