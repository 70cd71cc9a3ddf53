import IR

extension Exporter {
  /// A node whose weight is the classifier's.
  private struct Classifier {
    let position: Int
    let isConvolution: Bool
    let shape: [Int]
    let classes: Int
    var features: Int { shape.reduce(1, *) / max(classes, 1) }
  }

  /// Puts a new classifier in place of the old one, which takes its bias and its normalization with it.
  ///
  /// The node stays what it is, but a MatMul of rows becomes a Gemm, whose weight stands as the new one does.
  mutating func replaceClassifier(_ head: ExportHead, _ folds: inout [BatchNormFold]) throws(ExportError) {
    let old = try classifier(head.replaces, of: head.result)
    try dropRounding(of: head.result, always: true)
    let classes = head.bias.values.count
    guard classes > 0, head.weight.values.count == classes * old.features else {
      throw .count(tensor: head.weight.name, expected: classes * old.features, found: head.weight.values.count)
    }
    if let fold = folds.firstIndex(where: { $0.conv == old.position }) {
      graph.node[old.position].output[0] = folds[fold].output
      removedNodes.insert(folds[fold].batchNorm)
      folds.remove(at: fold)
    } else {
      try absorbSum(behind: old)
    }
    graph.node[old.position].input.removeSubrange(1...)
    try makeRoom(for: [head.weight.name, head.bias.name])
    rewire(old, head)
    let shape = old.isConvolution ? [classes] + old.shape.dropFirst() : [classes, old.features]
    try add(head.weight.name, shape, head.weight.values)
    try add(head.bias.name, [classes], head.bias.values)
    guard classes != old.classes, let result = graph.node[old.position].output.first else { return }
    let change = ClassChange(old: old.classes, new: classes, isChannel: old.isConvolution)
    try follow(change, of: result, behind: old.position)
  }

  /// The last node with this weight on the way to the result that was trained.
  private func classifier(_ weight: String, of result: String?) throws(ExportError) -> Classifier {
    let leading = (result ?? graph.output.first?.name).map { index.nodes(leadingTo: $0, in: graph) } ?? []
    for (position, node) in graph.node.enumerated().reversed() where node.input.count >= 2 && node.output.count == 1 {
      guard leading.contains(position), let op = ["Conv", "Gemm", "MatMul"].first(where: node.isOperator),
        let (source, isTransposed) = matrix(node.input[1]), source.name == weight
      else { continue }
      let shape = source.tensor.dims.map { Int($0) }
      guard op == "Conv" ? shape.count > 2 && !isTransposed : shape.count == 2 else { break }
      let transposes = op == "Gemm" && node.attribute.contains { $0.name == "transB" && $0.i != 0 }
      let classes = op == "Conv" || transposes != isTransposed ? shape[0] : shape[1]
      return Classifier(position: position, isConvolution: op == "Conv", shape: shape, classes: classes)
    }
    throw .noClassifier(weight: weight)
  }

  /// The tensor of the file behind an operand, in float or as integers, as it is or with its two axes exchanged.
  private func matrix(_ name: String) -> (source: TensorSource, isTransposed: Bool)? {
    if let source = stated(name) { return (source, false) }
    guard let producer = index.producers[name], graph.node[producer].isOperator("Transpose"),
      let operand = graph.node[producer].input.first, let source = stated(operand), source.tensor.dims.count == 2,
      graph.node[producer].attribute.allSatisfy({ $0.name != "perm" || $0.ints == [1, 0] })
    else { return nil }
    return (source, true)
  }

  /// A classifier without bias takes the sum with one number a class, which only it feeds, along.
  private mutating func absorbSum(behind old: Classifier) throws(ExportError) {
    let node = graph.node[old.position]
    let hasBias = node.input.count > 2 && !node.input[2].isEmpty
    guard !hasBias, index.uses[node.output[0]] == 1,
      let position = graph.node.firstIndex(where: { $0.isOperator("Add") && $0.input.contains(node.output[0]) }),
      let operand = graph.node[position].input.first(where: { $0 != node.output[0] }),
      let addend = stated(operand)?.tensor.dims.map({ Int($0) })
    else { return }
    // One number a class, on the axis of the classes: the last one, or the one before the window's.
    let behind = old.isConvolution ? old.shape.count - 2 : 0
    guard addend.reduce(1, *) == old.classes, addend.count > behind, addend.count <= old.shape.count,
      addend[addend.count - 1 - behind] == old.classes
    else { return }
    graph.node[old.position].output = graph.node[position].output
    removedNodes.insert(position)
  }

  /// Makes sure that what the old classifier leaves behind does not hold these names.
  private mutating func makeRoom(for names: [String]) throws(ExportError) {
    removeUnused()
    let rest = GraphIndex(currentGraph())
    for name in names where rest.contains(name) { throw .nameTaken(name) }
    guard names[0] != names[1] else { throw .nameTaken(names[0]) }
  }

  private mutating func rewire(_ old: Classifier, _ head: ExportHead) {
    let node = graph.node[old.position]
    guard node.isOperator("MatMul") else {
      graph.node[old.position].input += [head.weight.name, head.bias.name]
      if node.isOperator("Gemm") { graph.node[old.position].attribute = rowsTimesTransposed(node) }
      return
    }
    if isMatrix(node.output[0]) || isMatrix(node.input[0]) {
      graph.node[old.position].opType = "Gemm"
      graph.node[old.position].input += [head.weight.name, head.bias.name]
      graph.node[old.position].attribute = rowsTimesTransposed(Onnx_NodeProto())
      return
    }
    // Gemm takes matrices only; the weight stands the same way all the same.
    let now = GraphIndex(graph)
    let transposed = now.unused(head.weight.name + ".transposed")
    let product = now.unused(node.output[0] + ".product")
    inserted[old.position] = [
      Onnx_NodeProto("Transpose", [head.weight.name], transposed),
      Onnx_NodeProto("MatMul", node.input + [transposed], product),
    ]
    graph.node[old.position].opType = "Add"
    graph.node[old.position].input = [product, head.bias.name]
  }

  /// Attributes of Y = alpha · A' · Bᵀ + C.
  private func rowsTimesTransposed(_ node: Onnx_NodeProto) -> [Onnx_AttributeProto] {
    return node.attribute.filter { $0.name != "transB" && $0.name != "beta" } + [.integer("transB", 1)]
  }

  /// Whether the file says that a tensor has two axes.
  private func isMatrix(_ name: String) -> Bool {
    (graph.valueInfo + graph.output + graph.input).contains {
      $0.name == name && $0.type.tensorType.hasShape && $0.type.tensorType.shape.dim.count == 2
    }
  }
}
