import IR
import Operators
import Runtime
import Support
import Testing

/// An operator that computes what another does, and whose gradient somebody got wrong.
private protocol Planted: KernelOperator {
  associatedtype Right: KernelOperator
  var right: Right { get }
}

extension Planted {
  static var opcode: OpCode { Right.opcode }
  var attributes: Attributes { right.attributes }
  func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType { try right.infer(inputs) }
  func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    right.parameterWords(inputs, output)
  }
}

/// tanh, its gradient multiplied by a factor.
private struct ScaledTanh: Planted {
  static let name = "scaled_tanh"
  static var samples: [Sample] { [Sample(ScaledTanh(factor: 1.001), TensorType(2, 3))] }

  var factor = 1.0
  var right: Tanh { Tanh() }

  init(factor: Double) { self.factor = factor }
  init(attributes: Attributes) {}

  func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    try right.gradient(
      &graph, of: node, outputGradient: graph.append(Affine(alpha: factor), outputGradient),
      needsGradient: needsGradient)
  }
}

/// softmax, its gradient without the sum over the axis where `dropsSum`.
private struct HalfSoftmax: Planted {
  static let name = "half_softmax"
  static var samples: [Sample] { [Sample(HalfSoftmax(dropsSum: true), TensorType(2, 3))] }

  var dropsSum = false
  var right: Softmax { Softmax(axis: 1) }

  init(dropsSum: Bool) { self.dropsSum = dropsSum }
  init(attributes: Attributes) {}

  func gradient(
    _ graph: inout Graph, of node: Node, outputGradient: ValueID, needsGradient: [Bool]
  ) throws(ShapeError) -> [ValueID?] {
    guard dropsSum else {
      return try right.gradient(&graph, of: node, outputGradient: outputGradient, needsGradient: needsGradient)
    }
    return [try graph.append(Mul(), outputGradient, node.output)]
  }
}

/// The bound below which `gradientEqualsCentralDifferences` lets a gradient pass.
private let bound = 1e-6

private func error(of op: any Operator) throws -> Double {
  let errors = try gradientErrors(of: Sample(op, TensorType(2, 3)))
  return try #require(errors[0])
}

@Test func aWrongFactorIsCaught() throws {
  #expect(try error(of: ScaledTanh(factor: 1)) < bound)
  #expect(try error(of: ScaledTanh(factor: 1.001)) > 100 * bound)
  #expect(try error(of: ScaledTanh(factor: -1)) > 1)
}

@Test func aDroppedTermIsCaught() throws {
  #expect(try error(of: HalfSoftmax(dropsSum: false)) < bound)
  #expect(try error(of: HalfSoftmax(dropsSum: true)) > 0.1)
}
