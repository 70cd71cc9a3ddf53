import IR
import Operators
import Runtime

extension TrainingGraph {
  /// Gives the gradients of integer layers their number format, and fuses mask and scales into an epilogue: each
  /// gradient is written once, with the clip mask and the weight scales of the layer that reads it, under a delayed
  /// scale.
  ///
  /// - Parameter format: of each gradient by the name of the layer whose result it belongs to: f32, q8 or q16.
  public func formattingGradients(_ format: @escaping (String) -> DType) throws(ShapeError) -> TrainingGraph {
    var pass = GradientFormatting(self, format)
    for id in graph.ids { try pass.add(id) }
    try pass.addRanges()
    return mapped(&pass.rewriter)
  }
}

private struct GradientFormatting {
  let graph: Graph
  let training: TrainingGraph
  let format: (String) -> DType
  var rewriter: Rewriter
  private var users: [[ValueID]]
  /// Range state and gradient, in the order they were written.
  private var ranges: [(state: ValueID, gradient: ValueID)] = []

  init(_ training: TrainingGraph, _ format: @escaping (String) -> DType) {
    self.training = training
    self.format = format
    graph = training.graph
    rewriter = Rewriter(graph)
    users = Array(repeating: [], count: graph.values.count)
    for node in graph.nodes { for operand in node.inputs { users[operand.index].append(node.output) } }
  }

  mutating func add(_ id: ValueID) throws(ShapeError) {
    guard id.index >= training.forwardCount, let node = graph.node(id) else {
      try rewriter.copy(id)
      return
    }
    if isTakenOver(id) { return }
    if let chain = chain(endingAt: id) { return rewriter[id] = try write(chain, for: id) }
    try copyWithFloats(node)
  }

  /// Whether the only reader of a gradient masks or scales it, and so can be its epilogue.
  private func isTakenOver(_ id: ValueID) -> Bool {
    guard users[id.index].count == 1, let user = graph.node(users[id.index][0]), user.inputs[0] == id,
      isStep(user), let node = graph.node(id)
    else { return false }
    // One writer takes one mask and the scale behind it: two masks meet where the other branch of a sum is frozen.
    return isProducer(node) || sharedOut(id) != nil || isStep(node) && node.op is MaskGrad && user.op is ChannelScale
  }

  /// The gradient of a mean over whole pictures that is shared out here, and their size.
  private func sharedOut(_ id: ValueID) -> (dy: ValueID, size: [Int])? {
    guard let node = graph.node(id), let pool = node.op as? AveragePoolGrad, pool.isGlobal else { return nil }
    return (node.inputs[0], pool.inputSize)
  }

  /// Masks by an integer activation, and multiplication with weight scales.
  private func isStep(_ node: Node) -> Bool {
    switch node.op {
    case is MaskGrad: graph.node(node.inputs[1])?.op is QuantizedMask
    case is ChannelScale: graph.layer(ofFold: node.inputs[1]) != nil
    default: false
    }
  }

  private func isProducer(_ node: Node) -> Bool {
    switch node.op {
    case is QuantizedGradInput, is QuantizedDepthwiseGradInput: true
    case is Add: isSum(node)
    default: false
    }
  }

  /// A sum of two gradients of integer activations.
  private func isSum(_ node: Node) -> Bool {
    node.op is Add
      && node.inputs.allSatisfy { id in
        graph.node(id).map { isProducer($0) || isStep($0) } ?? false
      }
  }

  /// A gradient as it is computed, and its epilogue.
  private struct Chain {
    var producer: ValueID
    var mask: ValueID?
    var fold: ValueID?
  }

  private func chain(endingAt id: ValueID) -> Chain? {
    guard let node = graph.node(id), isStep(node) || isProducer(node) else { return nil }
    var chain = Chain(producer: id)
    if let node = graph.node(chain.producer), node.op is ChannelScale, isStep(node) {
      chain.fold = node.inputs[1]
      chain.producer = node.inputs[0]
      guard isTakenOver(chain.producer) else { return chain }
    }
    if let node = graph.node(chain.producer), node.op is MaskGrad, isStep(node) {
      chain.mask = node.inputs[1]
      chain.producer = node.inputs[0]
    }
    return chain
  }

