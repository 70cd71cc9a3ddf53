/// An option whose value makes no sense; `option` is spelled as on the command line.
public struct OptionError: Error, Hashable, Sendable {
  public let option: String
  public let value: String
  /// What would be accepted, as a noun phrase.
  public let expected: String

  public init(option: String, value: String, expected: String) {
    self.option = option
    self.value = value
    self.expected = expected
  }
}

extension CompileOptions {
  /// Refuses schedules where one plan is looked at.
  func expectOnePlan() throws(OptionError) {
    if let plans { throw OptionError(option: "plans", value: plans.name, expected: "one --policy at a time") }
  }

  /// Largest value of a size option; keeps products of two of them far from overflow.
  static let largestSize = 1 << 24

  /// Checks every value that can be judged without a model, and throws for the first that makes no sense.
  public func validate() throws(OptionError) {
    if let classes { try checkClasses(classes) }
    try check("batch", batch, from: 1, to: 65_536)
    try check("accumulate", accumulate, from: 1, to: 65_536)
    try check("steps", steps, from: 1, to: Self.largestSize)
    try check("warmup", warmup, from: 0, to: steps)
    try check("label-smoothing", labelSmoothing, "0 or more and less than 1") { $0 >= 0 && $0 < 1 }
    try check("lr", learningRate, "a number above 0") { $0 > 0 && $0.isFinite }
    try check("momentum", momentum, "0 or more and less than 1") { $0 >= 0 && $0 < 1 }
    try check("weight-decay", weightDecay, "0 or more and less than 1") { $0 >= 0 && $0 < 1 }
    if let inputShape { try check(inputShape) }
    if case .bytes(let bytes) = cap { try check("cap", bytes, from: 1, to: 1 << 46) }
    if (optimizer == .lion || optimizer == .adam) && !mode.isInteger {
      throw OptionError(option: "optimizer", value: optimizer.rawValue, expected: "sgd or momentum in mode f32")
    }
    try check("clip-gradients", clipGradients, "0 or more") { $0 >= 0 && $0.isFinite }
    if clipGradients > 0 && !mode.isInteger {
      throw OptionError(option: "clip-gradients", value: "\(clipGradients)", expected: "0 in mode f32")
    }
    try check("spike-guard", spikeGuard, "0, or more than 1") { $0 == 0 || $0 > 1 && $0.isFinite }
    if formats != nil && !mode.isInteger {
      throw OptionError(option: "formats", value: "a file", expected: "an integer mode beside it: --mode i8")
    }
    if momentum != CompileOptions().momentum && optimizer == .sgd {
      throw OptionError(
        option: "momentum", value: "\(momentum)", expected: "an optimizer that has one: --optimizer momentum")
    }
    if rounding != .stochastic && !mode.isInteger {
      throw OptionError(
        option: "rounding", value: rounding.rawValue, expected: "an integer mode beside it: --mode i8")
    }
    if !scalesGradients && !mode.isInteger {
      throw OptionError(option: "gradient-scaling", value: "plain", expected: "an integer mode beside it: --mode i8")
    }
    if loss == .mse && labelSmoothing != 0 {
      throw OptionError(option: "label-smoothing", value: "\(labelSmoothing)", expected: "0 with the loss mse")
    }
  }

  /// One class is one number, which only a loss of numbers compares with anything.
  private func checkClasses(_ classes: Int) throws(OptionError) {
    guard classes != 1 || loss == .mse else {
      throw OptionError(
        option: "classes", value: "1", expected: "2 or more, or --loss mse beside it to regress one number")
    }
    try check("classes", classes, from: 1, to: Self.largestSize)
  }

  private func check(_ shape: [Int]) throws(OptionError) {
    let text = shape.map(String.init).joined(separator: "x")
    var product = 1
    for size in shape {
      guard size >= 1, size <= Self.largestSize, product <= Int(Int32.max) else {
        throw OptionError(option: "input-shape", value: text, expected: "sizes above 0 that fit in memory")
      }
      product *= size
    }
    guard shape.count >= 2, product <= Int(Int32.max) else {
      throw OptionError(option: "input-shape", value: text, expected: "a shape with its batch, such as 1x3x96x96")
    }
  }

  private func check(_ option: String, _ value: Int, from low: Int, to high: Int) throws(OptionError) {
    guard value < low || value > high else { return }
    throw OptionError(option: option, value: "\(value)", expected: "an integer from \(low) to \(high)")
  }

  private func check(
    _ option: String, _ value: Float, _ expected: String, _ accept: (Float) -> Bool
  ) throws(OptionError) {
    guard !accept(value) else { return }
    throw OptionError(option: option, value: "\(value)", expected: expected)
  }
}
