import Evaluate
import IR
import Operators

extension OperatorNode {
  /// Whether all operands are known and some of them are floats, so that the result can be computed at once.
  var isKnown: Bool {
    let given = inputs.compactMap { $0 }
    let hasFloats = given.contains { if case .constant = $0 { true } else { false } }
    return hasFloats && given.allSatisfy(\.isKnown)
  }

  /// Elements that its graph may have: in proportion to the operands, so that a few numbers cannot keep a machine busy.
  fileprivate var mostComputed: Int {
    let most = ConstantTensor.largestComputed
    let given = inputs.reduce(0) { $0 + min($1.flatMap { elementCount($0.shape) } ?? 0, most) }
    return min(most, 1 << 24 + 4 * given)
  }
}

extension Graph {
  /// What a node multiplies, adds or compares: for each element of its output the window that it looks at, if any.
  fileprivate func products(_ node: Node) -> Int {
    let inputs = node.inputs.map(type)
    if let op = node.op as? LRN { return type(node.output).count * min(op.size, inputs[0].shape.last ?? 1) }
    if let op = node.op as? AveragePool {
      return type(node.output).count * op.pooling.kernel[0] * op.pooling.kernel[1]
    }
    guard let op = node.op as? any PatchableOperator, case .window(let kernel, _)? = op.neighbourhood(inputs) else {
      return macs(node)
    }
    return max(macs(node), type(node.output).count * kernel[0] * kernel[1])
  }
}

extension Rule {
  /// The results of a node whose operands are known: the rule builds a graph of its own, and that is evaluated.
  ///
  /// - Parameter products: those that may still be computed; the node's are taken from it.
  func computed(_ node: OperatorNode, _ plan: ImportPlan, _ products: inout Int) throws(NodeFault) -> [ModelTensor] {
    var scratch = Builder(plan)
    var results: [ModelTensor] = []
    var outputs: [(position: Int, id: ValueID, shape: [Int])] = []
    for result in try apply(node, &scratch) {
      if case .value(let activation) = result {
        let shape = activation.view.shape
        outputs.append((results.count, try scratch.ordered(activation, View(shape).order, shape: shape), shape))
      }
      results.append(result)
    }
    let elements = scratch.graph.values.reduce(0) { $0 + $1.type.count }
    guard elements <= node.mostComputed else { throw .size(shape: [elements]) }
    let needed = scratch.graph.nodes.reduce(0) { $0 + scratch.graph.products($1) }
    guard needed <= products else { throw .products(needed) }
    products -= needed
    let values: [ValueID: [UInt8]]
    do { values = try Evaluator().evaluate(scratch.graph, inputs: [:]) } catch {
      throw .refused(ShapeError(node.proto.opType, "its kernel refuses these constants"))
    }
    for output in outputs {
      let source = Constant(TensorType(output.shape), bytes: values[output.id]!)
      let name = node.proto.output[output.position]
      results[output.position] = .constant(ConstantTensor(name: name, source: source))
    }
    return results
  }
}
