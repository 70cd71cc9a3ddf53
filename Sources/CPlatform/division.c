// Division of integers where the processor has none (ARMv6): doubles do it, faster than the loop of the compiler's own
// library and in a tenth of its code. A quotient of 32 bits that is no integer is further from the next one than doubles
// round, so that the result is exact. Names and registers as in "Run-time ABI for the Arm Architecture", 4.3.1.

#if defined(__arm__) && !defined(__ARM_FEATURE_IDIV) && defined(__ARM_FP) && (__ARM_FP & 8)

#include <stdint.h>

int32_t __aeabi_idiv(int32_t a, int32_t b) { return (int32_t)((double)a / b); }

uint32_t __aeabi_uidiv(uint32_t a, uint32_t b) { return (uint32_t)((double)a / b); }

// Quotient in the first register, remainder in the second.
uint64_t __aeabi_idivmod(int32_t a, int32_t b) {
  int32_t quotient = (int32_t)((double)a / b);
  return (uint32_t)quotient | (uint64_t)(uint32_t)(a - quotient * b) << 32;
}

uint64_t __aeabi_uidivmod(uint32_t a, uint32_t b) {
  uint32_t quotient = (uint32_t)((double)a / b);
  return quotient | (uint64_t)(a - quotient * b) << 32;
}

#else

// A file of C has to declare something.
typedef int cp_has_division;

#endif
