// PNG and JPEG pictures from memory. The libraries report errors by long jumps, which Swift cannot cross.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What a file says about its picture.
struct ci_picture {
  int width;
  int height;
  // 1 (grey) or 3 (red, green, blue).
  int channels;
  // EXIF orientation, 1 to 8: how the stored pixels are turned before a person sees them; 1 is upright.
  int orientation;
};

// Reads the header of a PNG or JPEG file, and where `pixels` is given the picture: rows from top to bottom, pixels from
// left to right, `channels` bytes each. It has room for what the header of the same bytes said.
//
// Grey files give one channel, all others three. Values are those of the file: 16 bits are scaled to 8, gamma and colour
// profiles are not applied. Transparent pixels are blended with white, CMYK becomes colours by R = (1 - C)(1 - K).
// Returns 0, or 1 and a reason in `error`.
int ci_decode(
    const uint8_t *bytes, size_t count, struct ci_picture *picture, uint8_t *pixels, char *error, size_t error_bytes);
