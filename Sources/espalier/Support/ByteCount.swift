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

/// Refuses what is no count from 1 to a limit, and says which of both it breaks.
func checkCount(_ option: String, _ value: Int?, upTo limit: Int = 1 << 30) throws {
  guard let value else { return }
  if value < 1 { throw ValidationError("\(option) must be 1 or more.") }
  if value > limit { throw ValidationError("\(option) must be \(limit) or less.") }
}
