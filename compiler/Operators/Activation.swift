import IR
import Runtime

/// An activation function y = f(x), element by element.
///
/// Its own file is all that the compiler knows of it: patches, orders of channels, blocks with branches, the tables of the
/// image format and what can be called on a traced tensor follow from the members here.
public protocol ActivationFunction: ChannelWise, PixelOperator {
  /// Between which values f(x) lies.
  var bounds: ClosedRange<Double> { get }
  /// Whether results are probabilities: it ends a network or is a gate, and a loss computes its own.
  static var makesProbabilities: Bool { get }
}

extension ActivationFunction {
  public var bounds: ClosedRange<Double> { -.infinity ... .infinity }
  public static var makesProbabilities: Bool { false }
}

/// An activation function that networks also compute in parts, as files of older versions of ONNX do.
public protocol ComposedActivation: ActivationFunction {
  /// The function and its argument, where a value is computed by its parts.
  static func composed(_ id: ValueID, in graph: Graph) -> (op: any Operator, x: ValueID)?
}

/// A tensor of a function that is traced; files of operators say what can be called on it.
public protocol SymbolicTensor {
  func applying(_ op: any Operator) -> Self
}

/// An element-wise operator whose kernel reads up to two numbers: an activation function or its gradient.
protocol ActivationOperator: ElementwiseOperator {
  /// What it computes, for the table of the image format.
  static var formula: String { get }
  /// The numbers, `first` and `second` in the formula.
  var numbers: (first: Double, second: Double) { get }
}

extension ActivationOperator {
  public var sharing: Sharing { .mayReuse([0]) }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      ActivationParameters(
        count: output.count, tensors: 1 + inputs.count, first: Float(numbers.first), second: Float(numbers.second)))
  }
}

/// An activation without attributes.
protocol PlainActivation: ActivationOperator, PlainOperator {}

extension PlainActivation {
  var numbers: (first: Double, second: Double) { (0, 0) }
}
