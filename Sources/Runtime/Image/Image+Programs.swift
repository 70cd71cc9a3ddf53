extension Image {
  func check(_ program: Program, _ kind: ProgramKind) throws(ImageError) {
    try checkTensors(program, kind)
    try checkRows(program, kind)
    try checkBindings(program, kind)
  }

  private func checkTensors(_ program: Program, _ kind: ProgramKind) throws(ImageError) {
    for index in 0..<program.tensorCount {
      let tensor = program.tensor(index)
      guard tensor.kind < 1 << 16, let section = tensor.section, tensor.type != nil else {
        throw .tensor(kind, index: index)
      }
      let room: UInt64 =
        switch section {
        case .constants: header.constants.count
        case .arena: header.arenaBytes &- zeroExtended(controlBytes)
        }
      guard tensor.count < UInt32(Int32.max), tensor.offset <= room, tensor.byteCount <= room &- tensor.offset,
        tensor.offset % tensor.alignment == 0
      else { throw .tensor(kind, index: index) }
    }
  }

  private func checkRows(_ program: Program, _ kind: ProgramKind) throws(ImageError) {
    var at = 0
    var row = 0
    while at < program.wordCount {
      if let fault = fault(program, kind, at) { throw .row(kind, index: row, fault) }
      at &+= RowHead(program.word(at), program.word(at &+ 1)).words
      row &+= 1
    }
    guard row == program.rows else { throw .row(kind, index: row, .count) }
  }

  /// What is wrong with the row that starts at word `at`, if anything.
  private func fault(_ program: Program, _ kind: ProgramKind, _ at: Int) -> RowFault? {
    guard program.wordCount &- at >= 2 else { return .outsideTable }
    let first = program.word(at)
    let second = program.word(at &+ 1)
    let operands = Int(first >> 16 & 0xff)
    let room = program.wordCount &- at &- 2
    // Compared before any conversion, which could trap where `Int` has 32 bits.
    guard operands <= room, zeroExtended(second) <= zeroExtended(room &- operands) else { return .outsideTable }
    guard let opcode = OpCode(rawValue: UInt16(truncatingIfNeeded: first)) else { return .unknownOpcode }
    guard isBuilt(opcode) else { return .notBuilt }
    let head = RowHead(first, second)
    guard !head.flags.isDouble, let variant = head.variant, variant == .plain || opcode.hasTiles else {
      return .unknownFlags
    }
    for index in 0..<operands where zeroExtended(program.word(at &+ 2 &+ index)) >= zeroExtended(program.tensorCount) {
      return .operand
    }
    guard operands > 0 else { return .refused }
    // No kernel runs here, so the arena may be any address: this one is never read.
    let call = unsafe program.call(
      at: at, constants: bytes.base, arena: UnsafeMutableRawPointer(mutating: bytes.base))
    guard accepts(opcode, call, tensorCount: program.tensorCount),
      staysInside(opcode, call, program, kind)
    else { return .refused }
    return call.canRun(opcode) ? nil : .notBuilt
  }

  /// Whether a row that reaches beyond its operands stays where the header says: in the page file, which only training
  /// has, and among the samples that the input refers to.
  private func staysInside(_ opcode: OpCode, _ call: Call, _ program: Program, _ kind: ProgramKind) -> Bool {
    if isBuilt(.pageOut), opcode == .pageOut || opcode == .pageIn {
      return kind == .train && call.parameters(PageParameters.self).end.isAtMost(zeroExtended(pageBytes))
    }
    if isBuilt(.sampleCrop), opcode == .sampleCrop {
      return readsInPlace && UInt32(truncatingIfNeeded: call.tensorIndex(1)) == program.header.input
    }
    return true
  }

  private func isInput(_ tensor: TensorRow) -> Bool {
    let limit = zeroExtended(Int32.max)
    guard !readsInPlace else {
      return zeroExtended(header.batch) <= limit / 64 && tensor.type == .u8 && tensor.offset % 8 == 0
        && Int(tensor.count) == SampleReferences.bytes(batch: batch)
    }
    return tensor.type == (header.input.scale == 0 ? .f32 : .i8)
      && zeroExtended(tensor.count) == zeroExtended(header.batch) &* zeroExtended(sampleElements)
  }

  private func checkBindings(_ program: Program, _ kind: ProgramKind) throws(ImageError) {
    let h = program.header
    func tensor(_ index: UInt32, _ binding: Binding) throws(ImageError) -> TensorRow? {
      guard index != ProgramHeader.none else { return nil }
      guard zeroExtended(index) < zeroExtended(program.tensorCount) else { throw .binding(kind, binding) }
      let tensor = program.tensor(Int(index))
      guard tensor.section == .arena, tensor.count > 0 else { throw .binding(kind, binding) }
      return tensor
    }
    guard let input = try tensor(h.input, .input), isInput(input) else { throw .binding(kind, .input) }
    if let labels = try tensor(h.labels, .labels) {
      let perSample = labels.count / header.batch
      guard labels.count % header.batch == 0, labels.type == .f32 || labels.type == .i32 && perSample == 1 else {
        throw .binding(kind, .labels)
      }
    }
    let loss = try tensor(h.loss, .loss)
    guard loss != nil || kind == .predict, loss == nil || loss?.type == .f32 else { throw .binding(kind, .loss) }
    if let correct = try tensor(h.correct, .correct), correct.type != .i32 { throw .binding(kind, .correct) }
    let logits = try tensor(h.logits, .logits)
    guard logits != nil || kind == .train else { throw .binding(kind, .logits) }
    if let logits {
      // Where there are no classes, results are compared with targets number by number.
      let isComparable = classes > 0 || Int(logits.count / header.batch) == header.target.elements
      guard logits.type == .f32, logits.count % header.batch == 0, isComparable else {
        throw .binding(kind, .logits)
      }
    }
  }
}
