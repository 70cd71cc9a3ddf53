// Sums of depthwise convolutions by groups of four pixels of a row, 16 channels each: what `vpdpbusd` multiplies with
// four taps. Groups begin at every second pixel, so that one serves two outputs of step 1, one of step 2, or four where
// what is read lies two apart; those of a band of rows lie one behind the other, of several blocks of channels at a time.

enum {
  // Taps of an axis, groups that they reach over, and outputs that begin in one.
  quad_taps = 7,
  quad_reach = 2,
  quad_outputs = 4,
  band_bytes = 32 << 10,
};

// How outputs of a row read groups: the first column of what is read, and how far the first output begins behind it;
// the groups of a row, those that an output reads, and the outputs of one. Then the blocks and rows of a band, and the
// rows of outputs that read no more.
struct quad_walk {
  int column, late, groups, reach, outputs, blocks, rows, lines;
};

static struct quad_walk quad_walk_of(const struct view *v) {
  const int spread = v->spread[1], stride = v->stride[1];
  struct quad_walk walk = {.outputs = 2 * spread / stride};
  walk.column = -((v->pad[1] + spread - 1) / spread);
  if (v->pad[1] < 0) walk.column = -v->pad[1] / spread;
  walk.late = -v->pad[1] - spread * walk.column;
  walk.reach = (walk.late + (walk.outputs - 1) * stride + v->kernel[1] - 1) / spread / group + 1;
  walk.groups = (v->size[1] + walk.outputs - 1) / walk.outputs + 2 * (walk.reach - 1);
  // Rows of a picture can be longer than any band. Rows that the next band reads, too, are moved: two are worth less.
  const int most = band_bytes / (group * block_columns);
  const int least_rows = least(v->kernel[0] + 2, v->other[0]);
  walk.blocks = walk.groups > most ? 0 : least(line_blocks, most / (least_rows * walk.groups));
  if (walk.blocks == 0) return walk;
  walk.rows = least(v->other[0], most / (walk.blocks * walk.groups));
  walk.lines = walk.rows == v->other[0] ? v->size[0]
               : v->spread[0] > 1       ? v->spread[0] * (walk.rows - 1) - v->kernel[0] + 2
                                        : (walk.rows - v->kernel[0]) / v->stride[0] + 1;
  return walk;
}

static int has_quads(const struct view *v) {
  // Fewer outputs are not worth the groups that are made for them.
  const int is_large = v->batch * v->size[0] * v->size[1] >= 16;
  return is_large && v->kernel[0] <= quad_taps && v->kernel[1] <= quad_taps && v->dilation[0] == 1 &&
         v->dilation[1] == 1 && v->stride[1] <= 2 && v->spread[1] <= 2 && quad_walk_of(v).blocks > 0;
}

// Weights of 16 channels as groups: those of a row of taps for each output that begins in a group, and what their sums
// begin with.
struct quad_weights {
  words groups[quad_taps][quad_outputs][quad_reach][block_vectors], starts[quad_taps][quad_outputs][block_vectors];
};

// What is read is `excess` too large: sums begin with so many times those of their weights less.
static inline __attribute__((always_inline)) void pack_taps(
    const struct view *v, const struct quad_walk *walk, int channels, const int count, const int8_t *w, int excess,
    struct quad_weights *to) {
  static const int8_t none[block_columns];
  const int last = v->kernel[0] * v->kernel[1] - 1;
  for (int i = 0; i < v->kernel[0]; i++)
    for (int o = 0; o < walk->outputs; o++) {
      words sums[block_vectors] = {{0}};
      // The taps of an output whose group holds them one place further on.
      const int alike = walk->reach == 1 && walk->outputs > 1 ? o - v->spread[1] / v->stride[1] : -1;
      for (int n = 0; n < block_vectors && alike >= 0; n++) {
        to->groups[i][o][0][n] = to->groups[i][alike][0][n] << 8;
        to->starts[i][o][n] = to->starts[i][alike][n];
      }
      if (alike >= 0) continue;
      for (int m = 0; m < walk->reach; m++) {
        const int8_t *rows[group];
        for (int t = 0; t < group; t++) {
          const int j = v->spread[1] * (m * group + t) - walk->late - o * v->stride[1], tap = i * v->kernel[1] + j;
          rows[t] = j < 0 || j >= v->kernel[1] ? none : w + (ptrdiff_t)(v->is_back ? last - tap : tap) * channels;
        }
        words all[block_vectors];
        load_group_of(rows, count, 0, all);
        for (int n = 0; n < block_vectors; n++) {
          to->groups[i][o][m][n] = all[n];
          sums[n] = add_others(sums[n], all[n]);
        }
      }
      for (int n = 0; n < block_vectors; n++) to->starts[i][o][n] = sums[n] * -excess;
    }
}

