/// Number `position` of the stream of random numbers that a seed begins (SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
///
/// The counter-based generator of the project; what rounds has `RoundingNoise`, which follows from it. A stream counts positions up; a number that depends on a
/// place alone, whatever the order, the threads and the machine, gives the place as position.
#if hasFeature(Embedded)
  @inline(never)
#endif
public func randomNumber(seed: UInt64, _ position: UInt64) -> UInt64 {
  var z = seed &+ position &* 0x9e37_79b9_7f4a_7c15 &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z &>> 31)
}

/// A random number for each element of a tensor in a step of a seed.
public struct CounterGenerator {
  let key: UInt64

  public init(seed: UInt32, step: UInt32, tensor: UInt32) {
    key = randomNumber(seed: zeroExtended(seed) &<< 32 | zeroExtended(step), zeroExtended(tensor))
  }

  @inline(__always)
  public subscript(element: UInt32) -> UInt32 { number(element) }

  // Where it is known, a float of the upper bits is made of all 64: a processor of 32 bits needs a library for that.
  #if hasFeature(Embedded)
    @inline(never)
  #else
    @inline(__always)
  #endif
  private func number(_ element: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: randomNumber(seed: key, zeroExtended(element)) &>> 32)
  }
}

/// 16 random bits for each element of a tensor in a step: what rounding to integers needs.
///
/// Two elements share a hash of 32 bits, whose products vectors and small processors have (the finalizer "lowbias32" of
/// Wellons, Prospecting for Hash Functions, with half of the key added in its middle).
struct RoundingNoise {
  let key: UInt64

  /// Uniform.
  @inline(__always)
  subscript(element: UInt32) -> UInt16 {
    var z = element &>> 1 &+ UInt32(truncatingIfNeeded: key)
    z = (z ^ z &>> 16) &* 0x7feb_352d
    z = ((z ^ z &>> 15) &+ UInt32(truncatingIfNeeded: key &>> 32)) &* 0x846c_a68b
    z ^= z &>> 16
    return UInt16(truncatingIfNeeded: element & 1 == 0 ? z : z &>> 16)
  }
}
