#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "decode.h"

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

// A cut-off or damaged file is a mere warning to the library, which fills the rest with grey: here it is an error.
static void refuse_warning(j_common_ptr info, int level) {
  if (level < 0) fail(info);
}

int ci_decode_jpeg(const uint8_t *bytes, size_t count, struct ci_picture *picture, char *error, size_t error_bytes) {
  struct jpeg_decompress_struct info;
  struct failure failure;
  info.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = fail;
  failure.manager.emit_message = refuse_warning;
  if (setjmp(failure.back)) {
    snprintf(error, error_bytes, "%s", failure.text);
    jpeg_destroy_decompress(&info);
    ci_free(picture);
    return 1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  picture->channels = info.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
  info.out_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&info);
  picture->width = (int)info.output_width;
  picture->height = (int)info.output_height;
  if (!ci_reserve(picture, failure.text, sizeof failure.text)) longjmp(failure.back, 1);
  size_t stride = (size_t)picture->width * (size_t)picture->channels;
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture->pixels + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return 0;
}
