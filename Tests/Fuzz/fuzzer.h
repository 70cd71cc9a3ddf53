#include <stddef.h>
#include <stdint.h>

// libFuzzer's own ways to change an input.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

// A checksum of bytes that arrive in pieces, all but the last of a multiple of 8 bytes.
uint64_t fuzz_checksum(uint64_t state, const uint8_t *bytes, size_t count);
