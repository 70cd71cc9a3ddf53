#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

struct reader {
  const uint8_t *next;
  size_t left;
  // Rows as libpng gives them; freed on every way out.
  uint8_t *samples;
  png_bytep *rows;
  char *error;
  size_t error_bytes;
};

static void fail(png_structp png, png_const_charp text) {
  struct reader *reader = png_get_error_ptr(png);
  snprintf(reader->error, reader->error_bytes, "%s", text);
  longjmp(png_jmpbuf(png), 1);
}

// A chunk that says nothing about pixels may be odd.
static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void copy(png_structp png, png_bytep to, size_t count) {
  struct reader *reader = png_get_io_ptr(png);
  if (count > reader->left) png_error(png, "it is cut short");
  memcpy(to, reader->next, count);
  reader->next += count;
  reader->left -= count;
}

// Chunks that pixels do not depend on are passed over unread: they may unpack to anything, or announce any size.
static void pass_over_chunks(png_structp png) {
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
}

// Of those, the one that says how the picture is turned, found without the library, which trusts its length.
static int orientation_of(const uint8_t *bytes, size_t count) {
  enum { signature_bytes = 8, frame_bytes = 12 };
  for (size_t at = signature_bytes; count - at >= frame_bytes;) {
    const uint8_t *chunk = bytes + at;
    size_t length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
    if (length > count - at - frame_bytes) return 1;
    if (memcmp(chunk + 4, "eXIf", 4) == 0) return ci_exif_orientation(chunk + 8, length);
    at += frame_bytes + length;
  }
  return 1;
}

// One row without its alpha: what lets something through is blended with white, in the values of the file.
static void blend(const uint8_t *from, uint8_t *to, size_t width, int channels) {
  for (size_t x = 0; x < width; x++, from += channels + 1) {
    unsigned alpha = from[channels];
    for (int c = 0; c < channels; c++) *to++ = (uint8_t)((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
  }
}

static void read_pixels(png_structp png, png_infop info, struct reader *reader, struct ci_picture *picture,
                        uint8_t *pixels) {
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = png_get_rowbytes(png, info);
  int samples = png_get_channels(png, info);
  int has_alpha = samples == picture->channels + 1;
  if ((samples != picture->channels && !has_alpha) || stride != (size_t)picture->width * (size_t)samples) {
    png_error(png, "its rows are not what its header says");
  }
  size_t height = (size_t)picture->height;
  reader->rows = calloc(height, sizeof *reader->rows);
  if (has_alpha) reader->samples = malloc(stride * height);
  if (!reader->rows || (has_alpha && !reader->samples)) png_error(png, "no memory for its pixels");
  for (size_t y = 0; y < height; y++) reader->rows[y] = (has_alpha ? reader->samples : pixels) + stride * y;
  png_read_image(png, reader->rows);
  size_t width = (size_t)picture->width;
  for (size_t y = 0; has_alpha && y < height; y++) {
    blend(reader->rows[y], pixels + y * width * (size_t)picture->channels, width, picture->channels);
  }
  png_read_end(png, NULL);
}

int ci_decode_png(
    const uint8_t *bytes, size_t count, struct ci_picture *picture, uint8_t *pixels, char *error, size_t error_bytes) {
  struct reader reader = {bytes, count, NULL, NULL, error, error_bytes};
  png_infop info = NULL;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, ignore);
  if (png) info = png_create_info_struct(png);
  volatile int status = 1;
  if (!info) {
    snprintf(error, error_bytes, "no memory to read it");
  } else if (setjmp(png_jmpbuf(png)) == 0) {
    png_set_read_fn(png, &reader, copy);
    pass_over_chunks(png);
    png_read_info(png, info);
    uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (ci_check_size(width, height, error, error_bytes)) {
      picture->width = (int)width;
      picture->height = (int)height;
      picture->channels = png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
      if (pixels) read_pixels(png, info, &reader, picture, pixels);
      picture->orientation = orientation_of(bytes, count);
      status = 0;
    }
  }
  free(reader.samples);
  free(reader.rows);
  png_destroy_read_struct(&png, &info, NULL);
  return status;
}
