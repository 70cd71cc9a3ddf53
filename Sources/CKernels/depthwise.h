// Depthwise convolution: pixel by pixel, its taps in order, all channels of a run of vectors at a time.

enum { run_vectors = 4 };

// The taps of one axis that meet the picture: taps first + i * step at coordinates index + i * index_step.
struct taps {
  int first, count, step, index, index_step;
};

// Taps of an output coordinate that lie within an input of `size`.
static inline struct taps taps_of_output(int output, int size, int kernel, int stride, int pad, int dilation) {
  int start = output * stride - pad;
  int first = start < 0 ? (dilation - 1 - start) / dilation : 0;
  int end = start < size ? least(kernel, (size - 1 - start) / dilation + 1) : 0;
  return (struct taps){first, end > first ? end - first : 0, 1, start + first * dilation, dilation};
}

static inline int common_divisor(int a, int b) {
  while (b) {
    const int rest = a % b;
    a = b, b = rest;
  }
  return a;
}

// Taps through which output coordinates within `size` read an input coordinate: o * stride = input + pad - k * dilation.
static inline struct taps taps_of_input(int input, int size, int kernel, int stride, int pad, int dilation) {
  int tap = 0;
  for (; tap < kernel; tap++) {
    int distance = input + pad - tap * dilation;
    if (distance >= 0 && distance % stride == 0 && distance / stride < size) break;
  }
  if (tap == kernel) return (struct taps){0};
  const int period = stride / common_divisor(stride, dilation);
  int index = (input + pad - tap * dilation) / stride, index_step = period * dilation / stride;
  return (struct taps){tap, least((kernel - tap + period - 1) / period, index / index_step + 1), period, index,
                       -index_step};
}

// What one pixel sums: element (i, j) at source[i * row + j * column] times weights[i * w_row + j * w_column].
struct reach {
  int rows, columns;
  const float *source;
  ptrdiff_t row, column;
  const float *weights;
  ptrdiff_t w_row, w_column;
  const float *bias;
  float *target;
};

// The channels c ... c + vectors * LANES of one pixel.
static inline __attribute__((always_inline)) void sum_taps(const struct reach *o, int c, const int vectors) {
  vector sum[run_vectors];
  for (int v = 0; v < vectors; v++) sum[v] = o->bias ? *(const vector *)(o->bias + c + v * LANES) : (vector){0};
  for (int i = 0; i < o->rows; i++) {
    const float *x = o->source + i * o->row + c, *w = o->weights + i * o->w_row + c;
    for (int j = 0; j < o->columns; j++, x += o->column, w += o->w_column)
      for (int v = 0; v < vectors; v++) sum[v] += *(const vector *)(x + v * LANES) * *(const vector *)(w + v * LANES);
  }
  for (int v = 0; v < vectors; v++) *(vector *)(o->target + c + v * LANES) = sum[v];
}

static void sum_all_taps(const struct reach *o, int channels) {
  int c = 0;
  for (; c + run_vectors * LANES <= channels; c += run_vectors * LANES) sum_taps(o, c, run_vectors);
  for (; c + LANES <= channels; c += LANES) sum_taps(o, c, 1);
  for (; c < channels; c++) {
    float sum = o->bias ? o->bias[c] : 0;
    for (int i = 0; i < o->rows; i++)
      for (int j = 0; j < o->columns; j++)
        sum += o->source[i * o->row + j * o->column + c] * o->weights[i * o->w_row + j * o->w_column + c];
    o->target[c] = sum;
  }
}

// Every pixel of `size` gathers pixels of `source_size`: y from x, and backward dx from dy.
static void depthwise_pass(const struct ck_window *o, int backward, int channels, const float *source, const float *w,
                           const float *bias, float *target) {
  const int *size = backward ? o->input : o->output, *source_size = backward ? o->output : o->input;
  struct taps (*taps)(int, int, int, int, int, int) = backward ? taps_of_input : taps_of_output;
  for (int picture = 0; picture < o->batch; picture++)
    for (int y = 0; y < size[0]; y++) {
      struct taps rows = taps(y, source_size[0], o->kernel[0], o->stride[0], o->pad[0], o->dilation[0]);
      for (int x = 0; x < size[1]; x++, target += channels) {
        struct taps columns = taps(x, source_size[1], o->kernel[1], o->stride[1], o->pad[1], o->dilation[1]);
        ptrdiff_t first = ((ptrdiff_t)picture * source_size[0] + rows.index) * source_size[1] + columns.index;
        struct reach reach = {
            .rows = rows.count,
            .columns = columns.count,
            .source = source + first * channels,
            .row = (ptrdiff_t)rows.index_step * source_size[1] * channels,
            .column = (ptrdiff_t)columns.index_step * channels,
            .weights = w + ((ptrdiff_t)rows.first * o->kernel[1] + columns.first) * channels,
            .w_row = (ptrdiff_t)rows.step * o->kernel[1] * channels,
            .w_column = (ptrdiff_t)columns.step * channels,
            .bias = bias,
            .target = target,
        };
        sum_all_taps(&reach, channels);
      }
    }
}

