import IR
import Runtime

/// An operator of batch normalization; operand `picture` is x, the parameters are one value a channel.
protocol BatchNormOperator: KernelOperator {
  /// The output first, then the operands: which of them are pictures.
  static var pictures: [Bool] { get }
  /// Name and value of the attribute: epsilon, or the momentum of running statistics.
  static var attribute: String { get }
  var value: Double { get }
  init(_ value: Double)
}

extension BatchNormOperator {
  static var attribute: String { "epsilon" }

  public init(attributes: Attributes) throws(AttributeError) { self.init(try attributes.float(Self.attribute)) }
  public var attributes: Attributes { Attributes([(Self.attribute, .float(value))]) }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: Self.pictures.count - 1)
    var picture = inputs[0]
    for (type, isPicture) in zip(inputs, Self.pictures.dropFirst()) where isPicture { picture = type }
    guard let channels = picture.shape.last, picture.dtype.isFloat else {
      throw ShapeError(Self.name, "has \(picture)")
    }
    for (type, isPicture) in zip(inputs, Self.pictures.dropFirst()) {
      try expect(type, isPicture ? picture.shape : [channels], like: picture, "operand")
    }
    return try countable(TensorType(Self.pictures[0] ? picture.shape : [channels], picture.dtype))
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let count = inputs.map(\.count).max() ?? 1
    let channels = inputs[0].shape[inputs[0].rank - 1]
    let mask = Self.pictures.enumerated().reduce(UInt32(0)) { $0 | ($1.element ? 1 << UInt32($1.offset) : 0) }
    let shape = ChannelParameters(
      pixels: count / channels, channels: channels, pictures: mask, tensors: Self.pictures.count)
    return words(BatchNormParameters(channels: shape, epsilon: Float(value)))
  }
}

/// Batch normalization with the statistics of the batch. Operands: x, γ, β.
public struct BatchNorm: BatchNormOperator {
  public static let name = "batch_norm"
  public static let opcode = OpCode.batchNorm
  static let pictures = [true, true, false, false]
  public static var samples: [Sample] {
    [
      Sample(BatchNorm(1e-3), TensorType(2, 3, 2, 5), TensorType(5), TensorType(5)),
      Sample(BatchNorm(1e-3), TensorType(4, 1, 1, 1), TensorType(1), TensorType(1)),
      Sample(BatchNorm(1e-2), TensorType(3, 2, 1, 17), TensorType(17), TensorType(17)),
    ]
  }

  public let value: Double
  public init(_ value: Double) { self.value = value }
  public func roles(_ count: Int) -> [OperandRole] { [.activation, .scale, .bias] }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let (x, gamma) = (node.inputs[0], node.inputs[1])
    return [
      needsGradient[0] ? try graph.append(BatchNormGrad(value), outputGradient, x, gamma) : nil,
      needsGradient[1] ? try graph.append(BatchNormGradScale(value), outputGradient, x) : nil,
      needsGradient[2] ? try graph.append(ChannelSum(), outputGradient) : nil,
    ]
  }
}

/// dx of batch normalization. Operands: dy, x, γ.
public struct BatchNormGrad: BatchNormOperator {
  public static let name = "batch_norm_grad"
  public static let opcode = OpCode.batchNormGrad
  static let pictures = [true, true, true, false]
  public static var samples: [Sample] {
    [Sample(BatchNormGrad(1e-3), TensorType(2, 3, 2, 5), TensorType(2, 3, 2, 5), TensorType(5))]
  }

  public let value: Double
  public init(_ value: Double) { self.value = value }
}

/// dγ of batch normalization. Operands: dy, x.
public struct BatchNormGradScale: BatchNormOperator {
  public static let name = "batch_norm_grad_scale"
  public static let opcode = OpCode.batchNormGradScale
  static let pictures = [false, true, true]
  public static var samples: [Sample] {
    [Sample(BatchNormGradScale(1e-3), TensorType(2, 3, 2, 5), TensorType(2, 3, 2, 5))]
  }

  public let value: Double
  public init(_ value: Double) { self.value = value }
}

/// Share of a batch's statistics in the running ones where a file does not say it: 1 − 0.9.
private let usualMomentum = 0.1

/// Batch normalization with running statistics, for prediction. Operands: x, γ, β, mean, variance.
public struct BatchNormInference: BatchNormOperator {
  public static let name = "batch_norm_inference"
  public static let opcode = OpCode.batchNormInference
  static let pictures = [true, true, false, false, false, false]
  public static var samples: [Sample] {
    let channel = TensorType(5)
    return [
      Sample(
        BatchNormInference(1e-3), TensorType(2, 3, 2, 5), channel, channel, channel, channel, range: 0.5...1),
      Sample(
        BatchNormInference(1e-3, momentum: 0.25), TensorType(2, 5), channel, channel, channel, channel, range: 0.5...1),
    ]
  }

