import CPlatform
import RuntimeBoard

/// The arguments of the command, one after the other.

struct ArgumentReader {
  private let words: UnsafePointer<CText?>
  private var rest: Int

  init(_ words: UnsafePointer<CText?>, count: Int) {
    self.words = words
    rest = count
  }

  mutating func next() -> CText? {
    guard rest > 0, let word = words.pointee else { return nil }
    self = ArgumentReader(words + 1, count: rest &- 1)
    return word
  }

  mutating func value(of option: CText) throws(Failure) -> CText {
    guard let value = next() else {
      throw Failure(.usage, option, " has no value behind it", next: "./runner help")
    }
    return value
  }

  /// A number from 1 on.
  mutating func count(of option: CText) throws(Failure) -> UInt32 {
    // As `espalier` says it: a number below 0 is a number.
    let isNegative = rest > 0 && words.pointee?[0] == 45
    let number = try isNegative ? 0 : self.number(of: option, upTo: 1 << 30)
    guard number > 0 else { throw Failure(.usage, option, " must be 1 or more", next: "./runner help") }
    return UInt32(truncatingIfNeeded: number)
  }

  mutating func number(of option: CText, upTo limit: UInt64) throws(Failure) -> UInt64 {
    let text = try value(of: option)
    var number: UInt64 = 0
    var index = 0
    repeat {
      let digit = UInt8(bitPattern: text[index]) &- 48
      let next = number.multipliedReportingOverflow(by: 10)
      let sum = next.partialValue.addingReportingOverflow(UInt64(truncatingIfNeeded: digit))
      guard digit < 10, !next.overflow, !sum.overflow, sum.partialValue <= limit else {
        throw wrong(option, text)
      }
      number = sum.partialValue
      index &+= 1
    } while text[index] != 0
    return number
  }

  /// A decimal number above 0.
  mutating func decimal(of option: CText) throws(Failure) -> Double {
    let text = try value(of: option)
    var number = 0.0
    guard cp_read_decimal(text, &number) == 0, number.isFinite else { throw wrong(option, text) }
    guard number > 0 else { throw Failure(.usage, option, " must be above 0", next: "./runner help") }
    return number
  }

  private func wrong(_ option: CText, _ value: CText) -> Failure {
    var text = FixedText()
    text += option
    text += " cannot be "
    text += value
    return Failure(.usage, text, next: "give a number that is not too large")
  }
}
