// Numbers of 64 bits by way of halves: a processor of 32 bits takes those to doubles and back in hardware.

/// A time on the clock of `cp_nanoseconds`.
public func nanoseconds(_ seconds: Double) -> UInt64 {
  let high = UInt32(seconds * 1e9 / 0x1p32)
  return UInt64(truncatingIfNeeded: high) &<< 32
    | UInt64(truncatingIfNeeded: UInt32(seconds * 1e9 - Double(high) * 0x1p32))
}

/// Seconds between two looks at the clock.
public func seconds(_ nanoseconds: UInt64) -> Double {
  let (high, low) = (UInt32(truncatingIfNeeded: nanoseconds &>> 32), UInt32(truncatingIfNeeded: nanoseconds))
  return (Double(word: high) * 0x1p32 + Double(word: low)) / 1e9
}
