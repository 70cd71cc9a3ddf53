// Numbers in real units as integers of 8 bits, which need neither a table nor vectors of a kind.
#include "ckernels.h"

typedef float quad __attribute__((vector_size(16), aligned(1), may_alias));
typedef int32_t words __attribute__((vector_size(16)));

static words choose(words mask, words a, words b) { return (mask & a) | (~mask & b); }

// q = clamp(rnd(x / scale) + zero), halves to even; what is no number becomes zero.
static words quantized(quad x, float scale, int zero) {
  const quad value = x / scale, low = (quad){0} + (float)(-128 - zero), high = (quad){0} + (float)(127 - zero);
  quad bounded = (quad)((words)value & (words)(value == value));
  bounded = (quad)choose((words)(low >= bounded), (words)low, (words)bounded);
  bounded = (quad)choose((words)(high < bounded), (words)high, (words)bounded);
  return (words)(bounded + 12582912.0f) - 0x4b400000 + zero;
}

void ck_quantize(const float *x, int count, float scale, int zero, int8_t *out, ptrdiff_t step) {
  for (int i = 0; i < count; i += 4) {
    quad some = {0};
    const int left = count - i < 4 ? count - i : 4;
    if (left == 4) some = *(const quad *)(x + i);
    else __builtin_memcpy(&some, x + i, (size_t)left * sizeof *x);
    const words q = quantized(some, scale, zero);
    for (int j = 0; j < left; j++, out += step) *out = (int8_t)q[j];
  }
}
