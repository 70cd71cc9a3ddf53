import IR
import Operators

/// A small classifier [2, 6, 6, 3] → "logits" [2, 3] with what real ones have: residuals, depthwise layers, gates,
/// batch normalization, pooling, concatenation; weights are constants.
func randomNetwork(seed: UInt64) throws -> Graph {
  var maker = NetworkMaker(seed: seed)
  return try maker.network()
}

private struct NetworkMaker {
  private var graph = Graph()
  private var generator: SeededGenerator
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    generator = SeededGenerator(seed: seed)
  }

  mutating func network() throws -> Graph {
    let x = graph.input("x", TensorType(2, 6, 6, 3))
    var value = try activation(conv("stem", x, outputs: 4, kernel: 3))
    for block in 0..<Int.random(in: 1...4, using: &generator) { value = try self.block("blocks.\(block).", value) }
    let mean = try graph.append(Reduce(axes: [1, 2], scale: 1.0 / 36), value)
    let head = try conv("head", mean, outputs: 3, kernel: 1)
    graph.outputs = [("logits", try graph.append(Reshape(shape: [2, 3]), head))]
    return graph
  }

  private mutating func block(_ name: String, _ x: ValueID) throws -> ValueID {
    let channels = graph.type(x).shape[3]
    let same = Sliding(pads: [1, 1, 1, 1])
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:  // inverted residual
      let wide = try activation(conv(name + "expand", x, outputs: 2 * channels, kernel: 1))
      let weight = constant(name + "dw.weight", [1, 3, 3, 2 * channels])
      let depthwise = try graph.append(
        DepthwiseConv(same, hasBias: true), wide, weight, constant(name + "dw.bias", [2 * channels]))
      return try graph.append(Add(), conv(name + "pw", activation(depthwise), outputs: channels, kernel: 1), x)
    case 1:  // gate
      let mean = try graph.append(Reduce(axes: [1, 2], scale: 1.0 / 36), x)
      let gate = try graph.append(Sigmoid(), conv(name + "pw", mean, outputs: channels, kernel: 1))
      return try graph.append(Mul(), x, gate)
    case 2:
      let operands = [x] + ["gamma", "beta", "mean"].map { constant(name + $0, [channels]) }
      let variance = graph.constant(
        name + "variance", Constant(TensorType(channels), floats: Array(repeating: 0.5, count: channels)))
      return try activation(graph.append(BatchNormInference(1e-5), operands + [variance]))
    case 3: return try graph.append(MaxPool(Pooling(kernel: [3, 3], same)), x)
    case 4:
      let other = try activation(conv(name + "pw", x, outputs: 2, kernel: 3))
      return try graph.append(Concat(axis: 3), x, other)
    default:  // swish, its input read twice
      let y = try conv(name + "pw", x, outputs: channels, kernel: 3)
      return try graph.append(Mul(), y, graph.append(Sigmoid(), y))
    }
  }

  private mutating func conv(_ name: String, _ x: ValueID, outputs: Int, kernel: Int) throws -> ValueID {
    let pad = kernel / 2
    let weight = constant(name + ".weight", [outputs, kernel, kernel, graph.type(x).shape[3]])
    let bias = constant(name + ".bias", [outputs])
    return try graph.append(Conv(Sliding(pads: [pad, pad, pad, pad]), hasBias: true), x, weight, bias)
  }

  private mutating func activation(_ x: ValueID) throws -> ValueID {
    let choices: [any Operator] = [Relu(), Clip(min: 0, max: 0.5), LeakyRelu(alpha: 0.2), HardSwish(), Tanh()]
    return try graph.append(choices.randomElement(using: &generator)!, x)
  }

  private mutating func constant(_ name: String, _ shape: [Int]) -> ValueID {
    graph.constant(name, Constant(TensorType(shape), uniform: 0.5, seed: seed, name: name))
  }
}