  private mutating func write(_ chain: Chain, for id: ValueID) throws(ShapeError) -> ValueID {
    let name = layerName(chain, id)
    let epilogue = GradientEpilogue(
      format: wideEnough(format(name), id), hasMask: chain.mask != nil, hasFold: chain.fold != nil)
    var tail = [chain.mask, chain.fold].compactMap { $0.map { rewriter[$0] } }
    var state: ValueID?
    if epilogue.format != .f32 {
      let type = TensorType(GradientRange.count)
      let zeros = Constant(type, bytes: Array(repeating: 0, count: type.bytes))
      state = rewriter.graph.variable(
        rewriter.unused("state:range:\(ranges.count):" + name), zeros, kind: .range(of: name))
      tail.append(state!)
    }
    // The name tells in dumps of a step whose gradient it is, of the first of several.
    let kind = ValueKind.gradient(of: name)
    let isFirst = chain.fold != nil && rewriter.graph.value(of: kind) == nil
    let label = (name: isFirst ? rewriter.unused("gradient:" + name) : "", kind: isFirst ? kind : .tensor)
    let result: ValueID
    if isTakenOver(chain.producer) || chain.producer == id, let node = graph.node(chain.producer), isProducer(node) {
      result = try produce(node, epilogue, tail, label)
    } else if isTakenOver(chain.producer), let (dy, size) = sharedOut(chain.producer) {
      result = try rewriter.graph.append(
        GradientCast(epilogue, size: size), [rewriter[dy]] + tail, name: label.name, kind: label.kind)
    } else {
      result = try rewriter.graph.append(
        GradientCast(epilogue), [rewriter[chain.producer]] + tail, name: label.name, kind: label.kind)
    }
    if let state { ranges.append((state, result)) }
    return result
  }

  /// A format whose accumulators are wide enough for what the layers that read a gradient sum for one element of dx or
  /// of a bias.
  private func wideEnough(_ format: DType, _ id: ValueID) -> DType {
    let readers = users[id.index].compactMap { graph.node($0) }
    let fits = readers.allSatisfy { reader in
      let types = reader.inputs.map { graph.type($0) }
      if reader.op is QuantizedGradBias {
        return types[0].count / types[1].count <= QuantizedGradBiasParameters.mostPixels
      }
      let products = (reader.op as? any GradientWriter)?.products(types) ?? 0
      return GradientFormat(format)?.fits(products: products) ?? true
    }
    return fits || format == .f32 ? format : .q16
  }

  private mutating func produce(
    _ node: Node, _ epilogue: GradientEpilogue, _ tail: [ValueID], _ label: (name: String, kind: ValueKind)
  ) throws(ShapeError) -> ValueID {
    var operands = node.inputs.map { rewriter[$0] }
    var op = node.op
    if var writer = op as? any GradientWriter {
      writer.epilogue = epilogue
      op = writer
    } else {
      op = GradientSum(epilogue)
      if rewriter.graph.type(operands[0]).dtype != rewriter.graph.type(operands[1]).dtype {
        operands = try operands.map { (id) throws(ShapeError) in try asFloat(id) }
      }
    }
    return try rewriter.graph.append(op, operands + tail, name: label.name, kind: label.kind)
  }

  /// The layer that a gradient is for: the one whose scales it is multiplied with, or whose result it masks.
  private func layerName(_ chain: Chain, _ id: ValueID) -> String {
    if let fold = chain.fold, let layer = graph.layer(ofFold: fold) { return layer }
    if let mask = chain.mask, let node = graph.node(mask) { return graph[node.inputs[0]].name }
    return graph[id].name
  }

  /// Copies a node; operators that know nothing of integer gradients get floats.
  private mutating func copyWithFloats(_ node: Node) throws(ShapeError) {
    let takesGradients =
      node.op is QuantizedGradWeight || node.op is QuantizedDepthwiseGradWeight || node.op is QuantizedGradBias
    let isView = if case .view = node.op.sharing { true } else { false }
    guard !takesGradients, !isView else {
      try rewriter.copy(node.output)
      return
    }
    let operands = try node.inputs.map { (id) throws(ShapeError) in try asFloat(rewriter[id]) }
    rewriter[node.output] = try rewriter.graph.append(node.op, operands, as: graph[node.output])
  }

  private mutating func asFloat(_ id: ValueID) throws(ShapeError) -> ValueID {
    guard [.q8, .q16].contains(rewriter.graph.type(id).dtype) else { return id }
    return try rewriter.graph.append(GradientCast(GradientEpilogue()), id)
  }

  /// Updates of the range state of each integer gradient.
  mutating func addRanges() throws(ShapeError) {
    for (state, gradient) in ranges { try rewriter.graph.append(GradientRangeUpdate(), state, gradient) }
  }
}

extension Graph {
  /// The weight of the layer whose gradient is multiplied with these scales.
  fileprivate func layer(ofFold id: ValueID) -> String? {
    guard case .scale(.fold, let layer) = self[id].kind else { return nil }
    return layer
  }
}
