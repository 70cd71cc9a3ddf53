// Round(sum * multiplier / 2^shift) + 2^62 / 2^shift, halves to even where they may occur, else up.

#if defined(__x86_64__)
// Products of two words each: those of the even lanes, and of the odd ones, whose quotients end in the upper word.
typedef uint64_t half_longs __attribute__((vector_size(BYTES)));

struct divisors {
  words factor;
  half_longs half[2], shift[2];
};

static inline struct divisors divisors_of(words factor, words shift) {
  struct divisors d = {.factor = factor};
  for (int odd = 0; odd < 2; odd++) {
    const half_longs by = odd ? (half_longs)shift >> 32 : (half_longs)shift & 0xffffffff;
    const half_longs times = odd ? (half_longs)factor >> 32 : (half_longs)factor & 0xffffffff;
    // Sums are multiplied without a sign, 2^31 too large.
    d.half[odd] = (((half_longs){0} + 1) << (by - 1)) + offset - (times << 31);
    d.shift[odd] = by - (odd ? 32 : 0);
  }
  return d;
}

static inline half_longs multiply_even(words a, words b) {
#if LANES == 16
  return (half_longs)__builtin_ia32_pmuludq512((whole_words)a, (whole_words)b);
#elif LANES == 8
  return (half_longs)__builtin_ia32_pmuludq256((whole_words)a, (whole_words)b);
#else
  return (half_longs)__builtin_ia32_pmuludq128((whole_words)a, (whole_words)b);
#endif
}

static inline __attribute__((always_inline)) words quotients(const struct divisors *d, const int may_tie, words sum) {
  const words upper = (words)(((half_longs){0} + UINT64_MAX) << 32);
  sum ^= INT32_MIN;
  const half_longs even = multiply_even(sum, d->factor) + d->half[0];
  const half_longs odd =
      multiply_even((words)((half_longs)sum >> 32), (words)((half_longs)d->factor >> 32)) + d->half[1];
  words quotient = choose(upper, (words)(odd >> d->shift[1]), (words)(even >> d->shift[0]));
  if (may_tie) {
    const words is_tie = choose(
        upper, (words)(odd << (32 - d->shift[1]) == 0), (words)(even << (64 - d->shift[0]) == 0));
    quotient -= is_tie & quotient & 1;
  }
  return quotient;
}

#else
struct divisors {
  words factor;
  longs half, shift;
};

static inline struct divisors divisors_of(words factor, words shift) {
  const longs by = __builtin_convertvector(shift, longs);
  return (struct divisors){factor, (((longs){0} + 1) << (by - 1)) + offset, by};
}

static inline __attribute__((always_inline)) words quotients(const struct divisors *d, const int may_tie, words sum) {
  const longs product =
      (longs)(__builtin_convertvector(sum, signed_longs) * __builtin_convertvector(d->factor, signed_longs)) + d->half;
  // Shifts of 32 and more leave 32 bits.
  words quotient = __builtin_convertvector(product >> d->shift, words);
  if (may_tie) quotient -= __builtin_convertvector(product << (64 - d->shift) == 0, words) & quotient & 1;
  return quotient;
}
#endif
