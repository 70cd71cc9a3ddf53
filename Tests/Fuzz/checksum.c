// Built without sanitizers: it is what the fuzzer would spend most of its time on.
#include <string.h>

#include "fuzzer.h"

uint64_t fuzz_checksum(uint64_t state, const uint8_t *bytes, size_t count) {
  for (; count >= sizeof state; bytes += sizeof state, count -= sizeof state) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    state = (state ^ word) * 0x9e3779b97f4a7c15;
    state ^= state >> 29;
  }
  for (; count > 0; bytes++, count--) state = (state ^ *bytes) * 0x100000001b3;
  return state;
}
