#define _GNU_SOURCE
#include "claunch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t program;

// A terminal sends Ctrl-C to both; only what was meant for this process alone is passed on.
static void pass_on(int number, siginfo_t *info, void *context) {
  (void)context;
  if (info->si_code <= 0 && program > 0) kill(program, number);
}

// The kernel charges a group in batches of 64 pages for each processor it runs on, and may end a program before it has
// collected what others hold. A runner has one thread: on one processor it is charged what it takes.
static void stay_on_this_processor(void) {
  int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(here, &one);
  sched_setaffinity(0, sizeof one, &one);
}

static int enter(const struct cl_limit *limit) {
  if (limit->group) {
    stay_on_this_processor();
    int file = open(limit->group, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "0", 1) != 1) return errno;
    close(file);
  }
  if (limit->data_bytes) {
    struct rlimit bytes = {limit->data_bytes, limit->data_bytes};
    if (setrlimit(RLIMIT_DATA, &bytes) != 0) return errno;
  }
  return 0;
}

// In the child: never returns. Why it could not start goes through the pipe, which a successful exec closes.
static void start(char *const *words, const struct cl_limit *limit, int failed) {
  // Without it the program runs as well, and is measured more coarsely.
  ptrace(PTRACE_TRACEME, 0, NULL, NULL);
  int cause = enter(limit);
  if (!cause && limit->output >= 0 && dup2(limit->output, STDOUT_FILENO) < 0) cause = errno;
  if (!cause) {
    execvp(words[0], words);
    cause = errno;
  }
  if (write(failed, &cause, sizeof cause) != sizeof cause) _exit(126);
  _exit(127);
}

static int64_t resident(const char *status, const char *name) {
  const char *line = strstr(status, name);
  long long kibibytes;
  return line && sscanf(line + strlen(name), "%lld", &kibibytes) == 1 ? kibibytes * 1024 : -1;
}

// Looks at a program that is about to end.
static void measure(pid_t process, struct cl_result *result) {
  char path[64], status[4096];
  snprintf(path, sizeof path, "/proc/%d/status", (int)process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t count = read(file, status, sizeof status - 1);
  close(file);
  if (count < 0) return;
  status[count] = 0;
  result->anonymous_bytes = resident(status, "RssAnon:");
  int64_t peak = resident(status, "VmHWM:");
  if (peak >= 0) result->peak_bytes = peak;
}

static int wait_for(pid_t process, struct cl_result *result) {
  int status, is_known = 0;
  struct rusage usage;
  for (;;) {
    if (wait4(process, &status, 0, &usage) < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (!WIFSTOPPED(status)) break;
    int number = WSTOPSIG(status);
    if (!is_known) {
      // The stop of the exec itself.
      is_known = 1;
      ptrace(PTRACE_SETOPTIONS, process, NULL, (void *)(PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL));
      number = 0;
    } else if (status >> 16 == PTRACE_EVENT_EXIT) {
      measure(process, result);
      number = 0;
    }
    ptrace(PTRACE_CONT, process, NULL, (void *)(long)number);
  }
  result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (result->peak_bytes < 0) result->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
  return 0;
}

int cl_run(char *const *words, const struct cl_limit *limit, struct cl_result *result) {
  *result = (struct cl_result){.status = -1, .anonymous_bytes = -1, .peak_bytes = -1};
  int failed[2];
  if (pipe2(failed, O_CLOEXEC) != 0) return errno;
  const int numbers[] = {SIGINT, SIGTERM};
  struct sigaction before[2], action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
  for (int index = 0; index < 2; index++) sigaction(numbers[index], &action, &before[index]);
  pid_t process = fork();
  if (process == 0) {
    for (int index = 0; index < 2; index++) signal(numbers[index], SIG_DFL);
    start(words, limit, failed[1]);
  }
  int cause = process < 0 ? errno : 0;
  close(failed[1]);
  if (!cause) {
    program = process;
    cause = wait_for(process, result);
    program = 0;
    int told;
    if (read(failed[0], &told, sizeof told) == sizeof told) cause = told;
  }
  close(failed[0]);
  for (int index = 0; index < 2; index++) sigaction(numbers[index], &before[index], NULL);
  return cause;
}
