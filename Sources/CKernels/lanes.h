// Vectors of LANES words or floats, and how parts of them are loaded, stored and chosen.

typedef int32_t words __attribute__((vector_size(BYTES), aligned(4), may_alias));
typedef int16_t shorts __attribute__((vector_size(BYTES), aligned(2), may_alias));
typedef int whole_words __attribute__((vector_size(BYTES)));
typedef short whole_shorts __attribute__((vector_size(BYTES)));
typedef int8_t lane_bytes __attribute__((vector_size(LANES), aligned(1), may_alias));

// As many of the elements as there are; zeros in the other lanes.
static inline vector floats_at(const float *x, int count) {
  if (count >= LANES) return *(const vector *)x;
  vector some = {0};
  __builtin_memcpy(&some, x, (size_t)count * sizeof *x);
  return some;
}

static inline words words_at(const int32_t *x, int count) {
  if (count >= LANES) return *(const words *)x;
  words some = {0};
  __builtin_memcpy(&some, x, (size_t)count * sizeof *x);
  return some;
}

static inline words bytes_at(const int8_t *x, int count) {
  lane_bytes some = {0};
  if (count >= LANES) some = *(const lane_bytes *)x;
  else __builtin_memcpy(&some, x, (size_t)count);
  return __builtin_convertvector(some, words);
}

static inline void put_floats(vector value, float *x, int count) {
  if (count >= LANES) *(vector *)x = value;
  else __builtin_memcpy(x, &value, (size_t)count * sizeof *x);
}

static inline void put_bytes(words value, int8_t *x, int count) {
  const lane_bytes bytes = __builtin_convertvector(value, lane_bytes);
  if (count >= LANES) *(lane_bytes *)x = bytes;
  else __builtin_memcpy(x, &bytes, (size_t)count);
}

static inline words choose(words mask, words a, words b) { return (mask & a) | (~mask & b); }
static inline vector choose_floats(words mask, vector a, vector b) {
  return (vector)choose(mask, (words)a, (words)b);
}

// Between -most and most, in the order of comparisons that decides what becomes of what is no number.
static inline vector limited(vector value, vector most) {
#if defined(__x86_64__)
  // The second operand unless the first is larger, or smaller.
  typedef float floats __attribute__((vector_size(BYTES)));
  const floats low = (floats)-most, high = (floats)most, x = (floats)value;
#if LANES == 16
  return (vector)__builtin_ia32_minps512(high, __builtin_ia32_maxps512(low, x, 4), 4);
#elif LANES == 8
  return (vector)__builtin_ia32_minps256(high, __builtin_ia32_maxps256(low, x));
#else
  return (vector)__builtin_ia32_minps(high, __builtin_ia32_maxps(low, x));
#endif
#else
  value = choose_floats(-most >= value, -most, value);
  return choose_floats(most < value, most, value);
#endif
}

static inline words clamped(words value, int most) {
  value = choose(value < -most, (words){0} - most, value);
  return choose(value > most, (words){0} + most, value);
}

enum {
  // Columns of a block of operands, and of a tile of sums.
  block_columns = 16,
  word_lanes = BYTES / 4,
  block_vectors = block_columns / word_lanes,
};

// Rows of sums at a time where a tile has fewer columns than a block.
enum { some_rows = 24 };

// The first columns of such rows: as they are, or added to what is there.
static void add_columns(int rows, int columns, const int32_t *from, int32_t *to, ptrdiff_t ld, int adds) {
  for (; rows > 0; rows--, from += block_columns, to += ld)
    for (int j = 0; j < columns; j++) to[j] = (adds ? to[j] : 0) + from[j];
}

// 16 columns or channels.
typedef int8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef int32_t words16 __attribute__((vector_size(64), aligned(4), may_alias));

static inline uint64_t eight_at(const int8_t *x) {
  uint64_t eight;
  __builtin_memcpy(&eight, x, sizeof eight);
  return eight;
}

