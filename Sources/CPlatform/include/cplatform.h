// The one door to the system: files, mappings, clock.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Monotonic clock, in nanoseconds.
uint64_t cp_nanoseconds(void);

// Maps `path` read-only. Returns the bytes and their count, or null with errno set.
const void *cp_map_file(const char *path, size_t *bytes);

// Reserves `bytes` of zeroed memory and touches every page. Returns null when the system has not got it.
void *cp_map_arena(size_t bytes);

void cp_unmap(const void *base, size_t bytes);

// Cause of the last failure that was reported as null: errno.
int cp_last_error(void);

// A run of bytes to write.
struct cp_part {
  const void *base;
  size_t bytes;
};

// Writes the parts one behind the other to `path`, whole or not at all: temporary file, sync, rename, sync of the
// folder. What was there becomes `path`.previous where that is to be kept. Returns 0, or errno.
int cp_write_parts(const char *path, const struct cp_part *parts, int count, int keeps_previous);

// Maps `path`.previous as `cp_map_file` does.
const void *cp_map_previous(const char *path, size_t *bytes);

// The same for two parts.
int cp_write_file(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes);

// Two files or folders change names in one step. Returns 0, or errno.
int cp_exchange(const char *first, const char *second);
