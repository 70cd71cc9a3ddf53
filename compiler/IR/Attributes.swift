/// One attribute of an operator, as its text form spells it.
public enum AttributeValue: Hashable, Sendable {
  case int(Int)
  case ints([Int])
  case float(Double)
  case string(String)
}

/// The attributes of an operator in the order it declares them.
public struct Attributes: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  public private(set) var entries: [Entry]

  public struct Entry: Hashable, Sendable {
    public let name: String
    public let value: AttributeValue
  }

  public init(dictionaryLiteral elements: (String, AttributeValue)...) {
    entries = elements.map { Entry(name: $0.0, value: $0.1) }
  }

  public init(_ entries: [(String, AttributeValue)]) { self.entries = entries.map { Entry(name: $0.0, value: $0.1) } }

  public subscript(name: String) -> AttributeValue? { entries.first { $0.name == name }?.value }

  public func int(_ name: String) throws(AttributeError) -> Int {
    guard case .int(let value)? = self[name] else { throw AttributeError(name: name, expected: "an integer") }
    return value
  }

  public func ints(_ name: String) throws(AttributeError) -> [Int] {
    guard case .ints(let value)? = self[name] else { throw AttributeError(name: name, expected: "a list of integers") }
    return value
  }

  public func float(_ name: String) throws(AttributeError) -> Double {
    switch self[name] {
    case .float(let value): return value
    case .int(let value): return Double(value)
    default: throw AttributeError(name: name, expected: "a number")
    }
  }

  public func string(_ name: String) throws(AttributeError) -> String {
    guard case .string(let value)? = self[name] else { throw AttributeError(name: name, expected: "a string") }
    return value
  }

  public func bool(_ name: String) throws(AttributeError) -> Bool { try int(name) != 0 }
}

/// An attribute that is missing from an operator's text form or of another kind.
public struct AttributeError: Error, Hashable {
  public let name: String
  public let expected: String

  public init(name: String, expected: String) {
    self.name = name
    self.expected = expected
  }
}
