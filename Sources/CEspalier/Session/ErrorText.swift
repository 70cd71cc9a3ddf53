import CPlatform
import Runtime

/// One line about a failure, ended by a zero; what does not fit any more is left out.
struct ErrorText: BitwiseCopyable, FaultText {
  typealias Subject = ErrorContext

  static var size: Int { MemoryLayout<ErrorText>.size }
  /// Characters of a path that are shown; of longer ones, the end.
  private static var pathLimit: Int { 200 }

  // First, so that the text begins where this value does.
  private var bytes = InlineArray<640, UInt8>(repeating: 0)
  private var count = 0

  init() {}

  init(_ text: StaticCString) { self += text }

  init(about subject: ErrorContext) {
    self += subject.name
    if let path = unsafe subject.path { unsafe add(path: path) }
  }

  private mutating func add(_ byte: UInt8) {
    guard count < 639 else { return }
    bytes[count] = byte
    count &+= 1
  }

  static func += (text: inout ErrorText, other: StaticCString) {
    for index in 0..<other.count { text.add(unsafe UInt8(bitPattern: other.utf8[index])) }
  }

  static func += (text: inout ErrorText, other: ErrorText) {
    for index in 0..<other.count { text.add(other.bytes[index]) }
  }

  /// A text of C: a path, or what the system says.
  mutating func add(path: UnsafePointer<CChar>) {
    var length = 0
    while unsafe path[length] != 0 { length &+= 1 }
    let first = max(0, length &- ErrorText.pathLimit)
    if first > 0 { self += "..." }
    for index in first..<length {
      let byte = unsafe UInt8(bitPattern: path[index])
      // It is to be one line, and no commands to a terminal.
      add(byte < 32 || byte == 127 ? 63 : byte)
    }
  }

  /// The number in decimal digits.
  static func += (text: inout ErrorText, number: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var rest = number
    var first = 20
    repeat {
      first &-= 1
      digits[first] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in first..<20 { text.add(digits[index]) }
  }
}
