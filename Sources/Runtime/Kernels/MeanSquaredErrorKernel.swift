/// Parameters of the mean squared error; operands: one number, prediction, target.
public struct SquaredErrorParameters: KernelParameters {
  public var count: Int32

  public init(count: Int) { self.count = Int32(count) }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? { index == 0 ? 1 : index < 3 ? (Extent() * count).value : nil }
}

/// Parameters of its gradient; operands: gradient of the prediction, prediction, target, seed.
public struct SquaredErrorGradParameters: KernelParameters {
  public var count: Int32

  public init(count: Int) { self.count = Int32(count) }

  public var operandCount: Int { 4 }

  public func extent(of index: Int) -> Int? { index < 3 ? (Extent() * count).value : index == 3 ? 1 : nil }
}

/// Mean over all elements of (prediction − target)².
func meanSquaredError<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(SquaredErrorParameters.self)
  let prediction = call.elements(1, S.self)
  let target = call.elements(2, S.self)
  var sum: S = 0
  for i in 0..<Int(p.count) { sum += (prediction[i] - target[i]) * (prediction[i] - target[i]) }
  call.elements(0, S.self)[0] = sum / S(Int(p.count))
}

/// dx = seed · 2 · (prediction − target) / count; dx may be the prediction.
func meanSquaredErrorGrad<S: KernelScalar>(_ call: Call, _: S.Type) {
  let p = call.parameters(SquaredErrorGradParameters.self)
  let dx = call.elements(0, S.self)
  let prediction = call.elements(1, S.self)
  let target = call.elements(2, S.self)
  let factor = 2 * call.elements(3, S.self)[0] / S(Int(p.count))
  for i in 0..<Int(p.count) { dx[i] = factor * (prediction[i] - target[i]) }
}
