#define _GNU_SOURCE
#include "claunch.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static _Atomic pid_t program;
// Signals, as bits, that came before there was a program. They are blocked then; yet libraries may have threads of their
// own, which the kernel hands them to.
static atomic_uint early;

// Passes on what came early; what comes meanwhile is passed on by whoever notes it.
static void pass_on_early(void) {
  const pid_t process = program;
  const unsigned numbers = process > 0 ? atomic_exchange(&early, 0) : 0;
  for (int number = 1; numbers >> number; number++) {
    if (numbers >> number & 1) kill(process, number);
  }
}

// A terminal sends Ctrl-C to both; only what was meant for this process alone is passed on. Before there is a program,
// that is everything: nobody else has got it, or the child, which then ends of it at once.
static void pass_on(int number, siginfo_t *info, void *context) {
  (void)context;
  const int cause = errno;
  if (program > 0) {
    if (info->si_code <= 0) kill(program, number);
  } else {
    atomic_fetch_or(&early, 1u << number);
    pass_on_early();
  }
  errno = cause;
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
static void start(char *const *words, const struct cl_limit *limit, int watched, int failed) {
  // Until the parent watches, or could not.
  char word;
  while (read(watched, &word, 1) < 0 && errno == EINTR) {}
  int cause = enter(limit);
  if (!cause && limit->output >= 0 && dup2(limit->output, STDOUT_FILENO) < 0) cause = errno;
  if (!cause) {
    // What is no program of this computer is not to be taken for a script, as `execvp` does.
    if (strchr(words[0], '/')) execv(words[0], words);
    else execvp(words[0], words);
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

// Signals that are passed on to the program.
static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
enum { stop_count = sizeof stops / sizeof *stops };

static void start_passing_on(struct sigaction before[stop_count]) {
  struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
  for (int index = 0; index < stop_count; index++) {
    sigaction(stops[index], &action, &before[index]);
    // What this process was started to ignore, as with nohup, the program ignores, too.
    if (before[index].sa_handler == SIG_IGN) signal(stops[index], SIG_IGN);
  }
}

// In the child: as whoever started this process left them.
static void restore(const struct sigaction before[stop_count], const sigset_t *mask) {
  for (int index = 0; index < stop_count; index++) {
    if (before[index].sa_handler != SIG_IGN) signal(stops[index], SIG_DFL);
  }
  sigprocmask(SIG_SETMASK, mask, NULL);
}

// The cause that a child could not start its program with; 0 once it runs.
static int cause_of_start(int failed) {
  int cause;
  ssize_t count;
  do count = read(failed, &cause, sizeof cause);
  while (count < 0 && errno == EINTR);
  return count == sizeof cause ? cause : 0;
}

// From now on signals go to the program; those that came before go there now.
static void pass_on_to(pid_t process, const sigset_t *mask) {
  sigprocmask(SIG_SETMASK, mask, NULL);
  program = process;
  pass_on_early();
}

// Goes on after a stop of the program that the kernel has told of.
static void go_on(pid_t process, int status, const sigset_t *mask, struct cl_result *result) {
  const int number = WSTOPSIG(status), event = status >> 16;
  if (event == PTRACE_EVENT_EXEC) pass_on_to(process, mask);
  if (event == PTRACE_EVENT_EXIT) measure(process, result);
  // Ctrl-Z: it stays stopped until it is told to go on.
  const int stays = event == PTRACE_EVENT_STOP && number != SIGTRAP;
  ptrace(stays ? PTRACE_LISTEN : PTRACE_CONT, process, NULL, (void *)(long)(event ? 0 : number));
}

static int wait_for(pid_t process, const sigset_t *mask, struct cl_result *result) {
  int status;
  struct rusage usage;
  for (;;) {
    if (wait4(process, &status, 0, &usage) < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (!WIFSTOPPED(status)) break;
    go_on(process, status, mask, result);
  }
  result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (result->peak_bytes < 0) result->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
  return 0;
}

static int launch(
    char *const *words, const struct cl_limit *limit, struct cl_result *result, int failed[2], int watched[2]) {
  // A signal that comes before there is a program to pass it on to waits until there is.
  sigset_t held, mask;
  sigemptyset(&held);
  for (int index = 0; index < stop_count; index++) sigaddset(&held, stops[index]);
  sigprocmask(SIG_BLOCK, &held, &mask);
  struct sigaction before[stop_count];
  early = 0;
  start_passing_on(before);
  const pid_t process = fork();
  if (process == 0) {
    close(watched[1]);
    restore(before, &mask);
    start(words, limit, watched[0], failed[1]);
  }
  int cause = process < 0 ? errno : 0;
  close(failed[1]);
  // Without it the program runs as well, and is measured more coarsely.
  const long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
  const int is_traced = !cause && ptrace(PTRACE_SEIZE, process, NULL, (void *)options) == 0;
  close(watched[1]);
  if (!cause) {
    int told = is_traced ? 0 : cause_of_start(failed[0]);
    if (!is_traced) pass_on_to(process, &mask);
    cause = wait_for(process, &mask, result);
    program = 0;
    if (is_traced) told = cause_of_start(failed[0]);
    if (told) cause = told;
  }
  for (int index = 0; index < stop_count; index++) sigaction(stops[index], &before[index], NULL);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  return cause;
}

int cl_run(char *const *words, const struct cl_limit *limit, struct cl_result *result) {
  *result = (struct cl_result){.status = -1, .anonymous_bytes = -1, .peak_bytes = -1};
  int failed[2], watched[2];
  if (pipe2(failed, O_CLOEXEC) != 0) return errno;
  if (pipe2(watched, O_CLOEXEC) != 0) {
    const int cause = errno;
    close(failed[0]), close(failed[1]);
    return cause;
  }
  const int cause = launch(words, limit, result, failed, watched);
  close(failed[0]), close(watched[0]);
  return cause;
}
