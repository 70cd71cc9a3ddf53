// The one door to the system: files, mappings, clock, signals, numbers as text.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "cteam.h"

// Monotonic clock, in nanoseconds.
uint64_t cp_nanoseconds(void);

// CPU time that the calling thread has taken, in nanoseconds.
uint64_t cp_thread_nanoseconds(void);

// Maps `path` read-only. Returns the bytes and their count, or null with errno set: EISDIR for a folder, EMEDIUMTYPE for a pipe
// or a device, which is not waited for, ENODATA for a file without bytes.
const void *cp_map_file(const char *path, size_t *bytes);

// What a program begins with, before it opens anything: standard input, output and error that are closed become /dev/null,
// so that no file takes their place and has what is said written into it. From now on the process ends with exit code 74
// and a sentence where a mapped file is cut short, or cannot be read any more, instead of by SIGBUS, and a file that gets
// larger than this process may make it is an error of write, EFBIG.
void cp_begin(void);

// Reserves `bytes` of zeroed memory and touches every page. Returns null when the system has not got it.
void *cp_map_arena(size_t bytes);

// Shows that the system has so many bytes more, for as long as it takes. They are shared memory, which no reclaim empties:
// where a limit does not leave them, the kernel ends the process here.
void cp_touch_spare(size_t bytes);

void cp_unmap(const void *base, size_t bytes);

// The system shall read no page of these bytes of a file before it is asked for.
void cp_read_sparingly(const void *base, size_t bytes);

// These bytes of a file are not needed soon: under a tight limit of memory, the system may take their pages at once.
void cp_give_back(const void *base, size_t bytes);

// Makes a file `path`.pages (or `path`.1.pages and so on, where that is there) with room for so many bytes that loses its
// name at once: it is gone when the process ends.
// Without a path it lies in memory. Gives the open file; returns 0, or errno.
int cp_open_pages(const char *path, uint64_t bytes, int *file);

// All of such a file becomes zeros. Returns 0, or errno.
int cp_clear_pages(int file, uint64_t bytes);

// The first bytes of such a file, to be read; NULL with errno. `cp_unmap` ends it.
const void *cp_map_pages(int file, size_t bytes);

// Writes and reads so many bytes of it from an offset on. Return 0, or errno.
int cp_write_page(int file, const void *bytes, size_t count, uint64_t offset);
int cp_read_page(int file, void *bytes, size_t count, uint64_t offset);

void cp_close(int file);

// Cause of the last failure that was reported as null: errno.
int cp_last_error(void);

// A run of bytes to write.
struct cp_part {
  const void *base;
  size_t bytes;
};

// Writes the parts, of which the first has 8 bytes or more, one behind the other to `path`, whole or not at all: temporary
// file `path`.espalier-tmp, sync, rename, sync of the folder. What was there becomes `path`.previous where that is to be
// kept. Returns 0, or errno: EBUSY where another process is writing it, EEXIST where a file of one of these names begins
// with other bytes and stays, ENXIO where it is a pipe that nobody reads from. Permissions are those of what was there.
int cp_write_parts(const char *path, const struct cp_part *parts, int count, int keeps_previous);

// Whether checkpoints can be written to `path`, one after the other: 0, or errno, EEXIST where what is there, or beside it,
// is none and stays, ELOOP where that is a link, which would become the previous one. Nothing changes.
int cp_check_place(const char *path);

// Maps `path`.previous as `cp_map_file` does.
const void *cp_map_previous(const char *path, size_t *bytes);

// The same for two parts.
int cp_write_file(const char *path, const void *head, size_t head_bytes, const void *body, size_t body_bytes);

// Brings the names in the folder of `path` to the disk. Returns 0, or errno.
int cp_sync_folder(const char *path);

// Takes the lock of a file that is to be written time and again and of its previous one, `path`.espalier-lock: until
// `cp_unlock`, or until the process ends however it does. A device has none. Returns 0, or errno: EBUSY where another
// process has it, EEXIST where a file of that name is no lock, EPERM where `path` is itself named like a file beside
// another one.
int cp_lock(const char *path, int *file);
void cp_unlock(const char *path, int file);
extern const int cp_errno_busy;
// Those of a file that is there and none of ours, and of a link.
extern const int cp_errno_exists;
extern const int cp_errno_link;

// Whether two paths lead to one file, also through links.
int cp_is_same_file(const char *first, const char *second);

// Whether `input` is `path` or one of the files that come and go beside it when it is written.
int cp_is_written_with(const char *path, const char *input);

// Opens a device or a pipe to write to; -1 with errno, ENXIO for a pipe that nobody reads from.
int cp_open_device(const char *path);

// Whether an errno says that a file may not come into being there, rather than that writing it failed.
int cp_is_refused(int cause);

// Two files or folders change names in one step. Returns 0, or errno.
int cp_exchange(const char *first, const char *second);

// Writes all bytes to an open file. Returns 0, or errno.
int cp_write(int file, const void *bytes, size_t count);

// From now on the first SIGINT and SIGTERM are noted instead of ending the process, as is SIGHUP where it was not ignored
// before, and a pipe without a reader is an error of write. The second SIGINT or SIGTERM ends it.
void cp_watch_signals(void);
int cp_stop_requested(void);

// Whether to stop waiting: a signal was noted, or the clock has reached `end`, unless that is 0.
int cp_gives_up(uint64_t end);

// Reads until `count` bytes are there, the file ends, or it has to give up. Returns how many are there, or -1.
long cp_read(int file, void *bytes, size_t count, uint64_t end);

// Maps `path` read-only as other processes change it, as `cp_map_file` does otherwise.
const void *cp_map_shared(const char *path, size_t *bytes);

// Makes a file that is not there, with these first bytes and zeros up to its size, which no memory has to hold. Returns 0,
// or errno: EEXIST where there is one meanwhile.
int cp_make_ring(const char *path, const void *head, size_t head_bytes, uint64_t bytes);

// Maps such a file to write to it, as the only process that does, until the open file is closed. NULL with errno as
// `cp_map_file`, and EBUSY where another process has it.
void *cp_open_ring(const char *path, size_t *bytes, int *file);

// A word that another process writes; what it wrote before the word is seen after it.
uint32_t cp_load(const void *word);

// Writes such a word, after everything that was written before.
void cp_store(void *word, uint32_t value);

// Waits so long, or until a signal.
void cp_sleep(unsigned milliseconds);

// Whether there is a checkpoint in one of its two slots, whole or not.
int cp_exists(const char *path);

// What an errno means, in words; and that of a file that is not there.
const char *cp_error_text(int cause);
extern const int cp_errno_not_found;
// That of a pipe or a device where a file has to be.
extern const int cp_errno_no_file;

// The whole number at the start of a small file, as the kernel's sensors give them. Returns 0, or errno.
int cp_read_number(const char *path, long *value);

// A decimal number that a text consists of. Returns 0, or errno.
int cp_read_decimal(const char *text, double *value);

// Writes a whole number in decimal digits; returns the count of characters.
int cp_print_number(char *text, size_t bytes, uint64_t value);

// Writes a number with nine significant digits; returns the count of characters.
int cp_print_decimal(char *text, size_t bytes, double value);
