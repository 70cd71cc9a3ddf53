// Sums of depthwise convolutions by groups of four pixels of a row, 16 channels each: what `vpdpbusd` multiplies with
// four taps. Groups begin at every second pixel, so that one serves two outputs of step 1, one of step 2, or four where
// what is read lies two apart; those of the rows that an output reads stay in a ring until the next row of outputs.

enum {
  // Taps of an axis, groups that they reach over, and outputs that begin in one.
  quad_taps = 7,
  quad_reach = 2,
  quad_outputs = 4,
  ring_bytes = 24 << 10,
};

// How outputs of a row read groups: the first column of what is read, and how far the first output begins behind it;
// the groups of the ring's rows, those that an output reads, and the outputs of one.
struct quad_walk {
  int column, late, groups, reach, outputs, blocks;
};

static struct quad_walk quad_walk_of(const struct view *v) {
  const int spread = v->spread[1], stride = v->stride[1];
  struct quad_walk walk = {.outputs = 2 * spread / stride};
  walk.column = -((v->pad[1] + spread - 1) / spread);
  if (v->pad[1] < 0) walk.column = -v->pad[1] / spread;
  walk.late = -v->pad[1] - spread * walk.column;
  walk.reach = (walk.late + (walk.outputs - 1) * stride + v->kernel[1] - 1) / spread / group + 1;
  walk.groups = (v->size[1] + walk.outputs - 1) / walk.outputs + 2 * (walk.reach - 1);
  // Rows of a picture can be longer than any ring.
  const int most = ring_bytes / (group * block_columns);
  walk.blocks = walk.groups > most ? 0 : least(line_blocks, most / (v->kernel[0] * walk.groups));
  return walk;
}

static int has_quads(const struct view *v) {
  // Fewer outputs are not worth the groups that are made for them.
  const int is_large = v->batch * v->size[0] * v->size[1] >= 64;
  return is_large && v->kernel[0] <= quad_taps && v->kernel[1] <= quad_taps && v->dilation[0] == 1 &&
         v->dilation[1] == 1 && v->stride[1] <= 2 && v->spread[1] <= 2 && quad_walk_of(v).blocks > 0;
}

// Weights of 16 channels as groups: those of a row of taps for each output that begins in a group, and their sums.
struct quad_weights {
  words groups[quad_taps][quad_outputs][quad_reach][block_vectors], sums[quad_taps][quad_outputs][block_vectors];
};

static void pack_taps(
    const struct view *v, const struct quad_walk *walk, int channels, int count, const int8_t *w,
    struct quad_weights *to) {
  const int last = v->kernel[0] * v->kernel[1] - 1;
  for (int i = 0; i < v->kernel[0]; i++) {
    for (int o = 0; o < walk->outputs; o++) {
      for (int n = 0; n < block_vectors; n++) to->sums[i][o][n] = (words){0};
      for (int m = 0; m < walk->reach; m++) {
        struct step_row rows[group];
        for (int t = 0; t < group; t++) {
          const int j = v->spread[1] * (m * group + t) - walk->late - o * v->stride[1], tap = i * v->kernel[1] + j;
          rows[t] = (struct step_row){{0}};
          if (j >= 0 && j < v->kernel[1])
            rows[t].all = load16(w + (ptrdiff_t)(v->is_back ? last - tap : tap) * channels, count);
        }
        load_group(rows, to->groups[i][o][m]);
        for (int n = 0; n < block_vectors; n++)
          to->sums[i][o][n] = add_others(to->sums[i][o][n], to->groups[i][o][m][n]);
      }
    }
  }
}

// The groups of a row of what is read; `room` holds the row.
static inline __attribute__((always_inline)) void fill_groups(
    const struct view *v, const struct line *line, const int count, const struct quad_walk *walk, operand *room,
    operand *to) {
  int groups = walk->groups;
  copy_row(v, line, count, walk->column, 2 * groups + group - 2, flip, room);
  for (; groups > 0; groups--, room += 2 * block_columns, to += group * block_columns)
    load_group_at(room, block_columns, (words *)to);
}

