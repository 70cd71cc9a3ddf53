import ArgumentParser

/// Bytes as typed by a person: `262144`, `256KiB`, `1.5MB`.
struct ByteCount: Equatable {
  let bytes: Int

  /// Nil for anything that is no size.
  init?(_ text: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let unit = ByteCount.units[text.dropFirst(number.count).lowercased()], let first = number.first, first != ".",
      number.last != ".", let value = Double(number), value * Double(unit) < 0x1p62
    else { return nil }
    bytes = Int((value * Double(unit)).rounded(.down))
  }

  private static let units = [
    "": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000,
  ]
}

extension ByteCount {
  /// Bytes that an option says.
  static func argument(_ text: String) throws -> Int {
    guard let size = ByteCount(text) else { throw ValidationError("'\(text)' is no size, such as 256KiB.") }
    return size.bytes
  }
}
