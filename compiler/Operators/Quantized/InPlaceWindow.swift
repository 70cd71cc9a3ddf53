import IR

/// A sliding-window operator that can run in place, over the picture that it reads: a ring buffer in scratch holds each
/// output pixel until the last window that reads the pixel below it has been computed.
public protocol InPlaceWindow: Operator {
  var isInPlace: Bool { get set }
  /// Pixels in the ring buffer; nil where sizes or formats do not allow it.
  func possibleDelay(_ inputs: [TensorType], _ output: TensorType) -> Int?
}

extension InPlaceWindow {
  public var sharing: Sharing { isInPlace ? .mayReuse([0]) : .none }

  func delay(_ inputs: [TensorType], _ output: TensorType) -> Int {
    isInPlace ? possibleDelay(inputs, output) ?? 0 : 0
  }

  var inPlaceEntry: (String, AttributeValue) { ("inPlace", .int(isInPlace ? 1 : 0)) }

  /// Checks that an operator that is to run in place can.
  func expectingInPlace(_ inputs: [TensorType], _ output: TensorType) throws(ShapeError) -> TensorType {
    guard !isInPlace || possibleDelay(inputs, output) != nil else {
      throw ShapeError(Self.name, "cannot write \(output) over \(inputs[0])")
    }
    return output
  }

  /// The operator in memory of its own, and in place where it can be.
  func samples(inputs: [TensorType], range: ClosedRange<Double>) -> [Sample] {
    var other = self
    other.isInPlace = true
    return [self, other].filter { !$0.isInPlace || (try? $0.infer(inputs)) != nil }.map {
      Sample($0, inputs: inputs, range: range)
    }
  }
}
