#define _GNU_SOURCE
#include "mapping.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

// A file that is cut short while it is mapped, or whose disk fails, has no bytes any more where a reader looks for them:
// the kernel sends SIGBUS. Which file it was is kept for the last sentence of the process.

#ifdef CP_PATHS_STAY
// A runner maps few files, and their paths are words of its command line, which are there until the end.
enum { most_mappings = 5 };
typedef const char *name_copy;
static void copy_name(name_copy *name, const char *path) { *name = path; }
#else
enum { most_mappings = 8, name_bytes = 120 };
typedef char name_copy[name_bytes];
static void copy_name(name_copy *name, const char *path) {
  const size_t length = strlen(path);
  // Of long paths, the end.
  strcpy(*name, length < name_bytes ? path : path + length - (name_bytes - 1));
}
#endif

static struct mapping {
  atomic_flag is_taken;
  const char *base;
  size_t bytes;
  name_copy name;
  const char *suffix;
} mappings[most_mappings];

void cp_note_mapping(const void *base, size_t bytes, const char *path, const char *suffix) {
  for (struct mapping *m = mappings; m < mappings + most_mappings; m++) {
    if (atomic_flag_test_and_set(&m->is_taken)) continue;
    copy_name(&m->name, path);
    m->suffix = suffix;
    m->bytes = bytes;
    m->base = base;
    return;
  }
}

void cp_forget_mapping(const void *base) {
  for (struct mapping *m = mappings; m < mappings + most_mappings; m++) {
    if (m->base != base) continue;
    m->base = NULL;
    atomic_flag_clear(&m->is_taken);
    return;
  }
}

static void say(const char *text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) _exit(74);
}

static void lose_file(int number, siginfo_t *info, void *context) {
  (void)context;
  const char *place = info->si_addr;
  for (struct mapping *m = mappings; m < mappings + most_mappings; m++) {
    if (!m->base || place < m->base || (size_t)(place - m->base) >= m->bytes) continue;
    say("error: ");
    say(m->name);
    say(m->suffix);
    say(" was cut short while it was in use, or cannot be read any more\n"
        "  next: put the whole file back and start again; put new files in its place instead of writing into it\n");
    _exit(74);
  }
  // Nothing of ours: the instruction runs again, and ends the process as it would have.
  signal(number, SIG_DFL);
}

void cp_begin(void) {
  int file;
  // The smallest number that is free is the one that is taken.
  do file = open("/dev/null", O_RDONLY);
  while ((unsigned)file <= STDERR_FILENO);
  close(file);
  signal(SIGXFSZ, SIG_IGN);
  // The mask is empty, as all of its bits are 0.
  struct sigaction action = {.sa_sigaction = lose_file, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &action, NULL);
}
