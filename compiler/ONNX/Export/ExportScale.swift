import Foundation
import IR

/// Trained factors of a layer's outputs: W' = γ·W and b' = γ·b, for integers by their scales.
public struct ExportScale: Hashable, Sendable {
  /// Names in the file of the weight, in integers, and of what is added to its products.
  public var weight: String
  public var bias: String?
  /// Axis of the outputs in the weight.
  public var axis: Int
  /// One for each output, positive.
  public var factors: [Float]

  public init(weight: String, bias: String?, axis: Int, factors: [Float]) {
    (self.weight, self.bias, self.axis, self.factors) = (weight, bias, axis, factors)
  }
}

extension Exporter {
  /// Multiplies the scales of a weight and of a bias; integers stay as they are.
  mutating func scale(_ scale: ExportScale) throws(ExportError) {
    let reader = try onlyReader(of: scale.weight)
    if try scaleDequantized(reader, axis: scale.axis, scale.factors) {
      if let bias = scale.bias { try scaleBias(bias, scale.factors) }
      return
    }
    // A bias of an operator on integers has the scales of the weight.
    guard let form = QuantizedForm(graph.node[reader]),
      let operand = form.operands.first(where: { graph.node[reader].input[$0.value] == scale.weight })
    else { throw .shared(tensor: scale.weight) }
    try multiply(reader, scale: operand.scale, zeroPoint: operand.zeroPoint, scale.factors)
  }

  private mutating func scaleBias(_ bias: String, _ factors: [Float]) throws(ExportError) {
    guard try !scaleDequantized(onlyReader(of: bias), axis: 0, factors) else { return }
    var values = try take(bias, count: factors.count)
    if values == nil { values = try original(bias)?.constant.floats() }
    guard let values, values.count == factors.count else { throw .unknown(tensor: bias) }
    try write(bias, zip(values, factors).map { $0 * $1 })
  }

  /// Other scales for a DequantizeLinear; false for any other node.
  private mutating func scaleDequantized(
    _ position: Int, axis: Int, _ factors: [Float]
  ) throws(ExportError) -> Bool {
    guard graph.node[position].isRounding("DequantizeLinear") else { return false }
    try multiply(position, scale: 1, zeroPoint: 2, factors)
    graph.node[position].attribute =
      graph.node[position].attribute.filter { $0.name != "axis" } + [.integer("axis", axis)]
    return true
  }

  private func onlyReader(of name: String) throws(ExportError) -> Int {
    let readers = graph.node.indices.filter { !removedNodes.contains($0) && graph.node[$0].input.contains(name) }
    guard readers.count == 1, index.uses[name] == 1 else { throw .shared(tensor: name) }
    return readers[0]
  }

  /// Other scales for integers that a node reads, and one zero point for each; operands by their positions.
  private mutating func multiply(
    _ position: Int, scale: Int, zeroPoint: Int, _ factors: [Float]
  ) throws(ExportError) {
    let (operands, count) = (graph.node[position].input, factors.count)
    guard let before = try original(operands[scale])?.constant.floats(), [1, count].contains(before.count) else {
      throw .unknown(tensor: operands[scale])
    }
    let scales = factors.indices.map { before[before.count == 1 ? 0 : $0] * factors[$0] }
    graph.node[position].input[scale] = try make(
      in: operands[scale], Constant(TensorType(count), floats: scales))
    guard before.count == 1, count > 1, operands.count > zeroPoint, !operands[zeroPoint].isEmpty else { return }
    guard let zero = try original(operands[zeroPoint])?.constant else { throw .unknown(tensor: operands[zeroPoint]) }
    let bytes = (0..<count).flatMap { _ in zero.bytes() }
    graph.node[position].input[zeroPoint] = try make(
      in: operands[zeroPoint], Constant(TensorType([count], zero.type.dtype), bytes: bytes))
  }

  /// A new initializer in place of another of the same element type.
  private mutating func make(in place: String, _ constant: Constant) throws(ExportError) -> String {
    guard let source = model.source(of: place, index)?.tensor else { throw .unknown(tensor: place) }
    var tensor = Onnx_TensorProto()
    tensor.name = GraphIndex(graph).unused(place + ".trained")
    tensor.dataType = source.dataType
    tensor.dims = constant.type.shape.map { Int64($0) }
    tensor.rawData = Data(constant.bytes())
    add(tensor)
    made[tensor.name] = constant
    return tensor.name
  }
}
