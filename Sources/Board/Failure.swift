import RuntimeBoard

/// Exit codes, the same as those of `espalier`.
enum ExitStatus: Int32 {
  case done = 0
  /// The answer to the question is no.
  case no = 1
  /// The arena does not fit into the memory that may be used.
  case overCap = 2
  case usage = 64
  case malformed = 65
  case notFound = 66
  case defect = 70
  case cannotCreate = 73
  case ioError = 74
  case interrupted = 130
}

/// Why the runner ends without a result; what happened was told when it was made, and the next thing to do.
///
/// Nobody goes on after a failure, so that its text need not travel.
struct Failure: Error {
  let status: ExitStatus

  @inline(never)
  init(_ status: ExitStatus, _ text: StaticCString, next: StaticCString) {
    self.init(status, FixedText(text), next: next)
  }

  /// - Parameter name: what the text is about, in front of it.
  @inline(never)
  init(_ status: ExitStatus, _ name: CText, _ text: StaticCString, next: StaticCString) {
    var whole = FixedText()
    whole += name
    whole += text
    self.init(status, whole, next: next)
  }

  /// Tells it on standard error.
  @inline(never)
  init(_ status: ExitStatus, _ text: FixedText, next: StaticCString) {
    self.status = status
    var message = FixedText(status == .interrupted ? "" : "error: ")
    message += text
    message += "\n  next: "
    message += next
    message += "\n"
    _ = message.write(to: 2)
  }

  static var diverged: Failure {
    Failure(.no, StaticCString(stringLiteral: LossWatch.text), next: "compile with a smaller --lr, or with --warmup")
  }
}
