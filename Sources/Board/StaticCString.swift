/// A text that stands in the program: one pointer, where a `StaticString` takes three words at every use.
struct StaticCString: ExpressibleByStringLiteral {
  /// As C has it: literals end with a zero.
  let utf8: CText

  @inline(__always)
  init(stringLiteral text: StaticString) {
    utf8 = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// Bytes in front of the zero.
  var count: Int {
    var count = 0
    while utf8[count] != 0 { count &+= 1 }
    return count
  }
}
