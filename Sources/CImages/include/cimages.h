// PNG and JPEG pictures from memory. The libraries report errors by long jumps, which Swift cannot cross.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Rows from top to bottom, pixels from left to right, `channels` bytes each.
struct ci_picture {
  uint8_t *pixels;
  int width;
  int height;
  // 1 (grey) or 3 (red, green, blue).
  int channels;
};

// Decodes the bytes of a PNG or JPEG file; grey files give one channel, all others three. Transparent pixels are
// blended with white. Returns 0 and a picture that the caller frees with `ci_free`, or 1 and a reason in `error`.
int ci_decode(const uint8_t *bytes, size_t count, struct ci_picture *picture, char *error, size_t error_bytes);

void ci_free(struct ci_picture *picture);
