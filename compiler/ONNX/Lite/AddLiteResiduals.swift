import IR

extension ONNXModel {
  /// The model with branches beside blocks; until they are trained it gives the same results.
  ///
  /// The convolution starts uniform in ±1/√(fan-in), the pointwise one as zeros. Between roundings the branch computes
  /// in float, and its sum with the block is rounded as the block's result is.
  ///
  /// - Parameter inputShape: what the branches are made for, batch included, where it is not what the file says.
  /// - Throws: `ExportError`.
  public func addingLiteResiduals(
    _ residuals: [TinyTLResidual], inputShape: [Int]? = nil, seed: UInt64
  ) throws(ExportError) -> ONNXModel {
    var exporter = try Exporter(self, [])
    if let inputShape { exporter.declare(inputShape) }
    for residual in residuals { try exporter.add(residual, seed: seed) }
    let bytes = try exporter.finish()
    do { return try ONNXModel(bytes: bytes, path: path) } catch { throw .model(error) }
  }
}

extension Exporter {
  /// Says what the input is like, and nothing of tensors in between.
  fileprivate mutating func declare(_ shape: [Int]) {
    let weights = Set(graph.initializer.map(\.name))
    graph.valueInfo = []
    for position in graph.input.indices where !weights.contains(graph.input[position].name) {
      guard graph.input[position].type.tensorType.shape.dim.count == shape.count else { continue }
      for axis in shape.indices.dropFirst() {
        graph.input[position].type.tensorType.shape.dim[axis].dimValue = Int64(shape[axis])
      }
    }
  }

  fileprivate mutating func add(_ residual: TinyTLResidual, seed: UInt64) throws(ExportError) {
    guard let first = index.producers[residual.output] else { throw .unknown(tensor: residual.output) }
    var branch = LiteBranch(residual)
    for name in branch.names where index.contains(name) { throw .nameTaken(name) }
    let rounding = rounding(of: residual.input)
    branch.grow(from: branch.real(residual.input, rounding), rounding)
    branch.join(self.rounding(of: residual.output))
    for position in graph.node.indices {
      graph.node[position].input = graph.node[position].input.map { $0 == residual.output ? branch.output : $0 }
    }
    // Topological order: the producer of the block's input comes before that of its output.
    inserted[first + 1, default: []] += branch.nodes
    let weights = residual.weights
    let kernel = residual.inputSize.map { $0 == 1 ? 1 : residual.kernel }
    let fanIn = residual.inputChannels / residual.groups * kernel.reduce(1, *)
    let shape = [residual.inputChannels, residual.inputChannels / residual.groups] + kernel
    let start = Constant(
      TensorType(shape), uniform: 1 / Float(fanIn).squareRoot(), seed: seed, name: weights[0])
    try add(weights[0], shape, start.floats())
    try add(weights[0] + ".bias", [residual.inputChannels], zeros(residual.inputChannels))
    let pointwise = [residual.outputChannels, residual.inputChannels] + kernel.map { _ in 1 }
    try add(weights[1], pointwise, zeros(pointwise.reduce(1, *)))
    try add(weights[1] + ".bias", [residual.outputChannels], zeros(residual.outputChannels))
    try add(branch.scales, [2 + residual.growth.count], [1, 1] + residual.growth.map { Float($0) })
    for (name, sizes) in branch.integers { add(Onnx_TensorProto(name, integers: sizes)) }
  }

  /// Scale and zero point of a tensor of integers, as operands; nil for others.
  private func rounding(of name: String) -> [String]? {
    guard let producer = index.producers[name], graph.node[producer].isRounding("QuantizeLinear") else { return nil }
    return Array(graph.node[producer].input.dropFirst())
  }
}

private func zeros(_ count: Int) -> [Float] { [Float](repeating: 0, count: count) }

extension Onnx_TensorProto {
  fileprivate init(_ name: String, integers: [Int]) {
    self.init()
    self.name = name
    dims = [Int64(integers.count)]
    dataType = Int32(DataType.int64.rawValue)
    int64Data = integers.map { Int64($0) }
  }
}
