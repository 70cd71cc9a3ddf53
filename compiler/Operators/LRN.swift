import IR
import Runtime

/// y = x / (bias + alpha/size · Σ x²)^beta: local response normalization over the last axis, as ONNX defines it.
///
/// The sum runs over the channels c − ⌊(size−1)/2⌋ ... c + ⌈(size−1)/2⌉ that exist.
public struct LRN: KernelOperator {
  public static let name = "lrn"
  public static let opcode = OpCode.localResponseNorm

  public var size: Int
  public var alpha: Double
  public var beta: Double
  public var bias: Double

  public init(size: Int, alpha: Double = 0.0001, beta: Double = 0.75, bias: Double = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      size: attributes.int("size"), alpha: attributes.float("alpha"), beta: attributes.float("beta"),
      bias: attributes.float("bias"))
  }

  public var attributes: Attributes {
    ["size": .int(size), "alpha": .float(alpha), "beta": .float(beta), "bias": .float(bias)]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    guard x.rank > 0, size > 0, size < 1 << 30 else { throw ShapeError(Self.name, "no windows of \(size) in \(x)") }
    return try countable(x)
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    [needsGradient[0] ? try graph.append(LRNGrad(self), outputGradient, node.inputs[0]) : nil]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(LocalResponseNormParameters(window(output)))
  }

  func window(_ x: TensorType) -> ResponseWindow {
    let channels = x.shape[x.rank - 1]
    return ResponseWindow(
      pixels: x.count / channels, channels: channels, size: size, alpha: alpha, beta: beta, bias: bias)
  }

  public static var samples: [Sample] {
    [
      Sample(LRN(size: 5, alpha: 0.5, beta: 0.75, bias: 2), TensorType(2, 2, 1, 9)),
      Sample(LRN(size: 2, alpha: 1, beta: 0.5, bias: 1), TensorType(3, 4)),
      Sample(LRN(size: 3), TensorType(1, 1, 1, 1)),
      Sample(LRN(size: 9, alpha: 2, beta: 1.5, bias: 0.5), TensorType(2, 3)),
    ]
  }
}

/// dx of a local response normalization. Operands: dy, x.
public struct LRNGrad: KernelOperator {
  public static let name = "lrn_grad"
  public static let opcode = OpCode.localResponseNormGrad

  public var forward: LRN

  public init(_ forward: LRN) { self.forward = forward }
  public init(attributes: Attributes) throws(AttributeError) { forward = try LRN(attributes: attributes) }
  public var attributes: Attributes { forward.attributes }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    try expect(inputs, count: 2)
    guard inputs[0] == inputs[1] else { throw ShapeError(Self.name, "\(inputs[0]) is no gradient of \(inputs[1])") }
    return try forward.infer([inputs[1]])
  }

  public func scratchBytes(_ inputs: [TensorType], _ output: TensorType) -> Int {
    16 * output.shape[output.rank - 1]  // a power and a term for each channel, as doubles
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(LocalResponseNormGradParameters(forward.window(output)))
  }

  public static var samples: [Sample] {
    [Sample(LRNGrad(LRN(size: 4, alpha: 0.5, beta: 0.75, bias: 2)), TensorType(2, 1, 7), TensorType(2, 1, 7))]
  }
}
