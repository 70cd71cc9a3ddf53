#include "decode.h"

#include <stdio.h>
#include <string.h>

// Two of the largest full-frame cameras fit in; a small file that claims more is no picture.
static const uint64_t most_pixels = (uint64_t)1 << 26;
static const uint32_t longest_side = 65535;

int ci_check_size(uint32_t width, uint32_t height, char *error, size_t error_bytes) {
  int fits = width > 0 && height > 0 && width <= longest_side && height <= longest_side &&
             (uint64_t)width * height <= most_pixels;
  if (!fits) {
    snprintf(error, error_bytes, "%u x %u pixels, of which at most %llu are read", width, height,
             (unsigned long long)most_pixels);
  }
  return fits;
}

// What other picture formats begin with, to name them.
static const char *other_format(const uint8_t *bytes, size_t count) {
  static const struct {
    size_t offset;
    size_t count;
    const char *bytes;
    const char *name;
  } formats[] = {
      {0, 4, "GIF8", "a GIF"},           {8, 4, "WEBP", "a WebP"},           {0, 2, "BM", "a BMP"},
      {0, 4, "II*\0", "a TIFF"},         {0, 4, "MM\0*", "a TIFF"},          {4, 8, "ftypavif", "an AVIF"},
      {4, 8, "ftypheic", "a HEIC"},      {4, 8, "ftypmif1", "a HEIF"},       {0, 4, "\0\0\1\0", "an icon"},
      {0, 8, "\0\0\0\fjP  ", "a JPEG 2000"}, {0, 2, "\xff\x0a", "a JPEG XL"}, {0, 4, "8BPS", "a Photoshop"},
      {0, 4, "qoif", "a QOI"},
  };
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    size_t end = formats[i].offset + formats[i].count;
    if (count >= end && memcmp(bytes + formats[i].offset, formats[i].bytes, formats[i].count) == 0) {
      return formats[i].name;
    }
  }
  return NULL;
}

int ci_decode(
    const uint8_t *bytes, size_t count, struct ci_picture *picture, uint8_t *pixels, char *error, size_t error_bytes) {
  static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  memset(picture, 0, sizeof *picture);
  picture->orientation = 1;
  if (count >= sizeof png && memcmp(bytes, png, sizeof png) == 0) {
    return ci_decode_png(bytes, count, picture, pixels, error, error_bytes);
  }
  if (count >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) {
    return ci_decode_jpeg(bytes, count, picture, pixels, error, error_bytes);
  }
  const char *format = other_format(bytes, count);
  if (format) {
    snprintf(error, error_bytes, "it is %s file, not PNG or JPEG", format);
  } else {
    snprintf(error, error_bytes, "neither PNG nor JPEG");
  }
  return 1;
}
