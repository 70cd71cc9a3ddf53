import RuntimeBoard

/// Why the runner ends without a result; what happened was told when it was made, and the next thing to do.
///
/// Nobody goes on after a failure, so that its text need not travel.
struct Failure: ToldFault {
  let kind: FaultKind

  @inline(never)
  init(_ kind: FaultKind, _ text: StaticCString, next: StaticCString) {
    self.init(kind, FixedText(text), next: next)
  }

  /// Tells it on standard error.
  @inline(never)
  init(_ kind: FaultKind, _ text: FixedText, next: StaticCString) {
    self.kind = kind
    var message = FixedText(kind == .interrupted ? "" : "error: ")
    message += text
    message += "\n  next: "
    message += next
    message += "\n"
    _ = message.write(to: 2)
  }

  static var diverged: Failure {
    Failure(.no, LossWatch.text, next: "compile with a smaller --lr, or with --warmup")
  }
}
