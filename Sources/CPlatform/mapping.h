// Which files are mapped where.
#pragma once
#include "cplatform.h"

// Of a file called `path` and `suffix`, a literal.
void cp_note_mapping(const void *base, size_t bytes, const char *path, const char *suffix);
void cp_forget_mapping(const void *base);
