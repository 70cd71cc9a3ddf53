import IR
import Runtime

/// An operator over pixels x channels; some operands are pictures, the others hold one value a channel.
protocol ChannelOperator: PlainOperator {
  /// The output first, then the operands: which of them are pictures.
  static var pictures: [Bool] { get }
}

extension ChannelOperator {
  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: Self.pictures.count - 1)
    let x = inputs[0]
    guard let channels = x.shape.last, x.dtype.isFloat else { throw ShapeError(Self.name, "has \(x)") }
    for (type, isPicture) in zip(inputs, Self.pictures.dropFirst()) {
      try expect(type, isPicture ? x.shape : [channels], like: x, "operand")
    }
    return try countable(Self.pictures[0] ? TensorType(x.shape, x.dtype) : TensorType([channels], x.dtype))
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let channels = inputs[0].shape[inputs[0].rank - 1]
    let mask = Self.pictures.enumerated().reduce(UInt32(0)) { $0 | ($1.element ? 1 << UInt32($1.offset) : 0) }
    return words(
      ChannelParameters(
        pixels: inputs[0].count / channels, channels: channels, pictures: mask, tensors: Self.pictures.count))
  }
}

/// y[c] = Σ x[...,c]: the gradient of a bias.
public struct ChannelSum: ChannelOperator {
  public static let name = "channel_sum"
  public static let opcode = OpCode.channelSum
  static let pictures = [false, true]
  public static var samples: [Sample] {
    [Sample(ChannelSum(), TensorType(2, 3, 2, 5)), Sample(ChannelSum(), TensorType(1, 21))]
  }

  public init() {}
}

/// y[c] = Σ a[...,c]·b[...,c]: the gradient of a channel's scale.
public struct ChannelDot: ChannelOperator {
  public static let name = "channel_dot"
  public static let opcode = OpCode.channelDot
  static let pictures = [false, true, true]
  public static var samples: [Sample] {
    [Sample(ChannelDot(), TensorType(2, 3, 2, 5), TensorType(2, 3, 2, 5))]
  }

  public init() {}
}

/// y = x·scale[c] over the last axis. Operands: x, scale.
public struct ChannelScale: ChannelOperator {
  public static let name = "channel_scale"
  public static let opcode = OpCode.channelScale
  static let pictures = [true, true, false]
  public static var samples: [Sample] { [Sample(ChannelScale(), TensorType(2, 1, 3, 5), TensorType(5))] }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }
  public func roles(_ count: Int) -> [OperandRole] { [.activation, .scale] }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [
      needsGradient[0] ? try graph.append(ChannelScale(), outputGradient, node.inputs[1]) : nil,
      needsGradient[1] ? try graph.append(ChannelDot(), outputGradient, node.inputs[0]) : nil,
    ]
  }
}

/// y = x·scale[c] + shift[c] over the last axis: normalization with frozen statistics. Operands: x, scale, shift.
public struct ChannelAffine: ChannelOperator {
  public static let name = "channel_affine"
  public static let opcode = OpCode.channelAffine
  static let pictures = [true, true, false, false]
  public static var samples: [Sample] {
    [
      Sample(ChannelAffine(), TensorType(2, 1, 3, 5), TensorType(5), TensorType(5)),
      Sample(ChannelAffine(), TensorType(1, 1, 1, 1), TensorType(1), TensorType(1)),
    ]
  }

  public init() {}
  public var sharing: Sharing { .mayReuse([0]) }
  public func roles(_ count: Int) -> [OperandRole] { [.activation, .scale, .bias] }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [
      needsGradient[0] ? try graph.append(ChannelScale(), outputGradient, node.inputs[1]) : nil,
      needsGradient[1] ? try graph.append(ChannelDot(), outputGradient, node.inputs[0]) : nil,
      needsGradient[2] ? try graph.append(ChannelSum(), outputGradient) : nil,
    ]
  }
}

/// Channels `range` of the last axis: what a region's gradient needs of an activation.
public struct ChannelSlice: KernelOperator {
  public static let name = "channel_slice"
  public static let opcode = OpCode.channelSlice
  public static var samples: [Sample] { [Sample(ChannelSlice(1..<3), TensorType(1, 2, 3, 4))] }

  public var range: Range<Int>

  public init(_ range: Range<Int>) { self.range = range }

  public init(attributes: Attributes) throws(AttributeError) {
    guard let range = try attributes.region() else {
      throw AttributeError(name: "region", expected: "2 integers")
    }
    self.range = range
  }

  public var attributes: Attributes { Attributes(Attributes.regionEntries(range)) }
  public var timing: Timing { .encodesForBackward }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    guard let channels = x.shape.last, range.upperBound <= channels, x.dtype.isFloat else {
      throw ShapeError(Self.name, "no channels \(range) in \(x)")
    }
    return try countable(TensorType(x.shape.dropLast() + [range.count], x.dtype))
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let channels = inputs[0].shape[inputs[0].rank - 1]
    return words(
      ChannelSliceParameters(pixels: inputs[0].count / channels, channels: channels, range: range))
  }
}