// The rows that a row of outputs reads: in the ring, and by which taps.
struct quad_rows {
  int count, slots[quad_taps], taps[quad_taps];
};

// Weights of the rows of taps that a row of outputs reads by, and where these rows begin.
struct quad_sources {
  words weights[quad_taps][quad_outputs][quad_reach][block_vectors], start[quad_outputs][block_vectors];
  const operand *rows[quad_taps];
};

// The outputs of one group.
static inline __attribute__((always_inline)) void sum_group(
    const int rows, const int reach, const int outputs, const struct quad_sources *from, ptrdiff_t place, words *sum) {
  for (int o = 0; o < outputs; o++)
    for (int n = 0; n < block_vectors; n++) sum[o * block_vectors + n] = from->start[o][n];
  for (int i = 0; i < rows; i++)
    for (int m = 0; m < reach; m++)
      for (int n = 0; n < block_vectors; n++) {
        const words x = *(const words *)(from->rows[i] + place + 2 * m * group * block_columns + n * BYTES);
        for (int o = 0; o < outputs; o++)
          sum[o * block_vectors + n] = add_quads(sum[o * block_vectors + n], x, from->weights[i][o][m][n]);
      }
}

// Some outputs of a row, of one block of channels, from column `first` on.
static inline __attribute__((always_inline)) void sum_groups(
    const int rows, const int reach, const int outputs, const struct quad_rows *of, const operand *ring, int groups,
    const struct quad_weights *w, int factor, int first, int pixels, int32_t *sums) {
  struct quad_sources from = {.start = {{{0}}}};
  for (int i = 0; i < rows; i++) {
    for (int o = 0; o < outputs; o++)
      for (int m = 0; m < reach; m++)
        for (int n = 0; n < block_vectors; n++) from.weights[i][o][m][n] = w->groups[of->taps[i]][o][m][n];
    from.rows[i] = ring + (of->slots[i] * groups + first / outputs) * group * block_columns;
    for (int o = 0; o < outputs; o++)
      for (int n = 0; n < block_vectors; n++) from.start[o][n] += w->sums[of->taps[i]][o][n] * factor;
  }
  ptrdiff_t place = 0;
  words sum[quad_outputs * block_vectors];
  for (; pixels >= outputs; pixels -= outputs, place += group * block_columns, sums += outputs * block_columns) {
    sum_group(rows, reach, outputs, &from, place, sum);
    for (int n = 0; n < outputs * block_vectors; n++) *(words *)(sums + n * word_lanes) = sum[n];
  }
  if (pixels == 0) return;
  sum_group(rows, reach, outputs, &from, place, sum);
  for (int n = 0; n < pixels * block_vectors; n++) *(words *)(sums + n * word_lanes) = sum[n];
}

static void sum_row(
    const struct quad_walk *walk, const struct quad_rows *rows, const operand *ring, const struct quad_weights *w,
    int factor, int from, int pixels, int32_t *sums) {
  // The usual ones, whose weights stay in registers.
#define USUAL(n, of)                                                                           \
  if (rows->count == (n) && walk->reach == 1 && walk->outputs == (of))                         \
    return sum_groups(n, 1, of, rows, ring, walk->groups, w, factor, from, pixels, sums)
  USUAL(3, 2);
  USUAL(3, 1);
  USUAL(2, 4);
  USUAL(1, 4);
#undef USUAL
  sum_groups(rows->count, walk->reach, walk->outputs, rows, ring, walk->groups, w, factor, from, pixels, sums);
}

// Some blocks of 16 channels: what they are multiplied with, the ring of each, and the sums that wait to be put.
struct quad_line {
  int first, end;
  struct quad_weights weights[line_blocks];
  struct requantization q[line_blocks];
  // Groups of a row overlap by half in what they are made of.
  _Alignas(64) operand ring[ring_bytes], room[ring_bytes / 2 + group * block_columns];
  int row_in_slot[quad_taps];
  int32_t sums[line_blocks][tile_pixels * block_columns];
  int first_pixel, pixels;
};
_Static_assert(sizeof(struct quad_line) < 80 << 10, "more than fits the stack of any thread");

