import IR
import Operators

/// Layers that can be computed in patches, with sizes, strides, padding and dilations that leave odd borders.
struct PatchNetwork {
  private var graph = Graph()
  private var generator: SeededGenerator
  private let isInteger: Bool

  /// An input of 2 pictures, a few layers, and as output their result rounded off by a global sum.
  static func random(seed: UInt64, isInteger: Bool) throws -> Graph {
    var maker = PatchNetwork(generator: SeededGenerator(seed: seed), isInteger: isInteger)
    return try maker.network()
  }

  private init(generator: SeededGenerator, isInteger: Bool) {
    self.generator = generator
    self.isInteger = isInteger
  }

  private mutating func network() throws -> Graph {
    let shape = [2, Int.random(in: 9...17, using: &generator), Int.random(in: 9...17, using: &generator), 3]
    var value = graph.input("x", isInteger ? .activation(shape, scale: 0.02, zeroPoint: 4) : TensorType(shape))
    for layer in 0..<Int.random(in: 2...5, using: &generator) { value = try self.layer("layers.\(layer)", value) }
    let mask: any Operator = isInteger ? QuantizedMask(low: -100, high: 100) : BitMask(low: 0, high: 1)
    graph.outputs = [("y", try graph.append(mask, value)), ("last", value)]
    return graph
  }

  private mutating func layer(_ name: String, _ x: ValueID) throws -> ValueID {
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: return try pooled(x)
    case 5:  // two branches side by side
      let y = try conv(name + ".a", x, outputs: 3, keepsSize: true)
      let z = try conv(name + ".b", x, outputs: 2, keepsSize: true)
      return try graph.append(isInteger ? QuantizedConcat(Concat(axis: 3)) : Concat(axis: 3), y, z)
    case 1:  // a residual, whose operands need different boxes
      let y = try conv(name + ".a", x, outputs: graph.type(x).shape[3], keepsSize: true)
      return try graph.append(isInteger ? QuantizedAdd(output: output) : Add(), y, x)
    case 2: return try depthwise(name, x)
    default:
      let y = try conv(name, x, outputs: Int.random(in: 1...5, using: &generator), keepsSize: false)
      return isInteger ? y : try graph.append(Relu(), y)
    }
  }

  private var output: QuantizedOutput { QuantizedOutput(scale: 0.05, zeroPoint: -3, low: -120, high: 110) }

  private mutating func sliding(_ kernel: [Int], keepsSize: Bool) -> Sliding {
    if keepsSize { return Sliding(pads: [kernel[0] / 2, kernel[1] / 2, kernel[0] / 2, kernel[1] / 2]) }
    return Sliding(
      strides: [Int.random(in: 1...2, using: &generator), Int.random(in: 1...2, using: &generator)],
      pads: (0..<4).map { _ in Int.random(in: 0...1, using: &generator) },
      dilations: [Int.random(in: 1...2, using: &generator), 1])
  }

  private mutating func pooled(_ x: ValueID) throws -> ValueID {
    guard graph.type(x).shape[1...2].min()! > 4 else { return x }
    let pooling = Pooling(kernel: [2, 3], Sliding(strides: [1, 2], pads: [0, 1, 1, 1]))
    if Bool.random(using: &generator) {
      return try graph.append(
        isInteger
          ? QuantizedPool(pooling, output: output)
          : AveragePool(pooling, countsPadding: Bool.random(using: &generator)), x)
    }
    return try graph.append(isInteger ? QuantizedMaxPool(pooling) : MaxPool(pooling), x)
  }

  private mutating func conv(_ name: String, _ x: ValueID, outputs: Int, keepsSize: Bool) throws -> ValueID {
    let kernel =
      keepsSize ? [3, 3] : [Int.random(in: 1...3, using: &generator), Int.random(in: 1...3, using: &generator)]
    let sliding = fitting(sliding(kernel, keepsSize: keepsSize), kernel, x)
    let shape = [outputs] + kernel + [graph.type(x).shape[3]]
    guard isInteger else { return try graph.append(Conv(sliding), x, constant(name, TensorType(shape))) }
    return try integer(name, QuantizedConv(sliding, hasBias: true, output: output), x, shape, axis: 0)
  }

  private mutating func depthwise(_ name: String, _ x: ValueID) throws -> ValueID {
    let sliding = fitting(sliding([3, 3], keepsSize: false), [3, 3], x)
    let shape = [1, 3, 3, graph.type(x).shape[3]]
    guard isInteger else { return try graph.append(DepthwiseConv(sliding), x, constant(name, TensorType(shape))) }
    return try integer(name, QuantizedDepthwise(sliding, hasBias: true, output: output), x, shape, axis: 3)
  }

  /// Without steps where the picture has become too small for them.
  private func fitting(_ sliding: Sliding, _ kernel: [Int], _ x: ValueID) -> Sliding {
    let shape = graph.type(x).shape
    guard zip(shape[1...2], kernel).contains(where: { $0 < 2 * $1 + 2 }) else { return sliding }
    return Sliding(pads: [kernel[0] / 2, kernel[1] / 2, kernel[0] / 2, kernel[1] / 2])
  }

  private mutating func integer(
    _ name: String, _ op: any Operator, _ x: ValueID, _ shape: [Int], axis: Int
  ) throws -> ValueID {
    let count = shape[axis]
    let scales = (0..<count).map { _ in Float.random(in: 0.01...0.05, using: &generator) }
    let input = graph.type(x).activation!.scale
    let operands = [
      x, constant(name + ".w", .weight(shape, scales: scales, axis: axis)),
      graph.constant(name + ".m", requantization(input: input, weights: scales, output: output.scale)),
      graph.constant(name + ".b", Constant(TensorType([count], .i32), bytes: Array(repeating: 0, count: 4 * count))),
    ]
    return try graph.append(op, operands)
  }

  private mutating func constant(_ name: String, _ type: TensorType) -> ValueID {
    let bytes =
      type.dtype == .i8
      ? (0..<type.count).map { _ in UInt8(bitPattern: Int8.random(in: -127...127, using: &generator)) }
      : (0..<type.count).flatMap { _ in
        withUnsafeBytes(of: Float.random(in: -0.5...0.5, using: &generator)) { Array($0) }
      }
    return graph.constant(name, Constant(type, bytes: bytes))
  }
}