// The groups of a row of what is read.
static inline __attribute__((always_inline)) void fill_groups(
    const struct view *v, const struct line *line, const int count, const struct quad_walk *walk, operand *to) {
  int column = walk->column;
  for (int groups = walk->groups; groups > 0; groups--, column += 2, to += group * block_columns) {
    const int8_t *rows[group];
    if (column >= 0 && column + group <= v->other[1]) {
      const int8_t *x = line->x + column * line->channels;
      for (int t = 0; t < group; t++, x += line->channels) rows[t] = x;
    } else {
      for (int t = 0; t < group; t++) {
        const int at = column + t;
        rows[t] = at < 0 || at >= v->other[1] ? line->none : line->x + at * line->channels;
      }
    }
    words all[block_vectors];
    load_group_of(rows, count, 1, all);
    for (int n = 0; n < block_vectors; n++) *(words *)(to + n * BYTES) = all[n];
  }
}

// The rows that a row of outputs reads: their count, the first of them, the first tap, and how far taps are apart.
struct quad_rows {
  int count, first, tap, step;
};

static struct quad_rows rows_of(const struct view *v, int row) {
  const int at = row * v->stride[0] - v->pad[0], step = v->spread[0];
  struct quad_rows rows = {.step = step};
  rows.tap = at < 0 ? -at : step > 1 ? (step - at % step) % step : 0;
  rows.first = least((at + rows.tap) / step, v->other[0]);
  rows.count = least((v->kernel[0] - 1 - rows.tap + step) / step, v->other[0] - rows.first);
  if (rows.count < 0) rows.count = 0;
  return rows;
}

// Some outputs of a row, or of `lines` whole rows that read by the same taps, of one block of channels: those that read
// the groups from `from` on.
struct quad_part {
  const operand *from;
  ptrdiff_t to_next_row, to_next_line;
  int pixels, lines;
};

static inline __attribute__((always_inline)) void sum_groups(
    const int rows, const int reach, const int outputs, const struct quad_rows *of, const struct quad_part *part,
    const struct quad_weights *w, int32_t *sums) {
  // Copies, which no store can change.
  words weights[quad_taps][quad_outputs][quad_reach][block_vectors], start[quad_outputs][block_vectors];
  for (int o = 0; o < outputs; o++)
    for (int n = 0; n < block_vectors; n++) start[o][n] = (words){0};
  for (int i = 0; i < rows; i++)
    for (int o = 0; o < outputs; o++)
      for (int n = 0; n < block_vectors; n++) {
        for (int m = 0; m < reach; m++) weights[i][o][m][n] = w->groups[of->tap + i * of->step][o][m][n];
        start[o][n] += w->starts[of->tap + i * of->step][o][n];
      }
  const operand *line = part->from;
  for (int lines = part->lines; lines > 0; lines--, line += part->to_next_line, sums += part->pixels * block_columns) {
    const operand *from = line;
    int32_t *to = sums;
    for (int left = part->pixels; left > 0;
         left -= outputs, from += group * block_columns, to += outputs * block_columns) {
      words sum[quad_outputs][block_vectors];
      for (int o = 0; o < outputs; o++)
        for (int n = 0; n < block_vectors; n++) sum[o][n] = start[o][n];
      for (int i = 0; i < rows; i++)
        for (int m = 0; m < reach; m++)
          for (int n = 0; n < block_vectors; n++) {
            const words x = *(const words *)(from + i * part->to_next_row + 2 * m * group * block_columns + n * BYTES);
            for (int o = 0; o < outputs; o++) sum[o][n] = add_quads(sum[o][n], x, weights[i][o][m][n]);
          }
      // Outputs behind the last one are written over by those of the next row.
      for (int o = 0; o < outputs; o++)
        for (int n = 0; n < block_vectors; n++) *(words *)(to + o * block_columns + n * word_lanes) = sum[o][n];
    }
  }
}

static void sum_part(
    const struct quad_walk *walk, const struct quad_rows *rows, const struct quad_part *part,
    const struct quad_weights *w, int32_t *sums) {
  // The usual ones, whose weights stay in registers.
#define USUAL(n, of) \
  if (rows->count == (n) && walk->reach == 1 && walk->outputs == (of)) return sum_groups(n, 1, of, rows, part, w, sums)
  USUAL(3, 2);
  USUAL(2, 2);
  USUAL(3, 1);
  USUAL(2, 4);
  USUAL(1, 4);
#undef USUAL
  sum_groups(rows->count, walk->reach, walk->outputs, rows, part, w, sums);
}

// Some blocks of 16 channels: what they are multiplied with, and the rows of a band.
struct quad_line {
  int first, end;
  // The picture that the band is of, and its rows `from` ... `to`.
  int picture, from, to;
  struct quad_weights weights[line_blocks];
  struct requantization q[line_blocks];
  _Alignas(64) operand band[band_bytes];
  int32_t sums[(tile_pixels + quad_outputs) * block_columns];
};
_Static_assert(sizeof(struct quad_line) < 80 << 10, "more than fits the stack of any thread");

