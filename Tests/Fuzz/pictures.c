// The reader of PNG and JPEG pictures on bytes that libFuzzer makes up, under the address sanitizer.
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../Sources/CPictures/decode.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static const uint8_t png_signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static uint32_t word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// Checksums of a PNG file's chunks as a writer would have written them: else nothing would ever get past them.
static void sign(uint8_t *bytes, size_t count) {
  if (count < sizeof png_signature || memcmp(bytes, png_signature, sizeof png_signature) != 0) return;
  size_t at = sizeof png_signature;
  while (count - at >= 12) {
    size_t length = word(bytes + at);
    if (length > count - at - 12) return;
    uint32_t sum = (uint32_t)crc32(0, bytes + at + 4, (uInt)(length + 4));
    for (int i = 0; i < 4; i++) bytes[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    at += 12 + length;
  }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  (void)seed;
  size = LLVMFuzzerMutate(data, size, max_size);
  sign(data, size);
  return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char error[256];
  struct ci_picture picture;
  ci_exif_orientation(data, size);
  if (ci_decode(data, size, &picture, NULL, error, sizeof error) != 0) return 0;
  size_t bytes = (size_t)picture.width * (size_t)picture.height * (size_t)picture.channels;
  // Large ones are right as small ones are, and slow.
  if (bytes > 1 << 20) return 0;
  // Exactly this size, so that every byte too far is seen.
  uint8_t *pixels = malloc(bytes);
  if (pixels) ci_decode(data, size, &picture, pixels, error, sizeof error);
  free(pixels);
  return 0;
}
