#define _GNU_SOURCE
#include "cplatform.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_requested;

static void note_stop(int number) {
  stop_requested = 1;
  // Of a terminal that is gone, both the shell and the kernel tell.
  if (number != SIGHUP) signal(number, SIG_DFL);
}

void cp_watch_signals(void) {
  // Without SA_RESTART: a read that waits for samples has to end.
  struct sigaction action = {.sa_handler = note_stop};
  sigset_t numbers;
  sigemptyset(&numbers);
  const int stops[] = {SIGINT, SIGTERM, SIGHUP};
  for (int index = 0; index < 3; index++) {
    struct sigaction before;
    sigaction(stops[index], &action, &before);
    // Whoever started it with nohup wants it to go on without a terminal.
    if (stops[index] == SIGHUP && before.sa_handler == SIG_IGN) signal(SIGHUP, SIG_IGN);
    sigaddset(&numbers, stops[index]);
  }
  sigprocmask(SIG_UNBLOCK, &numbers, NULL);
  signal(SIGPIPE, SIG_IGN);
}

int cp_stop_requested(void) { return stop_requested; }

void cp_store(void *word, uint32_t value) {
  __atomic_thread_fence(__ATOMIC_RELEASE);
  *(volatile uint32_t *)word = value;
  // Nor may what is written afterwards be seen before it.
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int cp_gives_up(uint64_t end) { return stop_requested || (end && cp_nanoseconds() >= end); }

long cp_read(int file, void *bytes, size_t count, uint64_t end) {
  size_t done = 0;
  while (done < count && !cp_gives_up(end)) {
    // Not for ever: a signal may come between the look at its flag and the wait.
    struct pollfd ready = {.fd = file, .events = POLLIN};
    if (poll(&ready, 1, 100) <= 0) continue;
    ssize_t got = read(file, (char *)bytes + done, count - done);
    if (got == 0) break;
    if (got < 0 && errno != EINTR && errno != EAGAIN) return -1;
    if (got > 0) done += (size_t)got;
  }
  return (long)done;
}

uint32_t cp_load(const void *word) {
  // What was read before the word was read before it, too: a reader looks at a word again to see if all still held.
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  uint32_t value = *(const volatile uint32_t *)word;
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return value;
}

void cp_sleep(unsigned milliseconds) {
  struct timespec pause = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
  nanosleep(&pause, NULL);
}

int cp_exists(const char *path) {
  size_t bytes;
  const void *previous = cp_map_previous(path, &bytes);
  if (previous) cp_unmap(previous, bytes);
  // A device or a pipe holds nothing.
  struct stat status;
  return previous || (stat(path, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)));
}

const char *cp_error_text(int cause) { return strerror(cause); }

const int cp_errno_not_found = ENOENT;
const int cp_errno_no_file = EMEDIUMTYPE;

int cp_read_number(const char *path, long *value) {
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return errno;
  char text[32];
  ssize_t count = read(file, text, sizeof text - 1);
  int cause = count < 0 ? errno : 0;
  close(file);
  if (cause) return cause;
  text[count] = 0;
  char *end = text;
  errno = 0;
  *value = strtol(text, &end, 10);
  return errno || end == text || (*end && *end != '\n') ? EINVAL : 0;
}

int cp_read_decimal(const char *text, double *value) {
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  return errno || end == text || *end ? EINVAL : 0;
}

int cp_print_number(char *text, size_t bytes, uint64_t value) { return snprintf(text, bytes, "%" PRIu64, value); }

int cp_print_decimal(char *text, size_t bytes, double value) {
  return snprintf(text, bytes, "%.9g", value);
}
