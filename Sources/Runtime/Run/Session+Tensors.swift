/// Where the samples of one run go.
public struct BatchBuffers {
  /// batch x height x width x channels; empty where samples are read where they lie.
  public let input: SampleBuffer
  /// Where those samples are listed.
  let references: SampleReferences?
  /// One class a sample, where the loss has classes.
  public let classes: Elements<Int32>?
  /// Targets of all samples, where the loss compares numbers.
  public let targets: Elements<Float>?
  public let batch: Int
  public let sampleElements: Int
  /// How the arena keeps a sample.
  let array: PlanArray
  /// Of the target of one sample.
  let targetShape: ArrayShape

  /// Gives sample `index`, which begins at a byte; where samples are read where they lie, it must stay there until the
  /// program has run. Its numbers must have been looked at.
  func put(_ index: Int, _ form: SampleForm, _ bytes: Bytes, at start: Int, _ placement: Placement = Placement()) {
    let steps = array.steps(isOwnOrder: form.isOwnOrder)
    if isBuilt(.sampleCrop), let references { return references.set(index, form, steps, bytes, at: start, placement) }
    form.array.copy(bytes, at: start, to: input.from(index &* sampleElements), steps, placement)
  }

  /// Gives zeros for sample `index`.
  func clear(_ index: Int) {
    if isBuilt(.sampleCrop), let references { return references.clear(index) }
    let sample = input.from(index &* sampleElements)
    for element in 0..<sampleElements { sample[element] = 0 }
  }
}

extension Session {
  /// Input and label buffers of a program, that of the next step for `train`; they hold until it has run.
  public func batch(_ kind: ProgramKind) -> BatchBuffers {
    let program = kind == .train ? image.train(plan) : image.predict
    let labels = program.header.labels
    let row = labels == ProgramHeader.none ? nil : program.tensor(Int(labels))
    return BatchBuffers(
      input: samples(program.tensor(Int(program.header.input))),
      references: unsafe sampleMemory.map {
        unsafe SampleReferences($0, arena.elements(program.tensor(Int(program.header.input))))
      },
      classes: row?.type == .i32 ? row.map { arena.elements($0) } : nil,
      targets: row?.type == .f32 ? row.map { arena.elements($0) } : nil, batch: image.batch,
      sampleElements: image.sampleElements, array: image.header.input,
      targetShape: image.header.target.shape)
  }

  private func samples(_ row: TensorRow) -> SampleBuffer {
    let array = image.header.input
    if image.readsInPlace { return SampleBuffer(arena.elements(row).first(0)) }
    guard array.scale > 0 else { return SampleBuffer(arena.elements(row)) }
    return SampleBuffer(arena.elements(row), Quantizer(scale: array.scale, zeroPoint: array.zeroPoint))
  }

  /// Results of the last run, batch x outputs; nil where the training program gives none.
  public func logits(_ kind: ProgramKind) -> Elements<Float>? {
    let program = kind == .train ? image.train(lastPlan) : image.predict
    guard program.header.logits != ProgramHeader.none else { return nil }
    return arena.elements(program.tensor(Int(program.header.logits)))
  }

  /// Mean loss of the last step.
  public var loss: Float {
    let program = image.train(lastPlan)
    return arena.elements(program.tensor(Int(program.header.loss)), as: Float.self)[0]
  }

  /// Present value of a variable of element type `f32`; nil for other types.
  public func variable(_ index: Int) -> Elements<Float>? {
    let row = image.train.tensor(Int(image.variable(index).tensor))
    return row.type == .f32 ? arena.elements(row) : nil
  }

  /// Present value of a variable of integers; nil for other types.
  public func integers(_ index: Int) -> VariableIntegers? {
    let row = image.train.tensor(Int(image.variable(index).tensor))
    switch row.type {
    case .i8: return .i8(arena.elements(row))
    case .i32: return .i32(arena.elements(row))
    default: return nil
    }
  }
}

/// A variable of integers: weights, or biases.
public enum VariableIntegers {
  case i8(Elements<Int8>)
  case i32(Elements<Int32>)
}

extension Call {
  /// Operand `index` where it is a tensor of `f32`.
  public func floats(_ index: Int) -> Elements<Float>? {
    guard index < head.operands, tensor(index).type == .f32 else { return nil }
    return elements(index)
  }
}
