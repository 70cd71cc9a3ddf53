// Where `Int` has 32 bits, the standard library takes other signed integers to floats by way of 64 bits and in
// software; by way of `Int` it is one instruction on every processor, and the same value.
extension Float {
  @inline(__always) init(_ value: Int32) { self.init(Int(value)) }
  @inline(__always) init(_ value: Int16) { self.init(Int(value)) }
  @inline(__always) init(_ value: Int8) { self.init(Int(value)) }

  /// A sum of at most 2³¹ products of 16 and 7 bits, rounded once: doubles hold it exactly.
  @inline(__always)
  init(sum: Int64) {
    #if _pointerBitWidth(_32)
      let (high, low) = (Int32(truncatingIfNeeded: sum &>> 32), UInt32(truncatingIfNeeded: sum))
      self.init(Double(Int(high)) * 0x1p32 + Double(word: low))
    #else
      self.init(sum)
    #endif
  }
}

extension Double {
  @inline(__always)
  public init(word value: UInt32) {
    let signed = Double(Int(Int32(bitPattern: value)))
    self = signed < 0 ? signed + 0x1p32 : signed
  }
}
