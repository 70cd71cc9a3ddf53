import Evaluate
import IR

extension OperatorNode {
  /// Whether all operands are known and some of them are floats, so that the result can be computed at once.
  var isKnown: Bool {
    let given = inputs.compactMap { $0 }
    let hasFloats = given.contains { if case .constant = $0 { true } else { false } }
    return hasFloats && given.allSatisfy(\.isKnown)
  }
}

extension Rule {
  /// The results of a node whose operands are known: the rule builds a graph of its own, and that is evaluated.
  func computed(_ node: OperatorNode, _ plan: ImportPlan) throws(NodeFault) -> [ModelTensor] {
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
    guard elements <= ConstantTensor.largestComputed else { throw .size(shape: [elements]) }
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
