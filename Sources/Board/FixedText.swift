import CPlatform
import RuntimeBoard

/// A few lines of text in a buffer of fixed size; what does not fit any more is left out.
struct FixedText: FaultText {
  typealias Subject = CText

  private var bytes = InlineArray<640, UInt8>(repeating: 0)
  private(set) var count = 0

  init() {}

  init(_ text: StaticCString) { self += text }

  init(about name: CText) { self += name }

  /// Whether a number and a few words may not fit any more.
  var isNearlyFull: Bool { count > 560 }

  @inline(never)
  mutating func add(_ byte: UInt8) {
    guard count < 640 else { return }
    bytes[count] = byte
    count &+= 1
  }

  @inline(never)
  static func += (text: inout FixedText, other: StaticCString) {
    for index in 0..<other.count { text.add(UInt8(bitPattern: other.utf8[index])) }
  }

  @inline(never)
  static func += (text: inout FixedText, other: FixedText) {
    for index in 0..<other.count { text.add(other.bytes[index]) }
  }

  /// A name, or what the system says; control characters, which a terminal obeys, are written out.
  @inline(never)
  static func += (text: inout FixedText, other: CText) { text.add(other, escape: "\\x") }

  /// - Parameter escape: stands before the two hexadecimal digits of a control character.
  @inline(never)
  mutating func add(_ name: CText, escape: StaticCString, isQuoted: Bool = false) {
    var index = 0
    while name[index] != 0 {
      let byte = UInt8(bitPattern: name[index])
      if byte < 32 || byte == 127 {
        self += escape
        add(48 &+ byte >> 4)
        add(byte & 15 < 10 ? 48 &+ byte & 15 : 87 &+ byte & 15)
      } else {
        if isQuoted && (byte == 34 || byte == 92) { add(92) }
        add(byte)
      }
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

  /// Words and the number that they are about: half the calls of every line of results.
  @inline(never)
  mutating func add(_ words: StaticCString, _ number: Double) {
    self += words
    self += number
  }

  @inline(never)
  mutating func add(_ words: StaticCString, _ number: UInt32) {
    self += words
    self += number
  }

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
