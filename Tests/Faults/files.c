// Preloaded into a program, writes down what it does to its files, and lets calls fail that a test names:
// FILES_LOG is the log, FILES_FAULT "call:number:errno" what fails from which call on.
// A record is call, file and bytes (i32 each) and the bytes: a path, two paths with a zero between them, or what is
// written.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { OPEN = 1, WRITE, SYNC, RENAME, UNLINK, PAGE_WRITE, PAGE_READ, RESERVE };

static int log_file = -1;
static int fault_call, fault_number, fault_cause;
static int calls[RESERVE + 1];
static char is_logged[1024];

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FILES_LOG"), *fault = getenv("FILES_FAULT");
  if (path) log_file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fault && sscanf(fault, "%d:%d:%d", &fault_call, &fault_number, &fault_cause) != 3) abort();
}

static int fails(enum call call) {
  if (++calls[call] < fault_number || call != (enum call)fault_call) return 0;
  errno = fault_cause;
  return 1;
}

static void note(enum call call, int file, const void *bytes, size_t count) {
  if (log_file < 0) return;
  int32_t head[3] = {call, file, (int32_t)count};
  if (syscall(SYS_write, log_file, head, sizeof head) != sizeof head) abort();
  if (syscall(SYS_write, log_file, bytes, count) != (long)count) abort();
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  int mode = flags & O_CREAT ? va_arg(list, int) : 0;
  va_end(list);
  int changes = (flags & O_ACCMODE) != O_RDONLY;
  if (changes && fails(OPEN)) return -1;
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file >= 0 && file < (int)sizeof is_logged) {
    is_logged[file] = changes || (flags & O_DIRECTORY);
    if (is_logged[file]) note(OPEN, file, path, strlen(path));
  }
  return file;
}

int open64(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  int mode = flags & O_CREAT ? va_arg(list, int) : 0;
  va_end(list);
  return open(path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
  int logged = file >= 0 && file < (int)sizeof is_logged && is_logged[file];
  if (!logged) return syscall(SYS_write, file, bytes, count);
  int is_last = fault_call == WRITE && calls[WRITE] + 1 == fault_number;
  // A disk that gets full takes a part first.
  if (is_last) count /= 2;
  if ((!is_last || count == 0) && fails(WRITE)) return -1;
  if (is_last) calls[WRITE]++;
  ssize_t written = syscall(SYS_write, file, bytes, count);
  if (written > 0) note(WRITE, file, bytes, (size_t)written);
  return written;
}

int fsync(int file) {
  if (fails(SYNC)) return -1;
  note(SYNC, file, "", 0);
  return (int)syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to) {
  if (fails(RENAME)) return -1;
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  char both[8192];
  int count = snprintf(both, sizeof both, "%s%c%s", from, 0, to);
  if (result == 0) note(RENAME, 0, both, (size_t)count);
  return result;
}

int unlink(const char *path) {
  if (fails(UNLINK)) return -1;
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (result == 0) note(UNLINK, 0, path, strlen(path));
  return result;
}

// Of files that have no name and are nothing after a cut: nobody writes them down.

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  return fails(PAGE_WRITE) ? -1 : syscall(SYS_pwrite64, file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  return pwrite(file, bytes, count, offset);
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  return fails(PAGE_READ) ? -1 : syscall(SYS_pread64, file, bytes, count, offset);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t offset) { return pread(file, bytes, count, offset); }

int posix_fallocate(int file, off_t offset, off_t bytes) {
  if (fails(RESERVE)) return errno;
  return syscall(SYS_fallocate, file, 0, offset, bytes) == 0 ? 0 : errno;
}

int posix_fallocate64(int file, off64_t offset, off64_t bytes) { return posix_fallocate(file, offset, bytes); }
