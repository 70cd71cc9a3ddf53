import Glibc

/// How far inputs came, as a campaign reports it.
struct Tally {
  /// Inputs of a known kind.
  var inputs = 0
  /// Of these, those past magic, version, length and digest.
  var signed = 0
  /// Of these, those that the reader accepted.
  var accepted = 0
  /// Of these, those that were run: larger ones are left aside.
  var run = 0

  nonisolated(unsafe) static var shared = Tally()

  var text: String { "tally: \(inputs) inputs, \(signed) past the digest, \(accepted) accepted, \(run) run\n" }

  func print() {
    fputs(text, stderr)
    fflush(stderr)
  }

  /// Counts an input; the sums are printed now and then, and at the end.
  static func begin() {
    if shared.inputs == 0 { atexit { Tally.shared.print() } }
    shared.inputs += 1
    if shared.inputs % (1 << 18) == 0 { shared.print() }
  }
}
