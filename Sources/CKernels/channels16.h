// Products of 16 channels of 8-bit pictures: what is read is widened to 16 bits, which hold a product of 9 and 8; sums
// have 32.

typedef int16_t shorts16 __attribute__((vector_size(32)));

#if LANES == 16
enum { neighbours = 2 };

// 16 channels of two pixels or taps as neighbours.
struct wide {
  shorts all;
};

typedef words wide_sums[1];

// Where nothing stands, x or y lead to 16 bytes of `zero`.
static inline struct wide pairs_of(const int8_t *x, const int8_t *y, int count, int zero) {
  typedef int8_t bytes32 __attribute__((vector_size(32)));
  const bytes32 both = __builtin_shufflevector(
      load16(x, count), load16(y, count), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26,
      11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  return (struct wide){__builtin_convertvector(both, shorts) - (int16_t)zero};
}

static inline void add_products(const struct wide *a, const struct wide *b, wide_sums sums) {
  sums[0] = add_pairs(sums[0], a->all, b->all);
}

static inline void put_in_order(const wide_sums sums, int32_t *out) { *(words *)out = sums[0]; }

#elif defined(__x86_64__)
enum { wide_vectors = 2 * block_columns / BYTES, neighbours = 2 };

// 16 channels of two pixels or taps as neighbours, which `pmaddwd` multiplies with those of another pair and adds; its
// order is that of `unpck`.
struct wide {
  shorts low[wide_vectors], high[wide_vectors];
};

// Sums of pairs, in that order.
typedef words wide_sums[block_vectors];

static inline void widen16(const int8_t *x, int count, int zero, shorts *to) {
  const bytes16 all = load16(x, count);
#if LANES == 8
  to[0] = __builtin_convertvector(all, shorts) - (int16_t)zero;
#else
  to[0] = __builtin_convertvector(__builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7), shorts) - (int16_t)zero;
  to[1] =
      __builtin_convertvector(__builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15), shorts) - (int16_t)zero;
#endif
}

// Where nothing stands, x or y lead to 16 bytes of `zero`.
static inline struct wide pairs_of(const int8_t *x, const int8_t *y, int count, int zero) {
  shorts a[wide_vectors], b[wide_vectors];
  widen16(x, count, zero, a);
  widen16(y, count, zero, b);
  struct wide pairs;
  for (int v = 0; v < wide_vectors; v++) {
#if LANES == 8
    pairs.low[v] = __builtin_shufflevector(a[v], b[v], 0, 16, 1, 17, 2, 18, 3, 19, 8, 24, 9, 25, 10, 26, 11, 27);
    pairs.high[v] = __builtin_shufflevector(a[v], b[v], 4, 20, 5, 21, 6, 22, 7, 23, 12, 28, 13, 29, 14, 30, 15, 31);
#else
    pairs.low[v] = __builtin_shufflevector(a[v], b[v], 0, 8, 1, 9, 2, 10, 3, 11);
    pairs.high[v] = __builtin_shufflevector(a[v], b[v], 4, 12, 5, 13, 6, 14, 7, 15);
#endif
  }
  return pairs;
}

static inline void add_products(const struct wide *a, const struct wide *b, wide_sums sums) {
  for (int v = 0; v < wide_vectors; v++) {
    sums[2 * v] = add_pairs(sums[2 * v], a->low[v], b->low[v]);
    sums[2 * v + 1] = add_pairs(sums[2 * v + 1], a->high[v], b->high[v]);
  }
}

// Sums of pairs in the order of the channels.
static inline void put_in_order(const wide_sums sums, int32_t *out) {
#if LANES == 8
  *(words *)out = __builtin_shufflevector(sums[0], sums[1], 0, 1, 2, 3, 8, 9, 10, 11);
  *(words *)(out + 8) = __builtin_shufflevector(sums[0], sums[1], 4, 5, 6, 7, 12, 13, 14, 15);
#else
  for (int v = 0; v < block_vectors; v++) *(words *)(out + v * word_lanes) = sums[v];
#endif
}

#else
enum { neighbours = 1 };

struct wide {
  shorts16 all;
};

typedef words16 wide_sums[1];

// Where nothing stands, x leads to 16 bytes of `zero`; nobody has a neighbour here.
static inline struct wide pairs_of(const int8_t *x, const int8_t *none, int count, int zero) {
  (void)none;
  return (struct wide){__builtin_convertvector(load16(x, count), shorts16) - (int16_t)zero};
}

static inline void add_products(const struct wide *a, const struct wide *b, wide_sums sums) {
  sums[0] += __builtin_convertvector(a->all * b->all, words16);
}

static inline void put_in_order(const wide_sums sums, int32_t *out) { *(words16 *)out = sums[0]; }
#endif
