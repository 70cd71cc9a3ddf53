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
#include <time.h>
#include <unistd.h>

uint64_t cp_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t cp_thread_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Files beside `path`: the lock of a training, and what is written before it takes the place of `path`. Nobody else
// gives a file such a name.
#define LOCK_SUFFIX ".espalier-lock"
#define TEMPORARY_SUFFIX ".espalier-tmp"
#define PREVIOUS_SUFFIX ".previous"
#define PAGES_SUFFIX ".pages"

// Appends `suffix` to `path`; false where that is no path any more.
static int suffixed(char *name, const char *path, const char *suffix) {
  return snprintf(name, PATH_MAX, "%s%s", path, suffix) < PATH_MAX;
}

static const void *map_file(const char *base_path, const char *suffix, size_t *bytes, int flags) {
  char path[PATH_MAX];
  if (!suffixed(path, base_path, suffix)) {
    errno = ENAMETOOLONG;
    return NULL;
  }
  // A pipe without a writer would be waited for.
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return NULL;
  struct stat status;
  void *base = NULL;
  if (fstat(file, &status) == 0) {
    if (!S_ISREG(status.st_mode)) {
      errno = S_ISDIR(status.st_mode) ? EISDIR : EMEDIUMTYPE;
    } else if (status.st_size == 0) {
      errno = ENODATA;
    } else {
      base = mmap(NULL, (size_t)status.st_size, PROT_READ, flags, file, 0);
      if (base == MAP_FAILED) base = NULL;
      else cp_note_mapping(base, (size_t)status.st_size, base_path, suffix);
      *bytes = (size_t)status.st_size;
    }
  }
  int cause = errno;
  close(file);
  errno = cause;
  return base;
}

const void *cp_map_file(const char *path, size_t *bytes) { return map_file(path, "", bytes, MAP_PRIVATE); }

const void *cp_map_shared(const char *path, size_t *bytes) { return map_file(path, "", bytes, MAP_SHARED); }

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

// Where offsets have 32 bits, more of them are no file.
static int reserve(int file, uint64_t bytes) {
  const off_t end = (off_t)bytes;
  if (end < 0 || (uint64_t)end != bytes) return EFBIG;
  int cause;
  do cause = posix_fallocate(file, 0, end);
  while (cause == EINTR);
  return cause;
}

// Makes a file that was not there under the first of the names `path`.pages, `path`.1.pages and so on that nobody has.
static int make_pages(const char *path) {
  char name[PATH_MAX];
  for (int number = 0; number < 100; number++) {
    const int length = number ? snprintf(name, sizeof name, "%s.%d" PAGES_SUFFIX, path, number)
                              : snprintf(name, sizeof name, "%s" PAGES_SUFFIX, path);
    if (length >= (int)sizeof name) {
      errno = ENAMETOOLONG;
      return -1;
    }
    const int made = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (made >= 0) unlink(name);
    if (made >= 0 || errno != EEXIST) return made;
  }
  return -1;
}

int cp_open_pages(const char *path, uint64_t bytes, int *file) {
  const int made = path ? make_pages(path) : memfd_create("pages", MFD_CLOEXEC);
  if (made < 0) return errno;
  const int cause = reserve(made, bytes);
  if (cause) close(made);
  *file = cause ? -1 : made;
  return cause;
}

int cp_clear_pages(int file, uint64_t bytes) { return ftruncate(file, 0) == 0 ? reserve(file, bytes) : errno; }

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
    // A write that takes nothing would be tried for ever.
    if (written <= 0) return written < 0 ? errno : EIO;
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

// The folder that a file is in, for the sync of its names; errno where it cannot be opened.
static int open_folder(const char *path, int *handle) {
  char folder[PATH_MAX];
  strcpy(folder, path);
  char *slash = strrchr(folder, '/');
  if (slash == folder) slash[1] = 0;
  else if (slash) *slash = 0;
  else strcpy(folder, ".");
  *handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return *handle < 0 ? errno : 0;
}

