import IR
import Operators
import Runtime

extension Graph {
  /// Fuses Dequantize, a layer and Quantize into an integer layer: convolutions, additions, global means,
  /// requantizations, with a clipping activation function as their clamp. Anything else stays float between the two.
  public func fusingIntegerLayers() throws(ShapeError) -> Graph {
    var copies: [BiasCopy] = []
    return try fusingIntegerLayers(&copies)
  }

  /// - Parameter copies: is told the biases that several layers share, each of which has units of its own.
  public func fusingIntegerLayers(_ copies: inout [BiasCopy]) throws(ShapeError) -> Graph {
    var fusion = Fusion(self)
    for id in ids { try fusion.add(id) }
    let graph = try fusion.rewriter.finish().pruned()
    copies = fusion.copies.filter { graph.value(named: $0.name) != nil }
    return graph
  }
}

/// A bias that layers of integers share, in the units of one of them.
public struct BiasCopy: Hashable, Sendable {
  public let name: String
  /// Name of the bias that they share.
  public let source: String
  /// Name of the layer in float.
  public let reader: String
}

private struct Fusion {
  let graph: Graph
  var rewriter: Rewriter
  private(set) var copies: [BiasCopy] = []
  private var users: [Int]
  private var names: Set<String>

  init(_ graph: Graph) {
    self.graph = graph
    rewriter = Rewriter(graph)
    names = Set(graph.values.map(\.name))
    users = Array(repeating: 0, count: graph.values.count)
    for node in graph.nodes { for operand in node.inputs { users[operand.index] += 1 } }
    for output in graph.outputs { users[output.value.index] += 1 }
  }

  mutating func add(_ id: ValueID) throws(ShapeError) {
    if let node = graph.node(id), let quantize = node.op as? Quantize,
      let layer = try integerLayer(node.inputs[0], quantize, name: graph[id].name)
    {
      rewriter[id] = layer
    } else {
      try rewriter.copy(id)
    }
  }

  private mutating func integerLayer(
    _ result: ValueID, _ quantize: Quantize, name: String
  ) throws(ShapeError) -> ValueID? {
    let tail = tail(behind: result)
    var output = QuantizedOutput(scale: quantize.scale, zeroPoint: quantize.zeroPoint)
    output.low = integer(tail.low, quantize, -128)
    output.high = integer(tail.high, quantize, 127)
    guard output.low <= output.high, let node = graph.node(tail.value),
      node.op is Dequantize || users[tail.value.index] == 1
    else { return nil }
    guard !tail.moves.isEmpty else { return try integerLayer(node, output, name: name) }
    // Quantizing first and moving then is the same: quantization commutes with what moves elements.
    guard let layer = try integerLayer(node, output, name: graph[node.output].name) else { return nil }
    var value = try rewriter.graph.append(Dequantize(), layer)
    for op in tail.moves.reversed() { value = try rewriter.graph.append(op, value) }
    return try rewriter.graph.append(quantize, value, name: name)
  }

  /// What lies between a layer and the quantization of its result, the last first.
  private struct Tail {
    var value: ValueID
    var low = -Double.infinity
    var high = Double.infinity
    /// Operations that move elements, or take the largest of some.
    var moves: [any Operator] = []
  }

  /// Follows activation functions that clip, in any number, and operations that quantization commutes with.
  private func tail(behind result: ValueID) -> Tail {
    var tail = Tail(value: result)
    while users[tail.value.index] == 1, let node = graph.node(tail.value) {
      if let (before, low, high) = activation(tail.value) {
        // A later clip clips the bounds of an earlier one.
        (tail.low, tail.high) = (max(tail.low, min(low, tail.high)), min(tail.high, max(high, tail.low)))
        tail.value = before
      } else if moves(node) {
        tail.moves.append(node.op)
        tail.value = node.inputs[0]
      } else {
        break
      }
    }
    return tail
  }

  /// Whether an operation only moves elements of what a layer computes, not of integers that lie there already.
  private func moves(_ node: Node) -> Bool {
    guard node.op is Transpose || node.op is Reshape || node.op is Slice || node.op is MaxPool else { return false }
    var id = node.inputs[0]
    while let before = graph.node(id), before.op is Reshape { id = before.inputs[0] }
    return !(graph.node(id)?.op is Dequantize)
  }

