extension Image {
  /// Visits the rows of all programs in order; what they are called with may be looked at, not run.
  public func forRows(_ body: (OpCode, Call) -> Void) {
    for plan in 0..<planCount { forRows(of: train(plan), body) }
    forRows(of: predict, body)
  }

  /// Visits the rows of one program.
  public func forRows(of program: Program, _ body: (OpCode, Call) -> Void) {
    var at = 0
    while at < program.wordCount {
      let call = unsafe program.call(
        at: at, constants: constants.base, arena: UnsafeMutableRawPointer(mutating: bytes.base))
      at &+= call.head.words
      guard let opcode = OpCode(rawValue: call.head.opcode) else { return }
      body(opcode, call)
    }
  }
}
