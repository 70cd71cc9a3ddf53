import Evaluate
import IR
import ONNX
import Samples
import Testing

/// A result of a network: its ONNX shape and its values as numbers.
struct NetworkOutput {
  let shape: [Int]
  let values: [Double]
}

extension ImportedModel {
  /// The outputs by name for inputs in ONNX's own layout; tensors are freed after their last reader.
  func outputs(_ arrays: [String: NumPyArray]) throws -> [String: NetworkOutput] {
    var bytes: [ValueID: [UInt8]] = [:]
    for input in inputs {
      let array = try #require(arrays[input.name], "no array for \(input.name)")
      let id = try #require(graph.value(named: input.name))
      #expect(array.shape == input.shape)
      let given = array.floats().withUnsafeBytes { [UInt8]($0) }
      bytes[id] = permute(given, shape: input.layout.shape, permutation: input.layout.permutation, width: 4)
    }
    let lastReader = graph.lastReaders
    for node in graph.nodes {
      let operands = node.inputs.map { bytes[$0] ?? graph.constant($0)!.bytes() }
      bytes[node.output] = try Evaluator().run(
        node.op, node.inputs.map(graph.type), operands, graph.type(node.output))
      for operand in node.inputs where lastReader[operand] == node.output { bytes[operand] = nil }
    }
    var results: [String: NetworkOutput] = [:]
    for output in graph.outputs {
      let type = graph.type(output.value)
      let values = bytes[output.value] ?? graph.constant(output.value)!.bytes()
      results[output.name] = NetworkOutput(shape: type.shape, values: numbers(values, type))
    }
    return results
  }
}

extension Graph {
  /// The last node that reads each value; outputs have none.
  fileprivate var lastReaders: [ValueID: ValueID] {
    var readers: [ValueID: ValueID] = [:]
    for node in nodes { for operand in node.inputs { readers[operand] = node.output } }
    for output in outputs { readers[output.value] = nil }
    return readers
  }
}

private func numbers(_ bytes: [UInt8], _ type: TensorType) -> [Double] {
  let numpy: [DType: NumPyType] = [
    .f32: .f32, .f64: .f64, .i8: .i8, .u8: .u8, .i16: .i16, .i32: .i32, .i64: .i64, .bool: .bool,
  ]
  return NumPyArray(numpy[type.dtype]!, type.shape, storage: OwnedBytes(bytes)).numbers(0..<type.count)
}

/// Where a result leaves what was expected by more than the tolerance; nil where it does not.
func difference(_ got: NetworkOutput, _ array: NumPyArray, rtol: Double, atol: Double) -> String? {
  guard got.shape == array.shape else { return "shape \(got.shape) instead of \(array.shape)" }
  let expected = array.numbers(0..<array.count)
  for (index, (a, b)) in zip(got.values, expected).enumerated() where !(a.isNaN && b.isNaN) && a != b {
    guard abs(a - b) <= atol + rtol * abs(b) else { return "element \(index) is \(a) instead of \(b)" }
  }
  return nil
}
