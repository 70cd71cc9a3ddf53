import IR
import Runtime

/// Adds borders; `pads` holds the amounts in front of all axes, then behind all axes; negative amounts cut off.
public struct Pad: KernelOperator {
  public static let name = "pad"
  public static let opcode = OpCode.pad
  public static var samples: [Sample] {
    [
      Sample(Pad(pads: [2, 1]), TensorType(5)),
      Sample(Pad(pads: [0, 1, 2, 0, 0, 2, 1, 0], value: 3), TensorType(2, 3, 2, 5)),
      Sample(Pad(pads: [1, -1, 0, 3]), TensorType(2, 4)),
      Sample(Pad(pads: [0, 2, 1, 0, 1, 3], mode: .reflect), TensorType(2, 4, 5)),
      Sample(Pad(pads: [3, 4], mode: .edge), TensorType(5)),
      Sample(Pad(pads: [1, 2, 0, 1, 2, 0], mode: .wrap), TensorType(2, 3, 2)),
      Sample(Pad(pads: [0, 1, 0, 2, 0, 0, 0, 1, 0, 1], mode: .edge), TensorType(2, 3, 2, 3, 2)),
    ]
  }

  public let pads: [Int]
  public let value: Double
  public let mode: PadMode

  public init(pads: [Int], value: Double = 0, mode: PadMode = .constant) {
    self.pads = pads
    self.value = value
    self.mode = mode
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      pads: attributes.ints("pads"), value: attributes.float("value"), mode: PadMode(attributes: attributes))
  }

  public var attributes: Attributes {
    ["pads": .ints(pads), "value": .float(value), "mode": .string(mode.text)]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let x = try only(inputs)
    try expectFloat(x)
    try expectRank(x.shape)
    return x.with(shape: try padded(x.shape))
  }

  public func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard needsGradient[0] else { return [nil] }
    guard mode != .constant else { return [try graph.append(Pad(pads: pads.map { -$0 }), outputGradient)] }
    return [try graph.append(PadGrad(shape: graph.type(node.inputs[0]).shape, pads: pads, mode: mode), outputGradient)]
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(parameters(inputs[0].shape, output.shape))
  }

  fileprivate func padded(_ shape: [Int]) throws(ShapeError) -> [Int] {
    guard pads.count == 2 * shape.count, pads.allSatisfy({ $0.magnitude < 1 << 29 }) else {
      throw ShapeError(Self.name, "pads \(pads) do not fit shape \(shape)")
    }
    let result = shape.indices.map { shape[$0] + pads[$0] + pads[$0 + shape.count] }
    guard result.allSatisfy({ $0 > 0 }) else { throw ShapeError(Self.name, "pads \(pads) leave nothing of \(shape)") }
    return result
  }

  fileprivate func parameters(_ input: [Int], _ output: [Int]) -> PadParameters {
    PadParameters(
      input: makeIndexSpace(input), output: makeIndexSpace(output),
      before: six(Array(pads.prefix(input.count)), fill: 0),
      mode: mode, value: Float(value))
  }
}

/// For each element of a tensor of `shape` the sum of the operand over the places that `Pad` copied it to.
public struct PadGrad: KernelOperator {
  public static let name = "pad_grad"
  public static let opcode = OpCode.padGrad
  public static var samples: [Sample] {
    [Sample(PadGrad(shape: [5], pads: [2, 1], mode: .reflect), TensorType(8))]
  }

  public let shape: [Int]
  public let pads: [Int]
  public let mode: PadMode

  public init(shape: [Int], pads: [Int], mode: PadMode) {
    self.shape = shape
    self.pads = pads
    self.mode = mode
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      shape: attributes.shape, pads: attributes.ints("pads"), mode: PadMode(attributes: attributes))
  }

  public var attributes: Attributes {
    ["shape": .ints(shape), "pads": .ints(pads), "mode": .string(mode.text)]
  }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let dy = try only(inputs)
    try expectFloat(dy)
    try expectRank(shape)
    guard try pad.padded(shape) == dy.shape else { throw ShapeError(Self.name, "\(dy) is no padded \(shape)") }
    return dy.with(shape: shape)
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(PadGradParameters(pad.parameters(shape, inputs[0].shape)))
  }

  private var pad: Pad { Pad(pads: pads, mode: mode) }
}

extension PadMode {
  /// The word for it in the text form, which is that of ONNX.
  var text: String {
    switch self {
    case .constant: "constant"
    case .reflect: "reflect"
    case .edge: "edge"
    case .wrap: "wrap"
    }
  }

  init(attributes: Attributes) throws(AttributeError) {
    let text = try attributes.string("mode")
    guard let mode = [PadMode.constant, .reflect, .edge, .wrap].first(where: { $0.text == text }) else {
      throw AttributeError(name: "mode", expected: "constant, reflect, edge or wrap")
    }
    self = mode
  }
}