  private mutating func integerLayer(
    _ node: Node, _ output: QuantizedOutput, name: String
  ) throws(ShapeError) -> ValueID? {
    let value = node.output
    let inputs = try node.inputs.map { (id) throws(ShapeError) in try activationOperand(id) }
    switch node.op {
    case is Dequantize:
      guard let x = try activationOperand(value) else { return nil }
      return try requantized(x, output, name: name)
    case is Add:
      guard let a = inputs[0], let b = inputs[1], rewriter.graph.type(a).shape == rewriter.graph.type(b).shape else {
        return nil
      }
      return try rewriter.graph.append(QuantizedAdd(output: output), a, b, name: name)
    case let op as AveragePool:
      guard let x = inputs[0], op.hasOneDivisor, isExactInAFloat(cells: op.pooling.kernel) else { return nil }
      return try rewriter.graph.append(QuantizedPool(op.pooling, output: output), x, name: name)
    case let op as MaxPool:
      guard let x = inputs[0] else { return nil }
      return try requantized(rewriter.graph.append(QuantizedMaxPool(op.pooling), x), output, name: name)
    case let op as Concat:
      let parts = inputs.compactMap(\.self)
      guard parts.count == inputs.count else { return nil }
      let alike = try parts.map { (x) throws(ShapeError) in try requantized(x, output, name: "") }
      return try rewriter.graph.append(QuantizedConcat(op), alike, name: name)
    case let op as Reduce:
      guard let x = inputs[0], op.isGlobalMean(of: rewriter.graph.type(x)),
        isExactInAFloat(cells: Array(rewriter.graph.type(x).shape[1...2]))
      else { return nil }
      let mean = try rewriter.graph.append(
        QuantizedPool(over: rewriter.graph.type(x), output: output), x, name: name)
      return op.keepDims ? mean : try rewriter.graph.append(Reshape(shape: graph.type(value).shape), mean, name: name)
    case is Reshape:
      guard let x = inputs[0], output == unchanged(x) else { return nil }
      return try rewriter.graph.append(node.op, x, name: name)
    case let op as Conv where op.region == nil:
      let form = QuantizedConv(op.sliding, groups: op.groups, hasBias: op.hasBias, output: output)
      return try layer(node, form, inputs[0], axis: 0, name)
    case let op as DepthwiseConv
    where op.region == nil && graph.type(node.inputs[1]).shape[1...2].reduce(1, *) <= safeProducts:
      let form = QuantizedDepthwise(op.sliding, hasBias: op.hasBias, output: output)
      return try layer(node, form, inputs[0], axis: 3, name)
    default: return nil
    }
  }

  /// Requantizes to another scale, zero point or range, where those differ.
  private mutating func requantized(
    _ x: ValueID, _ output: QuantizedOutput, name: String
  ) throws(ShapeError) -> ValueID {
    output == unchanged(x) ? x : try rewriter.graph.append(Requantize(output: output), x, name: name)
  }

  /// The output that a value already is.
  private func unchanged(_ x: ValueID) -> QuantizedOutput? {
    rewriter.graph.type(x).activation.map { QuantizedOutput(scale: $0.scale, zeroPoint: $0.zeroPoint) }
  }

  /// A convolution of integers with symmetric integer weights, and a bias in units of s_x·s_w.
  private mutating func layer(
    _ node: Node, _ op: any Operator, _ x: ValueID?, axis: Int, _ name: String
  ) throws(ShapeError) -> ValueID? {
    guard let x, let weight = graph.dequantizedConstant(node.inputs[1]) else { return nil }
    let type = graph.type(weight)
    let outputs = type.shape[axis]
    guard type.dtype == .i8, let scales = type.weightScales(outputs, axis: axis) else { return nil }
    let input = rewriter.graph.type(x).activation!
    var operands = [x, rewriter[weight]]
    operands.append(
      rewriter.graph.constant(
        rewriter.unused("multipliers:" + name + graph[weight].name),
        requantization(input: input.scale, weights: scales, output: operatorOutput(op).scale)))
    if node.inputs.count == 3 {
      let units = scales.map { Double($0) * Double(input.scale) }
      guard let bias = bias(node.inputs[2], units, of: node, graph[weight].name) else { return nil }
      operands.append(bias)
    }
    return try rewriter.graph.append(op, operands, name: name)
  }

