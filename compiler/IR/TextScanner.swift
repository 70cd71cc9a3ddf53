/// Where and why a text form cannot be read.
public struct TextError: Error, Sendable {
  public let line: Int
  public let reason: String
}

/// Reads the tokens of one text form.
struct TextScanner {
  private let bytes: [UInt8]
  private var position = 0
  private(set) var line = 1

  init(_ text: String) { bytes = Array(text.utf8) }

  func error(_ reason: String) -> TextError { TextError(line: line, reason: reason) }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d {
      if byte == 0x0a { line += 1 }
      position += 1
    }
  }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  /// Consumes `token` if it comes next.
  mutating func take(_ token: String) -> Bool {
    skipSpace()
    let wanted = Array(token.utf8)
    guard position + wanted.count <= bytes.count, bytes[position..<(position + wanted.count)].elementsEqual(wanted)
    else { return false }
    position += wanted.count
    return true
  }

  mutating func expect(_ token: String) throws(TextError) {
    guard take(token) else { throw error("expected '\(token)'") }
  }

  /// Letters, digits and the bytes of `also`.
  mutating func word(also: String = "_") throws(TextError) -> String {
    skipSpace()
    let start = position
    let extra = Set(also.utf8)
    while let byte = current, isWordByte(byte) || extra.contains(byte) { position += 1 }
    guard position > start else { throw error("expected a word") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  mutating func integer() throws(TextError) -> Int {
    let text = try word(also: "-")
    guard let value = Int(text) else { throw error("'\(text)' is no integer") }
    return value
  }

  /// Integers between brackets.
  mutating func integers(_ open: String = "[", _ close: String = "]") throws(TextError) -> [Int] {
    try expect(open)
    var values: [Int] = []
    while !take(close) {
      values.append(try integer())
      _ = take(",")
    }
    return values
  }

  /// A quoted string; the opening quote comes next.
  mutating func string() throws(TextError) -> String {
    try expect("\"")
    var result: [UInt8] = []
    while let byte = current {
      position += 1
      if byte == 0x22 { return String(decoding: result, as: UTF8.self) }
      guard byte == 0x5c else {
        result.append(byte)
        continue
      }
      guard let escaped = current else { break }
      position += 1
      result.append(escaped == 0x6e ? 0x0a : escaped)
    }
    throw error("string without an end")
  }

  var startsString: Bool {
    mutating get { isNext(0x22) }
  }

  /// Whether this byte comes next; it stays.
  mutating func isNext(_ byte: UInt8) -> Bool {
    skipSpace()
    return current == byte
  }
}