// The groups of a block's row.
static operand *row_in(struct quad_line *line, const struct quad_walk *walk, int block, int row) {
  return line->band + (ptrdiff_t)(block * walk->rows + row - line->from) * walk->groups * group * block_columns;
}

// Makes a band of the rows `from` ... `to` of a picture; those that are there already are moved.
static void fill_band(
    const struct view *v, const struct quad_walk *walk, const struct depthwise_from *in, const int8_t *none,
    int picture, int from, int to, struct quad_line *line) {
  const size_t row_bytes = (size_t)walk->groups * group * block_columns;
  const int kept = picture == line->picture && from < line->to ? line->to - from : 0;
  for (int c = line->first, b = 0; c < line->end && kept > 0; c += block_columns, b++)
    __builtin_memmove(
        row_in(line, walk, b, line->from), row_in(line, walk, b, from), (size_t)kept * row_bytes);
  line->picture = picture;
  line->from = from;
  line->to = to;
  for (int y = from + kept; y < to; y++)
    for (int c = line->first, b = 0; c < line->end; c += block_columns, b++) {
      const struct line of = {
          in->x + ((ptrdiff_t)picture * v->other[0] + y) * v->other[1] * in->channels + c, none, in->channels};
      if (line->end - c >= block_columns) fill_groups(v, &of, block_columns, walk, row_in(line, walk, b, y));
      else fill_groups(v, &of, line->end - c, walk, row_in(line, walk, b, y));
    }
}

// Rows of outputs from `row` on, before `end`, that read by the same taps: by all, one row after the other.
static int lines_alike(const struct view *v, int row, int end, int taps) {
  if (taps < v->kernel[0] || v->spread[0] > 1) return 1;
  return least(end, (v->other[0] - v->kernel[0] + v->pad[0]) / v->stride[0] + 1) - row;
}

// The outputs of a block in the rows `first` ... `end` of a picture, whose band is there.
static void put_band(
    const struct view *v, const struct quad_walk *walk, const struct depthwise_to *to, int block, int first, int end,
    struct quad_line *line) {
  const int c = line->first + block * block_columns, count = least(block_columns, line->end - c);
  int pixel = (line->picture * v->size[0] + first) * v->size[1], waiting = 0;
  struct quad_part part = {.to_next_row = walk->groups * group * block_columns};
  part.to_next_line = v->stride[0] * part.to_next_row;
  for (int row = first; row < end; row += part.lines) {
    const struct quad_rows rows = rows_of(v, row);
    const operand *groups = row_in(line, walk, block, rows.first);
    part.lines = least(lines_alike(v, row, end, rows.count), (tile_pixels - waiting) / v->size[1]);
    if (part.lines == 0) part.lines = 1;
    for (int at = 0; at < v->size[1]; at += part.pixels) {
      part.pixels = least(tile_pixels, v->size[1] - at);
      part.from = groups + at / walk->outputs * group * block_columns;
      if (waiting + part.pixels > tile_pixels) {
        put_sums(to, &line->q[block], pixel, waiting, c, count, line->sums);
        pixel += waiting;
        waiting = 0;
      }
      sum_part(walk, &rows, &part, &line->weights[block], line->sums + waiting * block_columns);
      waiting += part.lines * part.pixels;
    }
  }
  put_sums(to, &line->q[block], pixel, waiting, c, count, line->sums);
}

// All outputs of some blocks of channels, a band after the other.
static void walk_line(
    const struct view *v, const struct quad_walk *walk, const struct depthwise_from *in, const int8_t *none,
    const struct depthwise_to *to, struct quad_line *line) {
  for (int picture = 0; picture < v->batch; picture++)
    for (int row = 0, end; row < v->size[0]; row = end) {
      end = least(v->size[0], row + walk->lines);
      const struct quad_rows first = rows_of(v, row), last = rows_of(v, end - 1);
      fill_band(v, walk, in, none, picture, first.first, last.first + last.count, line);
      for (int b = 0; line->first + b * block_columns < line->end; b++) put_band(v, walk, to, b, row, end, line);
    }
}

static void depthwise_by_quads(const struct view *v, const struct depthwise_from *in, const struct depthwise_to *to) {
  const struct quad_walk walk = quad_walk_of(v);
  int8_t none[block_columns];
  __builtin_memset(none, in->zero, sizeof none);
  struct quad_line line;
  for (line.first = in->from; line.first < in->to; line.first = line.end) {
    line.end = least(in->to, line.first + walk.blocks * block_columns);
    line.picture = -1;
    for (int c = line.first, b = 0; c < line.end; c += block_columns, b++) {
      const int count = least(block_columns, line.end - c), excess = flip + in->zero;
      const int8_t *w = in->weights + c;
      if (count == block_columns) pack_taps(v, &walk, in->channels, block_columns, w, excess, &line.weights[b]);
      else pack_taps(v, &walk, in->channels, count, w, excess, &line.weights[b]);
      if (to->requantize) prepare(&line.q[b], to->requantize, c, count);
    }
    walk_line(v, &walk, in, none, to, &line);
  }
}