  public let value: Double
  /// Share of a batch's statistics in the running ones, once they are trained.
  public let momentum: Double
  public init(_ value: Double) { self.init(value, momentum: usualMomentum) }

  public init(_ value: Double, momentum: Double) {
    self.value = value
    self.momentum = momentum
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      attributes.float(Self.attribute),
      momentum: attributes["momentum"] == nil ? usualMomentum : attributes.float("momentum"))
  }

  public var attributes: Attributes {
    Attributes(
      [(Self.attribute, .float(value))] + (momentum == usualMomentum ? [] : [("momentum", .float(momentum))]))
  }

  public func roles(_ count: Int) -> [OperandRole] { [.activation, .scale, .bias, .activation, .activation] }
  public var sharing: Sharing { .mayReuse([0]) }
}

/// Batch normalization whose statistics training leaves as they are. Operands: x, γ, β, mean, variance.
public struct FixedBatchNorm: BatchNormOperator {
  public static let name = "fixed_batch_norm"
  public static let opcode = OpCode.batchNormInference
  static let pictures = BatchNormInference.pictures
  public static var samples: [Sample] {
    BatchNormInference.samples.map { Sample(Self(1e-3), inputs: $0.inputs, range: $0.range) }
  }

  public let value: Double
  public init(_ value: Double) { self.value = value }
  public func roles(_ count: Int) -> [OperandRole] { [.activation, .scale, .bias, .activation, .activation] }
  public var sharing: Sharing { .mayReuse([0]) }

  /// The statistics.
  public func nonDifferentiableOperands(_ count: Int) -> Set<Int> { [3, 4] }

  /// dx = γ/σ · dy, dγ = Σ dy·(x − mean)/σ and dβ = Σ dy: the first two are normalizations themselves.
  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    let (x, gamma, mean, variance) = (node.inputs[0], node.inputs[1], node.inputs[3], node.inputs[4])
    var gradients = [ValueID?](repeating: nil, count: 5)
    if needsGradient[0] {
      let zeros = graph.filled(0, graph.type(gamma))
      gradients[0] = try graph.append(self, outputGradient, gamma, zeros, zeros, variance)
    }
    if needsGradient[1] {
      let (ones, zeros) = (graph.filled(1, graph.type(gamma)), graph.filled(0, graph.type(gamma)))
      let normalized = try graph.append(self, x, ones, zeros, mean, variance)
      gradients[1] = try graph.append(ChannelDot(), outputGradient, normalized)
    }
    if needsGradient[2] { gradients[2] = try graph.append(ChannelSum(), outputGradient) }
    return gradients
  }
}

extension Graph {
  /// A constant of one value, which gradients of the same shape share.
  fileprivate mutating func filled(_ value: Float, _ type: TensorType) -> ValueID {
    let bytes =
      type.dtype == .f64
      ? [Double](repeating: Double(value), count: type.count).withUnsafeBytes { [UInt8]($0) }
      : [Float](repeating: value, count: type.count).withUnsafeBytes { [UInt8]($0) }
    let base = "filled:\(Int(value)):\(type.count)"
    var (name, number) = (base, 2)
    while let known = self.value(named: name) {
      if let constant = constant(known), !isVariable(known), constant.type == type, constant.bytes() == bytes {
        return known
      }
      name = "\(base).\(number)"
      number += 1
    }
    return constant(name, Constant(type, bytes: bytes))
  }
}

/// state ← (1 - momentum)·state + momentum·mean of the batch. Operands: state, x.
public struct RunningMean: BatchNormOperator {
  public static let name = "running_mean"
  public static let opcode = OpCode.runningMean
  static let pictures = [false, false, true]
  static let attribute = "momentum"
  public static var samples: [Sample] { [Sample(RunningMean(0.1), TensorType(5), TensorType(2, 3, 2, 5))] }

  public let value: Double
  public init(_ value: Double) { self.value = value }
  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }
}

/// state ← (1 - momentum)·state + momentum·unbiased variance of the batch. Operands: state, x.
public struct RunningVariance: BatchNormOperator {
  public static let name = "running_variance"
  public static let opcode = OpCode.runningVariance
  static let pictures = [false, false, true]
  static let attribute = "momentum"
  public static var samples: [Sample] { [Sample(RunningVariance(0.1), TensorType(5), TensorType(2, 3, 2, 5))] }

  public let value: Double
  public init(_ value: Double) { self.value = value }
  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }
}
