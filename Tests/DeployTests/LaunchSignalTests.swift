import Foundation
import Support
import Testing

/// A request to end that comes while the program is being started is not lost, whichever thread the kernel hands it to.
struct LaunchSignalTests {
  /// A thread of a library: it does not block what the main thread does, and is sent the signal before there is a program.
  private static let source = """
    #define _GNU_SOURCE
    #include <claunch.h>
    #include <pthread.h>
    #include <signal.h>
    #include <stdio.h>
    #include <unistd.h>

    static pthread_t thread;
    static void *wait_for_ever(void *unused) {
      for (;;) pause();
      return unused;
    }
    // The handlers are in place now, and the main thread has blocked the signals.
    static void before_fork(void) { pthread_kill(thread, SIGTERM); usleep(20000); }

    int main(void) {
      // Whoever runs tests may have blocked them.
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, NULL);
      char *const words[] = {"/bin/sleep", "20", NULL};
      const struct cl_limit limit = {.output = -1};
      struct cl_result result;
      if (pthread_create(&thread, NULL, wait_for_ever, NULL) || pthread_atfork(before_fork, NULL, NULL)) return 1;
      const int cause = cl_run(words, &limit, &result);
      printf("%d %d\\n", cause, result.signal);
      return 0;
    }
    """

  @Test func aSignalThatAnotherThreadGetsIsPassedOn() throws {
    let scratch = try ScratchFolder()
    try scratch.write("main.c", Array(Self.source.utf8))
    let launch = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/CLaunch")
      .standardized.path
    let words = ["-pthread", "-I", launch + "/include", launch + "/launch.c", "main.c", "-o", "main"]
    let built = try Command(path: "/usr/bin/env").run(["clang"] + words, in: scratch.path)
    try #require(built.status == 0, "\(built.errors)")
    let started = ContinuousClock.now
    let run = try Command(path: scratch.file("main")).run([], in: scratch.path)
    #expect(run.output == "0 15\n" && ContinuousClock.now - started < .seconds(10), "\(run.output)")
  }
}
