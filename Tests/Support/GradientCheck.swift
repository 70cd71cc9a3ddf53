import Evaluate
import IR
import Operators

extension TensorType {
  /// The same shape in double precision where it is a float type.
  public var inDouble: TensorType { dtype == .f32 ? TensorType(shape, .f64) : self }
}

/// Compares an operator's gradient with central differences in double precision.
///
/// The loss is Σ r·y for random r, so its seed is r. Returns the largest error relative to the largest gradient,
/// per wanted operand; nil for operands the operator has no gradient for (integers, labels).
public func gradientErrors(of sample: Sample, seed: UInt64 = 1) throws -> [Double?] {
  var generator = SeededGenerator(seed: seed)
  let types = sample.inputs.map(\.inDouble)
  var values: [[Double]] = types.map { type in
    (0..<type.count).map { _ in Double.random(in: sample.range, using: &generator) }
  }
  let output = try sample.op.infer(types)
  let weights = (0..<output.count).map { _ in Double.random(in: -1...1, using: &generator) }

  var graph = Graph()
  let operands = types.enumerated().map { graph.input("x\($0.offset)", $0.element) }
  let y = try graph.append(sample.op, operands)
  let seedValue = graph.input("seed", output)
  let wanted = types.map { $0.dtype == .f64 }
  let gradients = try sample.op.gradient(&graph, of: graph.node(y)!, outputGradient: seedValue, needsGradient: wanted)

  func bytes(_ values: [Double], _ type: TensorType) -> [UInt8] {
    switch type.dtype {
    case .f64: values.withUnsafeBytes { [UInt8]($0) }
    case .i32: values.map { Int32($0.rounded()) }.withUnsafeBytes { [UInt8]($0) }
    default: values.map { UInt8($0.rounded()) }
    }
  }
  func doubles(_ bytes: [UInt8]) -> [Double] {
    bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 8).map { raw.loadUnaligned(fromByteOffset: $0, as: Double.self) }
    }
  }
  func loss() throws -> Double {
    let result = try Evaluator().run(sample.op, types, zip(values, types).map { bytes($0, $1) }, output)
    return zip(doubles(result), weights).reduce(0) { $0 + $1.0 * $1.1 }
  }

  var inputs: [ValueID: [UInt8]] = [seedValue: bytes(weights, output)]
  for (id, (value, type)) in zip(operands, zip(values, types)) { inputs[id] = bytes(value, type) }
  let all = try Evaluator().evaluate(graph, inputs: inputs)

  return try types.indices.map { operand in
    guard wanted[operand], let gradient = gradients[operand] else { return nil }
    let computed = doubles(all[gradient]!)
    var worst = 0.0
    var scale = 1e-3
    let step = 1e-5
    for element in values[operand].indices {
      let x = values[operand][element]
      values[operand][element] = x + step
      let above = try loss()
      values[operand][element] = x - step
      let below = try loss()
      values[operand][element] = x
      let expected = (above - below) / (2 * step)
      worst = max(worst, abs(expected - computed[element]))
      scale = max(scale, abs(expected))
    }
    return worst / scale
  }
}
