import Foundation
import Synchronization

/// Ctrl-C and a request to terminate: noted, so that a command can stop where its files are whole.
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
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interrupt.flag.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
      sigaddset(&numbers, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  }
}
