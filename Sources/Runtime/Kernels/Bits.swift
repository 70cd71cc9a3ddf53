/// One bit per element, least significant bit first.
public struct Bits {
  let bytes: Elements<UInt8>

  init(_ bytes: Elements<UInt8>) { self.bytes = bytes }

  subscript(index: Int) -> Bool {
    @inline(__always) get { bytes[index &>> 3] &>> UInt8(truncatingIfNeeded: index & 7) & 1 != 0 }
  }

  /// Writes all bits, a byte at a time; bits past `count` are zero.
  @inline(__always)
  func write(count: Int, _ bit: (Int) -> Bool) {
    var index = 0
    for byte in 0..<((count &+ 7) / 8) {
      var value: UInt8 = 0
      let last = min(8, count &- index)
      for position in 0..<last where bit(index &+ position) { value |= 1 &<< UInt8(truncatingIfNeeded: position) }
      bytes[byte] = value
      index &+= last
    }
  }
}
