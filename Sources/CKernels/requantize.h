// Sums as elements of 8 bits: multipliers of 31 bits, products of 64, halves to even.

// The same as `Int64.divided(byPowerOfTwo:)`: no shift is out of bounds, and sums wrap.
static int64_t divided(int64_t value, int shift) {
  const unsigned by = (unsigned)shift & 63;
  const uint64_t below_half = ((uint64_t)1 << ((by - 1) & 63)) - 1;
  const int64_t result = (int64_t)((uint64_t)value + below_half + (uint64_t)(value >> by & 1)) >> by;
  return result < INT32_MIN ? INT32_MIN : result > INT32_MAX ? INT32_MAX : result;
}

// The same as `FixedPoint.scale` and `OutputRange.clamp`, for any sum and any multiplier.
static int8_t requantize_wide(int64_t sum, int64_t multiplier, int shift, int zero, int low, int high) {
  int64_t value = sum < 0 ? INT32_MIN : INT32_MAX;
  if (sum == (int32_t)sum) value = divided(sum * multiplier, shift);
  else if (shift > 52) value = divided((sum >> 16) * multiplier + (((sum & 0xffff) * multiplier) >> 16), shift - 16);
  value = value < low - zero ? low - zero : value;
  value = value > high - zero ? high - zero : value;
  return (int8_t)(value + zero);
}

typedef uint64_t longs __attribute__((vector_size(2 * BYTES)));
typedef int64_t signed_longs __attribute__((vector_size(2 * BYTES)));

// 2^62 makes every product positive, so that shifts need no sign; it leaves whether a quotient is odd as it is.
static const uint64_t offset = (uint64_t)1 << 62;

#include "quotients.h"

// What sums become elements with; bias may be null.
struct requantize_to {
  const int32_t *bias, *multipliers;
  int zero, low, high;
};

// The same for some columns.
struct requantization {
  struct requantize_to to;
  int columns;
  struct divisors divisors[block_vectors];
  words bias[block_vectors], less[block_vectors];
  // False where a sum in a tile and its bias may leave 32 bits, or a multiplier or shift is out of the ordinary: no sum
  // of products is beyond 2^30 where tiles are used.
  int is_usual;
  // Whether a half may have to be rounded that limits of 8 bits do not cover.
  int may_tie;
};

// Multipliers or shifts of neighbours, from pairs of them.
static inline words each_second(const int32_t *pairs, const int second) {
  const words a = *(const words *)pairs, b = *(const words *)(pairs + word_lanes);
#if LANES == 16
  if (second)
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
#elif LANES == 8
  return second ? __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
                : __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
#else
  return second ? __builtin_shufflevector(a, b, 1, 3, 5, 7) : __builtin_shufflevector(a, b, 0, 2, 4, 6);
#endif
}

// From column `first` on.
static void prepare(struct requantization *r, const struct requantize_to *to, int first, int columns) {
  r->to = *to;
  r->to.bias = to->bias ? to->bias + first : 0;
  r->to.multipliers += 2 * first;
  r->columns = columns;
  const int32_t *bias = r->to.bias, *multipliers = r->to.multipliers;
  int32_t padded[2 * block_columns], starts[block_columns] = {0};
  const int32_t *pairs = multipliers, *start = bias;
  if (columns < block_columns) {
    for (int j = 0; j < 2 * block_columns; j++) padded[j] = j < 2 * columns ? multipliers[j] : j & 1 ? 32 : INT32_MAX;
    pairs = padded;
  }
  if (!bias || columns < block_columns) {
    for (int j = 0; bias && j < columns; j++) starts[j] = bias[j];
    start = starts;
  }
  words bad = {0}, ties = {0};
  for (int v = 0; v < block_vectors; v++) {
    const words factor = each_second(pairs + 2 * v * word_lanes, 0);
    const words shift = each_second(pairs + 2 * v * word_lanes, 1);
    r->bias[v] = *(const words *)(start + v * word_lanes);
    bad |= (shift < 32) | (shift > 61) | (factor < 0) | (r->bias[v] > 1 << 30) | (r->bias[v] < -(1 << 30));
    // The product of a multiplier with less than 20 zeros below is a half of 2^shift for a sum of as many as shift - 20
    // only; such a sum times 2^30 gives 2^10 or more.
    ties |= ((factor & 0xfffff) == 0) | (factor < 1 << 30);
    r->divisors[v] = divisors_of(factor, ((shift - 1) & 63) + 1);
    r->less[v] = __builtin_convertvector(
                     ((longs){0} + offset) >> __builtin_convertvector((shift - 1) & 63, longs) >> 1, words) -
                 to->zero;
  }
  r->may_tie = is_any(ties);
  r->is_usual = !is_any(bad);
}

static inline __attribute__((always_inline)) void requantize_usual(
    const struct requantization *all, const int may_tie, const int columns, int rows, const int32_t *sums, int8_t *y,
    ptrdiff_t ld) {
  // A copy, which no store can change.
  const struct requantization q = *all;
  const words least_y = (words){0} + q.to.low, most_y = (words){0} + q.to.high;
  for (; rows > 0; rows--, sums += block_columns, y += ld) {
    words value[block_vectors];
    for (int v = 0; v < block_vectors; v++) {
      const words sum = *(const words *)(sums + v * word_lanes) + q.bias[v];
      value[v] = quotients(&q.divisors[v], may_tie, sum) - q.less[v];
      value[v] = __builtin_elementwise_min(__builtin_elementwise_max(value[v], least_y), most_y);
    }
    words16 joined;
    join(value, &joined);
    put16(__builtin_convertvector(joined, bytes16), y, columns);
  }
}

// y = clamp(zero + round((sum + bias) * multiplier / 2^shift)), halves to even: the product of 32 and 31 bits is exact.
static void requantize_rows(
    const struct requantization *q, int rows, const int32_t *sums, int8_t *y, ptrdiff_t ld) {
  const struct requantize_to *to = &q->to;
  if (!q->is_usual) {
    for (int r = 0; r < rows; r++)
      for (int j = 0; j < q->columns; j++)
        y[r * ld + j] = requantize_wide(
            (int64_t)sums[r * block_columns + j] + (to->bias ? to->bias[j] : 0), to->multipliers[2 * j],
            to->multipliers[2 * j + 1], to->zero, to->low, to->high);
  } else if (is_small || q->may_tie) {
    requantize_usual(q, q->may_tie, q->columns, rows, sums, y, ld);
  } else if (q->columns < block_columns) {
    requantize_usual(q, 0, q->columns, rows, sums, y, ld);
  } else {
    requantize_usual(q, 0, block_columns, rows, sums, y, ld);
  }
}

static void requantize(
    int rows, int columns, const int32_t *sums, const int32_t *bias, const int32_t *multipliers, int zero, int low,
    int high, int8_t *y, ptrdiff_t ld) {
  const struct requantize_to to = {bias, multipliers, zero, low, high};
  struct requantization q;
  prepare(&q, &to, 0, columns);
  requantize_rows(&q, rows, sums, y, ld);
}
