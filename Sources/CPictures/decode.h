#pragma once
#include "cpictures.h"

// Returns 0 and a reason where a picture is larger than any that is read: memory is bounded before anything is unpacked.
int ci_check_size(uint32_t width, uint32_t height, char *error, size_t error_bytes);

int ci_decode_png(
    const uint8_t *bytes, size_t count, struct ci_picture *picture, uint8_t *pixels, char *error, size_t error_bytes);
int ci_decode_jpeg(
    const uint8_t *bytes, size_t count, struct ci_picture *picture, uint8_t *pixels, char *error, size_t error_bytes);

// The orientation that an EXIF block (a TIFF header and its first directory) states; 1 where it states none.
int ci_exif_orientation(const uint8_t *bytes, size_t count);