static inline uint32_t four_at(const int8_t *x) {
  uint32_t four;
  __builtin_memcpy(&four, x, sizeof four);
  return four;
}

// Fewer than 16 bytes, then zeros; what is read twice lies within them.
static inline bytes16 load_some(const int8_t *x, int count) {
  typedef uint64_t halves __attribute__((vector_size(16)));
  halves all = {0};
  if (count > 8) {
    all = (halves){eight_at(x), eight_at(x + count - 8) >> (8 * (16 - count))};
  } else if (count == 8) {
    all[0] = eight_at(x);
  } else if (count >= 4) {
    all[0] = four_at(x) | (uint64_t)four_at(x + count - 4) << (8 * (count - 4));
  } else {
    for (int j = 0; j < count; j++) all[0] |= (uint64_t)(uint8_t)x[j] << (8 * j);
  }
  return (bytes16)all;
}

// 16 bytes, of which the last ones may be left out.
static inline bytes16 load16(const int8_t *x, int count) {
  return count == block_columns ? *(const bytes16 *)x : load_some(x, count);
}

static inline void put16(bytes16 value, int8_t *to, int count) {
  if (count == block_columns) {
    *(bytes16 *)to = value;
    return;
  }
  int8_t all[block_columns];
  *(bytes16 *)all = value;
  if (count >= 8) {
    const uint64_t first = eight_at(all), last = eight_at(all + count - 8);
    __builtin_memcpy(to, &first, sizeof first);
    __builtin_memcpy(to + count - 8, &last, sizeof last);
  } else if (count >= 4) {
    const uint32_t first = four_at(all), last = four_at(all + count - 4);
    __builtin_memcpy(to, &first, sizeof first);
    __builtin_memcpy(to + count - 4, &last, sizeof last);
  } else {
    for (int j = 0; j < count; j++) to[j] = all[j];
  }
}

// The vectors of 16 columns as one.
static inline __attribute__((always_inline)) void join(const words *value, words16 *to) {
#if LANES == 16
  *to = value[0];
#elif LANES == 8
  *to = __builtin_shufflevector(value[0], value[1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  typedef int32_t words8 __attribute__((vector_size(32)));
  const words8 first = __builtin_shufflevector(value[0], value[1], 0, 1, 2, 3, 4, 5, 6, 7);
  const words8 second = __builtin_shufflevector(value[2], value[3], 0, 1, 2, 3, 4, 5, 6, 7);
  *to = __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
}

// Adds the products of neighbours, which are the halves of a word.
static inline __attribute__((always_inline)) words add_pairs(words sum, shorts a, shorts b) {
#if defined(VNNI) && LANES == 16
  return (words)__builtin_ia32_vpdpwssd512((whole_words)sum, (whole_shorts)a, (whole_shorts)b);
#elif defined(VNNI)
  return (words)__builtin_ia32_vpdpwssd256((whole_words)sum, (whole_shorts)a, (whole_shorts)b);
#elif defined(__x86_64__) && LANES == 8
  return sum + (words)__builtin_ia32_pmaddwd256((whole_shorts)a, (whole_shorts)b);
#elif defined(__x86_64__)
  return sum + (words)__builtin_ia32_pmaddwd128((whole_shorts)a, (whole_shorts)b);
#else
  const words x = (words)a, y = (words)b;
  return sum + (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
#endif
}

// Whether a lane is set.
static inline int is_any(words mask) {
#if LANES == 16
  return __builtin_ia32_cmpd512_mask((whole_words)mask, (whole_words){0}, 4, 0xffff) != 0;
#elif LANES == 8 && defined(__x86_64__)
  typedef long long whole_longs __attribute__((vector_size(BYTES)));
  return !__builtin_ia32_ptestz256((whole_longs)mask, (whole_longs)mask);
#endif
  int any = 0;
  for (int i = 0; i < word_lanes; i++) any |= mask[i];
  return any != 0;
}
