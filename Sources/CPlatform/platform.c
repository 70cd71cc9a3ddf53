#define _GNU_SOURCE
#include "cplatform.h"
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint64_t cp_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const void *map_file(const char *path, size_t *bytes, int flags) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  struct stat status;
  void *base = NULL;
  if (fstat(file, &status) == 0) {
    if (!S_ISREG(status.st_mode)) {
      errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    } else if (status.st_size == 0) {
      errno = ENODATA;
    } else {
      base = mmap(NULL, (size_t)status.st_size, PROT_READ, flags, file, 0);
      if (base == MAP_FAILED) base = NULL;
      else cp_note_mapping(base, (size_t)status.st_size, path);
      *bytes = (size_t)status.st_size;
    }
  }
  int cause = errno;
  close(file);
  errno = cause;
  return base;
}

const void *cp_map_file(const char *path, size_t *bytes) { return map_file(path, bytes, MAP_PRIVATE); }

const void *cp_map_shared(const char *path, size_t *bytes) { return map_file(path, bytes, MAP_SHARED); }

void *cp_map_arena(size_t bytes) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return base == MAP_FAILED ? NULL : base;
}

void cp_touch_spare(size_t bytes) {
  volatile char *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return;
  for (size_t i = 0; i < bytes; i += 4096) base[i] = 0;
  munmap((void *)base, bytes);
}

int cp_open_pages(const char *path, uint64_t bytes, int *file) {
  char name[PATH_MAX];
  if (path && snprintf(name, sizeof name, "%s.pages", path) >= (int)sizeof name) return ENAMETOOLONG;
  int made = path ? open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : memfd_create("pages", MFD_CLOEXEC);
  if (made < 0) return errno;
  if (path) unlink(name);
  const int cause = posix_fallocate(made, 0, (off_t)bytes);
  if (cause) close(made);
  *file = cause ? -1 : made;
  return cause;
}

int cp_clear_pages(int file, uint64_t bytes) {
  return ftruncate(file, 0) == 0 ? posix_fallocate(file, 0, (off_t)bytes) : errno;
}

const void *cp_map_pages(int file, size_t bytes) {
  void *base = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, 0);
  return base == MAP_FAILED ? NULL : base;
}

static int move_page(int file, char *bytes, size_t count, uint64_t offset, int writes) {
  while (count > 0) {
    const ssize_t done =
        writes ? pwrite(file, bytes, count, (off_t)offset) : pread(file, bytes, count, (off_t)offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : EIO;
    bytes += done, count -= (size_t)done, offset += (uint64_t)done;
  }
  return 0;
}

int cp_write_page(int file, const void *bytes, size_t count, uint64_t offset) {
  return move_page(file, (char *)bytes, count, offset, 1);
}

int cp_read_page(int file, void *bytes, size_t count, uint64_t offset) {
  return move_page(file, bytes, count, offset, 0);
}

void cp_close(int file) { close(file); }

static void advise(const void *base, size_t bytes, int advice) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)base / page * page;
  madvise((void *)start, (uintptr_t)base + bytes - start, advice);
}

void cp_read_sparingly(const void *base, size_t bytes) { advise(base, bytes, MADV_RANDOM); }

void cp_give_back(const void *base, size_t bytes) { advise(base, bytes, MADV_PAGEOUT); }

void cp_unmap(const void *base, size_t bytes) {
  cp_forget_mapping(base);
  munmap((void *)base, bytes);
}

int cp_write(int file, const void *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = (const char *)bytes + written;
    count -= (size_t)written;
  }
  return 0;
}

// What waits to be written to the disk, and what is kept of it in case it is read again, is charged to the program that
// wrote it: no more than a piece ever is.
static const size_t piece_bytes = 1 << 14;

static int write_parts(int file, const struct cp_part *parts, int count) {
  const unsigned wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  int cause = 0;
  for (int part = 0; part < count; part++) {
    size_t done = 0;
    while (done < parts[part].bytes && !cause) {
      size_t left = parts[part].bytes - done;
      size_t piece = left < piece_bytes ? left : piece_bytes;
      cause = cp_write(file, (const char *)parts[part].base + done, piece);
      // Pipes and some file systems do not do it; then the sync at the end alone counts.
      if (!cause && left > piece && sync_file_range(file, 0, 0, wait) != 0 && errno == EIO) cause = errno;
      posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
      done += piece;
    }
  }
  return cause;
}

static void sync_folder(const char *path) {
  char folder[PATH_MAX];
  strcpy(folder, path);
  char *slash = strrchr(folder, '/');
  if (slash == folder) slash[1] = 0;
  else if (slash) *slash = 0;
  else strcpy(folder, ".");
  int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  fsync(handle);
  close(handle);
}

int cp_last_error(void) { return errno; }

// Appends `suffix` to `path`; false where that is no path any more.
static int suffixed(char *name, const char *path, const char *suffix) {
  return snprintf(name, PATH_MAX, "%s%s", path, suffix) < PATH_MAX;
}

static int replace(const char *path, const char *temporary, int keeps_previous) {
  char previous[PATH_MAX];
  if (keeps_previous) {
    if (!suffixed(previous, path, ".previous")) return ENAMETOOLONG;
    if (rename(path, previous) != 0 && errno != ENOENT) return errno;
  }
  return rename(temporary, path) == 0 ? 0 : errno;
}

int cp_write_parts(const char *path, const struct cp_part *parts, int count, int keeps_previous) {
  char temporary[PATH_MAX];
  if (!suffixed(temporary, path, ".tmp")) return ENAMETOOLONG;
  // A device or a pipe cannot be replaced: it is written to as it is.
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
    int device = open(path, O_WRONLY | O_CLOEXEC);
    if (device < 0) return errno;
    int cause = write_parts(device, parts, count);
    close(device);
    return cause;
  }
  int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return errno;
  int cause = write_parts(file, parts, count);
  if (!cause && fsync(file) != 0) cause = errno;
  if (close(file) != 0 && !cause) cause = errno;
  if (!cause) cause = replace(path, temporary, keeps_previous);
  if (cause) {
    unlink(temporary);
    return cause;
  }
  sync_folder(path);
  return 0;
}

int cp_write_file(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes) {
  struct cp_part parts[2] = {{head, head_bytes}, {body, body_bytes}};
  return cp_write_parts(path, parts, 2, 0);
}

const void *cp_map_previous(const char *path, size_t *bytes) {
  char previous[PATH_MAX];
  if (suffixed(previous, path, ".previous")) return cp_map_file(previous, bytes);
  errno = ENAMETOOLONG;
  return NULL;
}