  private func operatorOutput(_ op: any Operator) -> QuantizedOutput {
    (op as? QuantizedConv)?.output ?? (op as! QuantizedDepthwise).output
  }

  /// The bias as integers in the given units: itself where they are its own, else converted.
  private mutating func bias(_ id: ValueID, _ units: [Double], of layer: Node, _ weight: String) -> ValueID? {
    let integers = graph.dequantizedConstant(id)
    if let integers, let own = graph.type(integers).weightScales(units.count, axis: 0),
      graph.type(integers).dtype == .i32, zip(own, units).allSatisfy({ abs(Double($0) / $1 - 1) < 1e-4 })
    {
      return rewriter[integers]
    }
    guard let constant = integers.map({ graph.constant($0)!.dequantized() }) ?? graph.constant(id) else { return nil }
    // A bias beyond 32 bits is one of a layer that stays float.
    let values = zip(constant.floats(), units).compactMap { Int32(exactly: (Double($0) / $1).rounded()) }
    guard values.count == units.count else { return nil }
    let q = Quantization(
      scales: units.map { Float($0) }, zeroPoints: Array(repeating: 0, count: units.count), axis: 0)
    let type = TensorType([units.count], .i32, quantization: q)
    // What training makes of the bias goes back into the tensor of the file, but where layers share that.
    var name = graph[integers ?? id].name
    if users[id.index] > 1 || integers.map({ users[$0.index] > 1 }) == true {
      let copy = names.insertUnused(weight + ".bias")
      copies.append(BiasCopy(name: copy, source: name, reader: graph[layer.output].name))
      name = copy
    }
    return rewriter.graph.constant(name, Constant(type, bytes: values.withUnsafeBytes { [UInt8]($0) }))
  }

  /// The integers whose real values `id` is, in the new graph.
  private mutating func activationOperand(_ id: ValueID) throws(ShapeError) -> ValueID? {
    guard let node = graph.node(id) else { return nil }
    if node.op is Reshape {
      return try activationOperand(node.inputs[0]).map { (x) throws(ShapeError) in
        try rewriter.graph.append(node.op, x)
      }
    }
    guard node.op is Dequantize, !graph.isConstant(node.inputs[0]) else { return nil }
    let new = rewriter[node.inputs[0]]
    return rewriter.graph.type(new).activation == nil ? nil : new
  }

  /// What an activation function clips, and to what.
  private func activation(_ id: ValueID) -> (ValueID, Double, Double)? {
    guard let node = graph.node(id) else { return nil }
    switch node.op {
    case is Relu: return (node.inputs[0], 0, .infinity)
    case let clip as Clip: return (node.inputs[0], clip.min, clip.max)
    default: return nil
    }
  }
}

/// Whether a float holds the sum of a window of 8-bit integers to the last one.
private func isExactInAFloat(cells: [Int]) -> Bool { cells.reduce(1, *) < QuantizedPoolParameters.mostCells }

extension AveragePool {
  /// Whether all windows count the same number of cells.
  fileprivate var hasOneDivisor: Bool {
    pooling.sliding.pads.allSatisfy { $0 == 0 } || countsPadding && ceilPads == [0, 0]
  }
}

extension Reduce {
  /// Whether it is the mean of a picture NHWC.
  fileprivate func isGlobalMean(of picture: TensorType) -> Bool {
    guard picture.rank == 4, axes == [1, 2] else { return false }
    return abs(scale * Double(picture.shape[1] * picture.shape[2]) - 1) < 1e-9
  }
}

/// The integer that stands for a bound of real values, or the end of the range.
private func integer(_ bound: Double, _ q: Quantize, _ end: Int) -> Int {
  let value = (bound / Double(q.scale)).rounded(.toNearestOrEven) + Double(q.zeroPoint)
  return value.isFinite ? Int(min(max(value, -128), 127)) : end
}
