#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

int ci_decode_png(const uint8_t *bytes, size_t count, struct ci_picture *picture, char *error, size_t error_bytes) {
  png_image image;
  memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, bytes, count)) {
    snprintf(error, error_bytes, "%s", image.message);
    return 1;
  }
  int is_color = (image.format & PNG_FORMAT_FLAG_COLOR) != 0;
  image.format = is_color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  picture->channels = is_color ? 3 : 1;
  picture->width = (int)image.width;
  picture->height = (int)image.height;
  if (!ci_reserve(picture, error, error_bytes)) {
    png_image_free(&image);
    return 1;
  }
  png_color white = {255, 255, 255};
  // A warning comes with pixels, an error without.
  if (!png_image_finish_read(&image, &white, picture->pixels, 0, NULL)) {
    snprintf(error, error_bytes, "%s", image.message);
    ci_free(picture);
    return 1;
  }
  return 0;
}
