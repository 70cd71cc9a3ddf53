#define _GNU_SOURCE
#include "cplatform.h"
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// Makes a file of zeros behind its first bytes under a name of its own; errno where it cannot be.
static int fill(const char *path, const void *head, size_t head_bytes, uint64_t bytes) {
  const off_t end = (off_t)bytes;
  if (end < 0 || (uint64_t)end != bytes) return EFBIG;
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (file < 0) return errno;
  int cause = cp_write(file, head, head_bytes);
  while (!cause && (cause = posix_fallocate(file, 0, end)) == EINTR) {}
  if (!cause && fsync(file) != 0) cause = errno;
  if (close(file) != 0 && !cause) cause = errno;
  if (cause) unlink(path);
  return cause;
}

int cp_make_ring(const char *path, const void *head, size_t head_bytes, uint64_t bytes) {
  char temporary[PATH_MAX];
  for (int number = 1; number < 100; number++) {
    const int length = snprintf(temporary, sizeof temporary, "%s.%d.%d.espalier-tmp", path, (int)getpid(), number);
    if (length >= (int)sizeof temporary) return ENAMETOOLONG;
    int cause = fill(temporary, head, head_bytes, bytes);
    if (cause == EEXIST) continue;
    if (cause) return cause;
    // Not over a ring that another process has made meanwhile; some file systems cannot tell.
    if (link(temporary, path) != 0) {
      cause = errno;
      if (cause == EPERM || cause == ENOTSUP) cause = rename(temporary, path) == 0 ? 0 : errno;
    }
    unlink(temporary);
    return cause ? cause : cp_sync_folder(path);
  }
  return EEXIST;
}

void *cp_open_ring(const char *path, size_t *bytes, int *file) {
  struct stat status;
  *file = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (*file < 0) return NULL;
  void *base = MAP_FAILED;
  if (fstat(*file, &status) == 0) {
    if (!S_ISREG(status.st_mode)) errno = EMEDIUMTYPE;
    else if (status.st_size == 0) errno = ENODATA;
    // Some file systems have no locks.
    else if (flock(*file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) errno = EBUSY;
    else base = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, *file, 0);
  }
  if (base == MAP_FAILED) {
    const int cause = errno;
    close(*file);
    errno = cause;
    return NULL;
  }
  *bytes = (size_t)status.st_size;
  cp_note_mapping(base, *bytes, path, "");
  return base;
}
