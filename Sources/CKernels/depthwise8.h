// Depthwise convolutions of 8-bit pictures and gradients, 16 channels of some outputs at a time.

// Elements of 16 channels that go where what is read stands still: each is written `delay` pixels after it is there.
static inline __attribute__((always_inline)) void put_late(
    const struct ck_late *late, int first, int pixels, int channels, const int count, const int8_t *from, int8_t *out) {
  int slot = first % late->delay;
  for (int p = 0; p < pixels; p++, from += block_columns) {
    int8_t *kept = late->line + (ptrdiff_t)slot * channels;
    const int pixel = first + p - late->delay;
    if (pixel >= 0) put16(load16(kept, count), out + (ptrdiff_t)pixel * channels, count);
    put16(*(const bytes16 *)from, kept, count);
    if (++slot == late->delay) slot = 0;
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

// Where sums go: to a gradient, or requantized.
struct depthwise_to {
  const struct ck_late *late;
  struct ck_gradient *gradient;
  const struct requantize_to *requantize;
  int channels;
  int8_t *y;
};

// Sums of some pixels, for some channels from `c` on.
static void put_sums(
    const struct depthwise_to *to, const struct requantization *q, int first, int pixels, int c, int count,
    const int32_t *sums) {
  const ptrdiff_t index = (ptrdiff_t)first * to->channels + c;
  int8_t result[tile_pixels * block_columns];
  if (to->late->delay == 0 || (to->gradient && to->gradient->is_measuring)) {
    if (to->gradient) gradient_rows(to->gradient, pixels, count, sums, index, c);
    else requantize_rows(q, pixels, sums, to->y + index, to->channels);
    return;
  }
  const struct ck_late own = {to->late->delay, to->late->line + c};
  if (to->gradient) gradient_to(to->gradient, 0, 1, pixels, count, sums, index, c, result, block_columns);
  else requantize_rows(q, pixels, sums, result, block_columns);
  if (count == block_columns) put_late(&own, first, pixels, to->channels, block_columns, result, to->y + c);
  else put_late(&own, first, pixels, to->channels, count, result, to->y + c);
}

// What is read of all channels, and the channels that are wanted.
struct depthwise_from {
  int channels, from, to, zero;
  const int8_t *x, *weights;
};

#include "depthwise_pairs.h"
#if defined(VNNI)
#include "depthwise_quads.h"
#endif

static void depthwise_all(const struct view *v, const struct depthwise_from *from, const struct depthwise_to *to) {
#if defined(VNNI)
  if (has_quads(v)) depthwise_by_quads(v, from, to);
  else depthwise_by_pairs(v, from, to);
#else
  depthwise_by_pairs(v, from, to);
#endif
  if (to->late->delay > 0 && !(to->gradient && to->gradient->is_measuring))
    finish_late(to->late, v->batch * v->size[0] * v->size[1], to->channels, from->from, from->to, to->y);
}

static void depthwise8(
    const struct ck_window *w, int channels, int from, int to, const int8_t *x, int zero, const int8_t *weights,
    const int32_t *bias, const int32_t *multipliers, int zero_y, int low, int high, const struct ck_late *late,
    int8_t *y) {
  const struct view v = view_of(w, 0);
  const struct depthwise_from source = {channels, from, to, zero, x, weights};
  const struct requantize_to q = {bias, multipliers, zero_y, low, high};
  const struct depthwise_to target = {late, 0, &q, channels, y};
  depthwise_all(&v, &source, &target);
}

static void depthwise8_dx(
    const struct ck_window *w, int from, int to, const int8_t *dy, const int8_t *weights, const struct ck_late *late,
    struct ck_gradient *g) {
  const struct view v = view_of(w, 1);
  const struct depthwise_from source = {g->channels, from, to, 0, dy, weights};
  const struct depthwise_to target = {late, g, 0, g->channels, g->out};
  depthwise_all(&v, &source, &target);
}
