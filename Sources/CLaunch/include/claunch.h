// Starts a program under a limit of memory, and measures what it took.
#ifndef CLAUNCH_H
#define CLAUNCH_H

#include <stdint.h>

#include "cchild.h"

struct cl_limit {
  // The file `cgroup.procs` of the control group it runs in; NULL for none.
  const char *group;
  // Bytes of writable private mappings, as RLIMIT_DATA counts them; 0 for no limit.
  uint64_t data_bytes;
  // Descriptor that the program writes its standard output to; -1 for this process's own.
  int output;
};

struct cl_result {
  // Exit status; -1 where a signal ended it.
  int status;
  // The signal that ended it, or 0.
  int signal;
  // Resident bytes at the end: private and anonymous ones; -1 where the system does not let itself be asked.
  int64_t anonymous_bytes;
  // The most resident bytes there ever were.
  int64_t peak_bytes;
};

// Runs a program with this process's standard streams to its end. Ctrl-C and requests to end go to the program; this
// process stays. `words` ends with NULL; the first is a path or is looked for in PATH.
// Returns 0, or an error number where it could not be started.
int cl_run(char *const *words, const struct cl_limit *limit, struct cl_result *result);

#endif
