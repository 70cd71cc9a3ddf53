import CKernels

/// Delayed scaling state of an integer gradient, from the steps before: four floats that outlive the step.
///
/// 0: scale of the next step, or 0 where it is to be measured; 1: largest magnitude of late; 2: saturated elements so far;
/// 3: how often the scale had to be measured anew.
public enum GradientRange {
  public static let count = 4
}

/// Operands: new state, state, gradient.
public struct GradientRangeParameters: KernelParameters {
  public var count: Int32
  /// Raw value of `GradientFormat`, not f32.
  public var format: Int32

  public init(count: Int, format: GradientFormat) {
    self.count = Int32(count)
    self.format = format.rawValue
  }

  public var operandCount: Int { 3 }

  public func extent(of index: Int) -> Int? {
    guard let format = GradientFormat(rawValue: format), format != .f32 else { return nil }
    return switch index {
    case 0, 1: GradientRange.count
    case 2: (Extent() * count).value
    default: nil
    }
  }

  public func type(of index: Int) -> OperandType {
    .element(index == 2 ? (GradientFormat(rawValue: format) ?? .q8).elementType : .f32)
  }
}

/// Delayed scaling: the next step's scale fits 1.25 times the largest magnitude of late, rounded up to a power of two.
///
/// The memory of large gradients fades by 1/16 a step. Where more than 0.1 % of the elements were saturated, the next
/// step measures. A gradient of zeros says nothing and changes nothing.
func gradientRange(_ call: Call) {
  let p = call.parameters(GradientRangeParameters.self)
  let format = GradientFormat(rawValue: p.format) ?? .q8
  let (new, old) = (call.elements(0, Float.self), call.elements(1, Float.self))
  new.first(GradientRange.count).copy(old)
  let limit: Int32 = format == .q8 ? 127 : 32767
  let bytes = call.elements(2, Int8.self)
  let words = bytes.rebound(Int16.self)
  var largest: Int32 = 0
  var saturated = 0
  if isBuilt(.tiles), format == .q8, let kernel = unsafe ck_kernels().pointee.range8 {
    var atLimit: Int32 = 0
    unsafe kernel(bytes.pointer, p.count, limit, &largest, &atLimit)
    saturated = Int(atLimit)
  } else {
    for i in 0..<Int(p.count) {
      let value = abs(format == .q8 ? Int32(bytes[i]) : Int32(words[i]))
      largest = max(largest, value)
      if value == limit { saturated &+= 1 }
    }
  }
  guard largest > 0 else { return }
  let magnitude = Float(largest) * call.gradientScale(2, format)
  let isExact = old[0] == 0
  new[1] = max(magnitude, old[1] * 0.9375)
  if saturated &* 1000 > Int(p.count) && !isExact {
    new[0] = 0
    new[3] = old[3] + 1
  } else {
    new[0] = powerOfTwo(notBelow: new[1] * 1.25 / Float(limit))
  }
  new[2] = old[2] + Float(saturated)
}
