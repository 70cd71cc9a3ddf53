/// Operands of `encodeNibbles`: bytes, x; of `decodeNibbles`: x, bytes. x is i8 or f32.
public struct NibbleParameters: KernelParameters {
  /// Elements that share a smallest value and a step.
  public static var group: Int { 128 }
  /// Bytes in front of a group's nibbles: its smallest value and its step, both f32.
  static var head: Int { 8 }

  public var count: Int32
  /// 1 for int8, 0 for f32.
  public var isInteger: Int32
  public var isDecoding: Int32
  /// Keys of the random numbers.
  public var seed: UInt32
  public var tensor: UInt32

  public init(count: Int, isInteger: Bool, isDecoding: Bool, seed: UInt32, tensor: UInt32) {
    self.count = Int32(count)
    self.isInteger = isInteger ? 1 : 0
    self.isDecoding = isDecoding ? 1 : 0
    self.seed = seed
    self.tensor = tensor
  }

  /// Bytes that elements take when they are encoded.
  public static func bytes(_ count: Int) -> Int { (count + group - 1) / group * head + (count + 1) / 2 }

  private var encoded: Int { isDecoding == 1 ? 1 : 0 }

  public var operandCount: Int { 2 }

  public func extent(of index: Int) -> Int? {
    guard count > 0, count < 1 << 30, 0...1 ~= isInteger, 0...1 ~= isDecoding, index < 2 else { return nil }
    return index == encoded ? Self.bytes(Int(count)) : Int(count)
  }

  public func isValid(for opcode: OpCode) -> Bool { (opcode == .decodeNibbles) == (isDecoding == 1) }

  public func type(of index: Int) -> OperandType {
    index == encoded ? .element(.u8) : .element(isInteger == 1 ? .i8 : .f32)
  }
}

/// x in 4 bits an element: smallest + n · step, where n is rounded up or down at random, so that the mean is exact (Chen et
/// al., ActNN: Reducing Training Memory Footprint via 2-Bit Activation Compressed Training).
///
/// A step of integers is whole, so that what is decoded needs no rounding.
func encodeNibbles(_ call: Call, _ context: StepContext) {
  let p = call.parameters(NibbleParameters.self)
  let noise = RoundingNoise(key: CounterGenerator(seed: p.seed, step: context.step, tensor: p.tensor).key)
  if p.isInteger == 1 {
    encode(call, p, noise, call.elements(1, Int8.self)) { Float($0) }
  } else {
    encode(call, p, noise, call.elements(1, Float.self)) { $0 }
  }
}

@inline(__always)
private func encode<E: BitwiseCopyable>(
  _ call: Call, _ p: NibbleParameters, _ noise: RoundingNoise, _ x: Elements<E>, _ real: (E) -> Float
) {
  let (count, group) = (Int(p.count), NibbleParameters.group)
  let heads = call.heads(0)
  let nibbles = call.elements(0, UInt8.self).from((count &+ group &- 1) / group &* NibbleParameters.head)
  var start = 0
  while start < count {
    let end = min(start &+ group, count)
    var smallest = real(x[start])
    var largest = smallest
    for i in start..<end {
      smallest = min(smallest, real(x[i]))
      largest = max(largest, real(x[i]))
    }
    var step = (largest - smallest) / 15
    if p.isInteger == 1 {
      let whole = Int32(bounding: step)
      if Float(whole) < step { step = Float(whole &+ 1) }
      // The topmost number is an int8 too.
      smallest = min(smallest, 127 - 15 * step)
    }
    let inverse = step > 0 ? 1 / step : 0
    heads[start / group &* 2] = smallest
    heads[start / group &* 2 &+ 1] = step
    for i in start..<end {
      let number = between(0, (real(x[i]) - smallest) * inverse, 15)
      let nibble = UInt8(truncatingIfNeeded: min(UpdateRounding.stochastic.round(number, noise[UInt32(i)]), 15))
      nibbles[i / 2] = i & 1 == 0 ? nibble : nibbles[i / 2] | nibble &<< 4
    }
    start = end
  }
}

/// The elements that `encodeNibbles` kept 4 bits of.
func decodeNibbles(_ call: Call) {
  let p = call.parameters(NibbleParameters.self)
  if p.isInteger == 1 {
    let x = call.elements(0, Int8.self)
    decode(call, p) { x[$0] = Int8(truncatingIfNeeded: Int32(bounding: between(-128, $1, 127))) }
  } else {
    let x = call.elements(0, Float.self)
    decode(call, p) { x[$0] = $1 }
  }
}

@inline(__always)
private func decode(_ call: Call, _ p: NibbleParameters, _ put: (Int, Float) -> Void) {
  let (count, group) = (Int(p.count), NibbleParameters.group)
  let heads = call.heads(1)
  let nibbles = call.elements(1, UInt8.self).from((count &+ group &- 1) / group &* NibbleParameters.head)
  for i in 0..<count {
    let head = i / group &* 2
    put(i, heads[head] + Float(nibbles[i / 2] &>> (i & 1 == 0 ? 0 : 4) & 15) * heads[head &+ 1])
  }
}

/// The value kept within limits; the lower one for what is no number.
@inline(__always)
private func between(_ low: Float, _ value: Float, _ high: Float) -> Float {
  value == value ? min(max(value, low), high) : low
}

extension Call {
  /// The floats in front of encoded elements.
  fileprivate func heads(_ index: Int) -> Elements<Float> { scratch(index, Float.self) }
}