static int sync_file(int file) {
  while (fsync(file) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

// File systems that do not sync folders say that they cannot; there is nothing more to be done then.
static int sync_folder(int handle) {
  const int cause = sync_file(handle);
  return cause == EINVAL || cause == ENOTSUP || cause == ENOSYS ? 0 : cause;
}

int cp_sync_folder(const char *path) {
  if (strlen(path) >= PATH_MAX) return ENAMETOOLONG;
  int handle, cause = open_folder(path, &handle);
  if (cause) return cause;
  cause = sync_folder(handle);
  close(handle);
  return cause;
}

int cp_last_error(void) { return errno; }

// Whether two names are those of one file; or, without the other, whether a name is that of an open file and no link.
static __attribute__((noinline)) int is_same(const char *path, const char *other, int file) {
  struct stat one, two;
  if ((other ? stat : lstat)(path, &one) != 0 || (other ? stat(other, &two) : fstat(file, &two)) != 0) return 0;
  return one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static int is_named(const char *path, int file) { return is_same(path, NULL, file); }

// Locks an open file that has this name for as long as it is open: 0, errno, or EAGAIN where it has lost the name.
static int lock(const char *path, int file) {
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return is_named(path, file) ? EBUSY : EAGAIN;
    // Some file systems have no locks.
    if (errno != ENOSYS && errno != ENOLCK && errno != EOPNOTSUPP) return errno;
  }
  return is_named(path, file) ? 0 : EAGAIN;
}

// Whether an open file may be what a process of ours has left: empty, or with the first bytes of what is written there.
// After a loss of power, a disk may have kept zeros in their place.
static int is_begun(int file, const void *begin) {
  uint64_t first = 0;
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  if (status.st_size == 0 || !begin) return status.st_size == 0;
  const ssize_t count = read(file, &first, sizeof first);
  return count > 0 && (first == 0 || memcmp(&first, begin, (size_t)count) == 0);
}

// Makes a file that belongs to this process as long as it is open. No link is followed, and nothing is written to what
// is there: a file that a process left behind when it ended loses its name; that of one that goes on is EBUSY, and what
// is nobody's of ours stays, EEXIST. What is written there begins with the 8 bytes at `begin`, or is nothing.
static int make_own(const char *path, const void *begin, int *file) {
  for (int tries = 0; tries < 100; tries++) {
    const int made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (made < 0 && errno != EEXIST) return errno;
    const int other = made < 0 ? open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : made;
    if (other < 0 && errno == ENOENT) continue;
    if (other < 0) return errno;
    int cause = lock(path, other);
    if (!cause && made >= 0) {
      *file = made;
      return 0;
    }
    if (!cause && !is_begun(other, begin)) cause = EEXIST;
    // Under its lock, nobody else gives this name to another file.
    if (!cause && unlink(path) != 0 && errno != ENOENT) cause = errno;
    close(other);
    if (cause && cause != EAGAIN && !(made >= 0 && cause == EBUSY)) return cause;
  }
  return EBUSY;
}

static int is_replaced(const char *path) {
  struct stat status;
  return stat(path, &status) != 0 || S_ISREG(status.st_mode);
}

static int is_suffixed(const char *path, const char *suffix) {
  const size_t length = strlen(path), end = strlen(suffix);
  return length >= end && strcmp(path + length - end, suffix) == 0;
}

// The lock of `path`, which is that of `path`.previous, too: who writes one of them writes both. 0, or errno.
static int lock_name(char *name, const char *path) {
  // These would be files beside another one.
  if (is_suffixed(path, LOCK_SUFFIX) || is_suffixed(path, TEMPORARY_SUFFIX)) return EPERM;
  char first[PATH_MAX];
  if (!suffixed(first, path, "")) return ENAMETOOLONG;
  while (is_suffixed(first, PREVIOUS_SUFFIX)) first[strlen(first) - strlen(PREVIOUS_SUFFIX)] = 0;
  return suffixed(name, first, LOCK_SUFFIX) ? 0 : ENAMETOOLONG;
}

int cp_lock(const char *path, int *file) {
  char name[PATH_MAX];
  *file = -1;
  if (!is_replaced(path)) return 0;
  const int cause = lock_name(name, path);
  return cause ? cause : make_own(name, NULL, file);
}

void cp_unlock(const char *path, int file) {
  char name[PATH_MAX];
  if (file < 0) return;
  if (lock_name(name, path) == 0 && is_named(name, file)) unlink(name);
  close(file);
}

int cp_is_same_file(const char *first, const char *second) {
  return is_same(first, second, -1);
}

int cp_is_written_with(const char *path, const char *input) {
  static const char *const suffixes[] = {"", PREVIOUS_SUFFIX, LOCK_SUFFIX, TEMPORARY_SUFFIX, PAGES_SUFFIX};
  char name[PATH_MAX];
  for (size_t index = 0; index < sizeof suffixes / sizeof *suffixes; index++) {
    if (suffixed(name, path, suffixes[index]) && cp_is_same_file(name, input)) return 1;
  }
  return 0;
}

// Whether what bears a name may lose it: there is nothing, or an older one of what begins like this; no link.
static inline __attribute__((always_inline)) int check_older(const char *path, const void *begin) {
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? 0 : errno;
  const int is_older = is_begun(file, begin);
  close(file);
  return is_older ? 0 : EEXIST;
}

static int replace(const char *path, const char *temporary, int file, const void *begin, int keeps_previous) {
  // Somebody else may have taken it away in spite of its lock: then nothing may lose its name for it.
  if (!is_named(temporary, file)) return EBUSY;
  char previous[PATH_MAX];
  if (keeps_previous) {
    if (!suffixed(previous, path, PREVIOUS_SUFFIX)) return ENAMETOOLONG;
    const int cause = check_older(previous, begin);
    if (cause) return cause;
    if (rename(path, previous) != 0 && errno != ENOENT) return errno;
  }
  return rename(temporary, path) == 0 ? 0 : errno;
}

// A device or a pipe cannot be replaced: it is written to as it is. A pipe that nobody reads from is not waited for.
int cp_open_device(const char *path) {
  const int device = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (device >= 0) fcntl(device, F_SETFL, 0);
  return device;
}

static int write_device(const char *path, const struct cp_part *parts, int count) {
  int device = cp_open_device(path);
  if (device < 0) return errno;
  int cause = write_parts(device, parts, count);
  if (close(device) != 0 && !cause) cause = errno;
  return cause;
}

int cp_write_parts(const char *path, const struct cp_part *parts, int count, int keeps_previous) {
  char temporary[PATH_MAX];
  if (!suffixed(temporary, path, TEMPORARY_SUFFIX)) return ENAMETOOLONG;
  if (!is_replaced(path)) return write_device(path, parts, count);
  int folder, file, cause = open_folder(path, &folder);
  if (cause) return cause;
  const void *begin = parts[0].base;
  cause = make_own(temporary, begin, &file);
  if (!cause) {
    // What only some may read stays so, from its first byte on; its owner has to be able to go on with it. Not all file
    // systems have permissions.
    struct stat status;
    if (stat(path, &status) == 0) (void)!fchmod(file, (status.st_mode & 0777) | 0600);
    cause = write_parts(file, parts, count);
    if (!cause) cause = sync_file(file);
    if (!cause) cause = replace(path, temporary, file, begin, keeps_previous);
    // Only now: until it has its name, nobody else may take the temporary one.
    if (cause && is_named(temporary, file)) unlink(temporary);
    if (close(file) != 0 && !cause) cause = errno;
    if (!cause) cause = sync_folder(folder);
  }
  close(folder);
  return cause;
}

// Whether a file may lose its name: in a folder like /tmp, only to who owns one of the two.
static int check_sticky(const char *path) {
  struct stat status, folder;
  int handle;
  if (geteuid() == 0 || stat(path, &status) != 0 || open_folder(path, &handle) != 0) return 0;
  const int is_sticky = fstat(handle, &folder) == 0 && folder.st_mode & S_ISVTX;
  close(handle);
  return is_sticky && status.st_uid != geteuid() && folder.st_uid != geteuid() ? EPERM : 0;
}

int cp_check_place(const char *path) {
  // What every checkpoint begins with.
  static const char begin[8] = "ESPCKPT";
  char name[PATH_MAX];
  struct stat status;
  // A folder is no place for it; a device is.
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return 0;
  int file, cause = check_older(path, begin);
  if (!cause) cause = check_sticky(path);
  if (cause) return cause;
  if (!suffixed(name, path, PREVIOUS_SUFFIX)) return ENAMETOOLONG;
  cause = check_older(name, begin);
  if (!cause) cause = check_sticky(name);
  if (cause) return cause;
  if (!suffixed(name, path, TEMPORARY_SUFFIX)) return ENAMETOOLONG;
  cause = make_own(name, begin, &file);
  if (cause) return cause;
  if (is_named(name, file)) unlink(name);
  close(file);
  return 0;
}

int cp_write_file(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes) {
  struct cp_part parts[2] = {{head, head_bytes}, {body, body_bytes}};
  return cp_write_parts(path, parts, 2, 0);
}

const void *cp_map_previous(const char *path, size_t *bytes) {
  return map_file(path, PREVIOUS_SUFFIX, bytes, MAP_PRIVATE);
}

int cp_is_refused(int cause) {
  switch (cause) {
  case ENOENT: case ENOTDIR: case EACCES: case EPERM: case EISDIR: case EROFS: case ENAMETOOLONG: case ELOOP:
  case EBUSY: case EEXIST: case ENXIO: return 1;
  default: return 0;
  }
}

const int cp_errno_busy = EBUSY;
const int cp_errno_exists = EEXIST;
const int cp_errno_link = ELOOP;
