import Evaluate
import IR
import Operators
import Support
import Testing

@testable import Passes

/// Integer layers out of what lies between a layer and the rounding of its result.
struct FuseQuantizedTests {
  private var graph = Graph()
  private let x: ValueID
  private let layer: ValueID

  init() throws {
    x = graph.input("x", TensorType(1, 4, 5, 3))
    let q = try graph.append(Quantize(scale: 0.02, zeroPoint: 3), x)
    let real = try graph.append(Dequantize(), q)
    let type = TensorType(
      [6, 1, 1, 3], .i8,
      quantization: Quantization(
        scales: (0..<6).map { 0.01 + 0.002 * Float($0) }, zeroPoints: Array(repeating: 0, count: 6), axis: 0))
    let weight = graph.constant("w", Constant(type, bytes: (0..<18).map { UInt8(truncatingIfNeeded: $0 * 37 - 90) }))
    let realWeight = try graph.dequantize(weight, scales: "w.scales")
    layer = try graph.append(Conv(Sliding(), hasBias: false), real, realWeight, name: "layer")
  }

  /// The network whose layer goes through these operations before it is rounded, as it was and fused.
  private func fused(_ operations: [any Operator]) throws -> (before: Graph, after: Graph) {
    var graph = graph
    var value = layer
    for op in operations { value = try graph.append(op, value) }
    value = try graph.append(Quantize(scale: 0.015, zeroPoint: -40), value, name: "y")
    graph.outputs = [("y", try graph.append(Dequantize(), value))]
    let after = try graph.fusingIntegerLayers()
    try after.verify()
    return (graph, after)
  }

  private func values(_ graph: Graph) throws -> [Float] {
    var generator = SeededGenerator(seed: 5)
    let x = (0..<60).map { _ in 2.5 * generator.uniform(1) }
    let input = graph.inputs[0]
    let all = try Evaluator().evaluate(graph, inputs: [input: x.withUnsafeBytes { [UInt8]($0) }])
    return elements(all[graph.outputs[0].value]!, as: Float.self)
  }

  static let tails: [[any Operator]] = [
    [], [Relu()], [Relu(), Clip(min: 0, max: 1)], [Clip(min: -1, max: 0.5), Relu()],
    [Clip(min: -0.5, max: 1), Clip(min: -2, max: 0.75), Clip(min: 0.25, max: 3)],
    [Transpose(perm: [0, 2, 1, 3])], [Relu(), Transpose(perm: [0, 2, 1, 3]), Clip(min: 0, max: 1)],
    [Reshape(shape: [1, 20, 1, 6]), Relu()], [Slice(starts: [0, 1, 0, 2], sizes: [1, 2, 5, 3])],
    [Relu(), MaxPool(Pooling(kernel: [2, 2], Sliding(strides: [2, 2])))],
  ]

  @Test(arguments: tails.indices)
  func layersAreIntegers(index: Int) throws {
    let (before, after) = try fused(Self.tails[index])
    #expect(after.nodes.count { $0.op is QuantizedConv } == 1 && !after.nodes.contains { $0.op is Conv })
    let (expected, found) = (try values(before), try values(after))
    #expect(Set(expected).count > 3 && expected.count == found.count)
    // Rounding of a tie may fall to either side.
    for (a, b) in zip(expected, found) { #expect(abs(a - b) <= 0.0151) }
    #expect(zip(expected, found).count { $0 != $1 } <= expected.count / 20)
  }

  /// What is no function of one element at a time, or changes it, keeps the layer in float.
  @Test func otherFunctionsKeepTheLayerInFloat() throws {
    for op in [Sigmoid(), Softmax(axis: 3), HardSwish()] as [any Operator] {
      #expect(try fused([op]).after.nodes.contains { $0.op is Conv })
    }
  }
}
