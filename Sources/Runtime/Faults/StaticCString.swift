/// A text that stands in the program: one pointer, where a `StaticString` takes three words at every use.
@safe
public struct StaticCString: ExpressibleByStringLiteral {
  /// As C has it: literals end with a zero.
  public let utf8: UnsafePointer<CChar>

  @inline(__always)
  public init(stringLiteral text: StaticString) {
    unsafe utf8 = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// Bytes in front of the zero.
  public var count: Int {
    var count = 0
    while unsafe utf8[count] != 0 { count &+= 1 }
    return count
  }
}
