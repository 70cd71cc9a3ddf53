// Vectors of LANES words or floats, and how parts of them are loaded, stored and chosen.

typedef int32_t words __attribute__((vector_size(BYTES), aligned(4), may_alias));
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
  value = choose_floats(-most >= value, -most, value);
  return choose_floats(most < value, most, value);
}

static inline words clamped(words value, int most) {
  value = choose(value < -most, (words){0} - most, value);
  return choose(value > most, (words){0} + most, value);
}
