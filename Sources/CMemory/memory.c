#include "cmemory.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// jemalloc's own entries behind malloc; see jemalloc(3).
extern void *mallocx(size_t bytes, int flags);
extern void *rallocx(void *memory, size_t bytes, int flags);

const int cm_status_without_memory = 2;

static const int zeroed = 0x40;

static int aligned(size_t alignment) { return __builtin_ctzl(alignment); }

// Swift ends a process that gets no memory with a dump of its stack; nothing can be gone on with anyhow.
static void *given(void *memory, size_t bytes) {
  if (memory) return memory;
  char text[160];
  const int count = snprintf(
      text, sizeof text,
      "error: the system has not got %zu more bytes of memory\n"
      "  next: free memory, raise its limit, or take a smaller model, --batch or part of the data\n", bytes);
  if (write(STDERR_FILENO, text, (size_t)count) < 0) _exit(cm_status_without_memory);
  _exit(cm_status_without_memory);
}

static size_t some(size_t bytes) { return bytes ? bytes : 1; }

void *malloc(size_t bytes) { return given(mallocx(some(bytes), 0), bytes); }

void *calloc(size_t count, size_t bytes) {
  size_t all;
  if (__builtin_mul_overflow(count, bytes, &all)) return given(NULL, SIZE_MAX);
  return given(mallocx(some(all), zeroed), all);
}

void *realloc(void *memory, size_t bytes) {
  return given(memory ? rallocx(memory, some(bytes), 0) : mallocx(some(bytes), 0), bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return given(mallocx(some(bytes), aligned(alignment)), bytes); }

void *memalign(size_t alignment, size_t bytes) { return aligned_alloc(alignment, bytes); }

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
  *memory = aligned_alloc(alignment, bytes);
  return 0;
}
