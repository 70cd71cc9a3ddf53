import IR
import Runtime

/// A gradient in another number format, or that of what a mean over whole pictures was taken of. Operands: dy, then those of
/// the epilogue.
public struct GradientCast: GradientWriter {
  public static let name = "gradient_cast"
  public static let opcode = OpCode.gradientCast
  public var epilogue: GradientEpilogue
  /// Height and width of the pictures that dy `[N,1,1,C]` is shared out over; empty where dx has the shape of dy.
  public var size: [Int]

  public init(_ epilogue: GradientEpilogue, size: [Int] = []) {
    self.epilogue = epilogue
    self.size = size
  }

  public init(attributes: Attributes) throws(AttributeError) {
    self.init(try GradientEpilogue(attributes), size: try attributes.ints("size"))
  }

  public var attributes: Attributes { Attributes(epilogue.entries + [("size", .ints(size))]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard let dy = inputs.first else { throw ShapeError(Self.name, "has no operand") }
    try expectGradient(dy)
    guard !size.isEmpty else { return try epilogue.infer(Self.name, dy.shape, inputs[1...]) }
    guard size.count == 2, size.allSatisfy({ $0 > 0 }), dy.rank == 4, dy.shape[1] == 1, dy.shape[2] == 1 else {
      throw ShapeError(Self.name, "cannot share \(dy) out over \(size)")
    }
    return try epilogue.infer(Self.name, [dy.shape[0]] + size + [dy.shape[3]], inputs[1...])
  }

  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[0].dtype == .q8 ? workOfElements(output.count) : nil
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      GradientCastParameters(
        output: epilogue.output(source: inputs[0], output), spread: size.reduce(1, *),
        slots: slots(true, true, false, epilogue.hasMask, epilogue.hasFold, epilogue.hasRange)))
  }

  public static var samples: [Sample] {
    let shape = [2, 3, 5]
    return [DType.f32, .q8, .q16].flatMap { source in
      GradientEpilogue.sampled.flatMap {
        [
          Sample(GradientCast($0), inputs: [TensorType(shape, source)] + $0.sampleOperands(shape)),
          Sample(
            GradientCast($0, size: [2, 3]),
            inputs: [TensorType([2, 1, 1, 5], source)] + $0.sampleOperands([2, 2, 3, 5])),
        ]
      }
    }
  }
}

/// The sum of two gradients of one format. Operands: a, b, then those of the epilogue.
public struct GradientSum: GradientWriter {
  public static let name = "gradient_sum"
  public static let opcode = OpCode.gradientSum
  public var epilogue: GradientEpilogue

  public init(_ epilogue: GradientEpilogue) { self.epilogue = epilogue }
  public init(attributes: Attributes) throws(AttributeError) { epilogue = try GradientEpilogue(attributes) }
  public var attributes: Attributes { Attributes(epilogue.entries) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    guard inputs.count >= 2, inputs[0] == inputs[1] else { throw ShapeError(Self.name, "has \(inputs)") }
    try expectGradient(inputs[0])
    return try epilogue.infer(Self.name, inputs[0].shape, inputs[2...])
  }

  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[0].dtype == .q8 ? workOfElements(output.count) : nil
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      GradientCastParameters(
        output: epilogue.output(source: inputs[0], output),
        slots: slots(true, true, true, epilogue.hasMask, epilogue.hasFold, epilogue.hasRange)))
  }

  public static var samples: [Sample] {
    let shape = [2, 3, 5]
    return [DType.f32, .q8, .q16].flatMap { source in
      GradientEpilogue.sampled.map {
        let types = [TensorType(shape, source), TensorType(shape, source)]
        return Sample(GradientSum($0), inputs: types + $0.sampleOperands(shape))
      }
    }
  }
}

/// The range state of an integer gradient after a step. Operands: state f32 [4], the gradient; see `GradientRange`.
public struct GradientRangeUpdate: IntegerOperator, PlainOperator {
  public static let name = "gradient_range"
  public static let opcode = OpCode.gradientRange
  public static var samples: [Sample] {
    [DType.q8, .q16].map { Sample(GradientRangeUpdate(), TensorType(GradientRange.count), TensorType([3, 5], $0)) }
  }

  public init() {}
  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    guard inputs[0] == TensorType(GradientRange.count), inputs[1].dtype == .q8 || inputs[1].dtype == .q16 else {
      throw ShapeError(Self.name, "has \(inputs)")
    }
    return inputs[0]
  }

  public func tiledWork(_ inputs: [TensorType], _ output: TensorType) -> Int? {
    inputs[1].dtype == .q8 ? workOfElements(inputs[1].count) : nil
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(GradientRangeParameters(count: inputs[1].count, format: GradientFormat(inputs[1].dtype) ?? .q8))
  }
}
