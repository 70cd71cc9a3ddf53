// Programs that this process starts and reads from, and that never outlive it.
#ifndef CCHILD_H
#define CCHILD_H

#include <sys/types.h>

struct cl_child {
  pid_t process;
  // Descriptors to read its standard output and its standard error from; one for both where they are joined.
  int output;
  int errors;
};

// Starts a program: `words` ends with NULL and begins with its path, `environment` ends with NULL, `input` is its standard
// input, or -1 for none. It stays in the group of this process, so that Ctrl-C at a terminal reaches it; it gets SIGINT,
// too, when the thread that started it ends.
// Returns 0, or an error number where it could not be started.
int cl_start(char *const *words, char *const *environment, int input, int joined, struct cl_child *child);

// Waits for its end: its exit status, or 128 and the number of the signal that ended it.
int cl_wait(pid_t process);

// Sends SIGINT to all such programs, and to each that is started from now on. A signal handler may call it.
void cl_interrupt_children(void);

// Whether that was called.
int cl_children_are_interrupted(void);

#endif
