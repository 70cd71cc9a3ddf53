import CPlatform

/// A few lines of text in a buffer of fixed size; what does not fit any more is left out.
struct FixedText {
  private var bytes = InlineArray<640, UInt8>(repeating: 0)
  private(set) var count = 0

  init() {}

  init(_ text: StaticCString) { self += text }

  /// Whether a number and a few words may not fit any more.
  var isNearlyFull: Bool { count > 560 }

  @inline(never)
  mutating func add(_ byte: UInt8) {
    guard count < 640 else { return }
    bytes[count] = byte
    count &+= 1
  }

  @inline(__always)
  static func += (text: inout FixedText, other: StaticCString) { text += other.utf8 }

  @inline(never)
  static func += (text: inout FixedText, other: FixedText) {
    for index in 0..<other.count { text.add(other.bytes[index]) }
  }

  @inline(never)
  static func += (text: inout FixedText, other: CText) {
    var index = 0
    while other[index] != 0 {
      text.add(UInt8(bitPattern: other[index]))
      index &+= 1
    }
  }

  /// The number in decimal digits.
  @inline(never)
  static func += (text: inout FixedText, number: UInt64) {
    var digits = InlineArray<32, UInt8>(repeating: 0)
    let count = withUnsafeMutableBytes(of: &digits) { raw in
      cp_print_number(raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count, number)
    }
    for index in 0..<Int(count) { text.add(digits[index]) }
  }

  @inline(never)
  static func += (text: inout FixedText, number: Int) {
    if number < 0 { text.add(45) }
    text += UInt64(truncatingIfNeeded: number.magnitude)
  }

  @inline(never)
  static func += (text: inout FixedText, number: UInt32) { text += UInt64(truncatingIfNeeded: number) }

  /// The number with nine significant digits; `null` where it is none.
  @inline(never)
  static func += (text: inout FixedText, number: Double) {
    guard number.isFinite else {
      text += "null"
      return
    }
    var digits = InlineArray<32, UInt8>(repeating: 0)
    let count = withUnsafeMutableBytes(of: &digits) { raw in
      cp_print_decimal(raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count, number)
    }
    for index in 0..<Int(count) { text.add(digits[index]) }
  }

  @inline(never)
  static func += (text: inout FixedText, number: Float) { text += Double(number) }

  /// A share as percent with two digits.
  @inline(never)
  mutating func add(share part: Int, of whole: Int) {
    let hundredths = UInt64(truncatingIfNeeded: part) &* 10_000 / UInt64(truncatingIfNeeded: max(whole, 1))
    self += hundredths / 100
    self += "."
    if hundredths % 100 < 10 { self += "0" }
    self += hundredths % 100
    self += " %"
  }

  /// Writes the text to an open file; what the system says is 0 or the cause of the failure.
  func write(to file: Int32) -> Int32 {
    withUnsafePointer(to: bytes) { cp_write(file, $0, count) }
  }
}

/// FixedText as C has it: an argument, or the path of a file.
typealias CText = UnsafePointer<CChar>

/// Whether a text of C is these characters.
@inline(never)
func equal(_ text: CText, _ other: StaticCString) -> Bool {
  var index = 0
  while text[index] == other.utf8[index] {
    if text[index] == 0 { return true }
    index &+= 1
  }
  return false
}

extension CText {
  /// Which of the words of a list, with spaces between them, this text is; −1 for none.
  @inline(never)
  func position(in list: StaticCString) -> Int {
    var (word, position) = (list.utf8, 0)
    while true {
      var index = 0
      while word[index] > 32 && word[index] == self[index] { index &+= 1 }
      if self[index] == 0 && word[index] <= 32 { return position }
      while word[index] > 32 { index &+= 1 }
      guard word[index] != 0 else { return -1 }
      word += index &+ 1
      position &+= 1
    }
  }
}
