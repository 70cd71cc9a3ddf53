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

/// Why the runner ends without a result: exit code, what happened, and the next thing to do.
struct Failure: Error {
  let status: ExitStatus
  private(set) var text = Text()

  init(_ status: ExitStatus, _ text: StaticString, next: StaticString) {
    self.status = status
    self.text += text
    end(next)
  }

  /// - Parameter name: what the text is about, in front of it.
  init(_ status: ExitStatus, _ name: CText, _ text: StaticString, next: StaticString) {
    self.status = status
    self.text += name
    self.text += text
    end(next)
  }

  init(_ status: ExitStatus, _ text: Text, next: StaticString) {
    self.status = status
    self.text = text
    end(next)
  }

  private mutating func end(_ next: StaticString) {
    text += "\n  next: "
    text += next
    text += "\n"
  }

  /// Tells it on standard error.
  func report() {
    var message = Text(status == .interrupted ? "" : "error: ")
    message += text
    _ = message.write(to: 2)
  }
}
