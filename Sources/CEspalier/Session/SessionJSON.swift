import Runtime

/// JSON that is searched where it stands; of malformed text, nothing is found.
struct JSONText {
  private let bytes: Bytes
  private var at = 0

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// The characters of the string at `object.key`, where neither it nor a key has an escape.
  func string(_ object: StaticString, _ key: StaticString) -> Bytes? {
    var reader = self
    var depth = 0
    var isInside = false
    while let byte = reader.next() {
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth &-= 1
      case UInt8(ascii: "\""):
        guard let name = reader.rest(), reader.skips(UInt8(ascii: ":")) else { continue }
        if depth == 1 { isInside = name.equals(object) }
        if depth == 2, isInside, name.equals(key), reader.skips(UInt8(ascii: "\"")) { return reader.rest() }
      default: continue
      }
    }
    return nil
  }

  private mutating func next() -> UInt8? {
    guard at < bytes.count else { return nil }
    defer { at &+= 1 }
    return bytes[at]
  }

  /// What is left of a string whose quote has been read; nil where the text ends before.
  private mutating func rest() -> Bytes? {
    let first = at
    while let byte = next() {
      if byte == UInt8(ascii: "\"") { return bytes.slice(first, at &- 1 &- first) }
      if byte == UInt8(ascii: "\\") { at &+= 1 }
    }
    return nil
  }

  /// Reads a character, white space before it included, if it comes next.
  private mutating func skips(_ wanted: UInt8) -> Bool {
    var reader = self
    while let byte = reader.next() {
      if byte == wanted {
        self = reader
        return true
      }
      guard byte == 32 || byte == 10 || byte == 13 || byte == 9 else { return false }
    }
    return false
  }
}

extension Bytes {
  fileprivate func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return false }
    return true
  }
}
