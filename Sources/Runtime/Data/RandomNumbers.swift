/// Number `position` of the stream of random numbers that a seed begins (SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
///
/// The one counter-based generator of the project. A stream counts positions up; a number that depends on a
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
