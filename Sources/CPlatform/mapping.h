// Which files are mapped where.
#pragma once
#include "cplatform.h"

void cp_note_mapping(const void *base, size_t bytes, const char *path);
void cp_forget_mapping(const void *base);
