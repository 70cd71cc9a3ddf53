#define _GNU_SOURCE
#include "cchild.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Those that run; 0 is a free place.
enum { most = 1024 };
static _Atomic pid_t children[most];
static atomic_int is_interrupted;

// Before it runs nobody may miss it: a signal that comes now finds it here, or is seen by `cl_start`.
static void note(pid_t process) {
  for (int index = 0; index < most; index++) {
    pid_t nobody = 0;
    if (atomic_compare_exchange_strong(&children[index], &nobody, process)) return;
  }
}

static void forget(pid_t process) {
  for (int index = 0; index < most; index++) {
    pid_t known = process;
    if (atomic_compare_exchange_strong(&children[index], &known, 0)) return;
  }
}

void cl_interrupt_children(void) {
  const int cause = errno;
  atomic_store(&is_interrupted, 1);
  for (int index = 0; index < most; index++) {
    const pid_t process = atomic_load(&children[index]);
    if (process > 0) kill(process, SIGINT);
  }
  errno = cause;
}

int cl_children_are_interrupted(void) { return atomic_load(&is_interrupted); }

// In the child: never returns. Why it could not start goes through the pipe, which a successful exec closes.
static void begin(
    char *const *words, char *const *environment, const int streams[3], int failed, pid_t parent) {
  int cause = 0;
  // Whoever started this process may have had them ignored or blocked; where a hang-up is ignored, it stays so.
  const int numbers[] = {SIGINT, SIGTERM, SIGPIPE};
  for (unsigned index = 0; index < sizeof numbers / sizeof *numbers; index++) signal(numbers[index], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  // SIGINT, as compilers that run others end those, too.
  if (prctl(PR_SET_PDEATHSIG, SIGINT) != 0) cause = errno;
  if (getppid() != parent) _exit(128 + SIGINT);
  for (int stream = 0; stream < 3 && !cause; stream++) {
    if (dup2(streams[stream], stream) < 0) cause = errno;
  }
  if (!cause) {
    execve(words[0], words, environment);
    cause = errno;
  }
  if (write(failed, &cause, sizeof cause) != sizeof cause) _exit(126);
  _exit(127);
}

static void close_both(const int pipe[2]) {
  if (pipe[0] >= 0) close(pipe[0]);
  if (pipe[1] >= 0) close(pipe[1]);
}

// A pipe whose ends are no standard streams, which `dup2` would leave to be closed by exec.
static int make_pipe(int ends[2]) {
  int low[2];
  if (pipe2(low, O_CLOEXEC) != 0) return errno;
  ends[0] = fcntl(low[0], F_DUPFD_CLOEXEC, 3);
  ends[1] = fcntl(low[1], F_DUPFD_CLOEXEC, 3);
  const int cause = ends[0] < 0 || ends[1] < 0 ? errno : 0;
  close_both(low);
  return cause;
}

static int start(char *const *words, char *const *environment, const int streams[3], int failed[2], pid_t *process) {
  const pid_t parent = getpid();
  *process = fork();
  if (*process == 0) begin(words, environment, streams, failed[1], parent);
  if (*process < 0) return errno;
  note(*process);
  if (cl_children_are_interrupted()) kill(*process, SIGINT);
  close(failed[1]);
  failed[1] = -1;
  int cause;
  ssize_t count;
  do count = read(failed[0], &cause, sizeof cause);
  while (count < 0 && errno == EINTR);
  if (count != sizeof cause) return 0;
  cl_wait(*process);
  return cause;
}

int cl_start(char *const *words, char *const *environment, int input, int joined, struct cl_child *child) {
  int output[2] = {-1, -1}, errors[2] = {-1, -1}, failed[2] = {-1, -1};
  int cause = make_pipe(output);
  if (!cause && !joined) cause = make_pipe(errors);
  if (!cause) cause = make_pipe(failed);
  int nothing = -1;
  if (!cause && input < 0 && (nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) cause = errno;
  const int streams[3] = {input < 0 ? nothing : input, output[1], joined ? output[1] : errors[1]};
  if (!cause) cause = start(words, environment, streams, failed, &child->process);
  if (nothing >= 0) close(nothing);
  close_both(failed);
  if (cause) {
    close_both(output);
    close_both(errors);
    return cause;
  }
  close(output[1]);
  if (!joined) close(errors[1]);
  child->output = output[0];
  child->errors = joined ? output[0] : errors[0];
  return 0;
}

int cl_wait(pid_t process) {
  // Its number stays its own until it is forgotten: another process could get it, and a signal.
  siginfo_t info;
  while (waitid(P_PID, process, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {}
  forget(process);
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
