import Foundation

/// The keys and numbers of a text that is JSON, in their order, each with its place in the objects and arrays.
struct JSONWalk {
  enum Token: Equatable {
    case key(String)
    case number(String)
  }

  private enum Level {
    case object(key: String, known: Set<String>)
    case array(index: Int)
  }

  private let json: [UInt8]
  private var position = 0
  private var levels: [Level] = []
  /// Whether the next text is a key.
  private var expectsKey = false
  /// Whether the last token is a key that its object had before.
  private(set) var isRepetition = false

  init(_ json: [UInt8]) { self.json = json }

  /// Where the last token stands: `layers.[0].ratio`.
  var path: String {
    levels.map { level in
      switch level {
      case .object(let key, _): key
      case .array(let index): "[\(index)]"
      }
    }.joined(separator: ".")
  }

  /// The next key or number; nil at the end.
  mutating func next() -> Token? {
    while position < json.count {
      let byte = json[position]
      switch byte {
      case UInt8(ascii: "{"): open(.object(key: "", known: []))
      case UInt8(ascii: "["): open(.array(index: 0))
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
      case UInt8(ascii: ","): separate()
      case UInt8(ascii: "\""):
        let text = quoted()
        guard expectsKey, case .object(_, var known)? = levels.popLast() else { continue }
        expectsKey = false
        let key = plain(text)
        isRepetition = !known.insert(key).inserted
        levels.append(.object(key: key, known: known))
        return .key(key)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        isRepetition = false
        return .number(number())
      default: break
      }
      position += 1
    }
    return nil
  }

  private mutating func open(_ level: Level) {
    levels.append(level)
    if case .object = level { expectsKey = true } else { expectsKey = false }
  }

  private mutating func separate() {
    switch levels.last {
    case .array(let index): levels[levels.count - 1] = .array(index: index + 1)
    case .object: expectsKey = true
    case nil: break
    }
  }

  /// The bytes of a text with its quotes; what follows it is next.
  private mutating func quoted() -> ArraySlice<UInt8> {
    let first = position
    position += 1
    while position < json.count, json[position] != UInt8(ascii: "\"") {
      position += json[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    position = min(position + 1, json.count)
    return json[first..<position]
  }

  private mutating func number() -> String {
    let first = position
    while position < json.count, UInt8(ascii: "+")...UInt8(ascii: "9") ~= json[position] || json[position] | 32 == 101 {
      guard json[position] != UInt8(ascii: ",") else { break }
      position += 1
    }
    return String(decoding: json[first..<position], as: UTF8.self)
  }

  /// A text without quotes: two ways to write a key are one key.
  private func plain(_ text: ArraySlice<UInt8>) -> String {
    guard text.contains(UInt8(ascii: "\\")) else { return String(decoding: text.dropFirst().dropLast(), as: UTF8.self) }
    let read = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
    return read as? String ?? String(decoding: text, as: UTF8.self)
  }
}

/// The first key that an object of a JSON text has twice, with its place; readers differ in which of the two counts.
public func repeatedKey(in json: [UInt8]) -> String? {
  var walk = JSONWalk(json)
  while walk.next() != nil {
    if walk.isRepetition { return walk.path }
  }
  return nil
}

/// What is said of such a key.
public func repetition(of key: String) -> String { "the key \(key) is there twice" }

/// The numbers of a JSON text that are no integers of 64 bits, each with its place.
func numbersOtherThanIntegers(_ json: [UInt8]) -> [(path: String, text: String)] {
  var walk = JSONWalk(json)
  var found: [(path: String, text: String)] = []
  while let token = walk.next() {
    if case .number(let text) = token, Int(text) == nil { found.append((walk.path, text)) }
  }
  return found
}
