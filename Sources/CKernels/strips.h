// Strips: im2col of pictures of 8 bits as operands of tiles.

// Neighbours in memory.
static inline void read_pixels(const int8_t *x, ptrdiff_t count, int zero, operand *out) {
  typedef int8_t eight __attribute__((vector_size(8), aligned(1), may_alias));
  if (count >= 8 && count <= 16) {
    // The last eight may be among the first ones, too.
    for (ptrdiff_t at = 0;; at = count - 8) {
      const eight_operands wide = __builtin_convertvector(*(const eight *)(x + at), eight_operands);
      *(eight_operands *)(out + at) = pixel_operands(wide, zero);
      if (at == count - 8) return;
    }
  }
  for (ptrdiff_t i = 0; i < count; i++) out[i] = pixel_operand(x[i], zero);
}

// What stands behind the last column.
static inline void fill_gap(ptrdiff_t from, ptrdiff_t to, operand *out) {
  for (; from < to; from++) out[from] = 0;
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

// Neighbours in memory that one row of a strip reads: those of a tap, or of taps that are neighbours.
struct neighbours_read {
  const int8_t *x;
  int count;
};

// An element of a row of a strip: its tap, and its channel among those of the tap.
struct strip_place {
  int i, j, channel;
};

// What stands there, and what behind it that belongs to the same row of a picture; a null pointer where the picture has
// nothing.
static inline struct neighbours_read read_from(
    const struct ck_strip *s, int picture, int row, int column, const struct strip_place *at, int most) {
  const struct ck_window *w = &s->window;
  const int *other = s->is_back ? w->output : w->input;
  const int y = s->is_back ? reader_of(w, 0, row, at->i) : read_at(w, 0, row, at->i);
  const int x = s->is_back ? reader_of(w, 1, column, at->j) : read_at(w, 1, column, at->j);
  struct neighbours_read read = {0, s->count - at->channel};
  if (y >= 0 && y < other[0] && x >= 0 && x < other[1]) {
    read.x = s->x + (((ptrdiff_t)picture * other[0] + y) * other[1] + x) * s->channels + s->start + at->channel;
    if (!s->is_back && s->count == s->channels && w->dilation[1] == 1)
      read.count += (least(w->kernel[1] - at->j, other[1] - x) - 1) * s->count;
  }
  read.count = least(read.count, most);
  return read;
}

// One row of a strip, so many columns of it from a place on.
static void strip_row(
    const struct ck_strip *s, int picture, int row, int column, struct strip_place at, int columns, operand *out) {
  while (columns > 0) {
    const struct neighbours_read read = read_from(s, picture, row, column, &at, columns);
    if (read.x) read_pixels(read.x, read.count, s->zero, out);
    else
      for (int k = 0; k < read.count; k++) out[k] = pixel_operand((int8_t)s->zero, s->zero);
    columns -= read.count;
    out += read.count;
    for (at.channel += read.count; at.channel >= s->count; at.channel -= s->count) at.j++;
    if (at.j < s->window.kernel[1]) continue;
    at.j = 0;
    at.i++;
  }
}

// What the taps of a line of the kernel read of a row: neighbours, the first of them `at` behind the first tap's.
struct strip_piece {
  const int8_t *x;
  int tap_row, at, count, to;
};

enum { most_pieces = 16 };

// How the columns `from` ... `to` of a strip are read in such pieces, where all taps lie in the picture; 0 where channels
// or taps are not neighbours.
static int pieces_of(const struct ck_strip *s, int from, int to, struct strip_piece *pieces) {
  const int width = s->window.kernel[1] * s->count;
  if (s->is_back || s->count != s->channels || s->window.dilation[1] != 1) return 0;
  const int first = from / width, count = (to - 1) / width + 1 - first;
  if (count > most_pieces) return 0;
  for (int i = 0; i < count; i++) {
    const int start = (first + i) * width, begin = from > start ? from : start;
    pieces[i] = (struct strip_piece){
        .tap_row = first + i, .at = begin - start, .count = least(start + width, to) - begin, .to = begin - from};
  }
  return count;
}

// Where pieces of a row of outputs are read; null outside the picture.
static void find_lines(const struct ck_strip *s, int picture, int row, struct strip_piece *pieces, int count) {
  const int *size = s->window.input;
  for (int i = 0; i < count; i++) {
    const int y = read_at(&s->window, 0, row, pieces[i].tap_row);
    const ptrdiff_t line = (ptrdiff_t)picture * size[0] + y;
    pieces[i].x = y < 0 || y >= size[0] ? 0 : s->x + line * size[1] * s->channels + pieces[i].at;
  }
}

static inline void read_pieces(
    const struct strip_piece *pieces, int count, ptrdiff_t at, int zero, operand *out) {
  for (; count > 0; count--, pieces++) {
    operand *const to = out + pieces->to;
    if (pieces->x) read_pixels(pieces->x + at, pieces->count, zero, to);
    else
      for (int k = 0; k < pieces->count; k++) to[k] = pixel_operand((int8_t)zero, zero);
  }
}

// Rows of pixels `first` ... of the columns `from` ... `to`, `ld` elements apart.
static void strip(const struct ck_strip *s, int first, int rows, int from, int to, void *at, ptrdiff_t ld) {
  operand *out = at;
  const int width = to - from;
  if (is_pointwise(&s->window)) {
    const int8_t *x = s->x + (ptrdiff_t)first * s->channels + s->start + from;
    if (s->channels == width && ld == width) return read_pixels(x, (ptrdiff_t)rows * width, s->zero, out);
    for (; rows > 0; rows--, x += s->channels, out += ld) {
      read_pixels(x, width, s->zero, out);
      fill_gap(width, ld, out);
    }
    return;
  }
  const int *size = s->is_back ? s->window.input : s->window.output;
  const int tap = from / s->count, line = tap / s->window.kernel[1];
  const struct strip_place place = {line, tap - line * s->window.kernel[1], from - tap * s->count};
  int picture = first / size[1] / size[0], row = first / size[1] % size[0], column = first % size[1];
  struct strip_piece pieces[most_pieces];
  const int count = pieces_of(s, from, to, pieces), stride = s->window.stride[1];
  find_lines(s, picture, row, pieces, count);
  for (; rows > 0; rows--, out += ld) {
    const ptrdiff_t x = (ptrdiff_t)column * stride - s->window.pad[1];
    if (count > 0 && x >= 0 && x + s->window.kernel[1] <= s->window.input[1])
      read_pieces(pieces, count, x * s->channels, s->zero, out);
    else strip_row(s, picture, row, column, place, width, out);
    fill_gap(width, ld, out);
    if (++column < size[1]) continue;
    column = 0;
    if (++row == size[0]) {
      row = 0;
      picture++;
    }
    find_lines(s, picture, row, pieces, count);
  }
}

// Up to 16 columns of a strip as a block whose steps are the pixels, zeros behind the last one.
static void pack_pixels(const struct ck_strip *s, int first, int rows, int from, int to, void *room, void *to_block) {
  operand *block = to_block, *narrow = room;
  const int is_direct = is_pointwise(&s->window) && to - from == block_columns;
  const int8_t *x = s->x + (ptrdiff_t)first * s->channels + s->start + from;
  if (!is_direct) strip(s, first, rows, from, to, narrow, block_columns);
  for (int r = 0; r < rows; r += group, block += group * block_columns) {
    struct step_row steps[group];
    for (int g = 0; g < group; g++) {
      if (r + g >= rows) __builtin_memset(&steps[g], 0, sizeof steps[g]);
      else if (is_direct) steps[g] = pixel_row(x + (ptrdiff_t)(r + g) * s->channels, s->zero);
      else steps[g] = operand_row(narrow + (r + g) * block_columns);
    }
    if (is_direct) pack_group(steps, 1, block);
    else pack_group(steps, 0, block);
  }
}
