import IR
import Operators

extension Graph {
  /// The network whose classifier computes in float: its integer weights become float constants of the same names, and
  /// what rounds its result to integers goes.
  ///
  /// A rounding that holds results on one side of zero stays as a Clip, as that is what is left of an activation
  /// function. A network without integers comes back as it is.
  public func withFloatClassifier() throws(ShapeError) -> Graph {
    let roundings = roundingsBehindClassifier
    let classifier = nodes.last { $0.op is Conv }
    let weights = Set((classifier?.inputs ?? []).compactMap { dequantizedConstant(multiplied($0)) })
    var rewriter = Rewriter(self)
    for id in ids where !weights.contains(id) {
      if let integers = dequantizedConstant(id), weights.contains(integers) {
        rewriter[id] = rewriter.graph.constant(self[integers].name, constant(integers)!.dequantized())
      } else if let rounding = roundings.first(where: { $0.real == id }) {
        rewriter[id] = rewriter[rounding.operand]
        guard let clamp = rounding.clamp else { continue }
        rewriter[id] = try rewriter.graph.append(clamp, rewriter[rounding.operand], name: self[id].name)
      } else {
        try rewriter.copy(id)
      }
    }
    return try rewriter.finish().pruned()
  }

  /// A rounding to integers and back.
  private struct Rounding {
    let operand: ValueID
    let real: ValueID
    /// What it keeps results within, where that is one side of zero.
    var clamp: Clip?
    /// What it keeps results within otherwise.
    var bounds: ClosedRange<Double>?
  }

  /// What the roundings behind the classifier keep results within where they are left out; nil where they do nothing of
  /// the kind, or stay as a Clip.
  public var boundsOfRoundedResults: ClosedRange<Double>? { roundingsBehindClassifier.compactMap(\.bounds).last }

  /// The roundings between the layer that the first output is computed by and the output, the last first.
  private var roundingsBehindClassifier: [Rounding] {
    var roundings: [Rounding] = []
    var id = outputs.first?.value
    while let value = id, let node = node(value) {
      if makesProbabilities(node.op) {
        // These lie within bounds whatever rounds them.
        roundings = roundings.map { Rounding(operand: $0.operand, real: $0.real) }
      } else if node.op is Dequantize, let before = self.node(node.inputs[0]), let op = before.op as? Quantize {
        let (bounds, isHeld) = (op.bounds, op.bounds.lowerBound >= 0 || op.bounds.upperBound <= 0)
        roundings.append(
          Rounding(
            operand: before.inputs[0], real: value, clamp: isHeld ? Clip(bounds) : nil, bounds: isHeld ? nil : bounds))
        id = before.inputs[0]
        continue
      } else if !(node.op is Reshape || node.op is Transpose) {
        break
      }
      id = node.inputs[0]
    }
    return roundings
  }

  /// The value behind factors and broadcasts.
  private func multiplied(_ id: ValueID) -> ValueID {
    var id = id
    while let node = node(id), node.op is Affine || node.op is Expand { id = node.inputs[0] }
    return id
  }

  /// The integer constant whose real values `id` is.
  func dequantizedConstant(_ id: ValueID) -> ValueID? {
    guard let node = node(id), node.op is Dequantize, isConstant(node.inputs[0]) else { return nil }
    return node.inputs[0]
  }

  /// Whether anything of the network is rounded to integers.
  public var isQuantized: Bool { nodes.contains { $0.op is Quantize } }
}

extension Quantize {
  /// The real values of the integers.
  var bounds: ClosedRange<Double> {
    let (low, high) = (Double(-128 - zeroPoint), Double(127 - zeroPoint))
    return low * Double(scale)...high * Double(scale)
  }
}

extension Clip {
  init(_ bounds: ClosedRange<Double>) { self.init(min: bounds.lowerBound, max: bounds.upperBound) }
}
