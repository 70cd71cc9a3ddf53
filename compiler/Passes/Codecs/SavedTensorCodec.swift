import IR
import Operators

/// Compression of a saved tensor: the backward pass reads less of a forward value than the value itself.
///
/// Only gradients of weights read what was kept so, never those of activations: an error stays in one layer. What is
/// kept is known ahead, it is made right behind the value, and read when backward comes there.
public protocol SavedTensorCodec: Sendable {
  var name: String { get }
  /// Type of what is kept of a value for its readers; nil where the codec does not suit them.
  func kept(_ value: TensorType, _ readers: [SavedReader]) -> TensorType?
  /// Appends the encoding of the value, for the readers that `kept` was asked about.
  func encode(
    _ value: ValueID, for readers: [SavedReader], key: CodecKey, in graph: inout Graph
  ) throws(ShapeError) -> ValueID
  /// Appends a reader that decodes the value; its other operands are those of the graph.
  func read(_ reader: SavedReader, _ kept: ValueID, key: CodecKey, in graph: inout Graph) throws(ShapeError) -> ValueID
}

/// Keys of a codec's random numbers.
public struct CodecKey: Hashable, Sendable {
  public var seed: Int
  /// One for each value.
  public var tensor: Int
}

/// An operation of the backward pass that reads a forward value.
public struct SavedReader: Sendable {
  public var op: any Operator
  public var operands: [ValueID]
  /// Which operand the value is.
  public var position: Int
  /// Type of the value.
  public var type: TensorType
  public var name: String

  /// Whether the value is the input of a layer whose weight gradient this is.
  var isWeightGradient: Bool {
    switch op {
    case is ConvGradWeight, is DepthwiseGradWeight, is QuantizedGradWeight, is QuantizedDepthwiseGradWeight,
      is SummedGradWeight<QuantizedGradWeight>, is SummedGradWeight<QuantizedDepthwiseGradWeight>:
      position == 0
    case is GradWeightUpdate<QuantizedGradWeight>, is GradWeightUpdate<QuantizedDepthwiseGradWeight>:
      position == operands.count - 3
    default: false
    }
  }

  /// Whether the weight gradient is a product of two matrices with a row for each pixel.
  var isMatrixProduct: Bool {
    guard isWeightGradient else { return false }
    return switch op {
    case let op as ConvGradWeight: op.sliding.isPointwise(op.kernel, op.groups)
    case let op as QuantizedGradWeight: op.sliding.isPointwise(op.kernel, op.groups)
    case let op as SummedGradWeight<QuantizedGradWeight>:
      op.gradient.sliding.isPointwise(op.gradient.kernel, op.gradient.groups)
    case let op as GradWeightUpdate<QuantizedGradWeight>:
      op.gradient.sliding.isPointwise(op.gradient.kernel, op.gradient.groups)
    default: false
    }
  }

  /// Appends the operation with another value in the place of this one.
  func append(_ value: ValueID, to graph: inout Graph) throws(ShapeError) -> ValueID {
    var operands = operands
    operands[position] = value
    return try graph.append(op, operands, name: name)
  }
}

extension Sliding {
  fileprivate func isPointwise(_ kernel: [Int], _ groups: Int) -> Bool {
    kernel == [1, 1] && groups == 1 && strides == [1, 1] && pads == [0, 0, 0, 0]
  }
}
