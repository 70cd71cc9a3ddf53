#pragma once
#include "cimages.h"

// Reserves the pixels of a picture whose sizes are set; returns 0 and a reason when that is too much.
int ci_reserve(struct ci_picture *picture, char *error, size_t error_bytes);

int ci_decode_png(const uint8_t *bytes, size_t count, struct ci_picture *picture, char *error, size_t error_bytes);
int ci_decode_jpeg(const uint8_t *bytes, size_t count, struct ci_picture *picture, char *error, size_t error_bytes);
