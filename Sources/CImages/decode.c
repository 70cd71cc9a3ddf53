#include "decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// More than any camera gives; a small file that claims more is no picture.
static const int64_t most_pixels = (int64_t)1 << 28;

int ci_reserve(struct ci_picture *picture, char *error, size_t error_bytes) {
  int64_t pixels = (int64_t)picture->width * picture->height;
  if (pixels < 1 || pixels > most_pixels) {
    snprintf(error, error_bytes, "%d x %d pixels", picture->width, picture->height);
    return 0;
  }
  picture->pixels = malloc((size_t)pixels * (size_t)picture->channels);
  if (!picture->pixels) snprintf(error, error_bytes, "no memory for %d x %d pixels", picture->width, picture->height);
  return picture->pixels != NULL;
}

int ci_decode(const uint8_t *bytes, size_t count, struct ci_picture *picture, char *error, size_t error_bytes) {
  static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  memset(picture, 0, sizeof *picture);
  if (count >= sizeof png && memcmp(bytes, png, sizeof png) == 0) {
    return ci_decode_png(bytes, count, picture, error, error_bytes);
  }
  if (count >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) {
    return ci_decode_jpeg(bytes, count, picture, error, error_bytes);
  }
  snprintf(error, error_bytes, "neither PNG nor JPEG");
  return 1;
}

void ci_free(struct ci_picture *picture) {
  free(picture->pixels);
  picture->pixels = NULL;
}
