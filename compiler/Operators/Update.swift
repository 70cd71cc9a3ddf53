import IR
import Runtime

/// A node that overwrites a variable, its operand 0.
protocol UpdateOperator: ElementwiseOperator {
  var update: (weightDecay: Double, momentum: Double, accumulate: Int) { get }
}

extension UpdateOperator {
  public var sharing: Sharing { .overwrites(0) }
  public var timing: Timing { .updates }

  public func parameterWords(_ inputs: [TensorType], _ output: TensorType) -> [UInt32] {
    words(
      UpdateParameters(
        count: output.count, tensors: 1 + inputs.count, weightDecay: Float(update.weightDecay),
        momentum: Float(update.momentum), accumulate: update.accumulate))
  }
}

extension Attributes {
  /// Micro-steps of an accumulation window: at least one.
  fileprivate func microSteps() throws(AttributeError) -> Int {
    let count = try int("accumulate")
    guard count > 0, count <= Int32.max else {
      throw AttributeError(name: "accumulate", expected: "a positive integer")
    }
    return count
  }
}

/// w ← w − rate · (g / accumulate + weightDecay · w); the rate is the step's. Operands: w, g.
public struct SGD: UpdateOperator {
  public static let name = "sgd"
  public static let opcode = OpCode.sgd
  public var runsOnceAWindow: Bool { true }
  static let operandCount = 2
  public static var samples: [Sample] {
    [Sample(SGD(weightDecay: 0.01, accumulate: 3), TensorType(3, 5), TensorType(3, 5))]
  }

  public let weightDecay: Double
  public let accumulate: Int

  public init(weightDecay: Double = 0, accumulate: Int = 1) {
    self.weightDecay = weightDecay
    self.accumulate = accumulate
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(weightDecay: attributes.float("weightDecay"), accumulate: attributes.microSteps())
  }

  public var attributes: Attributes { ["weightDecay": .float(weightDecay), "accumulate": .int(accumulate)] }
  var update: (weightDecay: Double, momentum: Double, accumulate: Int) { (weightDecay, 0, accumulate) }
}

/// m ← momentum · m + (g / accumulate + weightDecay · w); then `SGD` takes m for a gradient. Operands: m, g, w.
public struct MomentumState: UpdateOperator {
  public static let name = "momentum_state"
  public static let opcode = OpCode.momentumState
  public var runsOnceAWindow: Bool { true }
  static let operandCount = 3
  public static var samples: [Sample] {
    [Sample(MomentumState(momentum: 0.9, weightDecay: 0.01), TensorType(7), TensorType(7), TensorType(7))]
  }

  public let momentum: Double
  public let weightDecay: Double
  public let accumulate: Int

  public init(momentum: Double, weightDecay: Double = 0, accumulate: Int = 1) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.accumulate = accumulate
  }

  public init(attributes: Attributes) throws(AttributeError) {
    try self.init(
      momentum: attributes.float("momentum"), weightDecay: attributes.float("weightDecay"),
      accumulate: attributes.microSteps())
  }

  public var attributes: Attributes {
    ["momentum": .float(momentum), "weightDecay": .float(weightDecay), "accumulate": .int(accumulate)]
  }
  var update: (weightDecay: Double, momentum: Double, accumulate: Int) { (weightDecay, momentum, accumulate) }
}

/// sum ← g in the first micro-step of an accumulation window, sum + g in the others. Operands: sum, g.
public struct Accumulate: UpdateOperator, PlainOperator {
  public static let name = "accumulate"
  public static let opcode = OpCode.accumulate
  static let operandCount = 2
  public static var samples: [Sample] { [Sample(Accumulate(), TensorType(7), TensorType(7))] }

  public init() {}
  var update: (weightDecay: Double, momentum: Double, accumulate: Int) { (0, 0, 1) }
}