static void depthwise(const struct ck_window *window, int channels, const float *x, const float *w, const float *bias,
                      float *y) {
  depthwise_pass(window, 0, channels, x, w, bias, y);
}

static void depthwise_dx(const struct ck_window *window, int channels, const float *dy, const float *w, float *dx) {
  depthwise_pass(window, 1, channels, dy, w, 0, dx);
}

// Output coordinates first ... first + count whose tap at offset `shift` lies within an input of `size`.
struct span {
  int first, count;
};

static inline struct span outputs_within(int shift, int stride, int size, int count) {
  int first = shift < 0 ? (stride - 1 - shift) / stride : 0;
  int end = shift < size ? least(count, (size - 1 - shift) / stride + 1) : 0;
  return (struct span){first, end > first ? end - first : 0};
}

// One tap's output rows and columns, and where its input begins.
struct tap_rows {
  struct span rows, columns;
  ptrdiff_t x, dy;              // first element of the first picture
  ptrdiff_t x_row, dy_row;      // to the next row
  ptrdiff_t x_column, dy_column;
  ptrdiff_t x_picture, dy_picture;
  int batch;
};

// dw of the channels c ... c + vectors * LANES: each row is summed by itself, then the rows.
static inline __attribute__((always_inline)) void tap_gradient(const struct tap_rows *o, const float *x,
                                                               const float *dy, float *dw, int c, const int vectors) {
  vector total[run_vectors] = {0};
  for (int picture = 0; picture < o->batch; picture++)
    for (int i = 0; i < o->rows.count; i++) {
      const float *from = x + o->x + picture * o->x_picture + i * o->x_row + c;
      const float *to = dy + o->dy + picture * o->dy_picture + i * o->dy_row + c;
      vector sum[run_vectors] = {0};
      for (int j = 0; j < o->columns.count; j++, from += o->x_column, to += o->dy_column)
        for (int v = 0; v < vectors; v++)
          sum[v] += *(const vector *)(to + v * LANES) * *(const vector *)(from + v * LANES);
      for (int v = 0; v < vectors; v++) total[v] += sum[v];
    }
  for (int v = 0; v < vectors; v++) *(vector *)(dw + c + v * LANES) = total[v];
}

static void tap_gradient_of_channel(const struct tap_rows *o, const float *x, const float *dy, float *dw, int c) {
  float total = 0;
  for (int picture = 0; picture < o->batch; picture++)
    for (int i = 0; i < o->rows.count; i++) {
      const float *from = x + o->x + picture * o->x_picture + i * o->x_row + c;
      const float *to = dy + o->dy + picture * o->dy_picture + i * o->dy_row + c;
      float sum = 0;
      for (int j = 0; j < o->columns.count; j++) sum += to[j * o->dy_column] * from[j * o->x_column];
      total += sum;
    }
  dw[c] = total;
}

static struct tap_rows rows_of_tap(const struct ck_window *o, int channels, int row, int column) {
  int down = row * o->dilation[0] - o->pad[0], right = column * o->dilation[1] - o->pad[1];
  struct span rows = outputs_within(down, o->stride[0], o->input[0], o->output[0]);
  struct span columns = outputs_within(right, o->stride[1], o->input[1], o->output[1]);
  ptrdiff_t line = (ptrdiff_t)rows.first * o->stride[0] + down, across = (ptrdiff_t)columns.first * o->stride[1] + right;
  return (struct tap_rows){
      .rows = rows,
      .columns = columns,
      .x = (line * o->input[1] + across) * channels,
      .dy = ((ptrdiff_t)rows.first * o->output[1] + columns.first) * channels,
      .x_row = (ptrdiff_t)o->stride[0] * o->input[1] * channels,
      .dy_row = (ptrdiff_t)o->output[1] * channels,
      .x_column = (ptrdiff_t)o->stride[1] * channels,
      .dy_column = channels,
      .x_picture = (ptrdiff_t)o->input[0] * o->input[1] * channels,
      .dy_picture = (ptrdiff_t)o->output[0] * o->output[1] * channels,
      .batch = o->batch,
  };
}

static void depthwise_dw(const struct ck_window *o, int channels, const float *x, const float *dy, float *dw) {
  int whole = channels - channels % (run_vectors * LANES);
  for (int first = 0; first < channels; first += run_vectors * LANES)
    for (int row = 0; row < o->kernel[0]; row++)
      for (int column = 0; column < o->kernel[1]; column++) {
        struct tap_rows tap = rows_of_tap(o, channels, row, column);
        float *out = dw + ((ptrdiff_t)row * o->kernel[1] + column) * channels;
        int c = first;
        if (c < whole) {
          tap_gradient(&tap, x, dy, out, c, run_vectors);
          continue;
        }
        for (; c + LANES <= channels; c += LANES) tap_gradient(&tap, x, dy, out, c, 1);
        for (; c < channels; c++) tap_gradient_of_channel(&tap, x, dy, out, c);
      }
}
