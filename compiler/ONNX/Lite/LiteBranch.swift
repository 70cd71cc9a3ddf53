/// The nodes of a branch, one behind the other.
struct LiteBranch {
  private let residual: TinyTLResidual
  private(set) var nodes: [Onnx_NodeProto] = []
  /// Tensors of integers that nodes read.
  private(set) var integers: [(name: String, values: [Int])] = []
  /// The last node's result.
  private var last = ""

  init(_ residual: TinyTLResidual) { self.residual = residual }

  /// What stands for the block's result behind it.
  var output: String { residual.name + ".output" }
  var scales: String { residual.name + ".scales" }

  /// Names that no tensor may have yet.
  var names: [String] { [output, scales] + residual.weights }

  /// A tensor as real numbers.
  mutating func real(_ tensor: String, _ rounding: [String]?) -> String {
    guard let rounding else { return tensor }
    return append("DequantizeLinear", [tensor] + rounding, tensor == residual.output ? "base" : "input")
  }

  /// The branch itself.
  mutating func grow(from input: String, _ rounding: [String]?) {
    last = input
    pool(rounding)
    let weights = residual.weights
    let pads = residual.inputSize.map { $0 == 1 ? 0 : residual.kernel / 2 }
    last = append(
      "Conv", [last, weights[0], weights[0] + ".bias"], "hidden",
      [.integers("pads", pads + pads), .integer("group", residual.groups)])
    last = append("Relu", [last], "active")
    last = append("Conv", [last, weights[1], weights[1] + ".bias"], "result")
    guard residual.growth.contains(where: { $0 > 1 }) else { return }
    last = append(
      "Resize", [last, "", scales], "grown",
      [.text("mode", "nearest"), .text("coordinate_transformation_mode", "asymmetric"), .text("nearest_mode", "floor")])
    cut()
  }

  private mutating func pool(_ rounding: [String]?) {
    let (ratios, inner) = (residual.ratios, residual.innerSize)
    guard ratios.contains(where: { $0 > 1 }) else { return }
    let rest = residual.inputSize.indices.map { inner[$0] * ratios[$0] - residual.inputSize[$0] }
    last = append(
      "AveragePool", [last], "pooled",
      [
        .integers("kernel_shape", ratios), .integers("strides", ratios), .integers("pads", rest.map { _ in 0 } + rest),
        .integer("count_include_pad", 1),
      ])
    // Means of rounded numbers, rounded as these are, are integers again.
    guard let rounding else { return }
    let rounded = append("QuantizeLinear", [last] + rounding, "pooled.rounded")
    last = append("DequantizeLinear", [rounded] + rounding, "pooled.real")
  }

  /// Leaves out pixels that there are too many.
  private mutating func cut() {
    let grown = zip(residual.innerSize, residual.growth).map { $0 * $1 }
    let axes = residual.outputSize.indices.filter { grown[$0] > residual.outputSize[$0] }
    guard !axes.isEmpty else { return }
    let operands = [
      ("starts", axes.map { _ in 0 }), ("ends", axes.map { residual.outputSize[$0] }), ("axes", axes.map { $0 + 2 }),
    ]
    for (name, values) in operands { integers.append((residual.name + "." + name, values)) }
    last = append("Slice", [last] + integers.map(\.name), "cut")
  }

  /// The sum of block and branch.
  mutating func join(_ rounding: [String]?) {
    let base = real(residual.output, rounding)
    guard let rounding else {
      _ = append("Add", [base, last], "output")
      return
    }
    let sum = append("Add", [base, last], "sum")
    _ = append("QuantizeLinear", [sum] + rounding, "output")
  }

  private mutating func append(
    _ op: String, _ inputs: [String], _ output: String, _ attributes: [Onnx_AttributeProto] = []
  ) -> String {
    var node = Onnx_NodeProto(op, inputs, residual.name + "." + output)
    node.attribute = attributes
    nodes.append(node)
    return node.output[0]
  }
}