// Finds the rows that row `row` of a picture reads, and fills the ring with those that are not there yet.
static void find_rows(
    const struct view *v, const struct quad_walk *walk, const struct depthwise_from *in, const int8_t *none, int picture,
    int row, struct quad_line *line, struct quad_rows *rows) {
  rows->count = 0;
  const struct run run = {picture, row, 0, 0};
  for (int i = 0; i < v->kernel[0]; i++) {
    const int y = stands_at(v, 0, row * v->stride[0] - v->pad[0] + i);
    if (y < 0) continue;
    const int slot = y % v->kernel[0], key = picture * v->other[0] + y;
    rows->slots[rows->count] = slot;
    rows->taps[rows->count++] = i;
    if (line->row_in_slot[slot] == key) continue;
    line->row_in_slot[slot] = key;
    for (int c = line->first, b = 0; c < line->end; c += block_columns, b++) {
      const struct line of = line_of(v, &run, i, in->channels, in->x + c, none);
      operand *to = line->ring + (b * v->kernel[0] + slot) * walk->groups * group * block_columns;
      if (line->end - c >= block_columns) fill_groups(v, &of, block_columns, walk, line->room, to);
      else fill_groups(v, &of, line->end - c, walk, line->room, to);
    }
  }
}

// Puts the sums that wait.
static void put_line(const struct depthwise_to *to, struct quad_line *line) {
  for (int c = line->first, b = 0; c < line->end && line->pixels > 0; c += block_columns, b++)
    put_sums(
        to, &line->q[b], line->first_pixel, line->pixels, c, least(block_columns, line->end - c), line->sums[b]);
  line->first_pixel += line->pixels;
  line->pixels = 0;
}

// All outputs of some blocks of channels.
static void walk_line(
    const struct view *v, const struct quad_walk *walk, const struct depthwise_from *in, const int8_t *none,
    const struct depthwise_to *to, struct quad_line *line) {
  for (int picture = 0; picture < v->batch; picture++)
    for (int row = 0; row < v->size[0]; row++) {
      struct quad_rows rows;
      find_rows(v, walk, in, none, picture, row, line, &rows);
      for (int from = 0, pixels; from < v->size[1]; from += pixels) {
        pixels = least(tile_pixels, v->size[1] - from);
        if (line->pixels + pixels > tile_pixels) put_line(to, line);
        for (int c = line->first, b = 0; c < line->end; c += block_columns, b++)
          sum_row(
              walk, &rows, line->ring + b * v->kernel[0] * walk->groups * group * block_columns, &line->weights[b],
              -(flip + in->zero), from, pixels, line->sums[b] + line->pixels * block_columns);
        line->pixels += pixels;
      }
    }
  put_line(to, line);
}

static void depthwise_by_quads(const struct view *v, const struct depthwise_from *in, const struct depthwise_to *to) {
  const struct quad_walk walk = quad_walk_of(v);
  int8_t none[block_columns];
  __builtin_memset(none, in->zero, sizeof none);
  struct quad_line line;
  for (line.first = in->from; line.first < in->to; line.first = line.end) {
    line.end = least(in->to, line.first + walk.blocks * block_columns);
    line.first_pixel = line.pixels = 0;
    for (int slot = 0; slot < quad_taps; slot++) line.row_in_slot[slot] = -1;
    for (int c = line.first, b = 0; c < line.end; c += block_columns, b++) {
      const int count = least(block_columns, line.end - c);
      pack_taps(v, &walk, in->channels, count, in->weights + c, &line.weights[b]);
      if (to->requantize) prepare(&line.q[b], to->requantize, c, count);
    }
    walk_line(v, &walk, in, none, to, &line);
  }
}
