import IR
import Runtime

/// An integer weight as it was before its update.
public struct WeightCopy: IntegerOperator {
  public static let name = "weight_copy"
  public static let opcode = OpCode.quantizedSlice
  public static var samples: [Sample] { [Sample(WeightCopy(), .weight([2, 3, 3, 4], scales: [0.1, 0.2], axis: 0))] }

  public init() {}
  public init(attributes: Attributes) throws(AttributeError) {}
  public var attributes: Attributes { Attributes([]) }
  public var timing: Timing { .copiesOldValue }

  public func infer(_ inputs: [TensorType]) throws(ShapeError) -> TensorType {
    let weight = try only(inputs)
    guard weight.dtype == .i8 else { throw ShapeError(Self.name, "has \(weight)") }
    return weight
  }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    let count = output.count
    return words(
      QuantizedSliceParameters(ChannelSliceParameters(pixels: 1, channels: count, range: 0..<count)))
  }
}
