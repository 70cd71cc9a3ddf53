import CLaunch
import Foundation
import Synchronization

/// Ctrl-C, a request to terminate and a terminal that is gone: noted, so that a command can stop where its files are whole;
/// programs that it has started end at once.
///
/// A signal handler reaches nothing but globals, so this flag is one. A second Ctrl-C ends the process at once.
enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// From now on the signals are noted instead of ending the process, also where whoever started it had blocked them.
  static func watch() {
    // Makes the flag exist: a handler must not be the first to touch it.
    _ = isRequested
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnoredHangUp(number) {
      signal(number) { number in
        Interrupt.flag.store(true, ordering: .relaxed)
        cl_interrupt_children()
        // Of a terminal that is gone, both the shell and the kernel tell.
        if number != SIGHUP { signal(number, SIG_DFL) }
      }
      sigaddset(&numbers, number)
    }
    // Progress and messages may go to a pipe that nobody reads any more; that is an error of write then.
    signal(SIGPIPE, SIG_IGN)
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Whether whoever started the program wants it to go on without a terminal, as `nohup` does.
  private static func isIgnoredHangUp(_ number: Int32) -> Bool {
    guard number == SIGHUP else { return false }
    var present = sigaction()
    sigaction(number, nil, &present)
    return unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
