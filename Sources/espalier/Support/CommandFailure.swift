/// Why a command ends without a result: exit code, what happened, and the next thing to do.
struct Failure: Error, Equatable {
  let status: ExitStatus
  let text: String
  /// What to do next; nil where the text says it.
  let advice: String?

  init(_ status: ExitStatus, _ text: String, advice: String? = nil) {
    self.status = status
    self.text = text
    self.advice = advice
  }

  /// The same with advice that knows more.
  func advising(_ advice: String) -> Failure { Failure(status, text, advice: advice) }

  /// The same with the file that it is about in front.
  func preceded(by path: String) -> Failure { Failure(status, "\(path): \(text)", advice: advice) }

  /// What is printed on standard error.
  var message: String {
    let first = status == .interrupted ? text : "error: \(text)"
    // Each on a line of its own, whatever line breaks the names in them have.
    let lines = [first] + (advice.map { ["  next: \($0)"] } ?? [])
    return lines.map { printable($0) + "\n" }.joined()
  }
}

/// An error of some layer that can be told to the user.
protocol Explained: Error {
  var failure: Failure { get }
}

extension Failure {
  /// The one place where errors become text and exit code.
  init(describing error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let explained as any Explained: self = explained.failure
    default: self = .defect(error)
    }
  }

  /// An error that no input should cause.
  static func defect(_ error: any Error) -> Failure {
    Failure(
      .defect, "this should not have happened: \(type(of: error)): \(error)",
      advice: "report it, with the command and the files that it was given")
  }
}
