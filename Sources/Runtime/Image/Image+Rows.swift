extension Image {
  /// Visits the rows of both programs in order; what they are called with may be looked at, not run.
  public func forRows(_ body: (OpCode, Call) -> Void) {
    forRows(of: train, body)
    forRows(of: predict, body)
  }

  private func forRows(of program: Program, _ body: (OpCode, Call) -> Void) {
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
