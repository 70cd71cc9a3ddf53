#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "decode.h"

enum {
  // What the library may take for the coefficients of a progressive picture.
  most_bytes = 1 << 29,
  // Each scan of a progressive picture goes over all of it; encoders make about ten.
  most_scans = 100,
};

struct failure {
  struct jpeg_error_mgr manager;
  jmp_buf back;
  char text[JMSG_LENGTH_MAX];
};

static void fail(j_common_ptr info) {
  struct failure *failure = (struct failure *)info->err;
  (*info->err->format_message)(info, failure->text);
  longjmp(failure->back, 1);
}

static void fail_with(struct jpeg_decompress_struct *info, const char *text) {
  struct failure *failure = (struct failure *)info->err;
  snprintf(failure->text, sizeof failure->text, "%s", text);
  longjmp(failure->back, 1);
}

// A cut-off or damaged file is a mere warning to the library, which fills the rest with grey: here it is an error.
static void refuse_warning(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

static void count_scans(j_common_ptr info) {
  struct jpeg_decompress_struct *decompress = (struct jpeg_decompress_struct *)info;
  if (info->is_decompressor && decompress->input_scan_number > most_scans) {
    fail_with(decompress, "it goes over its pixels more than 100 times");
  }
}

static void read_orientation(const struct jpeg_decompress_struct *info, struct ci_picture *picture) {
  static const uint8_t exif[6] = "Exif\0";
  for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next) {
    if (marker->data_length < sizeof exif || memcmp(marker->data, exif, sizeof exif) != 0) continue;
    picture->orientation = ci_exif_orientation(marker->data + sizeof exif, marker->data_length - sizeof exif);
    return;
  }
}

// One row of inks to one of colours. Adobe's programs, whose marker says so, store inks inverted, and so does everybody
// who writes files that theirs read: all readers take them for that.
static void mix(const uint8_t *inks, uint8_t *to, size_t width) {
  for (size_t x = 0; x < width; x++, inks += 4) {
    for (int c = 0; c < 3; c++) *to++ = (uint8_t)((inks[c] * inks[3] + 127) / 255);
  }
}

// How the pixels are asked for: the library turns YCCK into CMYK, and no further.
static void choose_colors(struct jpeg_decompress_struct *info, struct ci_picture *picture) {
  switch (info->jpeg_color_space) {
  case JCS_GRAYSCALE: info->out_color_space = JCS_GRAYSCALE; break;
  case JCS_CMYK:
  case JCS_YCCK: info->out_color_space = JCS_CMYK; break;
  default: info->out_color_space = JCS_RGB;
  }
  picture->channels = info->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  info->dct_method = JDCT_ISLOW;
}

static void read_pixels(struct jpeg_decompress_struct *info, const struct ci_picture *picture, uint8_t *pixels) {
  jpeg_start_decompress(info);
  size_t width = (size_t)picture->width, stride = width * (size_t)picture->channels;
  int is_cmyk = info->out_color_space == JCS_CMYK;
  JSAMPARRAY inks = NULL;
  if (is_cmyk) inks = (*info->mem->alloc_sarray)((j_common_ptr)info, JPOOL_IMAGE, (JDIMENSION)(4 * width), 1);
  while (info->output_scanline < info->output_height) {
    JSAMPROW row = pixels + stride * info->output_scanline;
    jpeg_read_scanlines(info, is_cmyk ? inks : &row, 1);
    if (is_cmyk) mix(inks[0], row, width);
  }
  jpeg_finish_decompress(info);
}

int ci_decode_jpeg(
    const uint8_t *bytes, size_t count, struct ci_picture *picture, uint8_t *pixels, char *error, size_t error_bytes) {
  struct jpeg_decompress_struct info;
  struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
  struct failure failure;
  info.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = fail;
  failure.manager.emit_message = refuse_warning;
  if (setjmp(failure.back)) {
    snprintf(error, error_bytes, "%s", failure.text);
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  info.progress = &progress;
  info.mem->max_memory_to_use = most_bytes;
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xffff);
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  if (!ci_check_size(info.image_width, info.image_height, failure.text, sizeof failure.text)) longjmp(failure.back, 1);
  picture->width = (int)info.image_width;
  picture->height = (int)info.image_height;
  choose_colors(&info, picture);
  read_orientation(&info, picture);
  if (pixels) read_pixels(&info, picture, pixels);
  jpeg_destroy_decompress(&info);
  return 0;
}
