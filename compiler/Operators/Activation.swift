import IR
import Runtime

/// An element-wise operator whose kernel reads up to two numbers.
protocol ActivationOperator: ElementwiseOperator {
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
